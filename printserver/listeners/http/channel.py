# mypy: allow-untyped-calls
# Half of twisted.web has no annotations.
"""One connection: caps on the head, a deadline for each phase, and refusals that the client can read.

Laws kept here:

1. Each phase has its deadline: idle, head, body, closing. Bytes dribbled in do not push it away.
2. A request that will be refused for its head is refused before its body is asked for or read.
3. A refusal is an answer: it is sent whole, and what the client still sends is read and thrown away for a while, so
   that the answer is not lost in a connection reset (RFC 9112 section 9.6).
4. While it is being found out who sends a request, nothing more of its body is read than has come already.
5. Nothing a client sends raises out of here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from twisted.internet.interfaces import ITCPTransport
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, Request

from printserver.errors import BadRequest, PrintServerError, RequestTooLarge
from printserver.listeners.pace import Pace

from . import again
from .errors import HeadTooLarge, TooSlow
from .message import RequestContext, Response
from .prompt import Prompt
from .request import Exchange, SiteRequest
from .wire import head_bytes

MAX_LENGTH_DIGITS = 15


class Phase(Enum):
    """What a connection is about at the moment."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    ANSWERING = auto()
    CLOSING = auto()


class Channel(HTTPChannel):
    """Twisted's HTTP parser with our deadlines, caps and refusals."""

    timeOut = None  # deadlines are kept here, by phase
    transport: Any  # TCP's or TLS's; its zope interface is no type
    requests: list[SiteRequest]
    _networkProducer: Any
    _path: Any

    def __init__(self, exchange: Exchange, gone: Callable[[], None]) -> None:
        """`gone` is called when the connection is lost."""
        super().__init__()
        self.requestFactory = lambda channel, _queued=False: SiteRequest(channel, self, exchange)  # type: ignore[assignment,misc]  # Twisted declares a class, takes any callable
        limits = exchange.limits
        self._exchange = exchange
        self._limits = limits
        self._gone = gone
        self._pace = Pace(exchange.clock, self._late)
        self._phase = Phase.IDLE
        self._refused = self._lost = False
        self._asks = self._owes_continue = False
        self._piece = b""  # the first bytes of a request: all of it, where it came in one piece
        self._kept: again.Kept | None = None
        self._prompt = Prompt()
        self.totalHeadersSize = limits.head
        self.maxHeaders = limits.fields
        self.MAX_LENGTH = limits.head

    # phases

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        match phase:
            case Phase.IDLE:
                self._pace.start(self._limits.idle)
            case Phase.HEAD:
                self._pace.start(self._limits.head_time)
            case Phase.BODY:
                self._pace.start(self._limits.body_grace, self._limits.body_rate)
            case Phase.ANSWERING:
                self._pace.rest()
            case Phase.CLOSING:
                self._pace.start(self._limits.linger)

    def _late(self) -> None:
        match self._phase:
            case Phase.HEAD | Phase.BODY:
                self.refuse(TooSlow())
            case Phase.CLOSING:
                self.transport.abortConnection()
            case _:
                self.loseConnection()

    def connectionMade(self) -> None:
        """Wait for the first request."""
        super().connectionMade()
        self._enter(Phase.IDLE)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # Twisted gives no default either
        """Stop the clock and tell the site."""
        self._lost = True
        self._pace.stop()
        super().connectionLost(reason)
        self._gone()

    def dataReceived(self, data: bytes) -> None:
        """Take bytes in, unless the client has already been refused."""
        if self._refused:
            return
        if self._phase is Phase.IDLE:
            if self._kept is not None and self._answered_again(self._kept, data):
                return
            self._piece = data if len(data) <= again.LARGEST else b""
            self._prompt.forget()
            self._enter(Phase.HEAD)
        self._pace.got(len(data))
        super().dataReceived(data)

    def _answered_again(self, kept: again.Kept, data: bytes) -> bool:
        answer = kept.answer_to(data, self._exchange.date())
        if answer is None:
            self._kept = None
            return False
        self._enter(Phase.IDLE)
        self._prompt.send(self.transport, answer)
        return True

    def answered(self, response: Response, length: int) -> None:
        """Keep an answer that may be given again; `length` is that of the request's body."""
        self._kept = None
        if response.again is not None:
            headers, date = self._exchange.headers_for(response), self._exchange.date()
            self._kept = again.kept(self._piece, length, response, headers, date)

    def resumeProducing(self) -> None:
        """The client read what was sent: it is not idle."""
        if self._phase is Phase.IDLE:
            self._enter(Phase.IDLE)
        super().resumeProducing()
        if self._asks:
            self._networkProducer.pauseProducing()

    # the head

    def lineReceived(self, line: bytes) -> None:
        """Take one line of the head, within its caps."""
        if self._refused:
            return
        if self._receivedHeaderSize + len(line) > self.totalHeadersSize:
            self.refuse(HeadTooLarge(allowed=f"{self.totalHeadersSize} bytes"))
            return
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line that has no end."""
        self.refuse(HeadTooLarge(allowed=f"{self.totalHeadersSize} bytes"))

    def headerReceived(self, line: bytes) -> bool:
        """Keep a header field; False when the request has been refused for it."""
        if self._receivedHeaderCount >= self.maxHeaders:
            self.refuse(HeadTooLarge(allowed=f"{self.maxHeaders} header fields"))
        elif _absurd_length(line):
            self.refuse(RequestTooLarge(where="Content-Length", allowed=f"{self._limits.body} bytes"))
        return not self._refused and bool(super().headerReceived(line))

    def allHeadersReceived(self) -> None:
        """Decide on the request by its head, before its body is asked for."""
        if self._refused:
            return
        request = self.requests[-1]
        request.head_received(self._command, self._path, self._version, self.length)
        if request.refusal is not None and self.length != 0:
            self.refuse(request.refusal, request.context)
            return
        self._enter(Phase.BODY)
        if request.asked is not None and not request.asked.called:
            self._asks = True
            self._networkProducer.pauseProducing()
            request.asked.addCallback(lambda _: self._asked(request))
        super().allHeadersReceived()

    def _asked(self, request: SiteRequest) -> None:
        """Go on with a request now that it is known whether its sender is."""
        self._asks = False
        owes, self._owes_continue = self._owes_continue, False
        if self._lost:
            return
        if not self._waitingForTransport:
            self._networkProducer.resumeProducing()
        if self._phase is not Phase.BODY:  # refused already, or whole: then the request itself answers
            return
        if request.refusal is not None:
            request.give_up(request.refusal)
        elif owes:
            self._send100Continue()

    def _send100Continue(self) -> None:
        """Ask for the body, but not before its sender is known."""
        if self._asks:
            self._owes_continue = True
        else:
            super()._send100Continue()

    # the body

    def rawDataReceived(self, data: bytes) -> None:
        """Take body bytes, or throw them away after a refusal."""
        if not self._refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        """Hand the whole request on, unless it was refused while it came."""
        if self._refused:
            self.setRawMode()
            return
        self._enter(Phase.ANSWERING)
        super().allContentReceived()

    # the end

    def requestDone(self, request: Request) -> None:
        """Wait for the next request, or close."""
        self._enter(Phase.IDLE)
        super().requestDone(request)

    def loseConnection(self) -> None:
        """Close once everything is sent, and cut a client that does not read it."""
        self._enter(Phase.CLOSING)
        super().loseConnection()

    def refuse(self, error: PrintServerError, context: RequestContext | None = None) -> None:
        """Answer the request that is coming in with an error, and take nothing more from this client."""
        if self._refused:
            return
        self._refused = True
        self.persistent = False
        self._enter(Phase.CLOSING)
        self._send_refusal(self._exchange.refusal(error, context))

    def _send_refusal(self, response: Response) -> None:
        assert isinstance(response.body, bytes)
        headers = self._exchange.headers_for(response)
        closing = (*headers, ("Content-Length", str(len(response.body))), ("Connection", "close"))
        body = b"" if getattr(self, "_command", b"") == b"HEAD" else response.body
        self.transport.write(head_bytes(response, closing) + body)
        if ITCPTransport.providedBy(self.transport) and not self.isSecure():
            self.transport.loseWriteConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(BadRequest("this is not an HTTP/1.1 request"))


def _absurd_length(line: bytes) -> bool:
    """Tell whether a field is a Content-Length of more digits than any body has bytes."""
    name, _, value = line.partition(b":")
    return name.strip().lower() == b"content-length" and len(value.strip().lstrip(b"0")) > MAX_LENGTH_DIGITS
