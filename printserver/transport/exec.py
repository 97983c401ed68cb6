"""Links to a command: bytes to its standard input, its output, and how it ended.

Laws kept here:

1. A command is an argument list of the configuration file, found by its name; there is no shell, and neither a job nor
   a page nor the API can bring in a command or an argument.
2. It starts with the first byte that is written, in a session of its own, with a bare environment and no open files.
3. However it ends, its last line here is `exit STATUS WORDS`, or `signal NUMBER WORDS`; WORDS is the end of what it
   said on standard error.
4. One that runs too long, or whose link is closed, is killed with all that it started.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, Protocol, cast

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from printserver.dialogue import Control, LinkLost, Unsupported
from printserver.driver import LinkInfo
from printserver.errors import ConfigurationError
from printserver.model.clock import Alarm
from printserver.transport.address import ExecAddress
from printserver.transport.link import CLOSE_WRITE, Reactor, Traffic, words_of

PIECE = 16_384
# Seconds: for a whole command; for its output to end after itself, where something that it started keeps it open.
DEADLINE, LAST_WORDS = 300.0, 1.0
OUTPUT_LIMIT, WORDS_LIMIT = 65_536, 300
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/"}
# Twisted gives a child no session of its own; without one its children cannot be killed with it.
APART = "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])"


class _Transport(Protocol):
    """What is asked of Twisted's process transport."""

    pid: int | None

    def write(self, data: bytes) -> None: ...
    def closeStdin(self) -> None: ...
    def loseConnection(self) -> None: ...
    def registerProducer(self, producer: object, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...


class _Run(ProcessProtocol):
    """One run of a command; also the pull producer of its input (twisted.internet.interfaces.IPullProducer)."""

    def __init__(self, traffic: Traffic, reactor: Reactor) -> None:
        self._traffic = traffic
        self._reactor = reactor
        self._alarms: list[Alarm] = [reactor.callLater(DEADLINE, self._overdue)]
        self._words = bytearray()
        self._said = 0
        self._late = False
        self._pid = 0
        self._over = False
        self.gone: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self._pid = self._process.pid or 0
        self._process.registerProducer(self, False)

    @property
    def _process(self) -> _Transport:
        return cast(_Transport, self.transport)

    def resumeProducing(self) -> None:
        self._traffic.moved()

    def stopProducing(self) -> None:
        """Do nothing: a command that reads no more has its end told by itself."""

    def outReceived(self, data: bytes) -> None:
        room = OUTPUT_LIMIT - self._said
        self._said += len(data)
        self._traffic.received(data[: max(0, room)])

    def errReceived(self, data: bytes) -> None:
        self._words = (self._words + data)[-WORDS_LIMIT:]

    def processExited(self, reason: Failure) -> None:
        self._alarms.append(self._reactor.callLater(LAST_WORDS, self._end, reason))

    def processEnded(self, reason: Failure) -> None:
        self._end(reason)

    def _end(self, reason: Failure) -> None:
        if self._over:
            return
        self._over = True
        for alarm in self._alarms:
            if alarm.active():
                alarm.cancel()
        self._process.loseConnection()
        words = f"killed after {DEADLINE:.0f} seconds" if self._late else self._words.decode("utf-8", "replace")
        self._traffic.received(b"\n" + last_line(reason, words).encode() + b"\n")
        self._traffic.lost("the command has ended")
        self.gone.callback(None)

    def _overdue(self) -> None:
        self._late = True
        self.kill()

    def kill(self) -> None:
        """Kill the command with all that it started."""
        if self._over or not self._pid:
            return
        try:
            os.killpg(self._pid, signal.SIGKILL)
        except ProcessLookupError:  # it has no session of its own yet
            cast(Any, self.transport).signalProcess("KILL")


class ExecLink:
    """A link to one command of the configuration."""

    piece = PIECE
    info = LinkInfo("exec", frozenset({CLOSE_WRITE}))

    def __init__(self, command: tuple[str, ...], reactor: Reactor) -> None:
        self._command = command
        self._reactor = reactor
        self._run: _Run | None = None
        self.traffic = Traffic()
        self.lock = DeferredLock()

    async def open(self) -> None:
        """Be ready for a run; the command starts with its first byte."""
        if self.traffic.ended:
            await self.close()
            self.traffic.opened()

    async def close(self) -> None:
        """Kill the command if it still runs, and wait for its end."""
        run, self._run = self._run, None
        if run is not None:
            run.kill()
            await run.gone
        self.traffic.lost("the link is closed")

    def write(self, data: bytes) -> None:
        """Hand one piece over; the first one starts the command. Raises LinkLost."""
        transport = self._running()
        self.traffic.handed()
        transport.write(data)

    def close_write(self) -> None:
        """Close the command's standard input."""
        transport = self._running()
        transport.unregisterProducer()  # else its end would wait for more
        transport.closeStdin()

    def _running(self) -> _Transport:
        if self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        if self._run is None:
            run = _Run(self.traffic, self._reactor)
            command = [sys.executable, "-I", "-S", "-c", APART, *self._command]
            try:
                cast(Any, self._reactor).spawnProcess(run, command[0], command, env=ENVIRONMENT, path="/")
            except OSError as error:
                raise LinkLost(0, words_of(error)) from error
            self._run = run
        return cast(_Transport, self._run.transport)

    async def control(self, transfer: Control) -> bytes:
        """Refuse: a command has no control transfers."""
        raise Unsupported("a command has no USB control transfers")


def last_line(reason: Failure, words: str) -> str:
    """Return how a command ended, in one line."""
    ended = cast(Any, reason.value)
    plain = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    if ended.signal is not None:
        return f"signal {ended.signal} {plain}".rstrip()
    return f"exit {ended.exitCode or 0} {plain}".rstrip()


def exec_link(address: ExecAddress, commands: Mapping[str, tuple[str, ...]], reactor: Reactor) -> ExecLink:
    """Return a link to a command of the configuration; raises ConfigurationError for one that is not there."""
    command = commands.get(address.command)
    if command is None:
        raise ConfigurationError(
            "the configuration file has no such command", where=f"device = 'exec:{address.command}'",
            allowed=", ".join(sorted(commands)) or "none: the section [command] names them",
        )
    return ExecLink(command, reactor)
