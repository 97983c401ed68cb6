"""Sending with back-pressure, and the poll that may run beside it.

Laws kept here:

1. One piece at a time: the next is handed over when the last was taken; no byte taken for `stall` seconds = Stalled.
2. A poll's own bytes go out between two pieces, never inside one; a control transfer has its own pipe and waits for
   nothing, so that it can tell why no byte is taken.
3. A poll that gets no answer in its time is no reading; it disturbs the sending as little as it can. Sending ends
   only after the last poll's answer has come or is overdue, so that it is not taken for another answer later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from printserver.dialogue import Ask, Control, DialogueFault, Interrupted, LinkLost, Send, Sent, Stalled
from printserver.model.clock import Clock
from printserver.transport.link import Link

POLL_EVERY = 1.0

Pause = Callable[[float | None], Awaitable[None]]

log = Logger()


class Outflow:
    """One stretch of bytes on its way out."""

    def __init__(self, data: bytes | memoryview, stall: float, link: Link, clock: Clock) -> None:
        self._data = memoryview(data).cast("B")
        self._stall = stall
        self._link = link
        self._clock = clock
        self._moved = clock.seconds()
        self._progress = link.traffic.progress
        self.sent = 0

    @property
    def handed_over(self) -> bool:
        """Tell whether every byte was handed over."""
        return self.sent == len(self._data)

    @property
    def deadline(self) -> float | None:
        """Return when the device counts as stalled; None while nothing is on its way."""
        return self._moved + self._stall if self._link.traffic.outgoing else None

    def step(self) -> None:
        """Hand the next piece over if the last was taken; raises Stalled, LinkLost with the count of bytes."""
        traffic = self._link.traffic
        if traffic.ended:
            raise LinkLost(self.sent, traffic.detail)
        if traffic.progress != self._progress:
            self._progress, self._moved = traffic.progress, self._clock.seconds()
        if traffic.outgoing:
            if self._clock.seconds() >= self._moved + self._stall:
                raise Stalled(self.sent)
        elif not self.handed_over:
            self._hand_over()

    def _hand_over(self) -> None:
        piece = bytes(self._data[self.sent : self.sent + self._link.piece])
        self.sent += len(piece)
        self._moved = self._clock.seconds()
        self._link.write(piece)


class Poll:
    """The question asked again and again beside a long sending."""

    def __init__(self, effect: Ask | Control, every: float, link: Link, clock: Clock, stir: Callable[[], None]) -> None:
        self._effect = effect
        self._every = every
        self._link = link
        self._clock = clock
        self._stir = stir
        self._next = clock.seconds() + every
        self._overdue: float | None = None
        self._transfer: Deferred[bytes] | None = None
        self._reading: bytes | None = None

    @property
    def asking(self) -> bool:
        """Tell whether an answer is awaited."""
        return self._overdue is not None

    @property
    def deadline(self) -> float | None:
        """Return when the poll can do something by itself, None while it waits for the piece on its way."""
        if self._overdue is not None:
            return self._overdue
        return self._next if self._has_room else None

    @property
    def due(self) -> bool:
        """Tell whether it is time to ask and the question can go out."""
        return not self.asking and self._has_room and self._clock.seconds() >= self._next

    @property
    def _has_room(self) -> bool:
        return isinstance(self._effect, Control) or not self._link.traffic.outgoing

    def ask(self) -> None:
        """Ask; only when it is due."""
        now = self._clock.seconds()
        self._next, self._overdue = now + self._every, now + self._effect.timeout
        match self._effect:
            case Ask(data=data):
                self._link.write(data)
            case Control() as transfer:
                self._transfer = Deferred.fromCoroutine(self._link.control(transfer))
                self._transfer.addCallbacks(self._answered, self._failed)

    def _answered(self, reading: bytes) -> None:
        self._reading = reading
        self._stir()

    def _failed(self, failure: Failure) -> None:
        if not failure.check(DialogueFault, CancelledError):
            log.failure("a poll beside a sending failed", failure)
        self._overdue = None
        self._stir()

    def step(self) -> bytes | None:
        """Return a reading that has come, None when there is none."""
        if not self.asking:
            return None
        if isinstance(self._effect, Ask):
            self._reading = self._link.traffic.take(self._effect.frame)
        reading, self._reading = self._reading, None
        if reading is not None or (self._overdue is not None and self._clock.seconds() >= self._overdue):
            self._overdue = None
        return reading

    def stop(self) -> None:
        """Ask no more."""
        if self._transfer is not None:
            self._transfer.cancel()


async def send(effect: Send, link: Link, clock: Clock, pause: Pause, stir: Callable[[], None]) -> Sent | Interrupted:
    """Send bytes, polling beside where that is asked; raises Stalled, LinkLost."""
    outflow = Outflow(effect.data, effect.stall, link, clock)
    if effect.beside is None:
        return await drain(outflow, link, pause)
    poll = Poll(effect.beside, effect.every or POLL_EVERY, link, clock, stir)
    try:
        return await _send_beside(effect, outflow, poll, link, pause)
    finally:
        poll.stop()


async def drain(outflow: Outflow, link: Link, pause: Pause) -> Sent:
    """Send until every byte was taken."""
    while True:
        outflow.step()
        if outflow.handed_over and not link.traffic.outgoing:
            return Sent()
        if link.traffic.outgoing and not link.traffic.ended:
            await pause(outflow.deadline)


async def _send_beside(effect: Send, outflow: Outflow, poll: Poll, link: Link, pause: Pause) -> Sent | Interrupted:
    while True:
        reading = poll.step()
        if reading is not None and reading in (effect.stop or ()):
            return Interrupted(outflow.sent, reading)
        if poll.due and not outflow.handed_over:
            _ask_beside(poll, outflow, link)
        outflow.step()
        if outflow.handed_over and not link.traffic.outgoing and not poll.asking:
            return Sent()
        if not link.traffic.ended and (link.traffic.outgoing or outflow.handed_over):
            await pause(_earliest(outflow.deadline, poll.deadline if poll.asking or not outflow.handed_over else None))


def _earliest(*times: float | None) -> float | None:
    return min((time for time in times if time is not None), default=None)


def _ask_beside(poll: Poll, outflow: Outflow, link: Link) -> None:
    if link.traffic.ended:
        raise LinkLost(outflow.sent, link.traffic.detail)
    try:
        poll.ask()
    except DialogueFault as fault:
        raise LinkLost(outflow.sent, str(fault)) from fault
