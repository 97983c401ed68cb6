"""A job service in memory whose jobs live as real ones do: states by `lifecycle`, pictures of the sample card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from printserver.design.sample import SampleHolder, sample_back, sample_front
from printserver.driver import Capabilities, Confirms
from printserver.errors import (
    DocumentPurged,
    NotPossibleNow,
    PrintServerError,
    UnknownCard,
    UnknownJob,
    UnknownPrinter,
    UnknownQueue,
)
from printserver.lifecycle import CardEvent, Wishes, advance, roll_up
from printserver.model.card import Geometry, PanelName, Ribbon, Side
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.inspection import Inspection, PanelWarning
from printserver.model.job import Card, CardState, Document, Job, Reason
from printserver.model.printer import PrinterConfig, PrinterState, PrinterStatus, QueueConfig, Tier
from printserver.model.supply import Supply, SupplyKind
from printserver.model.ticket import Ticket
from printserver.queue.views import By, OpenWish, PrinterView, QueueView, Submission, Verdict
from printserver.store.contract import JobPage, JobQuery
from tests.web.panel_samples import looked_at, picture_of

NOW = 1_790_000_000.25
OPEN = frozenset({CardState.QUEUED, CardState.RENDERING, CardState.READY})
VERDICTS = {
    Verdict.DONE: (CardEvent.SETTLE_DONE,),
    Verdict.SPOILED: (CardEvent.SETTLE_SPOILED, CardEvent.RETRY),
    Verdict.QUEUED: (CardEvent.SETTLE_QUEUED,),
    Verdict.ABANDON: (CardEvent.SETTLE_SPOILED, CardEvent.GIVE_UP),
}


def abilities(title: str = "Evolis Primacy") -> Capabilities:
    ribbon = Ribbon("YMCKO", (PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O))
    return Capabilities(
        title=title, geometry=Geometry(1016, 648), ribbons=(ribbon,), levels={PanelName.Y: 256},
        confirms=Confirms.COUNTER, duplex=True,
    )  # fmt: skip


def printer(name: str = "front-office", *, device: str = "emulated", driver: str = "evolis") -> PrinterView:
    config = PrinterConfig(name=name, driver=driver, model="primacy", device=device, ribbon="YMCKO")
    supplies = (
        Supply(kind=SupplyKind.RIBBON, name="YMCKO", remaining=64, capacity=300),
        Supply(kind=SupplyKind.BLANKS, name="blanks", remaining=9, capacity=100),
        Supply(kind=SupplyKind.CLEANING, name="cleaning"),
    )
    return PrinterView(
        config=config, state=PrinterState.IDLE, tier=Tier.EMULATED, capabilities=abilities(), since=NOW - 300,
        status=PrinterStatus(ready=True, supplies=supplies, counters={"cards": 4711}), driver_title="Evolis",
        assumptions=("No command of this driver has been tried on a real printer by this project.",),
    )  # fmt: skip


class PagesFake:
    """Tests put jobs and printers in, change them, and see what the pages make of it."""

    def __init__(self, *printers: PrinterView, clock: Callable[[], float] = lambda: NOW) -> None:
        self.server_name = "Front desk"
        self.uuid = UUID(int=1)
        self.started = NOW - 3600
        self.clock = clock
        self.machines = {view.config.name: view for view in printers or (printer(),)}
        self.asked_wishes: list[OpenWish] = []
        self.wishes_ended: list[tuple[str, int, By]] = []
        self.lines = {"card": QueueConfig(name="card", printers=tuple(self.machines))}
        self.stopped: dict[str, Reason] = {}
        self.opens: dict[str, float] = {}
        self.kept: dict[int, Job] = {}
        self.journal: list[Event] = []
        self.subscribers: list[Callable[[Event], None]] = []
        self.wishes: list[tuple[str, object, By]] = []
        self.keys: list[str] = []
        self.failing: PrintServerError | None = None
        self.looked_at: set[tuple[int, int]] = set()
        self.blind: PrintServerError | None = None
        self.warned: dict[int, tuple[PanelWarning, ...]] = {}

    # what tests do

    def put(
        self, name: str = "Staff cards", *states: CardState, reason: Reason | None = None, ticket: Ticket | None = None,
        sides: int = 1, age: float = 120.0, by_printer: str | None = None,
        **more: Any,  # noqa: ANN401 - further fields of a job
    ) -> Job:  # fmt: skip
        """Add a job whose cards are in the given states; `reason` is that of every card."""
        number = len(self.kept) + 1
        at = self.clock() - age
        cards = tuple(
            Card(
                id=number * 1000 + index, job=number, number=index, state=state, version=3, changed=at, reason=reason,
                printer=by_printer, simulated=state is CardState.DONE, back=2 if sides == 2 else None,
            )
            for index, state in enumerate(states or (CardState.QUEUED,), 1)
        )  # fmt: skip
        documents = tuple(
            Document(number=side, format="image/png", size=5000, sha256="") for side in range(1, sides + 1)
        )
        told = ticket or Ticket(name=name, user="sari", copies=len(cards))
        job = Job(
            id=number, queue="card", state=roll_up(cards, Wishes())[0], reasons=(), ticket=told, created=at,
            changed=at, version=1, cards=cards, origin="ipp 192.0.2.7", documents=documents, **more,
        )  # fmt: skip
        self.kept[number] = self._rolled(job)
        self.happen("job", str(number), "accepted")
        return self.kept[number]

    def step(self, job: int, number: int, event: CardEvent, *, reason: Reason | None = None, by: str = "") -> Job:
        """Let something happen to a card, as the queue does it."""
        found = self.kept[job]
        card = self._find(found, number)
        state = advance(card.state, event, committed=event is CardEvent.DOUBT)
        moved = replace(card, state=state, version=card.version + 1, changed=self.clock(), reason=reason)
        cards = tuple(moved if each.number == number else each for each in found.cards)
        self.kept[job] = self._rolled(replace(found, cards=cards))
        self.happen("card", f"{job}/{number}", event.value, state=state.value, by=by)
        return self.kept[job]

    def set_printer(self, name: str, **changes: object) -> None:
        self.machines[name] = replace(self.machines[name], **changes)
        self.happen("printer", name, "state", state=self.machines[name].state.value)

    def happen(self, kind: str, subject: str, what: str, **data: str) -> None:
        event = Event(
            id=len(self.journal) + 1, node="n", at=self.clock(), kind=kind, subject=subject, what=what, data=dict(data)
        )
        self.journal.append(event)
        for subscriber in list(self.subscribers):
            subscriber(event)

    def _rolled(self, job: Job) -> Job:
        state, reasons = roll_up(job.cards, Wishes(job.hold, job.cancel, job.incoming, held_for=job.held_for))
        completed = self.clock() if state.final and not job.state.final else job.completed
        if state.final and completed is None:
            completed = job.changed
        return replace(job, state=state, reasons=reasons, completed=completed if state.final else None)

    # reading

    async def submit(self, submission: Submission) -> Job:
        return self.put(submission.ticket.name, ticket=submission.ticket)

    async def job(self, job: int) -> Job:
        if self.failing is not None:
            raise self.failing
        if job not in self.kept:
            raise UnknownJob(f"there is no job {job}")
        return self.kept[job]

    async def jobs(self, query: JobQuery) -> JobPage:
        found = sorted(self.kept.values(), key=lambda job: job.id, reverse=not query.oldest_first)
        wanted = [job for job in found if not query.states or job.state in query.states]
        wanted = [job for job in wanted if query.held_for in (None, job.held_for)]
        if query.before is not None:
            wanted = [job for job in wanted if (job.id > query.before) == query.oldest_first and job.id != query.before]
        page = wanted[: query.limit]
        return JobPage(tuple(page), page[-1].id if len(wanted) > query.limit else None)

    async def story(self, job: int, before: int | None = None, limit: int = 500) -> Sequence[Event]:
        rows = [event for event in self.journal if event.subject.split("/")[0] == str(job)]
        return [event for event in rows if before is None or event.id < before][-limit:]

    async def preview(self, job: int, card: int, side: Side, *, thumbnail: bool = False) -> bytes:
        found = await self.job(job)
        if found.purged:
            raise DocumentPurged()
        self._find(found, card)
        return picture(job, side)

    async def inspection(self, job: int, card: int) -> Inspection:
        if self.blind is not None:
            raise self.blind
        self.looked_at.add((job, card))
        return await self._look(job, card)

    async def kept_inspection(self, job: int, card: int) -> Inspection | None:
        return await self._look(job, card) if (job, card) in self.looked_at else None

    async def _look(self, job: int, card: int) -> Inspection:
        found = await self.job(job)
        if found.purged:
            raise DocumentPurged()
        back = self._find(found, card).back
        seen = looked_at(picture(job, Side.FRONT), picture(job, Side.BACK) if back else None)[0]
        return replace(seen, warnings=(*seen.warnings, *self.warned.get(job, ())))

    async def ink(
        self, job: int, card: int, side: Side, panel: PanelName, number: int = 1, *, thumbnail: bool = False
    ) -> bytes:
        back = self._find(await self.job(job), card).back
        pictures = looked_at(picture(job, Side.FRONT), picture(job, Side.BACK) if back else None)[1]
        found = picture_of(pictures, side, panel, number)
        return found.thumbnail if thumbnail else found.whole

    @staticmethod
    def _find(job: Job, number: int) -> Card:
        for card in job.cards:
            if card.number == number:
                return card
        raise UnknownCard(f"job {job.id} has no card {number}")

    # wishes

    async def hold(self, job: int, by: By, until: HoldUntil | None = None) -> Job:
        return await self._wish("hold", job, by, hold=True)

    async def release(self, job: int, by: By) -> Job:
        return await self._wish("release", job, by, hold=False)

    async def cancel(self, job: int, by: By) -> Job:
        found = await self._wish("cancel", job, by, cancel=True)
        for card in found.cards:
            if card.state in OPEN:
                self.step(job, card.number, CardEvent.CANCEL, by=by.name)
        return self.kept[job]

    async def _wish(self, what: str, job: int, by: By, **changes: bool) -> Job:
        found = await self.job(job)
        if found.state.final:
            raise NotPossibleNow(f"job {job} is {found.state}")
        self.wishes.append((what, job, by))
        self.kept[job] = self._rolled(replace(found, **changes))
        self.happen("job", str(job), {"hold": "held", "release": "released", "cancel": "cancel-wanted"}[what])
        return self.kept[job]

    async def reprint(self, job: int, by: By, *, copies: int | None = None, key: str = "") -> Job:
        old = await self.job(job)
        self.wishes.append(("reprint", (job, copies), by))
        self.keys.append(key)
        states = [CardState.QUEUED] * (copies or len(old.cards))
        return self.put(old.name, *states, ticket=replace(old.ticket, reprint_of=job), age=0)

    async def reject(self, job: int, card: int, by: By) -> Job:
        self.wishes.append(("reject", (job, card), by))
        self.step(job, card, CardEvent.REJECT, by=by.name)
        return self.step(job, card, CardEvent.RETRY, by=by.name)

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
        self.wishes.append(("settle", (job, card, verdict), by))
        for event in VERDICTS[verdict]:
            self.step(job, card, event, by=by.name)
        return self.kept[job]

    # queues and printers

    async def caught_up(self) -> None:
        """Here every count is always the newest."""

    def queues(self) -> Sequence[QueueView]:
        return [self.queue(name) for name in self.lines]

    def queue(self, name: str | None) -> QueueView:
        wanted = name or "card"
        if wanted not in self.lines:
            raise UnknownQueue(f"there is no queue {wanted!r}")
        config = self.lines[wanted]
        return QueueView(
            config=config, printers=tuple(self.machines[each] for each in config.printers), default=wanted == "card",
            reason=self.stopped.get(wanted), opens=self.opens.get(wanted),
        )  # fmt: skip

    def printers(self) -> Sequence[PrinterView]:
        return list(self.machines.values())

    def printer(self, name: str) -> PrinterView:
        if name not in self.machines:
            raise UnknownPrinter(f"there is no printer {name!r}")
        return self.machines[name]

    async def pause(self, queue: str, by: By) -> QueueView:
        return self._paused("pause", queue, by, True)

    async def resume(self, queue: str, by: By) -> QueueView:
        return self._paused("resume", queue, by, False)

    def _paused(self, what: str, name: str, by: By, paused: bool) -> QueueView:
        self.queue(name)
        self.wishes.append((what, name, by))
        self.lines[name] = replace(self.lines[name], paused=paused)
        self.stopped.pop(name, None)
        self.happen("queue", name, "paused" if paused else "resumed")
        return self.queue(name)

    async def clear_printer(self, printer: str, by: By) -> PrinterView:
        self.wishes.append(("clear", printer, by))
        self.set_printer(printer, state=PrinterState.IDLE, reason=None, alerts=(), needs_person=False)
        return self.machines[printer]

    # events and facts

    async def events(self, after: int, limit: int = 500) -> Sequence[Event]:
        return [event for event in self.journal if event.id > after][:limit]

    async def last_event(self) -> int:
        return len(self.journal)

    def on_event(
        self, callback: Callable[[Event], None], lost: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        self.subscribers.append(callback)
        return lambda: self.subscribers.remove(callback) if callback in self.subscribers else None

    def isolation(self) -> Sequence[str]:
        return ["network: none (an empty network namespace)", "memory: at most 512 MiB", "NOT in force: file system"]


NAMES = ("Sari Contoh Nurjanah", "Budi Teladan", "Ann Example", "Maria Muster", "Agus Percobaan")


@cache
def picture(job: int, side: Side) -> bytes:
    """A sample card, one of a few: drawing takes its time."""
    name = NAMES[job % len(NAMES)]
    return sample_back() if side is Side.BACK else _front(name)


@cache
def _front(name: str) -> bytes:
    return sample_front(SampleHolder(name=name))
