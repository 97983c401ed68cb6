# mypy: allow-untyped-calls
# Half of twisted.web has no annotations.
"""One request: its body in memory under a limit, one answer, never a temporary file.

Laws kept here:

1. The body is bytes in memory, counted as they come; twisted's own form parser and spool file are never reached.
2. A body that overruns its limit, or with all others the memory's, is refused while it comes, with an answer.
3. Where who sends it has to be asked for first, no answer begins before that is known.
4. A handler is never cancelled because the client left: what was accepted is accepted. A stream is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable
from dataclasses import replace
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.python.failure import Failure
from twisted.web.http import NO_BODY_CODES, HTTPChannel, Request

from printserver.errors import PrintServerError, RequestTooLarge, ServerBusy
from printserver.model.clock import Clock

from .limits import Limits
from .message import RequestContext, Response
from .router import Match
from .stream import Pump
from .wire import address_of, context_of, phrase


class Exchange(Protocol):
    """What a connection asks of the site."""

    clock: Clock
    limits: Limits

    def as_sent(self, context: RequestContext) -> RequestContext:
        """Return a request as its client sent it, before proxies."""
        ...

    def admit(self, context: RequestContext) -> Match:
        """Decide by the head alone; raises PrintServerError."""
        ...

    def ahead(self, match: Match, context: RequestContext) -> Awaitable[object] | None:
        """Return what a body has to wait for, None = for nothing; raises PrintServerError, also later."""
        ...

    def make_room(self, count: int) -> bool:
        """Count bytes of a body, negative ones when they are let go; False when there is no room for them."""
        ...

    def date(self) -> str:
        """Return the time of day as header fields tell it."""
        ...

    def headers_for(self, response: Response) -> tuple[tuple[str, str], ...]:
        """Return all header fields of an answer but those of its length."""
        ...

    def refusal(self, error: PrintServerError, context: RequestContext | None) -> Response:
        """Return an error as an answer."""
        ...

    async def answer(self, match: Match, context: RequestContext) -> Response:
        """Run the handler; an error becomes an answer."""
        ...

    def report(self, error: BaseException, context: RequestContext | None = None) -> PrintServerError:
        """Log a fault of ours once and return what the client is told of it."""
        ...


class Connection(Protocol):
    """What a request asks of the connection that it came on."""

    transport: Any

    def isSecure(self) -> bool:
        """Tell whether the connection is encrypted."""
        ...

    def answered(self, response: Response, length: int) -> None:
        """Learn of an answer before it is sent; `length` is that of the request's body."""
        ...

    def refuse(self, error: PrintServerError, context: RequestContext | None = None) -> None:
        """Answer with an error and take nothing more; `context` = the request, as far as it was read."""
        ...


