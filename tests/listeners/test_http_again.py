# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""A request that comes again on its connection: answered without being read, and never with what is another's."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.interfaces import IWriteDescriptor
from twisted.internet.main import CONNECTION_LOST
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from printserver.listeners.http import Limits, RequestContext, Response, Route
from printserver.listeners.http.again import LARGEST
from printserver.listeners.http.prompt import Prompt
from tests.listeners.http_kit import Held, SiteCase, elsewhere, held_site

HEAD = b"POST /again HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
ROOM = 8_000_000


@dataclass
class Speaker:
    """Answers `asked-N`, and again `again-N`, with the four bytes of each request's body."""

    asked: int = 0
    again: int = 0
    silent: bool = False
    room: bytes = b""
    heads: list[str] = field(default_factory=list)

    async def handle(self, context: RequestContext) -> Response:
        self.asked += 1
        self.heads.append(context.header("x-kind") or "")
        return Response(200, (), b"first-" + context.body + self.room, self.repeat)

    def repeat(self, body: bytes) -> bytes | None:
        self.again += 1
        return None if self.silent else b"again-" + body + self.room

    def counts(self) -> tuple[int, int]:
        return self.asked, self.again


def request(body: bytes = b"0001", more: bytes = b"") -> bytes:
    return HEAD + more + b"\r\n" + body


def bodies(sent: bytes) -> list[bytes]:
    """Return the bodies of answers of ten bytes."""
    return [part[:10] for part in sent.split(b"\r\n\r\n")[1:]]


class AgainTest(SynchronousTestCase):
    def setUp(self) -> None:
        self.speaker = Speaker()
        self.held = self.site()

    def site(self, limits: Limits | None = None) -> Held:
        return held_site(limits, (Route("POST", "/again", self.speaker.handle),))

    def test_the_same_bytes_are_not_read_again(self) -> None:
        for number in (b"0001", b"0002", b"0003"):
            self.held.send(request(number))
        self.assertEqual(self.speaker.counts(), (1, 2))
        self.assertEqual(bodies(self.held.got()), [b"first-0001", b"again-0002", b"again-0003"])

    def test_what_is_sent_again_is_what_was_sent_first(self) -> None:
        self.held.send(request())
        first = self.held.got()
        self.held.transport.clear()
        self.held.send(request())
        self.assertEqual(self.held.got(), first.replace(b"first-", b"again-"))

    def test_the_handler_may_want_to_be_asked(self) -> None:
        self.held.send(request())
        self.speaker.silent = True
        self.held.send(request())
        self.assertEqual(self.speaker.counts(), (2, 1))

    def test_another_head_is_another_request(self) -> None:
        self.held.send(request(more=b"X-Kind: black\r\n"))
        self.held.send(request(more=b"X-Kind: white\r\n"))
        self.assertEqual((self.speaker.counts(), self.speaker.heads), ((2, 0), ["black", "white"]))
        self.held.send(b"GET /again HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")
        self.assertEqual(self.speaker.asked, 2)
        self.assertIn(b"HTTP/1.1 421 ", self.held.got())

    def test_another_length_is_another_request(self) -> None:
        self.held.send(request())
        self.held.send(request() + request(b"0002"))
        self.assertEqual(self.speaker.counts(), (3, 0))
        self.assertEqual(bodies(self.held.got())[-1], b"first-0002")

    def test_what_comes_in_pieces_is_read(self) -> None:
        whole = request()
        for _ in range(2):
            self.held.send(whole[:30])
            self.held.send(whole[30:])
        self.assertEqual(self.speaker.counts(), (2, 0))
        self.held.send(whole)
        self.held.send(whole[:-1])
        self.held.send(whole[-1:])
        self.assertEqual(self.speaker.counts(), (4, 0))

    def test_two_in_one_piece_are_two(self) -> None:
        for _ in range(2):
            self.held.send(request(b"0001") + request(b"0002"))
        self.assertEqual(self.speaker.counts(), (4, 0))

    def test_a_later_day_is_told(self) -> None:
        now = 1_000_000.0
        self.held.site._now = lambda: now
        self.held.send(request())
        now += 1
        self.held.send(request())
        self.assertEqual(self.speaker.counts(), (2, 0))
        self.held.send(request())
        self.assertEqual(self.speaker.counts(), (2, 1))

    def test_nothing_is_kept_of_what_is_large_or_ends_the_connection(self) -> None:
        padding = b"X-Padding: " + b"x" * LARGEST + b"\r\n"
        for _ in range(2):
            self.held.send(request(more=padding))
        self.assertEqual(self.speaker.counts(), (2, 0))
        self.held.send(request(more=b"Connection: close\r\n"))
        self.held.send(request(more=b"Connection: close\r\n"))
        self.assertEqual(self.speaker.counts(), (3, 0))

    def test_another_connection_is_asked_anew(self) -> None:
        self.held.send(request())
        self.held.reconnect()
        self.held.send(request())
        self.assertEqual(self.speaker.counts(), (2, 0))

    def test_who_asks_again_is_not_idle(self) -> None:
        self.held = self.site(Limits(idle=10))
        self.held.send(request())
        for _ in range(5):
            self.held.clock.advance(6)
            self.held.send(request())
        self.assertTrue(self.held.transport.connected)
        self.held.clock.advance(11)
        self.assertFalse(self.held.transport.connected)


