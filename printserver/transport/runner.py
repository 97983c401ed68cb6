"""The one runner: drives any dialogue over any link.

Laws kept here:

1. `on_mark` is awaited before the dialogue goes on. Therefore COMMITTED is durable before the next byte leaves; when
   it cannot be made durable the dialogue ends there and not one byte more is sent.
2. After COMMITTED a dialogue is never closed from outside: neither by cancel, nor by cancelling `run`, nor by a
   mark, report or hold that the host cannot take. Marks that were not recorded are kept in `unrecorded`.
3. `Cancelled` is thrown once, at an effect that is `cancellable`, and at no other.
4. An answer that has come wins over a time-out, a cancel or the link's end that come with it.
5. A link on which a dialogue ended badly is closed, so that its leftovers meet no later card.
6. The driver's code may run in another process (`printserver.dialogue.talks`); waiting for it is like any other wait,
   and bytes go nowhere before it has spoken.
7. A poll, a time-out, an answer: everything that happens only wakes the runner, which then looks at the whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeAlias, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from printserver.dialogue import (
    Answer,
    Ask,
    Cancelled,
    Close,
    CloseWrite,
    Connect,
    Control,
    DialogueFault,
    Disconnect,
    DistantFramer,
    Effect,
    Ended,
    Exchange,
    Framer,
    Here,
    Hold,
    LinkLost,
    Listen,
    Mark,
    Open,
    Point,
    Rejected,
    Reopen,
    Report,
    Resumed,
    Send,
    Spoken,
    Talk,
    TimedOut,
    Unsupported,
    Wait,
)
from printserver.model.clock import Clock
from printserver.transport.link import Link
from printserver.transport.sending import Outflow, drain, send

Result = TypeVar("Result")
Made = TypeVar("Made")
OnMark: TypeAlias = Callable[[Mark], Awaitable[None]]
OnReport: TypeAlias = Callable[[Report], None]
OnHold: TypeAlias = Callable[[Hold], Awaitable[Resumed | Rejected]]

log = Logger()


class DialogueRunner:
    """Drives dialogues over one link, one at a time; make a new runner for each attempt.

    `committed` tells whether a COMMITTED mark was made durable; `unrecorded` holds the marks after it that were not.
    """

    def __init__(
        self, *, clock: Clock, link: Link, on_mark: OnMark, on_report: OnReport, on_hold: OnHold | None = None
    ) -> None:
        self._clock = clock
        self._link = link
        self._on_mark = on_mark
        self._on_report = on_report
        self._on_hold = on_hold
        self._waker: Deferred[None] | None = None
        self._cancel = False
        self.committed = False
        self.unrecorded: list[Mark] = []

    async def run(self, dialogue: Spoken[Result]) -> Result:
        """Return what the dialogue returns; what it does not catch, and what its own code raises, escapes."""
        await self._link.lock.acquire()
        self._link.traffic.watch(self._stir)
        try:
            return await self._run(Here(dialogue) if isinstance(dialogue, Generator) else dialogue)
        finally:
            self._link.traffic.watch(None)
            self._link.lock.release()

    def cancel(self) -> None:
        """Wish that the dialogue ends at its next, or present, cancellable effect."""
        self._cancel = True
        self._stir()

    async def _run(self, talk: Talk[Result]) -> Result:
        try:
            await self._link.open()
            self._link.traffic.begin()
            return await self._drive(talk)
        except Exception:  # of whatever kind: the way out is the same
            if not self.committed:
                _end(talk)
            await self._link.close()
            raise

    async def _drive(self, talk: Talk[Result]) -> Result:
        answer: Answer = None
        fault: DialogueFault | None = None
        while True:
            effect = await self._finished(talk.step(answer, fault))
            answer = fault = None
            match effect:
                case Ended(result):
                    return result
                case Mark():
                    await self._mark(effect)
                case Report():
                    self._report(effect)
                case _:
                    answer, fault = await self._attempt(effect)

    async def _attempt(self, effect: Effect) -> tuple[Answer, DialogueFault | None]:
        try:
            return await self._perform(effect), None
        except DialogueFault as fault:
            return None, fault
        except CancelledError:
            if not self.committed:
                raise
            return None, LinkLost(0, "called off from outside")

    async def _perform(self, effect: Effect) -> Answer:
        match effect:
            case Ask() | Listen() | Wait() | Hold():
                return await self._wait_for(effect)
            case Send():
                return await send(effect, self._link, self._clock, self._pause, self._stir)
            case Control():
                return await self._link.control(effect)
            case Connect() | Exchange() | Disconnect():
                raise Unsupported(f"a {self._link.info.kind} link has no card reader")
            case Open() | Close() | Reopen() | CloseWrite():
                await self._turn(effect)
                return None
            case _:
                raise Unsupported(f"no effect: {type(effect).__name__}")

    async def _wait_for(self, effect: Ask | Listen | Wait | Hold) -> Answer:
        self._check_cancel(effect.cancellable)
        match effect:
            case Ask():
                await drain(Outflow(effect.data, effect.timeout, self._link, self._clock), self._link, self._pause)
                return await self._listen(effect.frame, effect.timeout, effect.cancellable, len(effect.data))
            case Listen():
                return await self._listen(effect.frame, effect.timeout, effect.cancellable)
            case Wait():
                await self._wait(effect)
                return None
            case Hold():
                return await self._hold(effect)

    async def _turn(self, effect: Open | Close | Reopen | CloseWrite) -> None:
        match effect:
            case Open():
                await self._link.open()
            case Close():
                await self._link.close()
            case Reopen():
                await self._link.close()
                await self._link.open()
            case CloseWrite():
                self._link.close_write()

    async def _listen(self, frame: Framer, timeout: float | None, cancellable: bool, sent: int = 0) -> bytes:
        traffic = self._link.traffic
        until = None if timeout is None else self._clock.seconds() + timeout
        while True:
            message = await self._framed(frame)
            if message is not None:
                return message
            if traffic.ended:
                raise LinkLost(sent, traffic.detail)
            self._check_cancel(cancellable)
            if until is not None and self._clock.seconds() >= until:
                raise TimedOut(traffic.take_all())
            await self._pause(until)

    async def _framed(self, frame: Framer) -> bytes | None:
        traffic = self._link.traffic
        if not isinstance(frame, DistantFramer):
            return traffic.take(frame)
        while True:
            seen = traffic.seen()
            found = await self._finished(frame.look(*seen))
            if found is not None or traffic.seen() == seen:  # else more has come meanwhile, and woke nobody
                return traffic.use(found)

    async def _finished(self, work: Coroutine[Any, Any, Made]) -> Made:
        """Return what `work` comes to; once committed it goes on even when it is called off from outside."""
        ends: list[Made | Failure] = []

        def keep(end: Made | Failure) -> None:
            ends.append(end)
            self._stir()

        going: Deferred[Made] = Deferred.fromCoroutine(work)
        going.addBoth(keep)
        try:
            while not ends:
                await self._pause(None)
        except CancelledError:
            going.cancel()
            raise
        if isinstance(ends[0], Failure):
            ends[0].raiseException()
        return ends[0]

    async def _wait(self, effect: Wait) -> None:
        until = self._clock.seconds() + effect.seconds
        while self._clock.seconds() < until:
            await self._pause(until)
            self._check_cancel(effect.cancellable)

    async def _hold(self, effect: Hold) -> Resumed | Rejected:
        if self._on_hold is None:
            return Rejected("nobody here encodes cards")
        held = _Held(self._on_hold(effect), self._stir)
        until = self._clock.seconds() + effect.timeout
        try:
            while held.answer is None:
                self._check_cancel(effect.cancellable)
                if self._clock.seconds() >= until:
                    raise TimedOut
                await self._pause(until)
            return held.answer
        finally:
            held.stop()

    async def _mark(self, mark: Mark) -> None:
        try:
            await self._on_mark(mark)
        except Exception:  # whatever kept the mark from being durable: a committed card goes on, any other stops here
            if not self.committed:
                raise
            self.unrecorded.append(mark)
            log.failure("the mark {point} could not be recorded", point=str(mark.point))
        else:
            self.committed = self.committed or mark.point is Point.COMMITTED

    def _report(self, report: Report) -> None:
        try:
            self._on_report(report)
        except Exception:  # a report only informs: a listener's fault must not spoil the card
            log.failure("a report of the printer could not be taken")

    def _check_cancel(self, cancellable: bool) -> None:
        if cancellable and self._cancel:
            self._cancel = False
            raise Cancelled

    async def _pause(self, until: float | None) -> None:
        """Return when anything happened, `until` at the latest."""
        waker = self._waker = Deferred()
        alarm = None
        if until is not None:
            alarm = self._clock.callLater(max(0.0, until - self._clock.seconds()), self._stir)
        try:
            await waker
        except CancelledError:
            if not self.committed:
                raise
        finally:
            self._waker = None
            if alarm is not None and alarm.active():
                alarm.cancel()

    def _stir(self) -> None:
        waker, self._waker = self._waker, None
        if waker is not None:
            waker.callback(None)


class _Held:
    """The host's work on a held card; its failure is a rejection, never the end of the dialogue."""

    def __init__(self, work: Awaitable[Resumed | Rejected], stir: Callable[[], None]) -> None:
        self._stir = stir
        self.answer: Resumed | Rejected | None = None
        self._work: Deferred[None] = Deferred.fromCoroutine(self._await(work))

    async def _await(self, work: Awaitable[Resumed | Rejected]) -> None:
        try:
            self.answer = await work
        except Exception as error:  # the host's own fault, of whatever kind, must not leave a card in the printer
            self.answer = Rejected(str(error) or type(error).__name__)
        self._stir()

    def stop(self) -> None:
        """Call the work off if it still goes on."""
        if not self._work.called:
            self._work.cancel()


def _end(talk: Talk[Result]) -> None:
    """Close a dialogue; one that yields on being closed is broken, but nothing of what it wants is done."""
    try:
        talk.close()
    except RuntimeError:
        log.warn("the driver's dialogue went on after it was closed")
