"""The process of a driver that is not bundled: its life and death.

Laws kept here:

1. A crash or an overrun ends one printer's process and the dialogue under way there, and nothing else; the process is
   started again when it is wanted next.
2. A process that has not answered for `ANSWER_SECONDS` is killed.
3. `IN_A_ROW` ends of that kind, with no dialogue between them that came to its end, put the whole package out of use
   until the server is started again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from printserver.errors import Fault, PluginBroken, PrintServerError, WorkerFailed
from printserver.sandbox.ending import ending, visible_lines
from printserver.sandbox.frames import FrameReader, framed
from printserver.sandbox.process import PIPES, status_of
from printserver.sandbox.questions import Begin, Question, Raised, Reply, Up, read
from printserver.sandbox.reactor import Call, Pipes, Reactor

START_SECONDS = 60.0
ANSWER_SECONDS = 20.0
IN_A_ROW = 3


class DriverCrashed(PrintServerError):
    """The printer's driver crashed, or did not answer any more."""

    code = "driver-crashed"
    fault = Fault.PLUGIN
    retry = True
    remedy = "The driver is started again; when this comes back, update it or report it to its author."


@dataclass(slots=True)
class CrashCount:
    """How often in a row the processes of one package have crashed."""

    package: str
    in_a_row: int = 0
    last: str = ""
    told: Callable[[CrashCount], None] = field(default=lambda count: None)

    @property
    def out_of_use(self) -> bool:
        """Tell whether the package is used no more."""
        return self.in_a_row >= IN_A_ROW

    def crashed(self, why: str) -> None:
        """Take note of a crash; `told` is called once it was one too many."""
        self.in_a_row += 1
        self.last = why
        if self.in_a_row == IN_A_ROW:
            self.told(self)

    def went_well(self) -> None:
        """Take note of a dialogue that came to its end."""
        if not self.out_of_use:
            self.in_a_row = 0

    def check(self) -> None:
        """Raise PluginBroken when the package is out of use."""
        if self.out_of_use:
            raise PluginBroken(
                f"its driver crashed {IN_A_ROW} times in a row and is used no more until the server is started again; "
                f"the last time it {self.last}", where=self.package,
            )


class DriverProcess(ProcessProtocol):
    """The server's end of one running process; made anew for each start."""

    log = Logger()

    def __init__(self, reactor: Reactor, ended: Callable[[str], None]) -> None:
        """Keep deadlines by `reactor`; `ended` is told once how it ended, unless it was asked to."""
        self._reactor, self._ended = reactor, ended
        self._frames = FrameReader()
        self._awaited: deque[Deferred[Reply]] = deque()
        self._deadline: Call | None = None
        self.gone = False
        self._asked_to_end = False

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> Deferred[Reply]:
        """Start the process and return its first word; raises OSError."""
        up = self._await(START_SECONDS)
        self._reactor.spawnProcess(self, command[0], command, environment, "/", childFDs=PIPES)
        return up

    def ask(self, question: Question) -> Deferred[Reply]:
        """Return the answer to a question; fails with DriverCrashed."""
        if self.gone:
            failed: Deferred[Reply] = Deferred()
            failed.errback(DriverCrashed())
            return failed
        answer = self._await(ANSWER_SECONDS)
        self._pipe.write(framed(msgspec.msgpack.encode(question)))
        return answer

    def end(self) -> None:
        """End the process at once."""
        self._asked_to_end = True
        self._kill("was ended")

    def outReceived(self, data: bytes) -> None:
        """Take answers; a process that says something else is killed."""
        try:
            for message in self._frames.feed(data):
                self._answered(read(message, Reply))
        except WorkerFailed as error:
            self._kill(error.sentence())

    def errReceived(self, data: bytes) -> None:
        """Pass what the process says to the log."""
        for line in visible_lines(data):
            self.log.warn("driver: {line}", line=line)

    def processEnded(self, reason: Failure) -> None:
        """Take note that the process is no more."""
        self._is_gone(ending(status_of(reason.value)))

    @property
    def _pipe(self) -> Pipes:
        return cast(Pipes, self.transport)

    def _await(self, seconds: float) -> Deferred[Reply]:
        answer: Deferred[Reply] = Deferred()
        self._awaited.append(answer)
        self._set_deadline(seconds)
        return answer

    def _answered(self, reply: Reply) -> None:
        if not self._awaited:
            raise WorkerFailed("it spoke without being asked")
        answer = self._awaited.popleft()
        self._set_deadline(ANSWER_SECONDS if self._awaited else None)
        if not answer.called:
            answer.callback(reply)

    def _set_deadline(self, seconds: float | None) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self._reactor.callLater(seconds, self._kill, f"did not answer for {seconds:g} s")

    def _kill(self, why: str) -> None:
        self._is_gone(why)
        if self.transport is not None:
            try:
                self._pipe.signalProcess("KILL")
            except ProcessExitedAlready:
                return
            self._pipe.loseConnection()

    def _is_gone(self, why: str) -> None:
        if self.gone:
            return
        self.gone = True
        self._set_deadline(None)
        if not self._asked_to_end:
            self._ended(why)
        awaited, self._awaited = self._awaited, deque()
        for answer in awaited:
            if not answer.called:
                answer.errback(DriverCrashed(f"the printer's driver {why}"))


class DriverHome:
    """Where one printer's driver lives: its process, started when it is wanted."""

    def __init__(
        self, reactor: Reactor, driver: str, command: Sequence[str], environment: Mapping[str, str], crashes: CrashCount
    ) -> None:
        """Start processes of `command` by `reactor`; crashes count for the whole package."""
        self._reactor, self.driver, self._command, self._environment = reactor, driver, command, environment
        self._crashes = crashes
        self._process: DriverProcess | None = None
        self.fences = Up()

    async def begin(self, question: Begin) -> tuple[DriverProcess, Reply]:
        """Begin a dialogue; raises PluginBroken, DriverCrashed."""
        self._crashes.check()
        process = self._process
        if process is None or process.gone:
            process = await self._started()
        return process, await process.ask(question)

    def went_well(self) -> None:
        """Take note of a dialogue that came to its end."""
        self._crashes.went_well()

    def end(self) -> None:
        """End the process, if one runs."""
        if self._process is not None:
            self._process.end()

    async def _started(self) -> DriverProcess:
        process = DriverProcess(self._reactor, self._crashes.crashed)
        try:
            up = await process.start(self._command, self._environment)
        except OSError as error:
            raise DriverCrashed(f"the driver's process cannot be started: {error.strerror}") from error
        if isinstance(up, Raised):
            process.end()
            raise up.error(self.driver)
        if not isinstance(up, Up):
            process.end()
            raise DriverCrashed("the driver's process began with another word than it should")
        self._process, self.fences = process, up
        return process
