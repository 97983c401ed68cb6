"""One attempt at one card: the driver's dialogue on one side, the store's transactions on the other.

Laws kept here:

1. The commit mark and its evidence are durable before the next byte leaves; if they cannot be, no byte leaves.
2. A cancel that came before the commit mark wins; one that comes after is a wish, and the outcome decides.
3. "Done" is written only when the driver says the device was sure, or where the queue accepts less.
4. An outcome is never dropped: while the store cannot take it, it is offered again and again.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from twisted.internet.defer import Deferred, DeferredLock

from printserver.dialogue import Cancelled, Dialogue, Mark, Point, Report
from printserver.driver import Block, Done, Outcome, Spoiled, Unknown
from printserver.errors import PrintServerError, StoreBusy, StoreFull
from printserver.lifecycle import CardEvent
from printserver.model import job as model
from printserver.model.job import Card, CardState, Job, Reason
from printserver.model.printer import PrinterState, QueueConfig
from printserver.queue.bell import Bell
from printserver.queue.doubts import AWAITING_CHECK
from printserver.queue.surroundings import Surroundings, same_card
from printserver.store.contract import Begin, CardMark, CardStep, Change
from printserver.transport.link import Link
from printserver.transport.runner import DialogueRunner

INSIST_SECONDS = 1.0
BROKEN_OFF = "broken-off"


class Attempt:
    """Brings one READY card through the device and its outcome into the store."""

    def __init__(self, around: Surroundings, link: Link, queue: QueueConfig, job: Job, card: Card) -> None:
        """Take a card that is READY."""
        self._around, self._queue = around, queue
        self.job, self.card = job, card
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

    def cancel(self) -> None:
        """Call the dialogue off where it allows that; never after the commit mark."""
        self._runner.cancel()

    async def run(self, blocks: Sequence[Block]) -> Card:
        """Print the card and return it as the outcome left it."""
        entry = self._around.entry
        begin = Begin(printer=entry.config.name, serial=entry.identity.serial)
        await self._step(CardEvent.START, begin=begin, simulated=entry.config.simulated)
        dialogue = entry.driver.print_card(None, blocks, self._link.info)
        await self.finish(await self._converse(dialogue))
        return self.card

    async def _converse(self, dialogue: Dialogue[Outcome]) -> Outcome:
        try:
            return await self._runner.run(dialogue)
        except PrintServerError as error:
            return Unknown(Reason(error.code, error.sentence()))
        except Exception as error:
            # a driver is foreign code: whatever it raises, the card's fate is doubt, not a crash of the server
            self._log.exception("driver failed")
            return Unknown(Reason("driver-failed", type(error).__name__))

    # marks and reports, in the order in which the dialogue gave them

    async def _on_mark(self, mark: Mark) -> None:
        kept = model.Mark(mark.point, self._around.wall(), dict(mark.evidence))
        await self._turn.acquire()
        try:
            if mark.point is Point.COMMITTED:
                await self._refuse_when_cancelled()
            await self._apply(CardMark(number=self.card.number, version=self.card.version, mark=kept))
        except (StoreBusy, StoreFull) as error:
            if not self._runner.committed:
                raise
            # the card is in the machine: a later mark that the store cannot take must not stop it
            self._log.warning("mark not kept", point=mark.point, code=error.code)
        finally:
            self._turn.release()

    async def _refuse_when_cancelled(self) -> None:
        self.job = await self._around.keeper.read(self._around.keeper.store.job, self.job.id)
        if self.job.cancel:
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
                case Done(sure=True):
                    await self._done()
                case Done() | Unknown():
                    await self._unsure(outcome)
                case Spoiled(reason):
                    await self._spoiled(reason)
        finally:
            self._turn.release()

    async def _without_commit(self, outcome: Outcome) -> None:
        """Nothing has moved, whatever the driver thinks: cancel, or back to the queue at no cost."""
        self.job = await self._insist_read()
        reason = outcome.reason if isinstance(outcome, Spoiled | Unknown) else Reason("driver-failed", "no commit mark")
        event = CardEvent.CANCEL if self.job.cancel else CardEvent.RETURN
        await self._step(event, outcome=BROKEN_OFF, reason=None if self.job.cancel else reason)

    async def _done(self) -> None:
        if self.card.state is not CardState.PRINTING:
            await self._step(CardEvent.UNBLOCK if self.card.state is CardState.BLOCKED else CardEvent.RESUME)
        await self._step(CardEvent.DONE, outcome="done")

    async def _unsure(self, outcome: Done | Unknown) -> None:
        confirms = self._around.entry.capabilities.confirms
        if confirms.sure or isinstance(outcome, Unknown):
            reason = outcome.reason if isinstance(outcome, Unknown) else Reason("not-confirmed")
            await self._step(CardEvent.DOUBT, outcome="unknown", reason=reason)
        elif self._queue.accept_unconfirmed:
            await self._step(
                CardEvent.DONE_UNCONFIRMED, outcome="sent", unconfirmed=True, accepts_unconfirmed=True
            )
        else:
            await self._step(CardEvent.DOUBT, outcome="sent", reason=Reason(AWAITING_CHECK))

    async def _spoiled(self, reason: Reason) -> None:
        await self._step(CardEvent.SPOIL, outcome="spoiled", reason=reason)
        self.job = await self._insist_read()
        again = not self.job.cancel and len(self.card.attempts) < self._queue.max_attempts
        await self._step(CardEvent.RETRY if again else CardEvent.GIVE_UP, reason=reason)

    # the store

    async def _step(self, event: CardEvent, *, begin: Begin | None = None, reason: Reason | None = None,
                    outcome: str | None = None, simulated: bool | None = None, unconfirmed: bool = False,
                    accepts_unconfirmed: bool = False) -> None:
        await self._apply(CardStep(
            number=self.card.number, version=self.card.version, event=event, begin=begin, reason=reason,
            outcome=outcome, simulated=simulated, unconfirmed=unconfirmed, accepts_unconfirmed=accepts_unconfirmed,
        ), insist=self.card.committed)

    async def _apply(self, change: Change, insist: bool = False) -> None:
        keeper = self._around.keeper
        while True:
            try:
                self._take(await keeper.write(keeper.store.apply, self.job.id, [change]))
                return
            except (StoreBusy, StoreFull):
                if not insist:
                    raise
                await Bell(self._around.clock).wait(INSIST_SECONDS)

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
