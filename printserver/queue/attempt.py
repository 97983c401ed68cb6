"""One attempt at one card: the driver's dialogue on one side, the store's transactions on the other.

Laws kept here:

1. The commit mark and its evidence are durable before the next byte leaves; if they cannot be, no byte leaves.
2. A cancel that came before the commit mark wins; one that comes after is a wish, and the outcome decides.
3. "Done" is written only when the driver says the device was sure, and only for a kind of device that can be;
   or where the queue accepts less.
4. An outcome is never dropped: while the store cannot take it, it is offered again and again.
5. What only informs (a report, a later mark) waits for nothing and stops nothing.

| the dialogue ended with | not committed | committed |
|---|---|---|
| done, sure | back to the queue: nothing can have moved | done |
| done, not sure | back | awaits a check, or done and marked unconfirmed; in doubt where the device could have known |
| spoiled | back | spoiled: printed anew, or held for a person when the attempts are used up |
| spoiled, and the card may lie in the output | back | in doubt |
| unknown, a fault, anything raised | back; failed when the fault is the job's own | in doubt |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from msgspec.structs import replace
from twisted.internet.defer import Deferred, DeferredLock

from printserver.dialogue import Cancelled, Mark, Point, Report, Spoken
from printserver.driver import Block, Done, Outcome, Spoiled, Unknown
from printserver.errors import (
    BadTicket,
    NotPossibleNow,
    PrintServerError,
    StoreBusy,
    StoreConflict,
    StoreFull,
    UnsupportedByPrinter,
)
from printserver.lifecycle import CardEvent
from printserver.model import job as model
from printserver.model.job import Card, CardState, Job, Reason
from printserver.model.printer import PrinterState, QueueConfig
from printserver.queue.bell import Bell
from printserver.queue.causes import cause
from printserver.queue.doubts import AWAITING_CHECK
from printserver.queue.lateness import is_kept, is_open, late_step
from printserver.queue.retrying import after_spoiled, heed_cancel, is_out_of_the_way
from printserver.queue.surroundings import Surroundings, same_card
from printserver.store.contract import Begin, CardMark, CardStep, Change
from printserver.transport.link import Link
from printserver.transport.runner import DialogueRunner

INSIST_SECONDS = 1.0
BROKEN_OFF = "broken-off"
DRIVER_FAILED = "driver-failed"


class Attempt:
    """Brings one READY card through the device and its outcome into the store.

    `broken` = why the device or its driver ended the attempt before anything moved, None when it did not; `fault` =
    what was raised, None when the dialogue ended by itself.
    """

    def __init__(self, around: Surroundings, link: Link, queue: QueueConfig, job: Job, card: Card,
                 on_blocked: Callable[[], None] = lambda: None) -> None:
        """Take a card that is READY; `on_blocked` is called each time that the device begins to wait for a person."""
        self._on_blocked = on_blocked
        self._around, self._queue = around, queue
        self.job, self.card = job, card
        self._lease = around.entry.lease  # one that is taken anew meanwhile is not this attempt's
        self.broken: Reason | None = None
        self.fault: PrintServerError | None = None
        self._called_off = False
        self._refusal: Reason | None = None
        self._turn = DeferredLock()
        self._log = structlog.get_logger("attempt").bind(job=job.id, card=card.number)
        self._runner = DialogueRunner(
            clock=around.clock, link=link, on_mark=self._on_mark, on_report=self._on_report
        )
        self._link = link

    @property
    def waits_for_person(self) -> bool:
        """Tell whether the card is stuck in the device until somebody does something there."""
        return self.card.state is CardState.BLOCKED

    @property
    def committed(self) -> bool:
        """Tell whether the card may have moved."""
        return self._runner.committed

    @property
    def _number(self) -> int:
        return self.card.attempts[-1].number

    def cancel(self) -> None:
        """Wish that the dialogue ends where it allows that; what is committed the driver brings to an outcome."""
        self._runner.cancel()

    def call_off(self) -> None:
        """Let this card not be committed any more; one that is committed already goes on undisturbed."""
        self._called_off = True
        if not self.committed:
            self._runner.cancel()

    async def run(self, blocks: Sequence[Block]) -> Card:
        """Print the card and return it as the outcome left it; one that was cancelled before the start is left."""
        entry = self._around.entry
        begin = Begin(entry.config.name, entry.identity.serial, self._lease, in_turn=self._queue.ordered)
        try:
            await self._step(CardEvent.START, begin=begin, simulated=entry.config.simulated)
        except (StoreConflict, NotPossibleNow):
            return self.card
        await self.finish(await self._converse(blocks))
        return self.card

    async def _converse(self, blocks: Sequence[Block]) -> Outcome:
        try:
            dialogue: Spoken[Outcome] = self._around.entry.speaker.print_card(None, blocks, self._link.info)
            return await self._runner.run(dialogue)
        except (BadTicket, UnsupportedByPrinter) as error:
            self._refusal = cause(error)
            return Unknown(self._refusal)
        except PrintServerError as error:
            self.fault = error
            return Unknown(Reason(error.code, error.sentence()))
        except Exception as error:
            # a driver is foreign code: whatever it raises, the card's fate is doubt, not a crash of the server
            self._log.exception("driver failed")
            return Unknown(Reason(DRIVER_FAILED, type(error).__name__))

    # marks and reports, in the order in which the dialogue gave them

    async def _on_mark(self, mark: Mark) -> None:
        kept = model.Mark(mark.point, self._around.wall(), dict(mark.evidence))
        await self._turn.acquire()
        try:
            if mark.point is Point.COMMITTED and not self.committed:
                await self._refuse_when_cancelled()
            lease = None if self.committed else self._lease
            await self._apply(CardMark(number=self.card.number, version=self.card.version, mark=kept, lease=lease))
        except (StoreBusy, StoreFull, StoreConflict) as error:
            if self.committed:
                # the card is in the machine: a later mark that the store cannot take must not stop it
                self._log.warning("mark not kept", point=mark.point, code=error.code)
                await self._look_again()
            elif not await self._stands_all_the_same(error):
                raise
        finally:
            self._turn.release()
        if mark.point is Point.COMMITTED:
            self._check_lease()

    def _check_lease(self) -> None:
        """Let nothing leave when the commit mark took longer than the lease: another node may have the printer."""
        entry = self._around.entry
        if self._lease is None or self.committed:
            return
        if not entry.owned or entry.lease != self._lease or self._around.clock.seconds() >= entry.lease_until:
            raise StoreConflict(f"the lease of {entry.config.name} ran out while the card was being committed")

    async def _stands_all_the_same(self, error: PrintServerError) -> bool:
        """Tell whether the commit mark is durable, and only the answer to it was lost; nothing leaves before."""
        if not (isinstance(error, StoreBusy) and error.unsure):
            return False
        job = await self._insist_read()
        card = same_card(job, self.card)
        if not (is_open(card, self._number) and card.committed):
            return False
        self._take(job)
        return True

    async def _look_again(self) -> None:
        """Take the card as the store has it: the answer to what was last written of it may have been lost."""
        try:
            job = await self._around.keeper.read(self._around.keeper.store.job, self.job.id)
        except PrintServerError:
            return
        if is_open(same_card(job, self.card), self._number):
            self._take(job)

    async def _refuse_when_cancelled(self) -> None:
        self.job = await self._around.keeper.read(self._around.keeper.store.job, self.job.id)
        if self.job.cancel or self._called_off:
            raise Cancelled()

    def _on_report(self, report: Report) -> None:
        if report.status is not None:
            self._around.board.tell_status(self._around.entry, report.status)
        Deferred.fromCoroutine(self._show_blocked(report)).addErrback(
            lambda failure: self._log.error("report not kept", detail=failure.getErrorMessage())
        )

    async def _show_blocked(self, report: Report) -> None:
        await self._turn.acquire()
        try:
            if report.blocked and self.card.state is CardState.PRINTING:
                reason = _reason_of(report)
                self._around.board.tell(self._around.entry, PrinterState.BLOCKED, reason)
                await self._step(CardEvent.BLOCK, reason=reason)
                self._on_blocked()
            elif not report.blocked and self.card.state is CardState.BLOCKED:
                self._around.board.tell(self._around.entry, PrinterState.BUSY)
                await self._step(CardEvent.UNBLOCK)
        finally:
            self._turn.release()

    # the outcome

    async def finish(self, outcome: Outcome) -> None:
        """Write an outcome; a card that went back to the queue or ended is seen in `self.card`."""
        await self._turn.acquire()
        try:
            if not self.card.committed:
                await self._without_commit(outcome)
                return
            match outcome:
                case Done(sure=True) if self._around.entry.capabilities.confirms.sure:
                    await self._done()
                case Done() | Unknown():
                    await self._unsure(outcome)
                case Spoiled(reason) if is_out_of_the_way(outcome, self._around.entry.capabilities):
                    await self._spoiled(reason)
                case Spoiled(reason):
                    await self._decide(CardEvent.DOUBT, outcome="unknown", reason=reason)
        finally:
            self._turn.release()

    async def _without_commit(self, outcome: Outcome) -> None:
        """Nothing has moved, whatever the driver thinks: cancel, fail for the job's own fault, or back at no cost."""
        self.job = await self._insist_read()
        reason = outcome.reason if isinstance(outcome, Spoiled | Unknown) else Reason(DRIVER_FAILED, "no commit mark")
        if self.job.cancel:
            await self._step(CardEvent.CANCEL, outcome=BROKEN_OFF)
        elif self._refusal is not None:
            await self._step(CardEvent.FAIL, outcome=BROKEN_OFF, reason=self._refusal)
        elif self._called_off:
            await self._step(CardEvent.RETURN, outcome=BROKEN_OFF)
        else:
            self.broken = reason
            await self._step(CardEvent.RETURN, outcome=BROKEN_OFF, reason=reason)
        self._take(await heed_cancel(self._around.keeper, self.job))

    async def _done(self) -> None:
        await self._printing()
        await self._decide(CardEvent.DONE, outcome="done")

    async def _printing(self) -> None:
        """Let a card whose outcome is known be no longer waiting, so that it may end."""
        if self.card.state is not CardState.PRINTING:
            await self._decide(CardEvent.UNBLOCK if self.card.state is CardState.BLOCKED else CardEvent.RESUME)

    async def _unsure(self, outcome: Done | Unknown) -> None:
        confirms = self._around.entry.capabilities.confirms
        if confirms.sure or isinstance(outcome, Unknown):
            reason = outcome.reason if isinstance(outcome, Unknown) else Reason("not-confirmed")
            await self._decide(CardEvent.DOUBT, outcome="unknown", reason=reason)
        elif self._queue.accept_unconfirmed:
            await self._printing()
            await self._decide(
                CardEvent.DONE_UNCONFIRMED, outcome="sent", unconfirmed=True, accepts_unconfirmed=True
            )
        else:
            await self._decide(CardEvent.DOUBT, outcome="sent", reason=Reason(AWAITING_CHECK))

    async def _spoiled(self, reason: Reason) -> None:
        await self._decide(CardEvent.SPOIL, outcome="spoiled", reason=reason)
        self._take(await after_spoiled(self._around.keeper, self._around.board, self.job, self.card, reason))

    # the store

    async def _decide(self, event: CardEvent, *, reason: Reason | None = None, outcome: str | None = None,
                      unconfirmed: bool = False, accepts_unconfirmed: bool = False) -> None:
        """Write a step of the outcome, until the store has it (law 4)."""
        step = self._next(
            event, reason=reason, outcome=outcome, unconfirmed=unconfirmed, accepts_unconfirmed=accepts_unconfirmed
        )
        while True:
            try:
                return await self._apply(step)
            except (StoreBusy, StoreFull) as error:
                self._log.warning("outcome not kept yet", what=event, code=error.code)
                await Bell(self._around.clock).wait(INSIST_SECONDS)
            except StoreConflict:
                further = await self._after_conflict(step)
                if further is None:
                    return
                step = further

    async def _after_conflict(self, step: CardStep) -> CardStep | None:
        """Return how an outcome is still to be written, None when it stands already; else raises StoreConflict.

        Another node took this one for dead, or an answer alone was lost.
        """
        number = self._number
        self._take(await self._insist_read())
        if is_kept(self.card, step, number):
            return None
        if is_open(self.card, number):
            if step.event in (CardEvent.DONE, CardEvent.DONE_UNCONFIRMED):
                await self._printing()
            return replace(step, version=self.card.version)
        late = late_step(self.job, step)
        if late is None:
            raise StoreConflict(f"card {self.job.id}/{self.card.number} went on without this attempt")
        return late

    async def _step(self, event: CardEvent, *, begin: Begin | None = None, reason: Reason | None = None,
                    outcome: str | None = None, simulated: bool | None = None) -> None:
        await self._apply(self._next(event, begin=begin, reason=reason, outcome=outcome, simulated=simulated))

    def _next(self, event: CardEvent, *, begin: Begin | None = None, reason: Reason | None = None,
              outcome: str | None = None, simulated: bool | None = None, unconfirmed: bool = False,
              accepts_unconfirmed: bool = False) -> CardStep:
        return CardStep(
            number=self.card.number, version=self.card.version, event=event, begin=begin, reason=reason,
            outcome=outcome, simulated=simulated, unconfirmed=unconfirmed, accepts_unconfirmed=accepts_unconfirmed,
        )

    async def _apply(self, change: Change) -> None:
        keeper = self._around.keeper
        self._take(await keeper.write(keeper.store.apply, self.job.id, [change]))

    async def _insist_read(self) -> Job:
        keeper = self._around.keeper
        while True:
            try:
                return await keeper.read(keeper.store.job, self.job.id)
            except StoreBusy:
                await Bell(self._around.clock).wait(INSIST_SECONDS)

    def _take(self, job: Job) -> None:
        self.job = job
        self.card = same_card(job, self.card)


def _reason_of(report: Report) -> Reason:
    alerts = report.status.alerts if report.status else ()
    return Reason(alerts[0].kind, alerts[0].verbatim) if alerts else Reason("device-waits")
