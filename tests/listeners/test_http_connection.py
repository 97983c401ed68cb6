"""One connection: what is too large, too slow or no HTTP is refused in words, and nothing is left hanging."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from printserver.listeners.crowd import Crowd
from printserver.listeners.http import Limits, RequestContext, Response, Route, json_response
from printserver.listeners.http.channel import Channel
from printserver.listeners.http.turned_away import MOST_AT_ONCE, TurnedAway
from tests.listeners.http_kit import CLIENT, SiteCase, connect, held_site

MIB = 1024 * 1024
IPP = "application/ipp"
HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"


async def echo(context: RequestContext) -> Response:
    return json_response({"length": len(context.body), "method": context.method, "path": context.path})


async def broken(context: RequestContext) -> Response:
    raise ZeroDivisionError("secret of the house\nsecond line")


ROUTES = (
    Route("POST", "/echo", echo, (IPP,)),
    Route("POST", "/small", echo, (IPP,), limit=100),
    Route("POST", "/form", echo),
    Route("GET", "/broken", broken),
)


class TestTooLarge(SiteCase):
    limits = Limits(body=2 * MIB)
    routes = ROUTES

    async def test_a_body_within_the_limit_is_taken_whole(self) -> None:
        answer = await self.call("POST", "/echo", b"x" * (2 * MIB), Content_Type=IPP)
        assert (answer.status, answer.json()["length"]) == (200, 2 * MIB)

    async def test_a_body_one_byte_too_long_is_refused_in_words(self) -> None:
        answer = await self.call("POST", "/echo", b"x" * (2 * MIB + 1), Content_Type=IPP)
        assert answer.status == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["allowed"]) == ("request-too-large", "2097152 bytes")

    async def test_a_client_that_sends_all_before_it_listens_reads_the_413(self) -> None:
        answer = await self.call("POST", "/echo", b"x" * (40 * MIB), Content_Type=IPP)
        assert answer.status == 413

    async def test_a_chunked_body_is_counted_as_it_comes(self) -> None:
        def pieces(count: int) -> Iterator[bytes]:
            yield from (b"x" * 65536 for _ in range(count))

        answer = await self.call("POST", "/echo", pieces(32), Content_Type=IPP)
        assert (answer.status, answer.json()["length"]) == (200, 2 * MIB)
        answer = await self.call("POST", "/echo", pieces(500), Content_Type=IPP)
        assert (answer.status, answer.json()["code"]) == (413, "request-too-large")

    async def test_a_body_is_refused_before_it_is_asked_for(self) -> None:
        head = HEAD + b"Content-Length: 2097153\r\nExpect: 100-continue\r\n\r\n"
        answer = await self.raw(head)
        assert answer.startswith(b"HTTP/1.1 413 "), answer[:80]
        assert b"100 Continue" not in answer

    async def test_a_body_that_fits_is_asked_for(self) -> None:
        head = HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        answer = await self.raw(head, until=lambda got: got.endswith(b"\r\n\r\n"))
        assert answer == b"HTTP/1.1 100 Continue\r\n\r\n"

    async def test_a_length_that_no_number_holds_is_too_large_and_no_accident(self) -> None:
        answer = await self.raw(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413 "), answer[:80]

    async def test_a_route_may_take_less(self) -> None:
        answer = await self.call("POST", "/small", b"x" * 101, Content_Type=IPP)
        assert (answer.status, answer.json()["allowed"]) == (413, "100 bytes")
        assert (await self.call("POST", "/small", b"x" * 100, Content_Type=IPP)).status == 200

    async def test_what_is_refused_for_its_head_is_refused_before_its_body(self) -> None:
        for head, status in [
            (b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\n", b"404"),
            (b"PUT /echo HTTP/1.1\r\nHost: localhost\r\n", b"405"),
            (b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n", b"415"),
            (b"POST /echo HTTP/1.1\r\nHost: evil.example\r\n", b"421"),
            (HEAD + b"Origin: http://evil.example\r\n", b"403"),
        ]:
            answer = await self.raw(head + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 " + status), answer[:80]

    async def test_a_body_never_touches_the_disk(self) -> None:
        with mock.patch.object(tempfile, "TemporaryFile", side_effect=AssertionError("a document in a plain file")):
            answer = await self.call("POST", "/echo", b"x" * MIB, Content_Type=IPP)
        assert answer.status == 200

    async def test_a_form_is_left_to_the_handler(self) -> None:
        with mock.patch("twisted.web.http.parse_qs", side_effect=AssertionError("parsed behind our back")):
            answer = await self.call(
                "POST", "/form?x=1", b"a=1&" * 1000, Content_Type="application/x-www-form-urlencoded"
            )
        assert (answer.status, answer.json()["length"]) == (200, 4000)


class TestHeads(SiteCase):
    limits = Limits(head=4096, fields=20)
    routes = ROUTES

    async def refused(self, head: bytes) -> tuple[bytes, bytes]:
        answer = await self.raw(head)
        status, _, rest = answer.partition(b"\r\n")
        return status.split(b" ")[1], rest.rpartition(b"\r\n\r\n")[2]

    async def test_a_head_that_is_too_large_is_refused_in_words(self) -> None:
        start = b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n"
        for head in (
            b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n",
            b"GET /" + b"a" * 20000,
            start + b"A: " + b"a" * 4096 + b"\r\n\r\n",
            start + b"A: b\r\n" * 21 + b"\r\n",
            start + b"A: b\r\n" + b" c\r\n" * 4000 + b"\r\n",
        ):
            status, body = await self.refused(head)
            assert status == b"431"
            assert b'"head-too-large"' in body

    async def test_what_is_no_http_is_a_bad_request_in_words(self) -> None:
        start = b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n"
        for head in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/2.0\r\n\r\n",
            start + b"no colon here\r\nB: c\r\n\r\n",
            start + b"Content-Length: -1\r\n\r\n",
            start + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            start + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            start + b"Transfer-Encoding: gzip\r\n\r\n",
            b"GET /api/v1/jobs HTTP/1.1\r\nConnection: close\r\n\r\n",
        ):
            status, body = await self.refused(head)
            assert status == b"400"
            assert b'"bad-request"' in body

    async def test_a_broken_chunk_is_a_bad_request(self) -> None:
        status, _ = await self.refused(HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot hex\r\n")
        assert status == b"400"

    async def test_a_fault_of_ours_is_one_log_line_and_an_id(self) -> None:
        with mock.patch("printserver.listeners.http.site.log") as log:
            answer = await self.call("GET", "/broken")
        assert (answer.status, answer.json()["code"]) == (500, "internal-error")
        assert b"secret" not in answer.body
        assert b"Traceback" not in answer.body
        [call] = log.error.mock_calls
        assert call.kwargs["error"] == "ZeroDivisionError"
        assert call.kwargs["error_id"] == answer.json()["where"]
        assert "\n" not in call.kwargs["message"]

    async def test_an_error_of_the_client_is_no_log_line(self) -> None:
        with mock.patch("printserver.listeners.http.site.log") as log:
            await self.call("GET", "/api/v1/jobs/77")
            await self.raw(b"garbage\r\n\r\n")
        assert log.mock_calls == []


class TestSlowClients(SynchronousTestCase):
    LIMITS = Limits(idle=75.0, head_time=10.0, body_grace=20.0, body_rate=1000.0, linger=5.0, stall=7.0)

    def setUp(self) -> None:
        self.held = held_site(self.LIMITS, ROUTES)

    def test_a_head_dribbled_in_is_cut_off_at_its_deadline(self) -> None:
        head = b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 100
        for byte in head[:9]:
            self.held.send(bytes([byte]))
            self.held.clock.advance(1.0)
        assert self.held.got() == b""
        self.held.clock.advance(1.0)
        assert self.held.got().startswith(b"HTTP/1.1 408 "), self.held.got()[:80]
        self.held.clock.advance(5.0)
        assert self.held.transport.aborted

    def test_a_body_dribbled_in_is_cut_off_although_bytes_keep_coming(self) -> None:
        self.held.send(HEAD + b"Content-Length: 1000000\r\n\r\n")
        seconds = 0
        while not self.held.got() and seconds < 100:
            self.held.send(b"x")
            self.held.clock.advance(1.0)
            seconds += 1
        assert seconds == 21  # twenty for nothing, and a moment for twenty bytes
        assert self.held.got().startswith(b"HTTP/1.1 408 ")

    def test_a_slow_line_that_keeps_its_pace_is_waited_for(self) -> None:
        self.held.send(HEAD + b"Content-Length: 120000\r\n\r\n")
        for _ in range(120):
            self.held.send(b"x" * 1000)
            self.held.clock.advance(1.0)
        assert self.held.got().startswith(b"HTTP/1.1 200 "), self.held.got()[:80]

    def test_a_connection_that_asks_nothing_is_closed_silently(self) -> None:
        self.held.clock.advance(75.0)
        assert self.held.got() == b""
        assert not self.held.transport.connected

    def test_a_request_that_takes_its_time_here_is_not_the_clients_fault(self) -> None:
        done: Deferred[None] = Deferred()

        async def slow(context: RequestContext) -> Response:
            await done
            return json_response("at last")

        held = held_site(self.LIMITS, [Route("GET", "/slow", slow)])
        held.send(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        held.clock.advance(1000.0)
        assert held.got() == b""
        done.callback(None)
        assert b"at last" in held.got()

    def test_a_refused_client_may_go_on_sending_for_a_while_only(self) -> None:
        self.held.send(HEAD + b"Content-Length: 999999999\r\n\r\n")
        size = len(self.held.got())
        for _ in range(4):
            self.held.send(b"x" * 100000)
            self.held.clock.advance(1.0)
        assert len(self.held.got()) == size
        assert not self.held.transport.aborted
        self.held.clock.advance(1.0)
        assert self.held.transport.aborted

    def test_a_stream_that_nobody_reads_is_cut(self) -> None:
        closed: list[bool] = []

        async def endless(context: RequestContext) -> Response:
            async def chunks() -> Any:  # noqa: ANN401 - an asynchronous generator
                try:
                    while True:
                        yield b"x" * 1000
                finally:
                    closed.append(True)

            return Response(200, (), chunks())

        held = held_site(self.LIMITS, [Route("GET", "/endless", endless)])
        pump: Any = held.transport.protocol
        written: Any = held.transport.write

        def full(data: bytes) -> None:
            written(data)
            if b"xxx" in data:
                pump.pauseProducing()

        with mock.patch.object(held.transport, "write", full), mock.patch.object(
            held.transport, "writeSequence", lambda data: full(b"".join(data))
        ):
            held.send(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            held.clock.advance(6.9)
            assert not held.transport.aborted
            held.clock.advance(0.2)
        assert held.transport.aborted
        assert closed == [True]


class TestConnections(SynchronousTestCase):
    def test_an_address_has_only_so_many(self) -> None:
        held = held_site(crowd=Crowd(most_of_one=2))
        second = connect(held.site)
        assert isinstance(held.site.buildProtocol(CLIENT), TurnedAway)
        assert isinstance(connect(held.site, host="192.0.2.1").protocol, Channel)
        second.leave()
        assert isinstance(held.site.buildProtocol(CLIENT), Channel)

    def test_all_together_have_only_so_many(self) -> None:
        held = held_site(crowd=Crowd(most=3))
        others = [connect(held.site, host=f"192.0.2.{number}") for number in (1, 2)]
        assert isinstance(connect(held.site, host="192.0.2.9").protocol, TurnedAway)
        others[0].leave()
        assert isinstance(connect(held.site, host="192.0.2.9").protocol, Channel)

    def test_one_too_many_is_told_so_whatever_it_sends(self) -> None:
        held = held_site(crowd=Crowd(most=1))
        held.reconnect()
        held.send(b"x" * 100_000)
        head, _, body = held.got().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 2\r\n" in head + b"\r\n"
        assert b"\r\nConnection: close" in head
        assert b'"server-busy"' in body
        assert int(re.findall(rb"Content-Length: ([0-9]+)", head)[0]) == len(body)
        held.clock.advance(4.9)
        assert not held.transport.aborted
        held.clock.advance(0.2)
        assert held.transport.aborted

    def test_those_who_are_turned_away_are_few(self) -> None:
        held = held_site(crowd=Crowd(most=1))
        for _ in range(MOST_AT_ONCE):
            held.reconnect()
        assert held.site.buildProtocol(CLIENT) is None
        held.transport.leave()
        assert isinstance(held.site.buildProtocol(CLIENT), TurnedAway)

    def test_all_bodies_together_have_only_so_much_room(self) -> None:
        held = held_site(Limits(bodies=1000), ROUTES)
        self.addCleanup(held.leave)
        head = HEAD + b"Content-Length: 601\r\n\r\n"
        held.send(head + b"x" * 600)
        first = held.reconnect()
        held.send(head + b"x" * 600)
        assert held.got().startswith(b"HTTP/1.1 503 ")
        assert b'"server-busy"' in held.got()
        first.leave()
        for _ in range(3):
            held.reconnect()
            held.send(head + b"x" * 601)
            assert held.got().startswith(b"HTTP/1.1 200 ")

    def test_requests_follow_each_other_on_one_connection(self) -> None:
        held = held_site(routes=ROUTES)
        held.send((HEAD + b"Content-Length: 2\r\n\r\nab") * 3)
        assert held.got().count(b"HTTP/1.1 200 OK") == 3
        assert held.got().count(b'"length":2') == 3

    def test_head_tells_what_get_would_without_the_body(self) -> None:
        held = held_site(routes=ROUTES)
        held.send(b"HEAD /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, _, body = held.got().partition(b"\r\n\r\n")
        assert b"Content-Length: 23" in head
        assert body == b""

    def test_a_client_that_leaves_does_not_undo_what_it_asked_for(self) -> None:
        began: Deferred[None] = Deferred()
        finished: list[bool] = []

        async def accept(context: RequestContext) -> Response:
            await began
            finished.append(True)
            return json_response("accepted")

        held = held_site(routes=[Route("POST", "/echo", accept)])
        held.send(HEAD + b"Content-Length: 1\r\n\r\nx")
        held.transport.leave()
        with mock.patch("printserver.listeners.http.site.log") as log:
            began.callback(None)
        assert finished == [True]
        assert log.mock_calls == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(
    st.binary(max_size=60),
    st.sampled_from([
        b"GET / HTTP/1.1\r\n", b"POST /echo HTTP/1.1\r\n", b"Host: localhost\r\n", b"\r\n", b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n", b"5\r\nabcde\r\n", b"0\r\n\r\n", b"Content-Type: application/ipp\r\n", b"\n",
        b"Expect: 100-continue\r\n", b"GET http://[ HTTP/1.1\r\n", b"GET /%ff?%ff HTTP/1.0\r\n", b": x\r\n", b" x\r\n",
    ]),
), max_size=20))  # fmt: skip
def test_nothing_that_is_sent_raises(pieces: list[bytes]) -> None:
    held = held_site(Limits(body=1000), ROUTES)
    with mock.patch("printserver.listeners.http.site.log") as log:
        for piece in pieces:
            held.send(piece)
        held.clock.pump([100.0, 100.0, 100.0])
    assert log.mock_calls == []
    assert not held.transport.connected
