"""Links over a stream socket: TCP and UNIX.

Laws kept here:

1. The transport has a pull producer: it calls back when everything handed over has gone to the kernel, which is the
   back-pressure that the runner's stall detection stands on.
2. Closing is orderly when everything was taken (the device gets its bytes), and abrupt when not (a stopped card's
   bytes never trickle out later).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from printserver.dialogue import Control, LinkLost, Unsupported
from printserver.driver import LinkInfo
from printserver.transport.address import TcpAddress, UnixAddress
from printserver.transport.link import CLOSE_WRITE, Reactor, Traffic, words_of

PIECE = 16_384
"""Bytes at a time: a card takes two million of them, and each piece costs the server a fifth of a millisecond."""


class _Transport(Protocol):
    """What a stream link asks of Twisted's TCP and UNIX transports."""

    def write(self, data: bytes) -> None: ...
    def loseConnection(self) -> None: ...
    def loseWriteConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def registerProducer(self, producer: object, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...


class _Taken:
    """A pull producer (twisted.internet.interfaces.IPullProducer): called when the kernel has taken everything."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def resumeProducing(self) -> None:
        self._traffic.moved()

    def stopProducing(self) -> None:
        """Do nothing: the loss of the connection is told by the protocol."""


class _Conversation(TwistedProtocol):
    """Passes what Twisted tells on to the link's traffic."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.gone: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self.traffic.opened()

    def dataReceived(self, data: bytes) -> None:
        self.traffic.received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.traffic.lost(words_of(reason))
        self.gone.callback(None)


class _Endpoint(Protocol):
    """Where to connect to."""

    def connect(self, factory: Factory[_Conversation]) -> Deferred[_Conversation]: ...


class StreamLink:
    """A link over a Twisted stream endpoint."""

    piece = PIECE

    def __init__(self, endpoint: _Endpoint, info: LinkInfo) -> None:
        self._endpoint = endpoint
        self._conversation: _Conversation | None = None
        self.info = info
        self.traffic = Traffic()
        self.lock = DeferredLock()

    async def open(self) -> None:
        """Connect; raises LinkLost."""
        if self._conversation is not None:
            if not self.traffic.ended:
                return
            await self.close()
        factory = Factory.forProtocol(lambda: _Conversation(self.traffic))
        factory.noisy = False
        try:
            conversation = await self._endpoint.connect(factory)
        except CancelledError:
            raise
        except Exception as error:  # Twisted raises a dozen unrelated kinds here; all mean: not reachable
            raise LinkLost(0, words_of(error)) from error
        self._conversation = conversation
        self._set_up(conversation)

    def _set_up(self, conversation: _Conversation) -> None:
        transport = cast(Any, conversation.transport)
        if self.info.kind == "tcp":
            transport.setTcpNoDelay(True)
            transport.setTcpKeepAlive(True)
        transport.registerProducer(_Taken(self.traffic), False)

    async def close(self) -> None:
        """Close and wait until closed."""
        conversation, self._conversation = self._conversation, None
        if conversation is None:
            return
        transport = cast(_Transport, conversation.transport)
        if not conversation.gone.called:
            transport.unregisterProducer()
            if self.traffic.outgoing:
                transport.abortConnection()
            else:
                transport.loseConnection()
            await conversation.gone
        self.traffic.lost("the link is closed")

    def close_write(self) -> None:
        """Close the writing half; the device sees the end of the bytes."""
        transport = self._open_transport()
        transport.unregisterProducer()
        transport.loseWriteConnection()

    def write(self, data: bytes) -> None:
        """Hand one piece over."""
        transport = self._open_transport()
        self.traffic.handed()
        transport.write(data)

    def _open_transport(self) -> _Transport:
        if self._conversation is None or self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        return cast(_Transport, self._conversation.transport)

    async def control(self, transfer: Control) -> bytes:
        """Refuse: a stream has no control transfers."""
        raise Unsupported("a network connection has no USB control transfers")


def tcp_link(address: TcpAddress, reactor: Reactor, timeout: float) -> StreamLink:
    """Return a link to a network printer."""
    build = cast(Callable[..., _Endpoint], HostnameEndpoint)
    endpoint = build(reactor, address.host, address.port, timeout=timeout)
    return StreamLink(endpoint, LinkInfo("tcp", frozenset({CLOSE_WRITE})))


def unix_link(address: UnixAddress, reactor: Reactor, timeout: float) -> StreamLink:
    """Return a link to a UNIX socket."""
    build = cast(Callable[..., _Endpoint], UNIXClientEndpoint)
    return StreamLink(build(reactor, address.path, timeout=timeout), LinkInfo("unix", frozenset({CLOSE_WRITE})))
