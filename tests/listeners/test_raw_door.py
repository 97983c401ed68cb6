# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""The raw door, from both sides: one line for each client, and a job only for a whole document."""

from __future__ import annotations

import socket
import struct
from typing import Any
from unittest import mock

import msgspec
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from printserver.errors import StoreFull
from printserver.listeners.crowd import Crowd
from printserver.listeners.raw import RawFactory, RawLimits
from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, Submission
from tests.listeners.fake_service import FakeService
from tests.listeners.http_kit import CLIENT, REACTOR, HeldTransport, elsewhere
from tests.listeners.test_raw_scan import JPEGS, PDF, PNG


class TestOnASocket(TestCase):
    def setUp(self) -> None:
        self.service = FakeService()
        factory = RawFactory(self.service, "card", REACTOR, RawLimits(document=100_000))
        listening = REACTOR.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        self.port: int = listening.getHost().port

    def send(self, data: bytes, *, half_close: bool = False) -> Deferred[Any]:
        """Send a document as a raw client does; return the one line that comes back before the server closes."""
        return elsewhere(lambda: self._blocking_send(data, half_close))

    def _blocking_send(self, data: bytes, half_close: bool) -> Any:  # noqa: ANN401 - JSON
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            client.sendall(data)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := client.recv(4096):
                answer += piece
        assert answer.count(b"\n") == 1
        assert answer.endswith(b"\n")
        return msgspec.json.decode(answer)

    async def test_a_picture_is_a_job_at_its_own_end_without_half_close(self) -> None:
        for number, data in enumerate((PNG, JPEGS[0]), 1):
            assert await self.send(data) == {"job": number, "state": "pending"}
            assert self.service.submissions[-1] == Submission(
                ticket=Ticket(queue="card"), documents=(IncomingDocument(data=data),), origin="raw 127.0.0.1",
                client="127.0.0.1",
            )

    async def test_half_close_after_the_end_is_the_usual_way(self) -> None:
        assert await self.send(PNG, half_close=True) == {"job": 1, "state": "pending"}

    async def test_what_follows_the_end_is_no_second_job(self) -> None:
        assert await self.send(PNG + b"\r\n\x04" + PNG) == {"job": 1, "state": "pending"}
        assert [submission.documents[0].data for submission in self.service.submissions] == [PNG]

    async def test_half_close_before_the_end_is_a_failed_transfer(self) -> None:
        for data in (PNG[:-1], JPEGS[0][:-1], PNG[:4]):
            answer = await self.send(data, half_close=True)
            assert answer["error"]["code"] == "document-broken"
            assert f"after {len(data)} bytes" in answer["error"]["message"]
        assert (await self.send(b"", half_close=True))["error"]["code"] == "document-empty"
        assert self.service.submissions == []

    async def test_a_pdf_is_a_job_when_its_sender_closes_after_its_end_mark(self) -> None:
        assert await self.send(PDF + b"\n", half_close=True) == {"job": 1, "state": "pending"}
        assert [submission.documents[0].data for submission in self.service.submissions] == [PDF + b"\n"]

    async def test_a_pdf_that_stops_before_its_end_mark_is_a_failed_transfer(self) -> None:
        for data in (PDF[:-1], PDF + b"x", PDF[:5]):
            answer = await self.send(data, half_close=True)
            assert answer["error"]["code"] == "document-broken"
        assert self.service.submissions == []

    async def test_an_http_request_is_sent_away(self) -> None:
        for line in (b"GET / HTTP/1.1\r\nHost: localhost:9100\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n" + PNG):
            assert (await self.send(line))["error"]["code"] == "not-allowed"
        assert self.service.submissions == []

    async def test_what_is_no_picture_is_sent_away_at_once(self) -> None:
        for data in (b"%!PS-Adobe-3.0\n", b"hello", b"\x1b%-12345X@PJL\r\n"):
            assert (await self.send(data))["error"]["code"] == "document-format-unsupported"

    async def test_a_document_that_is_too_large_is_refused_in_words(self) -> None:
        huge = PNG[:8] + struct.pack(">I", 50_000_000) + b"IDAT" + b"x" * 20_000_000
        assert (await self.send(huge))["error"]["code"] == "document-too-large"
        assert self.service.submissions == []

    async def test_what_the_queue_refuses_is_told(self) -> None:
        self.service.failing = StoreFull()
        assert (await self.send(PNG))["error"] == {
            "code": "store-full", "message": "The disk is full; nothing more is accepted.",
        }  # fmt: skip

    async def test_a_fault_of_ours_is_an_id_and_no_secret(self) -> None:
        self.service.failing = ZeroDivisionError("secret")
        with mock.patch("printserver.listeners.raw.door.log") as log:
            answer = await self.send(PNG)
        assert answer["error"]["code"] == "internal-error"
        [call] = log.error.mock_calls
        assert call.kwargs["error_id"] in answer["error"]["message"]
        assert "secret" not in answer["error"]["message"]

    async def test_a_reset_before_the_end_is_no_job(self) -> None:
        def reset() -> None:
            client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            client.sendall(PNG[:-1])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()

        await elsewhere(reset)
        assert await self.send(JPEGS[0]) == {"job": 1, "state": "pending"}
        assert [submission.documents[0].data for submission in self.service.submissions] == [JPEGS[0]]


