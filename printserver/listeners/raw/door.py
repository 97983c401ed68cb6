"""The raw door: a document comes in on a TCP port, one JSON line goes back, and the connection is closed.

Laws kept here:

1. A document is known by its first bytes and ends where its own format ends; a PDF, by a half-close right after its end
   mark. Half-close, reset, silence or slowness before that end is a failed transfer, and never a job.
2. Every client gets exactly one line, `{"job": ID, "state": ...}` or `{"error": {"code", "message"}}`; what it still
   sends is read and thrown away for a while, so that the line is not lost in a connection reset.
3. A job that was accepted stays accepted, whether or not the client waits for its line.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import structlog
from twisted.internet.defer import ensureDeferred
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import ServerFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from printserver.errors import DocumentBroken, DocumentEmpty, DocumentTooLarge, PrintServerError
from printserver.listeners.crowd import Crowd
from printserver.listeners.document_ends import Scanner
from printserver.listeners.first_bytes import scanner_for
from printserver.listeners.pace import Pace
from printserver.listeners.raw.limits import RawLimits
from printserver.listeners.reception import Reception, host_of, reported
from printserver.model.clock import Clock
from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, Submission

log = structlog.get_logger("printserver.raw")


class Submits(Protocol):
    """What this door asks of the job service."""

    async def submit(self, submission: Submission) -> Job:
        """Accept a job; raises PrintServerError."""
        ...


class RawFactory(ServerFactory):
    """Takes pictures for one queue; deadlines are kept by `clock`."""

    noisy = False

    def __init__(
        self, service: Submits, queue: str, clock: Clock, limits: RawLimits | None = None, *,
        admits: Callable[[str], bool] = lambda address: True,
        error_id: Callable[[], str] = lambda: secrets.token_hex(6), crowd: Crowd | None = None,
    ) -> None:  # fmt: skip
        """`admits` tells whether an address may come in; `error_id` names a fault of ours in log and answer.

        `crowd` counts the connections, of other doors too.
        """
        self.crowd = crowd or Crowd()
        self.admits = admits
        self.service = service
        self.queue = queue
        self.clock = clock
        self.limits = limits or RawLimits()
        self.error_id = error_id
        self.reception = Reception()

    def buildProtocol(self, addr: IAddress | None) -> RawDoor | None:
        """Return the protocol of a new connection, None when its address may not come in or has too many."""
        address = host_of(addr)
        if not self.admits(address):
            return None
        return RawDoor(self, address) if self.crowd.enter(address) else None


@implementer(IHalfCloseableProtocol)
class RawDoor(TwistedProtocol):
    """One connection: it takes a document, then it answers."""

    transport: Any  # TCP's; its zope interface is no type

    def __init__(self, door: RawFactory, address: str) -> None:
        """`address` is the client's."""
        self._door = door
        self._address = address
        self._head = b""
        self._pieces: list[bytes] = []
        self._size = self._held = 0
        self._scanner: Scanner | None = None
        self._taking = True
        self._submitting = False
        self._read_closed = False
        self._answered = False
        self._gone = False
        self._idle = Pace(door.clock, self._silent)
        self._whole = Pace(door.clock, self._silent)
        self._lingering = Pace(door.clock, self._cut)

    # taking

    def connectionMade(self) -> None:
        """Start the clocks."""
        self._idle.start(self._door.limits.idle)
        self._whole.start(self._door.limits.grace, self._door.limits.rate)

    def dataReceived(self, data: bytes) -> None:
        """Take bytes until the document ends; what comes after is thrown away."""
        if not self._taking:
            return
        self._idle.start(self._door.limits.idle)
        self._whole.got(len(data))
        try:
            self._take(data)
        except PrintServerError as error:
            self._refuse(error)

    def _take(self, data: bytes) -> None:
        if self._scanner is None:
            self._head += data
            self._scanner = scanner_for(self._head)
            if self._scanner is None:
                return
            data = self._head
        end = self._scanner.feed(data)
        self._keep(data[:end])
        if end is not None:
            self._complete()

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._door.limits.document:
            raise DocumentTooLarge(allowed=f"{self._door.limits.document} bytes")
        self._pieces.append(data)
        self._held += len(data)
        self._door.reception.hold(len(data), self._door.limits.documents)

    def _let_go(self) -> None:
        """Forget the document's bytes, and count them no more; while a job is made of them they are there."""
        if self._submitting:
            return
        self._pieces.clear()
        self._door.reception.let_go(self._held)
        self._held = 0

    def _silent(self) -> None:
        self._refuse(DocumentBroken("the document did not arrive in time; nothing was printed"))

    def readConnectionLost(self) -> None:
        """The client has closed its side; before the document's own end that is a failed transfer."""
        self._read_closed = True
        if self._answered:
            self.transport.loseConnection()
        elif self._taking and self._scanner is not None and self._scanner.ends_by_closing():
            self._complete()
        elif self._taking:
            self._refuse(self._unfinished())

    def _unfinished(self) -> PrintServerError:
        count = self._size or len(self._head)
        if not count:
            return DocumentEmpty()
        return DocumentBroken(f"the document stops after {count} bytes, before its own end; nothing was printed")

    def writeConnectionLost(self) -> None:
        """Our own side is closed; what the client still sends is thrown away."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Forget what has come: an unfinished document is never a job."""
        self._gone = True
        self._stop()
        self._let_go()
        self._lingering.stop()
        self._door.crowd.leave(self._address)

    def _stop(self) -> None:
        self._taking = False
        self._head = b""
        self._idle.stop()
        self._whole.stop()

    # answering

    def _complete(self) -> None:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._stop()
        self._submitting = True
        ensureDeferred(self._submit(data)).addBoth(self._submitted)

    def _submitted(self, _: object) -> None:
        self._submitting = False
        self._let_go()

    async def _submit(self, data: bytes) -> None:
        submission = Submission(
            ticket=Ticket(queue=self._door.queue), documents=(IncomingDocument(data=data),),
            origin=f"raw {self._address}", client=self._address,
        )  # fmt: skip
        try:
            job = await self._door.service.submit(submission)
        except PrintServerError as error:
            self._refuse(error)
        except Exception as error:  # a fault of ours must not end the daemon
            self._refuse(reported(log, error, self._door.error_id()))
        else:
            self._answer({"job": job.id, "state": job.state})

    def _refuse(self, error: PrintServerError) -> None:
        self._stop()
        self._let_go()
        self._answer({"error": {"code": error.code, "message": error.sentence()}})

    def _answer(self, line: dict[str, object]) -> None:
        if self._gone:
            return
        self._answered = True
        self.transport.write(msgspec.json.encode(line) + b"\n")
        self._lingering.start(self._door.limits.linger)
        if self._read_closed:
            self.transport.loseConnection()
        else:
            self.transport.loseWriteConnection()

    def _cut(self) -> None:
        self.transport.abortConnection()
