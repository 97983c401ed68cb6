# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""A site under test: on a real loopback socket, or on a transport that the test holds in its hand."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, TypeVar

import msgspec
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from printserver.listeners.crowd import Crowd
from printserver.listeners.http import Limits, Route, Site, build_site
from printserver.listeners.http.metrics import Watched
from printserver.queue.measures import Measures
from tests.listeners.fake_service import NOW, FakeService

T = TypeVar("T")
BOUNDARY = "the-line-between"
CLIENT: Any = IPv4Address("TCP", "127.0.0.1", 50000)
PNG = b"\x89PNG\r\n\x1a\n picture"
REACTOR: Any = sys.modules["twisted.internet.reactor"]  # what tests/conftest.py installed


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever the JSON holds
        return msgspec.json.decode(self.body)


class SiteCase(TestCase):
    """Serves a FakeService on a free loopback port; clients run in threads, as programs of others do."""

    limits = Limits()
    most_of_one = 1000
    routes: Sequence[Route] = ()
    hosts: Sequence[str] = ()

    def setUp(self) -> None:
        self.service = FakeService()
        self.measures = Measures()
        self.service.on_event(self.measures.heed)
        self.site = build_site(
            self.service, reactor=REACTOR, clock=lambda: NOW, hosts=self.hosts, bind="127.0.0.1",
            routes=self.routes, limits=self.limits, crowd=Crowd(most_of_one=self.most_of_one),
            watched=Watched(measures=self.measures),
        )  # fmt: skip
        listening = REACTOR.listenTCP(0, self.site, interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        self.port: int = listening.getHost().port

    def call(
        self, method: str, path: str, body: Any = None, **headers: str  # noqa: ANN401 - bytes or an iterable
    ) -> Deferred[Answer]:  # fmt: skip
        """Send a request as a program does; header names have `_` for `-`."""
        return elsewhere(lambda: self._blocking_call(method, path, body, headers))

    def _blocking_call(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:  # noqa: ANN401
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def raw(self, data: bytes, *, until: Callable[[bytes], bool] = lambda _: False) -> Deferred[bytes]:
        """Send bytes and return what comes back until the server closes, or `until` is content."""
        return elsewhere(lambda: self._blocking_raw(data, until))

    def _blocking_raw(self, data: bytes, until: Callable[[bytes], bool]) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(data)
            found = b""
            while not until(found):
                piece = connection.recv(65536)
                if not piece:
                    break
                found += piece
            return found


def elsewhere(work: Callable[[], T]) -> Deferred[T]:
    """Run blocking client code in a thread."""
    running: Deferred[T] = deferToThread(work)
    return running


def form(**parts: bytes) -> bytes:
    """Return a multipart/form-data body with the given parts."""
    pieces = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n'
        f"Content-Type: image/png\r\n\r\n".encode() + data + b"\r\n"
        for name, data in parts.items()
    ]
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


class HeldTransport(StringTransportWithDisconnection):
    """A transport that the test reads, closes and looks at; TCP's abort and half-close are noted."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        self.leave()

    def leave(self) -> None:
        """End the connection, as the client does by going away."""
        self.loseConnection()


@dataclass
class Held:
    """A connection to a site whose time the test moves."""

    site: Site
    service: FakeService
    clock: Clock
    transport: HeldTransport
    opened: list[HeldTransport] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        protocol: Any = self.transport.protocol
        protocol.dataReceived(data)

    def reconnect(self) -> HeldTransport:
        """Hold a new connection instead, and return the former one."""
        former, self.transport = self.transport, connect(self.site)
        self.opened.append(former)
        return former

    def leave(self) -> None:
        """End every connection that was ever held."""
        for transport in (self.transport, *self.opened):
            if transport.connected:
                transport.leave()

    def got(self) -> bytes:
        return bytes(self.transport.value())


def held_site(limits: Limits | None = None, routes: Sequence[Route] = (), crowd: Crowd | None = None) -> Held:
    """Return a connection to a site, nothing sent yet."""
    service, clock = FakeService(), Clock()
    site = build_site(
        service, reactor=clock, clock=lambda: NOW, hosts=(), bind="127.0.0.1", routes=routes, limits=limits,
        crowd=crowd,
    )
    return Held(site, service, clock, connect(site))


def connect(site: Site, host: str = "127.0.0.1") -> HeldTransport:
    """Return a further connection to a site."""
    address: Any = IPv4Address("TCP", host, 50000)
    protocol: Any = site.buildProtocol(address)
    assert protocol is not None
    transport = HeldTransport(hostAddress=IPv4Address("TCP", "127.0.0.1", 8631), peerAddress=address)
    transport.protocol = protocol
    protocol.makeConnection(transport)
    return transport
