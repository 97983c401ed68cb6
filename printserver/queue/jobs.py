"""The one job service: every door, page and plugin asks here, and gets values back.

Laws kept here:

1. A job is accepted when its documents and its row are on disk, not before.
2. Every wish of a person is one transaction, with the person's name and reason in the journal.
3. A cancel reaches queued cards at once; for a card in a device it is a wish, and the outcome decides.
4. A person's verdict is the only way, beside the device's evidence, out of doubt.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from printserver.documents.format import Format
from printserver.documents.sniff import FORMATS
from printserver.errors import (
    DocumentPurged,
    NotPossibleNow,
    PrintServerError,
    StoreConflict,
    UnknownCard,
)
from printserver.lifecycle import CardEvent
from printserver.model.card import PanelName, Side
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.inspection import Inspection
from printserver.model.job import Card, CardState, Job
from printserver.model.printer import Decisions
from printserver.queue import repeats
from printserver.queue.acceptance import Acceptance
from printserver.queue.admission import NOTHING_DRAWN
from printserver.queue.allotment import Allotment
from printserver.queue.asking import Asking, came_out
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.choosing import taker
from printserver.queue.clearing import Clearing
from printserver.queue.deciding import VERDICTS, VERDICTS_OF_CANCELLED
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.doubts import set_aside
from printserver.queue.drawing import Draws
from printserver.queue.events import EventHub
from printserver.queue.maintaining import Maintaining
from printserver.queue.panels import PanelShelf
from printserver.queue.pausing import BY_SERVER, set_paused
from printserver.queue.preparation import Preparation
from printserver.queue.retrying import CANCELLABLE, heed_cancel
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.supplies import Supplies
from printserver.queue.transfers import Transfers
from printserver.queue.turns import Turns
from printserver.queue.views import (
    STORY_PAGE,
    By,
    Decided,
    Deed,
    IncomingDocument,
    OpenWish,
    PrinterView,
    QueueView,
    Submission,
    Verdict,
)
from printserver.queue.waking import Waking
from printserver.store.contract import (
    CardStep,
    Change,
    JobPage,
    JobQuery,
    JobWish,
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What pages and doors tell of the server itself."""

    name: str
    uuid: uuid.UUID
    started: float
    isolation: tuple[str, ...] = ()


