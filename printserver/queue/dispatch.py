"""One printer's worker: it connects, clears doubts, takes cards and prints them one by one.

Laws kept here:

1. One card at a time is in the device, and one dialogue at a time speaks with it.
2. A card in doubt stops its printer until the device or a person has said what became of it, or a person says that
   the path is empty; a card that only awaits a check does not.
3. A device that is not well gets no card; it is asked again until it is.
4. A worker never ends by an error: what goes wrong is told, journalled and tried again later, each time with a longer
   pause where it is not the link that fails.
5. Where several nodes share the store, a worker serves its printer only while this node has it; a card that is
   committed is finished all the same.
6. A device whose own counter is ahead of the record gets no card until a person has looked (`counting`).
7. A stop undoes nothing that has moved: a committed card is finished or left to the next start, any other goes back.
8. Maintenance that is wanted begins after the card that is in the device, and before any other (`upkeep`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from twisted.internet.defer import Deferred

from printserver.dialogue import Spoken
from printserver.driver import LinkInfo
from printserver.errors import Fault, PrintServerError
from printserver.model.alert import Alert, Severity
from printserver.model.job import Card, CardState, Reason
from printserver.model.printer import PrinterState, PrinterStatus
from printserver.queue.attempt import DRIVER_FAILED, Attempt
from printserver.queue.bell import Bell
from printserver.queue.choosing import LEAVE_SECONDS
from printserver.queue.conversation import converse, introduce
from printserver.queue.counting import CounterCheck
from printserver.queue.doubts import Doubts, stops_printer
from printserver.queue.intake import Intake, Prepared
from printserver.queue.leftovers import clear_leftovers
from printserver.queue.speaker import Speaker
from printserver.queue.surroundings import Surroundings
from printserver.queue.upkeep import Upkeep
from printserver.transport.link import Link

RECONNECT_SECONDS = 2.0
LONGEST_PAUSE = 60.0
IDLE_STATUS_SECONDS = 10.0
UNWELL_STATUS_SECONDS = 1.0
UNPLUGGED_SECONDS = 0.5
STOP_CARD_SECONDS = 100.0
STOP_TALK_SECONDS = 2.0
STOP_LOOK_SECONDS = 0.2

OpenLink = Callable[[], Awaitable[Link]]


class PrinterWorker:
    """Drives one printer for as long as the server runs."""

    def __init__(self, around: Surroundings, intake: Intake, open_link: OpenLink) -> None:
        """Work on `around.entry`; `open_link` opens its link."""
        self._around, self._intake, self._open_link = around, intake, open_link
        self._entry = around.entry
        self.name = around.entry.config.name
        self._bell = Bell(around.clock)
        self._doubts = Doubts(around)
        self._counters = CounterCheck(around)
        self._upkeep = Upkeep(around)
        self._stopping = False
        self._leftovers = True
        self._recover = False
        self._shown: Reason | None = None
        self._failures = 0
        self._link: Link | None = None
        self._attempt: Attempt | None = None
        self._running = False
        self._ended = Bell(around.clock)
        self._log = structlog.get_logger("dispatch").bind(printer=self.name)

    # from outside

    def start(self) -> None:
        """Begin with what an earlier life of the server left of this printer's cards."""
        self._running = True
        Deferred.fromCoroutine(self._run())

    async def stop(self) -> None:
        """Take no further card, finish the one in the device, and end.

        A card that waits for a person, or that takes longer than the grace, is left in the device: the next start
        finds its commit mark and asks the device what became of it. A card that is not committed goes back.
        """
        self._stopping = True
        self._intake.close()
        self._bell.ring()
        if self._attempt is not None:
            self._attempt.call_off()
        elif self._link is not None and not self._upkeep.running:
            self._hang_up(self._link)
        began = self._around.clock.seconds()
        while self._running and self._around.clock.seconds() - began < self._grace():
            await self._ended.wait(STOP_LOOK_SECONDS)

    def leave_device(self) -> None:
        """Let the device go for good: the printer is no longer this worker's, and what it left is cleared."""
        self._stopping = True
        if self._link is not None:
            self._hang_up(self._link)

    def _hang_up(self, link: Link) -> None:
        """End a conversation that is under way."""
        Deferred.fromCoroutine(link.close()).addErrback(
            lambda failure: self._log.warning("link not closed", detail=failure.getErrorMessage())
        )

    def _grace(self) -> float:
        """Return how many seconds a stop waits: long for a card that is moving, not for one that is stuck."""
        if self._upkeep.running:
            return 0.0 if self._upkeep.waits_for_person else STOP_CARD_SECONDS
        if self._attempt is None or not self._attempt.committed:
            return STOP_TALK_SECONDS
        return 0.0 if self._attempt.waits_for_person else STOP_CARD_SECONDS

    def begin_anew(self) -> None:
        """This node has the printer now, or again: another may have had it meanwhile."""
        self._leftovers = self._intake.owes = True
        self._upkeep.look_again()
        self._bell.ring()

    def wake(self) -> None:
        """Look again: a job came, a queue resumed, a person did something."""
        self._bell.ring()
        if self._attempt is not None and not self._attempt.waits_for_person:
            self._intake.look_ahead()

    def settled(self, job: int, card: int) -> None:
        """A card in doubt was settled by a person, or set aside: it stops this printer no more."""
        self._doubts.settled(job, card)
        self._bell.ring()

    def doubts(self) -> Sequence[tuple[int, int]]:
        """Return the cards in doubt that stop this printer, each as (job, number)."""
        return self._doubts.cards

    @property
    def needs_a_look(self) -> bool:
        """Tell whether a person has to look at the printer before anything else may be done with it."""
        return bool(self._doubts) or self._counters.alarm is not None or self._upkeep.doubt is not None

    def recover(self) -> None:
        """A person has removed the cause of an alert: let the driver bring the device back.

        While it cannot be reached nobody was shown what it will complain of: the word is for nothing then.
        """
        self._recover = self._entry.state not in (PrinterState.OFFLINE, PrinterState.CONNECTING)
        self._bell.ring()

    def cancel(self, job: int) -> None:
        """Call off the attempt at a job's card as far as the driver allows."""
        if self._attempt is not None and self._attempt.job.id == job:
            self._attempt.cancel()

    # the worker's life

    async def _run(self) -> None:
        while not self._stopping:
            if not self._entry.owned:
                await self._bell.wait(IDLE_STATUS_SECONDS)
                continue
            pause = RECONNECT_SECONDS
            try:
                await self._session()
            except PrintServerError as error:
                self._tell_fault(error)
            except Exception as error:
                # law 4: whatever a driver or plugin raised, the worker goes on after a pause
                self._log.exception("printer worker failed")
                self._leftovers = True
                self._failures += 1
                self._tell(PrinterState.STOPPED, Reason(DRIVER_FAILED, type(error).__name__))
            if not self._stopping:
                pause *= 2.0 ** min(self._failures, 10)
                await self._bell.wait(min(LONGEST_PAUSE, pause))
        self._running = False
        self._ended.ring()

    def _tell_fault(self, error: PrintServerError) -> None:
        if self._stopping:
            return
        self._tell(_state_after(error), Reason(error.code, error.sentence()))

    def _tell(self, state: PrinterState, reason: Reason | None = None) -> None:
        self._around.board.tell(self._entry, state, reason)

    async def _session(self) -> None:
        await self._tidy()
        link = self._link = await self._open_link()
        try:
            await self._introduce(link)
            await self._upkeep.look()
            if self._counters.due():
                await self._counters.compare(await self._ask_status(link), self._upkeep.explained)
            if self._counters.alarm is None and self._upkeep.doubt is None:
                await self._doubts.ask_device(link)
            while not self._stopping and self._entry.owned and await self._serve(link):
                pass
        except Exception:  # of whatever kind: the way out is the same
            await self._leave(link)
            raise
        await self._leave(link)

    async def _leave(self, link: Link) -> None:
        self._link = None
        try:
            await link.close()
        finally:
            await self._intake.give_back_ahead()

    async def _tidy(self) -> None:
        if self._leftovers or self._intake.owes:
            self._leftovers, self._intake.owes = True, False
            around = self._around
            self._doubts.add(await clear_leftovers(around.keeper, around.board, self.name))
            self._leftovers = False

    async def _introduce(self, link: Link) -> None:
        self._entry.identity = await introduce(self._around, link)
        self._entry.capabilities = self._entry.driver.capabilities(self._entry.identity)

    async def _serve(self, link: Link) -> bool:
        """Do one thing; false when the link should be opened anew."""
        status = await self._ask_status(link)
        if self._counters.alarm is not None and not await self._released(status):
            return True
        if self._upkeep.doubt is not None and not await self._looked_after(self._upkeep.doubt, status):
            return True
        await self._doubts.refresh()
        if self._doubts:
            self._tell_doubt()
            await self._rest(link, IDLE_STATUS_SECONDS)
            return True
        if self._upkeep.wanted and self._upkeep.fits(status):
            return await self._maintain(link, status)
        recover, self._recover = self._recover, False
        if not status.ready and recover:
            await self._bring_back(link, status.alerts)
            return True
        if not status.ready:
            self._tell(PrinterState.BLOCKED, _reason(status.alerts))
            await self._intake.give_back_ahead()
            await self._bell.wait(UNWELL_STATUS_SECONDS)
            return True
        return await self._serve_ready(link)

    async def _released(self, status: PrinterStatus) -> bool:
        """Tell whether a person has looked since the counters were found to be ahead of the record."""
        assert self._counters.alarm is not None
        if not await self._person_looked(self._counters.alarm):
            return False
        await self._counters.release(status)
        return True

    async def _looked_after(self, doubt: Reason, status: PrinterStatus) -> bool:
        """Tell whether a person has looked since nobody knows how maintenance ended."""
        if not await self._person_looked(doubt):
            return False
        await self._upkeep.release(status)
        return True

    async def _person_looked(self, why: Reason) -> bool:
        """Show why somebody has to look, and tell whether somebody has said so since; each word is for one look."""
        shown, self._shown = self._shown == why, why
        said, self._recover = self._recover and shown, False
        if said:
            self._shown = None
            return True
        self._tell(PrinterState.BLOCKED, why)
        await self._bell.wait(UNWELL_STATUS_SECONDS)
        return False

    async def _maintain(self, link: Link, status: PrinterStatus) -> bool:
        """Do what is wanted of the printer itself; its next card is printed elsewhere meanwhile."""
        await self._intake.give_back_ahead()
        try:
            await self._upkeep.do(link, status)
        finally:
            self._recover = False  # it was said of what was before
        return True

    def _tell_doubt(self) -> None:
        self._tell(PrinterState.STOPPED, Reason("card-uncertain", self._doubts.in_words()))

    async def _bring_back(self, link: Link, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            await converse(self._around, link, partial(_recovery, alert))

    async def _serve_ready(self, link: Link) -> bool:
        if (stops := self._entry.cleaning.stops) is not None:
            self._tell(PrinterState.BLOCKED, stops)
            await self._intake.give_back_ahead()
            await self._bell.wait(IDLE_STATUS_SECONDS)
            return True
        if self._entry.needs_person or self._entry.state is PrinterState.CONNECTING:
            self._tell(PrinterState.IDLE)  # it is well, also while its next card is being prepared
        prepared = await self._intake.take()
        if prepared is None:
            await self._tidy_idle()
            self._tell(PrinterState.IDLE)
            await self._rest(link, LEAVE_SECONDS if self._intake.leaves else IDLE_STATUS_SECONDS)
            return True
        try:
            wanted = await self._intake.still_wanted(prepared)
            return True if wanted is None else await self._print(link, wanted)
        except BaseException:
            self._leftovers = True
            raise

    async def _rest(self, link: Link, seconds: float) -> None:
        """Wait until somebody rings; a plug that is pulled meanwhile is looked after soon.

        Other links end without anything being wrong: many printers close a connection that is idle.
        """
        def look() -> None:
            if link.traffic.ended:
                link.traffic.watch(None)
                self._around.clock.callLater(UNPLUGGED_SECONDS, self._bell.ring)

        link.traffic.watch(look if link.info.kind == "usb" else None)
        try:
            await self._bell.wait(seconds)
        finally:
            link.traffic.watch(None)

    async def _tidy_idle(self) -> None:
        if self._intake.owes:
            await self._tidy()

    async def _ask_status(self, link: Link) -> PrinterStatus:
        status = await converse(self._around, link, lambda driver, info: driver.status(info))
        self._around.board.tell_status(self._entry, status)
        return status

    async def _print(self, link: Link, prepared: Prepared) -> bool:
        job, card = prepared.job, prepared.card
        queue = self._around.board.queue_config(job.queue)
        attempt = self._attempt = Attempt(self._around, link, queue, job, card, self._let_others_have_the_next)
        self._entry.card, self._entry.preparing = f"{job.id}/{card.number}", False
        self._tell(PrinterState.BUSY)
        self._intake.look_ahead()
        try:
            card = await attempt.run(prepared.blocks)
        finally:
            self._attempt, self._entry.card = None, None
            if attempt.committed:
                self._upkeep.fed()
        if card.state is CardState.READY:  # another card has come before it in its queue, or it was cancelled
            await self._intake.give_back(attempt.job, card, None)
        elif card.state is CardState.QUEUED:
            self._around.board.call_others(job.queue, self.name)
        return self._went_well(attempt, card)

    def _let_others_have_the_next(self) -> None:
        """The card in the device waits for a person: what was prepared after it must not wait with it."""
        Deferred.fromCoroutine(self._intake.give_back_ahead()).addErrback(
            lambda failure: self._log.error("card not given back", detail=failure.getErrorMessage())
        )

    def _went_well(self, attempt: Attempt, card: Card) -> bool:
        """Tell whether the same link may go on; what moved a card has proven itself, whatever became of the card."""
        self._failures = 0 if attempt.committed else self._failures
        if stops_printer(card):
            self._doubts.add([(attempt.job.id, card.number)])
            self._tell_doubt()
            return False
        if attempt.broken is not None:
            self._failures += 1
            self._tell(_state_after(attempt.fault), attempt.broken)
            return False
        return True


def _state_after(error: PrintServerError | None) -> PrinterState:
    """Tell a device that cannot be spoken with from a printer that something else keeps from working."""
    return PrinterState.OFFLINE if error is None or error.fault is Fault.DEVICE else PrinterState.STOPPED


def _recovery(alert: Alert, speaker: Speaker, link: LinkInfo) -> Spoken[None]:
    return speaker.recover(alert, link)


def _reason(alerts: Sequence[Alert]) -> Reason:
    errors = [alert for alert in alerts if alert.severity is Severity.ERROR] or list(alerts)
    return Reason(errors[0].kind, errors[0].verbatim) if errors else Reason("not-ready")
