"""Fetches one document over HTTP or HTTPS, from the very address that was judged.

Laws kept here:

1. A name is resolved once; the connection goes to an address of that answer and to no other, so that a name which
   changes between two looks leads nowhere else. Certificate and Host field are the name's.
2. Nothing is followed, kept or tried again: a redirect is an error, each fetch has a connection of its own, and what
   failed is told. What the answer calls its content is not believed: the document is known by its bytes.
3. Every phase has its deadline, and the whole has a size; a body whose end is not told is not whole.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from printserver.errors import DocumentNotFetched, DocumentTooLarge
from printserver.model.fetching import Place, Rules

MAX_BYTES = 64 * 1024 * 1024
RESOLVE_SECONDS, CONNECT_SECONDS, ANSWER_SECONDS, BODY_SECONDS = 10.0, 10.0, 20.0, 60.0
USER_AGENT = b"printserver"
OK = 200

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches what `rules` allow; `resolve` returns a name's addresses.

    `trust` are certificates beside the system's authorities, None = the system's alone.
    """

    reactor: Any  # a Twisted reactor: its interfaces are zope's, which no type checker reads
    rules: Rules
    resolve: Resolve
    limit: int = MAX_BYTES
    trust: Certificate | None = None

    @property
    def schemes(self) -> tuple[str, ...]:
        """Return the schemes by which documents are fetched."""
        return self.rules.schemes

    async def fetch(self, uri: str) -> bytes:
        """Return a document; raises UriSchemeUnsupported, DocumentNotFetched, DocumentTooLarge."""
        place = self.rules.place(uri)
        try:
            addresses = await self._within(RESOLVE_SECONDS, _run(self.resolve(place.host, place.port)))
            admitted = self.rules.admits(place, addresses)
            response = await self._within(ANSWER_SECONDS, self._asked(place, admitted[0]))
            return await self._body(response)
        except (OSError, DNSLookupError, ConnectError, ConnectingCancelledError, ResponseFailed, DeferredTimeout,
                CancelledError) as error:  # fmt: skip
            structlog.get_logger("fetching").warning("document not fetched", host=place.host, reason=repr(error)[:200])
            raise DocumentNotFetched(f"{place.host} does not give it", where="document-uri") from error

    def _asked(self, place: Place, address: str) -> Deferred[Any]:
        pool = HTTPConnectionPool(self.reactor, persistent=False)
        agent = Agent.usingEndpointFactory(self.reactor, _To(self.reactor, place, address, self.trust), pool)
        headers = Headers({b"User-Agent": [USER_AGENT], b"Accept": [b"*/*"], b"Accept-Encoding": [b"identity"]})
        asked: Deferred[Any] = agent.request(b"GET", place.uri.encode("ascii"), headers)
        return asked

    async def _body(self, response: Any) -> bytes:  # noqa: ANN401 - twisted's IResponse is zope's
        if response.code != OK:
            await self._hang_up(response)
            what = "sends on to another address, which is not followed" if 300 <= response.code < 400 else "says no"
            raise DocumentNotFetched(f"the host {what} (HTTP {response.code})", where="document-uri")
        body = _Body(self.limit)
        response.deliverBody(body)
        try:
            return await self._within(BODY_SECONDS, body.whole)
        finally:
            body.hang_up()

    async def _hang_up(self, response: Any) -> None:  # noqa: ANN401 - as above
        body = _Body(0)
        body.whole.addErrback(lambda failure: None)  # nobody wants it
        response.deliverBody(body)
        body.hang_up()

    async def _within(self, seconds: float, work: Deferred[_T]) -> _T:
        work.addTimeout(seconds, self.reactor)
        return await work


@implementer(IAgentEndpointFactory)
class _To:
    """Leads the agent to one address, whatever the URI's host is."""

    def __init__(self, reactor: Any, place: Place, address: str, trust: Certificate | None) -> None:  # noqa: ANN401 - as above
        self._reactor, self._place, self._address, self._trust = reactor, place, address, trust

    def endpointForURI(self, uri: object) -> Any:  # noqa: ANN401 - an endpoint's interface is zope's
        """Return the endpoint of the judged address; over TLS the certificate must be the name's."""
        kind = TCP6ClientEndpoint if ":" in self._address else TCP4ClientEndpoint
        plain: Any = kind(self._reactor, self._address, self._place.port, timeout=CONNECT_SECONDS)
        if self._place.scheme == "http":
            return plain
        host = self._place.host.removesuffix(".")
        return wrapClientTLS(optionsForClientTLS(host, trustRoot=self._trust), plain)


class _Body(Protocol):
    """Takes a body up to a limit; `whole` fires with it, or fails with why it is not whole."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._parts: list[bytes] = []
        self._told = False
        self.whole: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Take bytes; more than the limit end it."""
        self._size += len(data)
        if self._size > self._limit:
            self._end(DocumentTooLarge("the document is larger than is fetched", where="document-uri"))
            self.hang_up()
            return
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The body has ended: whole only where its end was told."""
        if reason.check(ResponseDone):
            self._end(b"".join(self._parts))
        else:
            self._end(DocumentNotFetched("it came only in part", where="document-uri"))

    def hang_up(self) -> None:
        """End the connection."""
        if self.transport is not None and hasattr(self.transport, "abortConnection"):
            self.transport.abortConnection()

    def _end(self, how: bytes | Exception) -> None:
        self._parts = []
        if self._told:
            return
        self._told = True
        if isinstance(how, bytes):
            self.whole.callback(how)
        else:
            self.whole.errback(Failure(how))


def addresses_of_name(host: str, port: int) -> list[str]:
    """Return the addresses of a name, each once; blocks, and raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _run(work: Awaitable[_T]) -> Deferred[_T]:
    async def whole() -> _T:
        return await work

    return Deferred.fromCoroutine(whole())