class JobService:
    """Submissions, wishes and questions; safe to call from the reactor's thread."""

    def __init__(self, *, keeper: Storekeeper, board: Board, hub: EventHub, preparation: Preparation,
                 workers: Mapping[str, PrinterWorker], new_key: Callable[[], bytes], clock: Callable[[], float],
                 facts: ServerFacts, gate: Callable[[Submission], bool] = lambda submission: False,
                 formats: tuple[Format, ...] = FORMATS, allotment: Allotment | None = None,
                 refused: Callable[[str, str], None] = lambda origin, code: None) -> None:
        """Work on parts that the daemon has built; `clock` tells seconds since the epoch.

        `gate` asks the plugins about each submission: true = hold it; it raises to refuse. `formats` are the documents
        that are taken; `allotment` counts the unfinished jobs of each client; `refused` is told origin and code of each
        job that was not taken. `workers`, by printer, come and go.
        """
        self.formats = formats
        self._keeper, self._board, self._hub, self._preparation = keeper, board, hub, preparation
        self._panels, self._asking, self._turns = PanelShelf(keeper, preparation), Asking(keeper), Turns()
        self._refused = refused
        self._acceptance = Acceptance(
            keeper=keeper, board=board, preparation=preparation, new_key=new_key, gate=gate, formats=formats,
            apply=self._apply, allotment=allotment or Allotment(),
        )
        self._workers, self._draws = workers, Draws(board, preparation)
        self._clearing = Clearing(keeper, board, workers)
        self.move = Transfers(board, self._draws, self.job, self._apply).move
        self.supplies = Supplies(keeper, board, self)
        self.maintaining = Maintaining(keeper, board, workers)
        self._waking = Waking(board, workers)
        board.call = self._waking.printer
        self.clock = clock
        self.facts = facts
        self.server_name, self.uuid, self.started = facts.name, facts.uuid, facts.started

    # doors

    async def submit(self, submission: Submission) -> Job:
        """Accept a job, or return the one that its owner has sent to this queue under the same key.

        Raises what `validate` raises, KeyReused for another job under the same key, TooManyJobs, SpoolFull, and
        StoreFull or StoreBusy.
        """
        try:
            job = await self._acceptance.submit(submission)
        except PrintServerError as error:
            self._refused(submission.origin, error.code)
            raise
        queue = self._board.queue_config(job.queue)
        if not (queue.paused or job.hold or job.incoming):  # else no printer may take it, and each would ask its device
            self._waking.for_job(job)
        return await self.supplies.warned(job)

    async def validate(self, submission: Submission) -> None:
        """Check a job without keeping anything of it.

        Raises BadTicket, UnknownQueue, NotAccepting, UnsupportedByPrinter, DocumentEmpty, DocumentFormatUnsupported,
        DocumentTooLarge, and what the site's own rules raise: NotAllowed, PluginBroken.
        """
        self._acceptance.validate(submission)

    async def unpack(self, data: bytes, compression: str) -> bytes:
        """Return a document as it was before it was compressed on its way; a worker undoes it.

        Raises CompressionUnsupported, CompressionBroken, DocumentTooLarge, WorkerFailed, ServerBusy.
        """
        return await self._preparation.unpacked(data, compression)

    async def add_document(
        self, job: int, document: IncomingDocument | None, *, last: bool, client: str = ""
    ) -> Job:
        """Take a further document of an incoming job; with `last` its cards are made and it may be printed.

        `client` is the client's address.
        When the last one is refused for good the job is cancelled: nothing more will come, and a client that looks
        at the job later must not find it waiting.
        """
        async with self._turns.of(job):  # each document knows how many came before it, and only one is the last
            known = await self.job(job)
            if not known.incoming or known.state.final:
                raise NotPossibleNow("this job takes no more documents")
            try:
                return await self._acceptance.add_document(known, document, last=last, client=client)
            except PrintServerError as error:
                if last and not error.retry:
                    await self._cancel_for_server(job, error.sentence())
                raise

    # reading

    async def job(self, job: int) -> Job:
        """Return a job; raises UnknownJob."""
        return await self._keeper.read(self._keeper.store.job, job)

    async def jobs(self, query: JobQuery) -> JobPage:
        """Return jobs, newest first."""
        return await self._keeper.read(self._keeper.store.jobs, query)

    async def owners(self, jobs: Sequence[int]) -> Mapping[int, str]:
        """Return whose jobs these are, "" = nobody's any more; what is no job is left out."""
        return await self._keeper.read(self._keeper.store.owners, jobs)

    async def story(self, job: int, before: int | None = None, limit: int = STORY_PAGE) -> Sequence[Event]:
        """Return the newest journal rows of a job and its cards, in order; `before` the row of an id, None = of all."""
        await self.job(job)
        return await self._keeper.read(self._keeper.store.job_events, job, before, limit)

    async def preview(self, job: int, card: int, side: Side, *, thumbnail: bool = False) -> bytes:
        """Return a side's picture (PNG) as the panels give it.

        Raises UnknownJob, UnknownCard (also for a side that is not printed), DocumentPurged.
        """
        found, wanted, entry = await self._prepared_by(job, card)
        if side is Side.BACK and wanted.back is None:
            raise UnknownCard(f"card {card} of job {job} has no back")
        return await self._preparation.preview(found, wanted, entry, side, thumbnail)

    async def inspection(self, job: int, card: int) -> Inspection:
        """Return what is found out about a card's panels: coverage, ribbon use, warnings.

        Raises UnknownJob, UnknownCard, DocumentPurged, and what the worker says of the card.
        """
        return await self._panels.inspection(*await self._prepared_by(job, card))

    async def kept_inspection(self, job: int, card: int) -> Inspection | None:
        """Return what was found out about a card's panels before; nothing is made for it."""
        return await self._panels.kept_inspection(*await self._prepared_by(job, card))

    async def ink(
        self, job: int, card: int, side: Side, panel: PanelName, number: int = 1, *, thumbnail: bool = False
    ) -> bytes:
        """Return one panel of a card in its ink's colour (PNG); `number` is 2 for a side's second K.

        Raises what `inspection` raises; UnknownCard also for a panel that the card has not.
        """
        picture = await self._panels.ink(*await self._prepared_by(job, card), side, panel, number)
        return picture.thumbnail if thumbnail else picture.whole

    async def _prepared_by(self, job: int, card: int) -> tuple[Job, Card, PrinterEntry]:
        """Return a card with its job and the printer that it is, or would be, prepared for."""
        found = await self.job(job)
        wanted = _card(found, card)
        drawn = NOTHING_DRAWN if found.purged else await self._draws.of(found)
        return found, wanted, taker(self._board, found, wanted, drawn)

    # wishes

    async def hold(self, job: int, by: By, until: HoldUntil | None = None) -> Job:
        """Keep a job from being printed, `until` a time of day or for good; a card already in a device is finished."""
        await self._unfinished(job)
        return await self._apply(job, [JobWish(hold=True, until=until, by=by.name, note=by.reason)])

    async def release(self, job: int, by: By) -> Job:
        """Let a held job go on."""
        found = await self._unfinished(job)
        if not found.hold:
            raise NotPossibleNow("this job is not held")
        return await self._apply(job, [JobWish(hold=False, by=by.name, note=by.reason)])

    async def cancel(self, job: int, by: By) -> Job:
        """Cancel a job: its waiting cards now, a card in a device as far as the device allows."""
        while True:
            try:
                changed = await self._cancel_once(job, by)
                break
            except StoreConflict:
                continue  # a card moved on between reading and writing: look again
        for worker in tuple(self._workers.values()):
            worker.cancel(job)
        return changed

    async def _cancel_once(self, job: int, by: By) -> Job:
        found = await self._unfinished(job)
        wishes: list[Change] = [JobWish(cancel=True, incoming=False, by=by.name, note=by.reason)]
        cards = [card for card in found.cards if card.state in CANCELLABLE]
        wishes += [_step(card, CardEvent.CANCEL, by) for card in cards]
        return await self._apply(job, wishes)

    async def give_up_overdue(self, jobs: Sequence[int]) -> None:
        """Cancel jobs whose documents were not sent in time, for the server itself."""
        for job in jobs:
            await self._cancel_for_server(job, "its documents were not sent in time")

    async def _cancel_for_server(self, job: int, reason: str) -> None:
        with suppress(NotPossibleNow):
            await self.cancel(job, By(BY_SERVER, reason))

    async def reprint(
        self, job: int, by: By, *, copies: int | None = None, changes: Mapping[str, object] = MappingProxyType({}),
        key: str = "", final: bool = False,
    ) -> Job:  # fmt: skip
        """Make a new job of an old one's documents; the new ticket names the old job, `changes` are further keys.

        The same wish under the same `key` gives the same new job. `final` = only of a job that is over.
        Raises UnknownJob, NotPossibleNow, DocumentPurged, ReasonNeeded, NameNeeded, SecondPersonNeeded, and what
        `submit` raises.
        """
        async with self._turns.of(job):
            return await self._reprint(job, by, copies, changes, key, final)

    async def _reprint(
        self, job: int, by: By, copies: int | None, changes: Mapping[str, object], key: str, final: bool
    ) -> Job:
        old = await self.job(job)
        again = _again(old, by, copies, changes, key)
        owned = not old.purged or "user" in changes  # else nobody can tell any more whose key it is
        if owned and (former := await self._acceptance.sent_before(again)) is not None:
            return former
        if final and not old.state.final:
            raise NotPossibleNow(f"job {job} is {old.state}", allowed="a job that is finished")
        if old.purged:
            raise DocumentPurged()
        documents = [
            IncomingDocument(data=await self._preparation.document(job, document.number), declared=document.format)
            for document in old.documents
        ]
        wanted = Decided(deed=Deed.REPRINT, copies=again.ticket.copies)
        await self._asking.check(old, wanted, by, self._board.queue_config(old.queue).decisions)
        return await self.submit(msgspec.structs.replace(again, documents=tuple(documents)))

    async def reject(self, job: int, card: int, by: By) -> Job:
        """Take a finished card as ruined and print it anew, as a further attempt of the same card.

        A card of a cancelled job is not printed anew. Raises DocumentPurged where nothing is left to print it from,
        ReasonNeeded, NameNeeded, SecondPersonNeeded.
        """
        async with self._turns.of(job):
            found = await self.job(job)
            if found.purged:
                raise DocumentPurged()
            wanted, after = _card(found, card), CardEvent.GIVE_UP if found.cancel else CardEvent.RETRY
            if wanted.state is CardState.DONE:
                policy = self._board.queue_config(found.queue).decisions
                await self._asking.check(found, Decided(deed=Deed.REJECT, card=card), by, policy)
            return await self._apply(job, _steps(wanted, (CardEvent.REJECT, after), by))

    async def settle(self, job: int, card: int, verdict: Verdict, by: By) -> Job:
        """Say what became of a card in doubt; raises ReasonNeeded, NameNeeded, SecondPersonNeeded."""
        async with self._turns.of(job):
            found = await self.job(job)
            wanted = _card(found, card)
            if wanted.state is CardState.UNCERTAIN:
                decided = Decided(deed=Deed.SETTLE, card=card, verdict=verdict)
                await self._asking.check(found, decided, by, await self._needed(found, wanted, verdict))
            events = (VERDICTS_OF_CANCELLED if found.cancel else VERDICTS)[verdict]
            changed = await self._apply(job, _steps(wanted, events, by))
        for worker in tuple(self._workers.values()):
            worker.settled(job, card)
        return changed

    async def _needed(self, job: Job, card: Card, verdict: Verdict) -> Decisions:
        """Return what a verdict needs: against the device's own counter two people, whatever the queue says.

        Of a card that was set aside the counter tells nothing: other cards have moved it since.
        """
        against = verdict is not Verdict.DONE and came_out(card, self._board.known(card.printer))
        if against and not set_aside(card, await self._keeper.read(self._keeper.store.job_events, job.id)):
            return Decisions.SECOND
        return self._board.queue_config(job.queue).decisions

    async def open_wishes(self, job: int) -> Sequence[OpenWish]:
        """Return what waits for a second person; raises UnknownJob."""
        await self.job(job)
        return await self._asking.open(job)

    async def confirm(self, job: int, wish: int, by: By) -> Job:
        """Do what another person asked for; returns the job, the new one where one is made.

        Raises NotPossibleNow for a wish that is not open, SecondPersonNeeded for who asked, and what the deed raises.
        """
        decided = (await self._asking.one(job, wish)).decided
        match decided.deed:
            case Deed.SETTLE if decided.verdict is not None:
                return await self.settle(job, decided.card, decided.verdict, by)
            case Deed.REJECT:
                return await self.reject(job, decided.card, by)
            case _:
                return await self.reprint(job, by, copies=decided.copies)

    async def withdraw(self, job: int, wish: int, by: By) -> Job:
        """End a wish that waits for a second person; nothing of it is done. Raises NotPossibleNow."""
        async with self._turns.of(job):
            await self._asking.withdraw(job, wish, by)
            return await self.job(job)

    async def _unfinished(self, job: int) -> Job:
        found = await self.job(job)
        if found.state.final:
            raise NotPossibleNow(f"job {job} is {found.state}")
        return found

    async def _apply(self, job: int, changes: Sequence[Change]) -> Job:
        changed = await self._keeper.write(self._keeper.store.apply, job, changes)
        changed = await heed_cancel(self._keeper, changed)
        self._waking.for_change(changed)
        return changed

    # queues and printers

    async def caught_up(self) -> None:
        """Wait until queues count each job that was accepted or ended before this was asked."""
        await self._hub.caught_up()

    def is_caught_up(self) -> bool:
        """Tell whether queues count each such job already."""
        return self._hub.is_caught_up()

    def queues(self) -> Sequence[QueueView]:
        """Return every queue."""
        return self._board.queues()

    def queue(self, name: str | None) -> QueueView:
        """Return a queue, None = the default; raises UnknownQueue."""
        return self._board.queue(name)

    def printers(self) -> Sequence[PrinterView]:
        """Return every printer."""
        return tuple(entry.view() for entry in self._board.entries())

    def printer(self, name: str) -> PrinterView:
        """Return a printer; raises UnknownPrinter."""
        return self._board.entry(name).view()

    async def pause(self, queue: str, by: By) -> QueueView:
        """Print nothing more from a queue; it goes on accepting, and stays paused over a restart."""
        return await self._set_paused(queue, True, by)

    async def resume(self, queue: str, by: By) -> QueueView:
        """Let a queue print again."""
        return await self._set_paused(queue, False, by)

    async def clear_printer(self, printer: str, by: By) -> PrinterView:
        """Tell a printer that the cause it complained of is removed and its card path is empty.

        Raises UnknownPrinter; NameNeeded or ReasonNeeded where one of its queues asks for them.
        """
        self._clearing.check(printer, by)
        await self._clearing.clear(printer, by)
        return self.printer(printer)

    async def _set_paused(self, name: str, paused: bool, by: By) -> QueueView:
        name = await set_paused(self._keeper, self._board, name, paused, by.name)
        self._waking.queue(self._board.queue_config(name))
        return self._board.queue(name)

    # events and facts

    async def events(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Return journal rows newer than `after`, in order."""
        return await self._hub.after(after, limit)

    async def last_event(self) -> int:
        """Return the newest journal row's id."""
        return await self._hub.last()

    def on_event(
        self, callback: Callable[[Event], None], lost: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Call back with each new journal row; returns what ends it. Nothing else does, so `lost` is never called."""
        return self._hub.subscribe(callback)

    def isolation(self) -> Sequence[str]:
        """Tell what holds the workers that decode documents."""
        return self.facts.isolation


def _again(old: Job, by: By, copies: int | None, changes: Mapping[str, object], key: str) -> Submission:
    """Return a wish to print a job again, still without its documents."""
    ticket = msgspec.structs.replace(
        old.ticket,
        **{"queue": old.queue, "copies": copies or old.ticket.copies, "hold": False, "hold_until": None,
           "proof": None, **changes},
        reprint_of=old.id,
    )
    return Submission(
        ticket=ticket, origin=f"reprint by {by.name}", key=key, by=by,
        content=repeats.content_of_reprint(old.id, copies, changes),
        said=old.ticket.__struct_fields__,  # a card job's own wishes stand in the old ticket already
    )


def _card(job: Job, number: int) -> Card:
    for card in job.cards:
        if card.number == number:
            return card
    raise UnknownCard(f"job {job.id} has no card {number}", allowed=f"1 to {len(job.cards)}")


def _step(card: Card, event: CardEvent, by: By, further: int = 0) -> CardStep:
    return CardStep(
        number=card.number, version=card.version + further, event=event, by=by.name, note=by.reason,
        reason=card.reason if event is not CardEvent.SETTLE_DONE else None,
    )


def _steps(card: Card, events: Sequence[CardEvent], by: By) -> list[CardStep]:
    """Return steps that follow one another in one transaction; each makes the card's version one greater."""
    return [_step(card, event, by, further) for further, event in enumerate(events)]