class RawTransport(HeldTransport):
    """A transport that notes a half-close."""

    half_closed = False

    def loseWriteConnection(self) -> None:
        self.half_closed = True


class TestInTime(SynchronousTestCase):
    LIMITS = RawLimits(idle=30.0, grace=60.0, rate=1000.0, linger=10.0)

    def setUp(self) -> None:
        self.clock, self.service = Clock(), FakeService()
        self.door = RawFactory(self.service, "card", self.clock, self.LIMITS, crowd=Crowd(most_of_one=2))
        self.transport = self.connect()

    def connect(self) -> RawTransport:
        protocol: Any = self.door.buildProtocol(CLIENT)
        transport = RawTransport(peerAddress=CLIENT)
        transport.protocol = protocol
        protocol.makeConnection(transport)
        return transport

    def send(self, data: bytes) -> None:
        protocol: Any = self.transport.protocol
        protocol.dataReceived(data)

    def answer(self) -> Any:  # noqa: ANN401 - JSON
        text = bytes(self.transport.value())
        return msgspec.json.decode(text) if text else None

    def test_silence_inside_a_document_is_a_failed_transfer(self) -> None:
        self.send(PNG[:-1])
        self.clock.advance(29.0)
        assert self.answer() is None
        self.clock.advance(1.0)
        assert self.answer()["error"]["code"] == "document-broken"
        self.send(PNG[-1:])
        assert self.service.submissions == []

    def test_silence_after_a_pdf_s_end_mark_is_no_end(self) -> None:
        self.send(PDF)
        self.clock.advance(30.0)
        assert self.answer()["error"]["code"] == "document-broken"
        self.transport.protocol.readConnectionLost()
        assert self.service.submissions == []

    def test_all_unfinished_documents_together_have_a_cap(self) -> None:
        self.door.limits = RawLimits(documents=2000)
        begun = PNG[:33] + struct.pack(">I", 100_000) + b"tEXt" + b"x" * 1200
        self.send(begun)
        first, self.transport = self.transport, self.connect()
        self.send(begun)
        assert self.answer()["error"]["code"] == "server-busy"
        assert self.door.reception.held == len(begun), "a refused document still counts"
        first.protocol.connectionLost()
        assert self.door.reception.held == 0

    def test_a_document_counts_no_more_when_its_job_is_made_or_refused(self) -> None:
        for failing in (None, StoreFull()):
            self.service.failing, self.transport = failing, self.connect()
            self.send(PNG)
            assert self.door.reception.held == 0
            self.transport.leave()

    def test_a_client_that_never_begins_is_told_so(self) -> None:
        self.clock.advance(30.0)
        assert self.answer()["error"]["code"] == "document-broken"

    def test_bytes_dribbled_in_do_not_hold_the_door_open(self) -> None:
        self.send(PNG[:8] + struct.pack(">I", 1_000_000) + b"IDAT")
        seconds = 0
        while self.answer() is None and seconds < 200:
            self.send(b"x")
            self.clock.advance(1.0)
            seconds += 1
        assert seconds == 61
        assert self.service.submissions == []

    def test_a_slow_line_that_keeps_its_pace_is_waited_for(self) -> None:
        data = PNG[:33] + struct.pack(">I", 200_000) + b"tEXt" + b"x" * 200_004 + PNG[33:]
        for start in range(0, len(data), 1000):
            self.send(data[start : start + 1000])
            self.clock.advance(1.0)
        assert self.answer() == {"job": 1, "state": "pending"}

    def test_an_answered_client_that_stays_is_cut(self) -> None:
        self.send(PNG)
        assert self.transport.half_closed
        self.send(b"more")
        self.clock.advance(9.0)
        assert not self.transport.aborted
        self.clock.advance(1.0)
        assert self.transport.aborted

    def test_an_answered_client_that_closes_is_let_go(self) -> None:
        self.send(PNG)
        protocol: Any = self.transport.protocol
        protocol.readConnectionLost()
        assert not self.transport.connected
        assert list(self.clock.getDelayedCalls()) == []

    def test_a_job_stays_accepted_when_its_client_has_left(self) -> None:
        accepted: Deferred[None] = Deferred()
        submit = self.service.submit

        async def slow(submission: Submission) -> Job:
            await accepted
            return await submit(submission)

        with mock.patch.object(self.service, "submit", slow):
            self.send(PNG)
            self.transport.leave()
            assert self.door.reception.held == len(PNG), "the document is there while a job is made of it"
            accepted.callback(None)
        assert self.door.reception.held == 0
        assert len(self.service.submissions) == 1
        assert self.answer() is None
        assert list(self.clock.getDelayedCalls()) == []

    def test_an_address_has_only_so_many_connections(self) -> None:
        second = self.connect()
        assert self.door.buildProtocol(CLIENT) is None
        elsewhere_address: Any = IPv4Address("TCP", "192.0.2.1", 1)
        assert self.door.buildProtocol(elsewhere_address) is not None
        second.leave()
        assert self.door.buildProtocol(CLIENT) is not None