class SocketTest(SiteCase):
    """A client that sends and does not read: what waits for it is neither mixed up nor lost."""

    def setUp(self) -> None:
        self.speaker = Speaker(room=b"." * ROOM)
        self.routes = (Route("POST", "/again", self.speaker.handle), Route("POST", "/brief", Speaker().handle))
        super().setUp()

    async def test_nothing_overtakes(self) -> None:
        numbers = [b"%04d" % number for number in range(12)]
        found = await elsewhere(lambda: self._asked_while_answered(numbers))
        self.assertEqual([each[6:] for each in found], numbers)
        self.assertGreater(self.speaker.again, 6)

    def _asked_while_answered(self, numbers: list[bytes]) -> list[bytes]:
        """Ask when an answer has begun to come, and of it more than fits into any socket is still to be sent."""
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(30)
            connection.connect(("127.0.0.1", self.port))
            brief = request().replace(b"/again", b"/brief")
            for _ in range(3):  # the transport is known to be empty; then a long answer is written as others are
                connection.sendall(brief)
                _received(connection, b"", 100)
            connection.sendall(request(numbers[0]))
            got = _received(connection, b"", 4096)
            length = got.index(b"\r\n\r\n") + 4 + 10 + ROOM
            for count, number in enumerate(numbers[1:], 1):
                got = _received(connection, got, (count - 1) * length + 4096)
                connection.sendall(request(number))
            got = _received(connection, got, len(numbers) * length)
        answers = [got[begin : begin + length] for begin in range(0, len(got), length)]
        self.assertTrue(all(each.endswith(self.speaker.room) for each in answers))
        return [each[-ROOM - 10 : -ROOM] for each in answers]


def _received(connection: socket.socket, got: bytes, least: int) -> bytes:
    parts = [got]
    count = len(got)
    while count < least:
        parts.append(connection.recv(65536))
        assert parts[-1], "the server has closed"
        count += len(parts[-1])
    return b"".join(parts)


@implementer(IWriteDescriptor)
class Slow:
    """A transport that takes so many bytes at a time; `written` is what came out, `kept` what is still inside."""

    def __init__(self, *takes: int | BaseException) -> None:
        self.takes = list(takes)
        self.written = b""
        self.dataBuffer = b""

    def write(self, data: bytes) -> None:
        self.dataBuffer += data

    def doWrite(self) -> None:
        sent: Any = self.writeSomeData(self.dataBuffer)
        self.dataBuffer = self.dataBuffer[sent if isinstance(sent, int) else 0 :]

    def writeSomeData(self, data: bytes) -> int | BaseException:
        count = self.takes.pop(0) if self.takes else len(data)
        if isinstance(count, int):
            self.written += data[:count]
            return min(count, len(data))
        return count


class PromptTest(SynchronousTestCase):
    def test_what_is_not_taken_goes_before_what_follows(self) -> None:
        for takes in ((3, 2), (0, 0, 0), (100, 1, 100), (100, 1, 0, 100), ()):
            transport, prompt = Slow(*takes), Prompt()
            for part in (b"first", b"second", b"third"):
                prompt.send(transport, part)
            transport.takes.clear()
            transport.doWrite()
            self.assertEqual(transport.written, b"firstsecondthird", takes)

    def test_what_others_wrote_goes_first(self) -> None:
        transport, prompt = Slow(), Prompt()
        prompt.send(transport, b"first")
        prompt.forget()
        transport.write(b"others'")
        prompt.send(transport, b"last")
        self.assertEqual(transport.written, b"firstothers'last")

    def test_a_lost_connection_is_left_to_the_reactor(self) -> None:
        transport, prompt = Slow(100, CONNECTION_LOST), Prompt()
        prompt.send(transport, b"first")
        prompt.send(transport, b"second")
        self.assertEqual((transport.written, transport.dataBuffer), (b"first", b"second"))

    def test_nothing_is_written_twice_over(self) -> None:
        """A transport that is empty is written to directly: no buffer is filled for it."""
        transport, prompt = Slow(), Prompt()
        prompt.send(transport, b"first")
        transport.write = None  # type: ignore[assignment,method-assign]
        prompt.send(transport, b"second")
        self.assertEqual(transport.written, b"firstsecond")
