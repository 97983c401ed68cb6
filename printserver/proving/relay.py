"""Standing between a foreign program and a printer: bytes go on as they come, and are written down.

Laws kept here:

1. Nothing is changed, kept back or answered here; what the printer has not taken, the program has to wait with.
2. One program, once: the recording is over when it has gone and the printer has taken its last byte.
3. The printer's end is the program's end.
"""

from __future__ import annotations

from typing import Protocol as Shape

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from printserver.dialogue import LinkLost
from printserver.dialogue.redacting import without_host
from printserver.dialogue.transcripts import Transcript
from printserver.model.clock import Alarm, Clock
from printserver.transport.link import Link
from printserver.transport.recording import RecordingLink

# Bytes that wait for the printer before the program is made to wait.
ROOM = 65_536
# How long, in seconds, the printer may take none of the last bytes after the program has gone.
LAST_BYTES = 60.0


class Program(Shape):
    """The connection to a program, as Twisted's transports are."""

    def write(self, data: bytes) -> None:
        """Send bytes to it."""

    def pauseProducing(self) -> None:
        """Take no more of its bytes for now."""

    def resumeProducing(self) -> None:
        """Take bytes again."""

    def loseConnection(self) -> None:
        """Let it go."""


class Relay(Protocol):
    """One program's way to a printer; `done` gets the transcript, with everything in it, or the fault."""

    def __init__(self, link: Link, clock: Clock, done: Deferred[Transcript]) -> None:
        """Use `link`, which is opened when the program comes."""
        self._link = RecordingLink(link, clock)
        self._clock = clock
        self._done = done
        self._waiting = bytearray()
        self._open = self._gone = False
        self._program: Program | None = None
        self._overdue: Alarm | None = None

    def connectionMade(self) -> None:
        """Open the way to the printer; until then the program waits."""
        self._program = self.transport
        self._program.pauseProducing()  # type: ignore[union-attr] # a transport from here on
        Deferred.fromCoroutine(self._link.open()).addCallbacks(self._opened, self._failed)

    def _opened(self, result: None) -> None:
        self._open = True
        self._link.traffic.watch(self._stir)
        if self._program is not None:
            self._program.resumeProducing()
        self._stir()

    def dataReceived(self, data: bytes) -> None:
        """Take bytes for the printer."""
        self._waiting += data
        self._stir()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let the printer take what is left."""
        self._gone, self._program = True, None
        self._overdue = self._clock.callLater(LAST_BYTES, self._end)
        self._stir()

    def _stir(self) -> None:
        """Move on whatever can move, either way."""
        if not self._open:
            return
        traffic = self._link.traffic
        answer = traffic.take_all()
        if answer and self._program is not None:
            self._program.write(answer)
        if self._waiting and not traffic.outgoing and not traffic.ended:
            piece = bytes(self._waiting[: self._link.piece])
            del self._waiting[: len(piece)]
            self._link.write(piece)
        if traffic.ended or (self._gone and not self._waiting and not traffic.outgoing):
            self._end()
        elif self._program is not None:
            (self._program.pauseProducing if len(self._waiting) > ROOM else self._program.resumeProducing)()

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._overdue is not None and self._overdue.active():
            self._overdue.cancel()
        self._link.traffic.watch(None)
        if self._program is not None:
            self._program.loseConnection()
        Deferred.fromCoroutine(self._link.close()).addBoth(lambda _: self._done.callback(self._link.transcript))

    def _failed(self, failure: Failure) -> None:
        failure.trap(LinkLost)
        if self._program is not None:
            self._program.loseConnection()
        self._done.errback(failure)


def kept(transcript: Transcript, facts: dict[str, str], *, whole: bool) -> Transcript:
    """Return what may be written of a foreign program's job: `whole` where its card is nobody's."""
    found = transcript if whole else without_host(transcript)
    return Transcript(found.lines, facts)
