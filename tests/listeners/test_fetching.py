# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Fetching over real sockets of loopback: one host that does everything a host may do, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import Certificate, PrivateCertificate
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from printserver.errors import DocumentNotFetched, DocumentTooLarge, UriSchemeUnsupported
from printserver.listeners import fetching
from printserver.listeners.fetching import Fetcher, addresses_of_name
from printserver.listeners.tls.own import OwnCertificate
from printserver.model.fetching import Rules

reactor: Any = installed  # its interfaces are zope's, which no type checker reads
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
NAME = "pictures.example"


def answer(status: str = "200 OK", body: bytes = PICTURE, length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{more}\r\n".encode() + body


class Host(Protocol):
    """Answers each request with what the test has laid ready, then hangs up when it is told to."""

    factory: HostFactory
    transport: Any

    def connectionMade(self) -> None:
        self.factory.connections += 1
        self.factory.open.add(self)

    def dataReceived(self, data: bytes) -> None:
        self.factory.asked.append(data)
        if self.factory.says is not None:
            self.transport.write(self.factory.says)
        if self.factory.hangs_up:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.factory.open.discard(self)


class HostFactory(Factory):
    """What a host says, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self.open: set[Host] = set()
        self.says: bytes | None = answer()
        self.hangs_up = False

    def buildProtocol(self, address: object) -> Any:  # noqa: ANN401 - a Host
        made = Host()
        made.factory = self
        return made


class FetchingCase(TestCase):
    """One host at a port of loopback, known by a name that a stranger could give it."""

    def setUp(self) -> None:
        self.host = HostFactory()
        self.port = self.listen()
        self.looked_up: list[str] = []
        self.addresses: list[list[str]] = [["127.0.0.1"]]
        self.fetcher = Fetcher(reactor, Rules(("http", "https"), (NAME, "127.0.0.0/8")), self.resolve, limit=100_000)

    def listen(self) -> int:
        port = reactor.listenTCP(0, self.host, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    def tearDown(self) -> None:
        for connection in list(self.host.open):
            connection.transport.abortConnection()

    def resolve(self, host: str, port: int) -> Deferred[Sequence[str]]:
        self.looked_up.append(host)
        return succeed(self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0])

    def fetch(self, path: str = "/card.png", scheme: str = "http") -> Deferred[bytes]:
        return Deferred.fromCoroutine(self.fetcher.fetch(f"{scheme}://{NAME}:{self.port}{path}"))

    async def refused(self, says: bytes | None, words: str, kind: type[Exception] = DocumentNotFetched) -> None:
        self.host.says = says
        with self.assertRaises(kind) as told:
            await self.fetch()
        self.assertIn(words, str(told.exception))

    async def test_a_document_is_fetched_as_it_is(self) -> None:
        self.assertEqual(await self.fetch("/card.png?size=1#front"), PICTURE)
        [request] = self.host.asked
        lines = request.decode().splitlines()
        self.assertEqual(lines[0], "GET /card.png?size=1 HTTP/1.1")
        self.assertIn(f"Host: {NAME}:{self.port}", lines)
        self.assertIn("Accept-Encoding: identity", lines)
        self.assertNotIn("Cookie", request.decode())

    async def test_a_name_that_changes_between_two_looks_leads_nowhere_else(self) -> None:
        self.addresses = [["127.0.0.1"], ["192.168.1.1"]]
        self.assertEqual(await self.fetch(), PICTURE)
        self.assertEqual(self.looked_up, [NAME])

    async def test_an_address_that_is_not_listed_is_not_connected_to(self) -> None:
        self.fetcher = Fetcher(reactor, Rules(("http",), (NAME, "*")), self.resolve)
        with self.assertRaises(DocumentNotFetched):
            await self.fetch()
        self.assertEqual(self.host.connections, 0)

    async def test_a_redirect_is_not_followed(self) -> None:
        away = f"Location: http://127.0.0.1:{self.port}/other\r\n"
        await self.refused(answer("302 Found", b"", more=away), "not followed")
        self.assertEqual(len(self.host.asked), 1)

    async def test_what_is_not_there_is_told(self) -> None:
        await self.refused(answer("404 Not Found", b"no such card"), "HTTP 404")
        await self.refused(b"SSH-2.0-OpenSSH\r\n", "does not give it")

    async def test_too_much_is_refused_however_it_comes(self) -> None:
        await self.refused(answer(body=b"x" * 100_001), "larger", DocumentTooLarge)
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        await self.refused(head + chunk * 9, "larger", DocumentTooLarge)

    async def test_a_part_is_not_a_document(self) -> None:
        self.host.hangs_up = True
        await self.refused(answer(length=len(PICTURE) + 1), "in part")
        await self.refused(b"HTTP/1.0 200 OK\r\n\r\n" + PICTURE, "in part")
        await self.refused(b"", "does not give it")

    async def test_a_host_that_lets_wait_is_left(self) -> None:
        self.patch(fetching, "ANSWER_SECONDS", 0.05)
        await self.refused(None, "does not give it")
        self.patch(fetching, "ANSWER_SECONDS", 20.0)
        self.patch(fetching, "BODY_SECONDS", 0.05)
        await self.refused(answer(length=len(PICTURE) + 1), "does not give it")

    async def test_nobody_listens(self) -> None:
        self.port = 1
        with self.assertRaises(DocumentNotFetched):
            await self.fetch()

    async def test_a_name_without_an_address_is_told(self) -> None:
        def fails(host: str, port: int) -> Deferred[Sequence[str]]:
            raise OSError("no such name")

        self.fetcher = Fetcher(reactor, self.fetcher.rules, fails)
        with self.assertRaises(DocumentNotFetched):
            await self.fetch()
        with self.assertRaises(OSError):
            addresses_of_name("no-such-name.invalid", 80)
        self.assertEqual(addresses_of_name("127.1", 80), ["127.0.0.1"])

    async def test_another_scheme_is_not_asked(self) -> None:
        with self.assertRaises(UriSchemeUnsupported):
            await self.fetcher.fetch("ftp://pictures.example/card.png")

    async def test_over_tls_the_certificate_must_be_the_name_s(self) -> None:
        for name, well in ((NAME, True), ("other.example", False)):
            certificate = self_signed(name)
            port = reactor.listenSSL(0, self.host, certificate.options(), interface="127.0.0.1")
            self.addCleanup(port.stopListening)
            self.port = port.getHost().port
            trust = Certificate(certificate.original)
            self.fetcher = Fetcher(reactor, self.fetcher.rules, self.resolve, trust=trust)
            if well:
                self.assertEqual(await self.fetch(scheme="https"), PICTURE)
            else:
                with self.assertRaises(DocumentNotFetched):
                    await self.fetch(scheme="https")
            self.fetcher = Fetcher(reactor, self.fetcher.rules, self.resolve)
            with self.assertRaises(DocumentNotFetched):  # nobody vouches for it
                await self.fetch(scheme="https")


def self_signed(name: str) -> PrivateCertificate:
    """A certificate for a name, that vouches for itself."""
    with TemporaryDirectory() as folder:
        own = OwnCertificate(Path(folder), lambda: (name,), time.time)
        own.load()
        made: PrivateCertificate = PrivateCertificate.loadPEM(own.certificate.read_bytes() + own.key.read_bytes())
        return made