class SiteRequest(Request):
    """A request of the site; `refusal` says why it is refused before its body is taken in.

    `asked` fires when that is known, None = it is known by the head alone.
    """

    def __init__(self, channel: HTTPChannel, connection: Connection, exchange: Exchange) -> None:
        """`channel` and `connection` are the same thing, as Twisted and as we see it."""
        super().__init__(channel, queued=False, parsePOSTFormSubmission=False)
        self._connection = connection
        self._exchange = exchange
        self._chunks: list[bytes] = []
        self._kept = 0
        self._limit = self._room = exchange.limits.body
        self.context: RequestContext | None = None
        self._match: Match | None = None
        self._stream: Deferred[None] | None = None
        self._answering = False
        self.refusal: PrintServerError | None = None
        self.asked: Deferred[None] | None = None

    def head_received(self, command: bytes, target: bytes, version: bytes, length: int | None) -> None:
        """Read the head and decide by it; `length` is the declared length of the body, None when chunked."""
        self.method, self.uri, self.clientproto = command, target, version
        try:
            self.context = context_of(
                command, target, self.requestHeaders, length=length, client=address_of(self.client),
                local=address_of(self.host), secure=self._connection.isSecure(),
            )  # fmt: skip
            self.context = self._exchange.as_sent(self.context)
            self._match = self._exchange.admit(self.context)
            # what only reads is answered to everybody, or judged when it is whole: no large body is taken in with it
            usual = self._exchange.limits.small_body if command in (b"GET", b"HEAD") else self._limit
            self._limit = self._room = self._match.route.limit or usual
            if length is not None and length > self._limit:
                raise self._too_large()
            ahead = self._exchange.ahead(self._match, self.context)
        except PrintServerError as error:
            self.refusal = error
            return
        if ahead is not None:
            self.asked = ensureDeferred(self._ask(ahead))

    async def _ask(self, ahead: Awaitable[object]) -> None:
        try:
            await ahead
        except PrintServerError as error:
            self.refusal = error
        except Exception as error:  # a fault of ours: the client is told of it as of any other
            self.refusal = self._exchange.report(error, self.context)

    def _too_large(self) -> RequestTooLarge:
        return RequestTooLarge(allowed=f"{self._limit} bytes")

    def gotLength(self, length: int | None) -> None:
        """Keep the body in memory: no spool file is opened."""

    def parseCookies(self) -> None:
        """Cookies are read by who needs them."""

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body, or refuse the request when it is one too many."""
        self._room -= len(data)
        if self._room < 0:
            self.give_up(self._too_large())
        elif not self._exchange.make_room(len(data)):
            self.give_up(ServerBusy("other requests take all the memory that there is for them"))
        else:
            self._kept += len(data)
            self._chunks.append(data)

    def give_up(self, error: PrintServerError) -> None:
        """Forget what came of the body, and refuse the request."""
        self._let_go()
        self._connection.refuse(error, self.context)

    def _let_go(self) -> None:
        """Forget the body."""
        self._exchange.make_room(-self._kept)
        self._kept = 0
        self._chunks.clear()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Answer the request, now that all of it has come."""
        body = b"".join(self._chunks)
        self._chunks.clear()
        self._answering = True
        ensureDeferred(self._answer(body)).addErrback(self._failed)

    def connectionLost(self, reason: Failure) -> None:
        """End a stream whose client has gone, and forget a body that will not be whole."""
        super().connectionLost(reason)
        if not self._answering:
            self._let_go()
        if self._stream is not None:
            self._stream.cancel()

    async def _answer(self, body: bytes) -> None:
        if self.asked is not None and not self.asked.called:
            await self.asked
        if self.refusal is not None:
            response = self._exchange.refusal(self.refusal, self.context)
        else:
            assert self._match is not None
            assert self.context is not None
            whole = replace(self.context, body=body, length=len(body), parameters=self._match.parameters)
            response = await self._exchange.answer(self._match, whole)
        self._let_go()
        self._connection.answered(response, len(body))
        await self._send(response)

    async def _send(self, response: Response) -> None:
        match response.body:
            case bytes() as body:
                self._send_whole(response, body)
            case chunks:
                await self._send_stream(response, chunks)

    def _send_whole(self, response: Response, body: bytes) -> None:
        if self._disconnected:
            return
        self._set_head(response)
        if response.status not in NO_BODY_CODES:
            self.responseHeaders.setRawHeaders("Content-Length", [str(len(body))])
        self.write(body)
        self.finish()

    async def _send_stream(self, response: Response, chunks: AsyncGenerator[bytes, None]) -> None:
        if self._disconnected or self.method == b"HEAD":
            await chunks.aclose()
            self._send_whole(replace(response, body=b""), b"")
            return
        self._set_head(response)
        pump = Pump(self, chunks, clock=self._exchange.clock, stall=self._exchange.limits.stall, cut=self._cut)
        self._stream = ensureDeferred(pump.run())
        try:
            await self._stream
        except CancelledError:
            return
        if not self._disconnected:
            self.finish()

    def _set_head(self, response: Response) -> None:
        self.setResponseCode(response.status, phrase(response.status).encode())
        for name, value in self._exchange.headers_for(response):
            self.responseHeaders.addRawHeader(name, value)

    def _cut(self) -> None:
        if not self._disconnected:
            self._connection.transport.abortConnection()

    def _failed(self, failure: Failure) -> None:
        """Nothing can be told to the client any more: the answer had begun."""
        assert failure.value is not None
        self._exchange.report(failure.value, self.context)
        self._cut()
