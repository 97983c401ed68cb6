"""A job service in memory: it keeps what doors hand over, and does what doors ask, without store or printer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from printserver.driver import Capabilities, Confirms
from printserver.errors import (
    DocumentEmpty,
    DocumentFormatUnsupported,
    NotPossibleNow,
    UnknownCard,
    UnknownJob,
    UnknownPrinter,
    UnknownQueue,
)
from printserver.model.card import Geometry, PanelName, Ribbon, Side
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.inspection import Inspection, PanelInk, PanelWarning, Place, WarningCode
from printserver.model.job import Attempt, Card, CardState, Job, JobState, Mark, Reason
from printserver.model.printer import PrinterConfig, PrinterState, PrinterStatus, QueueConfig, Tier
from printserver.model.supply import Supply, SupplyKind
from printserver.model.ticket import Ticket
from printserver.queue.views import By, OpenWish, PrinterView, QueueView, Submission, Verdict
from printserver.store.contract import JobPage, JobQuery

NOW = 1_790_000_000.25
PRINTER = PrinterConfig(name="front-office", driver="evolis", model="primacy", device="emulated", ribbon="YMCKO")
ABILITIES = Capabilities(
    title="Primacy", geometry=Geometry(1016, 648), ribbons=(Ribbon("YMCKO", (PanelName.Y, PanelName.M)),),
    levels={PanelName.Y: 256}, confirms=Confirms.COUNTER,
)  # fmt: skip

INSPECTION = Inspection(
    ribbon="YMCKO", width_mm=86.0, height_mm=54.9,
    panels=(
        PanelInk(side=Side.FRONT, panel=PanelName.Y, width=1016, height=648, levels=128, coverage=12.5,
                 ribbon_panels=0.5, ink_share=25.0),
        PanelInk(side=Side.BACK, panel=PanelName.K, width=1016, height=648, levels=2, coverage=3.0, ribbon_panels=1.0,
                 ink_share=3.0),
        PanelInk(side=Side.BACK, panel=PanelName.K, number=2, width=1016, height=648, levels=2, coverage=0.0,
                 ribbon_panels=1.0, ink_share=0.0),
    ),
    warnings=(
        PanelWarning(
            code=WarningCode.FINE_RESIN, side=Side.BACK, panel=PanelName.K, measure=4.0, more=1,
            places=(Place(left_mm=1.0, top_mm=2.0, width_mm=3.0, height_mm=4.5),),
        ),
    ),
)  # fmt: skip


class FakeService:
    """Jobs are numbered from 1; `wishes` records who wanted what; `failing` is raised by the next submit or read."""

    def __init__(self) -> None:
        self.kept: dict[int, Job] = {}
        self.submissions: list[Submission] = []
        self.wishes: list[tuple[str, object, By]] = []
        self.asked_wishes: list[OpenWish] = []
        self.wishes_ended: list[tuple[str, int, By]] = []
        self.reprints: dict[str, int] = {}
        self.journal: list[Event] = []
        self.subscribers: list[Callable[[Event], None]] = []
        self.retention = 7
        self.failing: Exception | None = None
        self.paused = False

    # what tests set up

    def put_job(self, *states: CardState, state: JobState = JobState.PENDING, ticket: Ticket | None = None) -> Job:
        number = len(self.kept) + 1
        cards = tuple(_card(number, index, card) for index, card in enumerate(states or (CardState.QUEUED,), 1))
        job = Job(
            id=number, queue="card", state=state, reasons=("none",), ticket=ticket or Ticket(), created=NOW,
            changed=NOW, version=1, cards=cards, origin="test",
        )  # fmt: skip
        self.kept[number] = job
        return job

    def happen(self, kind: str = "job", subject: str = "1", what: str = "accepted", **told: str) -> Event:
        data: dict[str, str | int | float | bool | None] = {**told}
        event = Event(
            id=len(self.journal) + 1, node="n", at=NOW, kind=kind, subject=subject, what=what, data=data
        )
        self.journal.append(event)
        for subscriber in list(self.subscribers):
            subscriber(event)
        return event

    def _fail(self) -> None:
        error, self.failing = self.failing, None
        if error is not None:
            raise error

    # doors

    async def submit(self, submission: Submission) -> Job:
        self._fail()
        self.queue(submission.ticket.queue)
        for document in submission.documents:
            if not document.data:
                raise DocumentEmpty()
            if not document.data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"%PDF-", b"PK\x03\x04")):
                raise DocumentFormatUnsupported(allowed="image/png, image/jpeg, application/pdf")
        self.submissions.append(submission)
        return self.put_job(*([CardState.QUEUED] * submission.ticket.copies), ticket=submission.ticket)

    async def job(self, job: int) -> Job:
        self._fail()
        if job not in self.kept:
            raise UnknownJob(where=str(job))
        return self.kept[job]

    async def owners(self, jobs: Sequence[int]) -> Mapping[int, str]:
        self._fail()
        return {job: self.kept[job].ticket.user for job in jobs if job in self.kept}

    async def jobs(self, query: JobQuery) -> JobPage:
        found = [
            job for job in sorted(self.kept.values(), key=lambda job: job.id, reverse=not query.oldest_first)
            if (query.before is None or job.id < query.before)
            and (not query.states or job.state in query.states)
            and query.queue in (None, job.queue)
        ]  # fmt: skip
        page = found[: query.limit]
        return JobPage(tuple(page), page[-1].id if len(found) > len(page) else None)

    async def story(self, job: int, before: int | None = None, limit: int = 500) -> Sequence[Event]:
        await self.job(job)
        rows = [event for event in self.journal if event.subject.split("/")[0] == str(job)]
        return [event for event in rows if before is None or event.id < before][-limit:]

    async def preview(self, job: int, card: int, side: Side, *, thumbnail: bool = False) -> bytes:
        await self._card(job, card)
        return f"PNG of {job}/{card} {side}{' small' if thumbnail else ''}".encode()

    async def inspection(self, job: int, card: int) -> Inspection:
        await self._card(job, card)
        return INSPECTION

    async def ink(
        self, job: int, card: int, side: Side, panel: PanelName, number: int = 1, *, thumbnail: bool = False
    ) -> bytes:
        await self._card(job, card)
        if (side, panel, number) not in [(ink.side, ink.panel, ink.number) for ink in INSPECTION.panels]:
            raise UnknownCard(where=f"{side}-{panel}")
        return f"PNG of {job}/{card} {side} {panel} {number}{' small' if thumbnail else ''}".encode()

    # wishes

    async def hold(self, job: int, by: By, until: HoldUntil | None = None) -> Job:
        return await self._wish("hold", job, until, by, JobState.HELD)

    async def release(self, job: int, by: By) -> Job:
        return await self._wish("release", job, None, by, JobState.PENDING)

    async def cancel(self, job: int, by: By) -> Job:
        return await self._wish("cancel", job, None, by, JobState.CANCELED)

    async def reprint(
        self, job: int, by: By, *, copies: int | None = None, changes: Mapping[str, object] = MappingProxyType({}),
        key: str = "", final: bool = False,
    ) -> Job:  # fmt: skip
        old = await self.job(job)
        if key in self.reprints:
            return self.kept[self.reprints[key]]
        if final and not old.state.final:
            raise NotPossibleNow("the job is not finished")
        self.wishes.append(("reprint", copies, by))
        if key:
            self.reprints[key] = max(self.kept) + 1
        return self.put_job(ticket=replace(old.ticket, **changes, reprint_of=job))

    async def reject(self, job: int, card: int, by: By) -> Job:
        await self._card(job, card)
        return await self._wish("reject", job, card, by, JobState.PENDING)

    async def open_wishes(self, job: int) -> Sequence[OpenWish]:
        await self.job(job)
        return tuple(self.asked_wishes)

    async def confirm(self, job: int, wish: int, by: By) -> Job:
        return await self._end("confirm", job, wish, by)

    async def withdraw(self, job: int, wish: int, by: By) -> Job:
        return await self._end("withdraw", job, wish, by)

    async def _end(self, what: str, job: int, wish: int, by: By) -> Job:
        if wish not in {each.id for each in self.asked_wishes}:
            raise NotPossibleNow(f"wish {wish} of job {job} is not open any more")
        self.asked_wishes = [each for each in self.asked_wishes if each.id != wish]
        self.wishes_ended.append((what, wish, by))
        return await self.job(job)

    async def settle(self, job: int, card: int, verdict: Verdict, by: By) -> Job:
        if (await self._card(job, card)).state is not CardState.UNCERTAIN:
            raise NotPossibleNow("the card is not uncertain")
        return await self._wish("settle", job, (card, verdict), by, JobState.PENDING)

    async def _wish(self, what: str, job: int, about: object, by: By, state: JobState) -> Job:
        changed = replace(await self.job(job), state=state)
        self.wishes.append((what, about, by))
        self.kept[job] = changed
        return changed

    async def _card(self, job: int, card: int) -> Card:
        cards = (await self.job(job)).cards
        if not 0 < card <= len(cards):
            raise UnknownCard(where=f"{job}/{card}")
        return cards[card - 1]

    # queues and printers

    async def caught_up(self) -> None:
        """Here every count is always the newest."""

    def is_caught_up(self) -> bool:
        return True

    def queues(self) -> Sequence[QueueView]:
        config = QueueConfig(
            name="card", printers=(PRINTER.name,), paused=self.paused, retention=self.retention
        )
        return [QueueView(config=config, printers=tuple(self.printers()), default=True)]

    def queue(self, name: str | None) -> QueueView:
        if name not in (None, "card"):
            raise UnknownQueue(where=str(name), allowed="card")
        return self.queues()[0]

    def printers(self) -> Sequence[PrinterView]:
        ribbon = Supply(kind=SupplyKind.RIBBON, name="YMCKO", remaining=20, capacity=100)
        return [
            PrinterView(
                config=PRINTER, state=PrinterState.IDLE, tier=Tier.EMULATED, capabilities=ABILITIES, since=NOW,
                status=PrinterStatus(ready=True, supplies=(ribbon,), counters={"cards": 7}),
            )
        ]  # fmt: skip

    def printer(self, name: str) -> PrinterView:
        if name != PRINTER.name:
            raise UnknownPrinter(where=name, allowed=PRINTER.name)
        return self.printers()[0]

    async def pause(self, queue: str, by: By) -> QueueView:
        self.queue(queue)
        self.paused = True
        self.wishes.append(("pause", queue, by))
        return self.queue(queue)

    async def resume(self, queue: str, by: By) -> QueueView:
        self.queue(queue)
        self.paused = False
        self.wishes.append(("resume", queue, by))
        return self.queue(queue)

    async def clear_printer(self, printer: str, by: By) -> PrinterView:
        self.wishes.append(("clear", printer, by))
        return self.printer(printer)

    # events

    async def events(self, after: int, limit: int = 500) -> Sequence[Event]:
        return [event for event in self.journal if event.id > after][:limit]

    async def last_event(self) -> int:
        self._fail()
        return len(self.journal)

    def on_event(
        self, callback: Callable[[Event], None], lost: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        self.subscribers.append(callback)
        return lambda: self.subscribers.remove(callback) if callback in self.subscribers else None


def _card(job: int, number: int, state: CardState) -> Card:
    mark = Mark("COMMITTED", NOW + 1, {"cards": "7"})
    attempt = Attempt(number=1, printer=PRINTER.name, serial="S1", started=NOW, marks=(mark,))
    begun = state not in (CardState.QUEUED, CardState.RENDERING, CardState.READY)
    return Card(
        id=number, job=job, number=number, state=state, version=1, changed=NOW, simulated=True,
        reason=Reason("link-lost", "the cable came out") if state is CardState.UNCERTAIN else None,
        printer=PRINTER.name if begun else None, attempts=(attempt,) if begun else (),
    )  # fmt: skip
