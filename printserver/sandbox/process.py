"""One worker process as the pool sees it: starting, idle, busy, gone.

Laws kept here:

1. A worker has one order at a time, and a deadline while it has; beyond it the process is killed.
2. An order is answered exactly once: by the worker's answer, or by the reason why there is none.
3. Once gone, always gone: the owner is told once, and the process is killed if it still runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from printserver.errors import PrintServerError, WorkerFailed
from printserver.sandbox.answers import Answer, Ready, Refused, Rendered, decode_answer
from printserver.sandbox.ending import ending, visible_lines
from printserver.sandbox.frames import FrameReader, framed
from printserver.sandbox.limits import Limits
from printserver.sandbox.orders import RenderResult
from printserver.sandbox.reactor import Call, Clock, Pipes, Spawner

PIPES = {0: "w", 1: "r", 2: "r"}
FAREWELL_SECONDS = 5.0


class Owner(Protocol):
    """Whom a worker tells of its life."""

    def worker_ready(self, worker: WorkerProcess, ready: Ready) -> None:
        """Take note that a worker may be given its first order."""
        ...

    def worker_free(self, worker: WorkerProcess) -> None:
        """Take note that a worker has answered."""
        ...

    def worker_gone(self, worker: WorkerProcess, reason: PrintServerError, was_ready: bool) -> None:
        """Take note that a worker will answer nothing more."""
        ...


class Life(Enum):
    """Where a worker is in its life."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    LEAVING = "leaving"
    GONE = "gone"


class WorkerProcess(ProcessProtocol):
    """The parent's end of one worker."""

    log = Logger()

    def __init__(self, owner: Owner, clock: Clock, limits: Limits) -> None:
        """Tell `owner` of ready, free and gone; keep deadlines by `clock`."""
        self.life = Life.STARTING
        self.done = 0
        self.spent = False
        self.ended: Deferred[None] = Deferred()
        self._owner = owner
        self._clock = clock
        self._limits = limits
        self._frames = FrameReader()
        self._order: Deferred[RenderResult] | None = None
        self._deadline: Call | None = None
        self._was_ready = False

    def start(self, reactor: Spawner, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the process; raises OSError."""
        self._set_deadline(self._limits.start_seconds, f"did not start within {self._limits.start_seconds:g} s")
        reactor.spawnProcess(self, command[0], command, environment, "/", childFDs=PIPES)

    def do(self, message: bytes, answer: Deferred[RenderResult]) -> None:
        """Give an idle worker an order; `answer` fires with the result or a typed error."""
        self.life = Life.BUSY
        self._order = answer
        self._set_deadline(self._limits.wall_seconds, f"took longer than {self._limits.wall_seconds:g} s for a card")
        self._pipe.write(framed(message))

    def leave(self) -> None:
        """Let an idle worker end in peace."""
        self.life = Life.LEAVING
        self._set_deadline(FAREWELL_SECONDS, "did not end when asked")
        self._pipe.closeStdin()

    def kill(self, reason: PrintServerError) -> None:
        """End the worker at once; its order, if any, fails with the reason."""
        self._gone(reason)
        if self.transport is not None:
            try:
                self._pipe.signalProcess("KILL")
            except ProcessExitedAlready:
                return
            self._pipe.loseConnection()  # a child of its own may still hold the other ends

    # What Twisted calls -------------------------------------------------------------------------------------------

    def outReceived(self, data: bytes) -> None:
        """Take answers; a worker that says something else is killed."""
        try:
            for message in self._frames.feed(data):
                self._take(decode_answer(message))
        except WorkerFailed as error:
            self.kill(error)

    def errReceived(self, data: bytes) -> None:
        """Pass what the worker says to the log, control characters made visible."""
        for line in visible_lines(data):
            self.log.warn("worker: {line}", line=line)

    def processEnded(self, reason: Failure) -> None:
        """Take note that the process is no more."""
        self._gone(WorkerFailed(f"the worker {ending(status_of(reason.value))}"))
        self.ended.callback(None)

    # Inside -------------------------------------------------------------------------------------------------------

    @property
    def _pipe(self) -> Pipes:
        return cast(Pipes, self.transport)

    def _take(self, answer: Answer) -> None:
        match answer, self.life:
            case Ready() as ready, Life.STARTING:
                self._set_deadline(None)
                self.life, self._was_ready = Life.IDLE, True
                self._owner.worker_ready(self, ready)
            case Refused() as refused, Life.STARTING:
                self.kill(refused.error())
            case (Rendered() | Refused()) as spoken, Life.BUSY:
                self._answered(spoken)
            case _, Life.GONE:
                return
            case _:
                raise WorkerFailed("the worker spoke without being asked")

    def _answered(self, answer: Rendered | Refused) -> None:
        self._set_deadline(None)
        self.life = Life.IDLE
        self.done += 1
        self.spent = self.done >= self._limits.orders or (isinstance(answer, Refused) and answer.spent)
        order, self._order = self._order, None
        self._owner.worker_free(self)  # first: whoever gets the answer may at once bring the next order
        settle(order, answer.result if isinstance(answer, Rendered) else answer.error())

    def _gone(self, reason: PrintServerError) -> None:
        if self.life is Life.GONE:
            return
        self.life = Life.GONE
        self._set_deadline(None)
        order, self._order = self._order, None
        self._owner.worker_gone(self, reason, self._was_ready)
        settle(order, reason)

    def _set_deadline(self, seconds: float | None, breach: str = "") -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self._clock.callLater(seconds, self.kill, WorkerFailed(f"the worker {breach}"))


def settle(order: Deferred[RenderResult] | None, outcome: RenderResult | PrintServerError) -> None:
    """Fire an order's answer, unless nobody waits for it any more."""
    if order is None or order.called:
        return
    if isinstance(outcome, PrintServerError):
        order.errback(Failure(outcome))
    else:
        order.callback(outcome)


def status_of(ended: BaseException | None) -> int:
    """Return how a process ended as a return code, negative for a signal."""
    number = getattr(ended, "signal", None)
    return -number if isinstance(number, int) else int(getattr(ended, "exitCode", 0) or 0)


