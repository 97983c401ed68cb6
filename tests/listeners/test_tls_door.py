"""The site behind TLS: requests are answered, old protocols are refused, a new certificate needs no restart."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
import warnings
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from printserver.listeners.http import RequestContext, Response, Route
from printserver.listeners.http.turned_away import MOST_AT_ONCE
from printserver.listeners.tls import CertificateKeeper, OwnCertificate, encrypted
from tests.listeners.fake_service import NOW
from tests.listeners.http_kit import REACTOR, SiteCase, elsewhere


async def tell(context: RequestContext) -> Response:
    return Response(200, (), b"secure" if context.secure else b"plain")


class TlsSiteCase(SiteCase):
    routes = (Route("GET", "/door", tell),)
    most_of_one = 2

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="pt-")
        self.addCleanup(folder.cleanup)
        self.source = OwnCertificate(Path(folder.name), lambda: ("localhost", "127.0.0.1"), lambda: NOW)
        self.keeper = CertificateKeeper(self.source)
        self.keeper.open()
        self.factory = encrypted(self.site, self.keeper, REACTOR)
        listening = REACTOR.listenTCP(0, self.factory, interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        self.tls_port: int = listening.getHost().port

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.source.certificate))

    def ask(self, trust: ssl.SSLContext) -> Deferred[bytes]:
        """Ask which door it was, and return the answer."""

        def work() -> bytes:
            connection = HTTPSConnection("localhost", self.tls_port, timeout=30, context=trust)
            try:
                connection.request("GET", "/door")
                return connection.getresponse().read()
            finally:
                connection.close()

        return elsewhere(work)

    def shake_hands(self, trust: ssl.SSLContext) -> Deferred[tuple[str | None, bytes | None]]:
        """Return the version that was agreed on, and the certificate that was shown."""

        def work() -> tuple[str | None, bytes | None]:
            with (
                socket.create_connection(("127.0.0.1", self.tls_port), timeout=30) as plain,
                trust.wrap_socket(plain, server_hostname="localhost") as secured,
            ):
                return secured.version(), secured.getpeercert(binary_form=True)

        return elsewhere(work)


class AnswerTest(TlsSiteCase):
    async def test_a_handler_knows_that_the_connection_is_encrypted(self) -> None:
        assert await self.ask(self.trust()) == b"secure"
        assert (await self.call("GET", "/door")).body == b"plain"

    async def test_no_browser_is_told_to_use_nothing_else(self) -> None:
        assert "strict-transport-security" not in (await self.call("GET", "/door")).headers

    async def test_plain_http_at_the_door_for_tls_gets_no_answer(self) -> None:
        self.port = self.tls_port
        assert b"HTTP" not in await self.raw(b"GET /door HTTP/1.1\r\nHost: localhost\r\n\r\n")

    async def test_an_address_with_too_many_connections_is_told_so_or_hung_up_on(self) -> None:
        address = IPv4Address("TCP", "127.0.0.1", 50000)
        for _ in range(2):
            assert self.factory.buildProtocol(address) is not None
        self.port = self.tls_port
        status, body = await elsewhere(self.turned_away)
        assert status == 503
        assert b'"server-busy"' in body
        for _ in range(MOST_AT_ONCE):
            self.factory.buildProtocol(address)
        assert self.factory.buildProtocol(address) is None

    def turned_away(self) -> tuple[int, bytes]:
        connection = HTTPSConnection("127.0.0.1", self.tls_port, context=self.trust(), timeout=30)
        connection.request("GET", "/door")
        response = connection.getresponse()
        try:
            return response.status, response.read()
        finally:
            connection.close()


class HandshakeTest(TlsSiteCase):
    async def test_versions_1_2_and_1_3_are_spoken_and_older_ones_are_not(self) -> None:
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            trust = self.trust()
            trust.minimum_version = trust.maximum_version = version
            assert (await self.shake_hands(trust))[0] == name
        old = self.trust()
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):  # the versions are old on purpose
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError, match=r"alert protocol version|reset"):
            await self.shake_hands(old)

    async def test_suites_without_forward_secrecy_are_refused(self) -> None:
        weak = self.trust()
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError, match="handshake failure"):
            await self.shake_hands(weak)

    async def test_a_new_certificate_is_shown_without_a_restart(self) -> None:
        trust = self.trust()
        _, first = await self.shake_hands(trust)
        os.unlink(self.source.certificate)
        self.keeper.look()
        _, second = await self.shake_hands(self.trust())
        assert None not in (first, second)
        assert first != second
