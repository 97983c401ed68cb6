"""A time-out is one of standing still: a slow upload that moves on is never too long, blocking or on asyncio."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import pytest

from printserver.client.address import read_address
from printserver.client.async_connection import AsyncStream, _send
from printserver.client.connection import PIECE, SEND_BUFFER, Link
from printserver.client.errors import AnswerLost
from printserver.client.exchange import Exchange, Reply, Request

T = TypeVar("T")
ADDRESS = read_address("http://127.0.0.1:8631")
TIMEOUT = 30.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
LARGE = bytes(range(256)) * 4096


class SlowSocket:
    """A socket of the system's kind on a slow link: `send` takes a little after a while, `sendall` counts the whole."""

    def __init__(self, seconds: float, taken: int) -> None:
        self.seconds, self.taken, self.sent = seconds, taken, b""

    def send(self, data: memoryview) -> int:
        if self.seconds > TIMEOUT:
            raise TimeoutError("timed out")
        self.sent += data[: self.taken]
        return min(self.taken, len(data))

    def sendall(self, data: bytes) -> None:
        if self.seconds * len(data) / self.taken > TIMEOUT:
            raise TimeoutError("timed out")
        self.sent += data


def test_a_blocking_upload_may_take_as_long_as_it_moves_on() -> None:
    connection = SlowSocket(seconds=20.0, taken=10_000)
    Link(ADDRESS, timeout=TIMEOUT)._send(cast(socket.socket, connection), LARGE)
    assert connection.sent == LARGE


def test_a_blocking_upload_that_stands_still_is_given_up() -> None:
    with pytest.raises(AnswerLost, match="timed out"):
        Link(ADDRESS, timeout=TIMEOUT)._send(cast(socket.socket, SlowSocket(seconds=31.0, taken=10_000)), LARGE)


class Quick(asyncio.SelectorEventLoop):
    """A loop whose time is not waited for: when nothing is to be done, it is the time of what is due next."""

    passed = 0.0

    def time(self) -> float:
        return self.passed

    def _run_once(self) -> None:
        loop: Any = self
        due = [handle.when() for handle in loop._scheduled if not handle.cancelled()]
        if not loop._ready and due:
            self.passed = max(self.passed, min(due))
        loop_class: Any = asyncio.SelectorEventLoop
        loop_class._run_once(self)


def quickly(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=Quick) as runner:
        return runner.run(work)


class SlowWriter:
    """Takes a piece after some seconds; then, at the end, the server answers."""

    def __init__(self, reader: asyncio.StreamReader, seconds: float) -> None:
        self.reader, self.seconds, self.written = reader, seconds, b""
        self.transport = self
        self.options: list[tuple[int, int]] = []

    def get_extra_info(self, name: str) -> SlowWriter:
        return self

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self.options.append((option, value))

    def set_write_buffer_limits(self, high: int) -> None:
        assert high <= PIECE

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        await asyncio.sleep(self.seconds)
        if len(self.written) == len(LARGE):
            self.reader.feed_data(ANSWER)


async def uploaded(seconds: float) -> Reply:
    reader = asyncio.StreamReader()
    writer = SlowWriter(reader, seconds)
    stream = AsyncStream(reader, Exchange(ADDRESS, Request("POST", "/")), TIMEOUT, "here")
    sending = asyncio.ensure_future(_send(cast(asyncio.StreamWriter, writer), LARGE, stream.moved_on))
    try:
        return await stream.whole()
    finally:
        sending.cancel()
        assert LARGE.startswith(writer.written)
        assert writer.options == [(socket.SO_SNDBUF, SEND_BUFFER)]


def test_an_upload_on_asyncio_may_take_as_long_as_it_moves_on() -> None:
    assert quickly(uploaded(20.0)).body == b"well"


def test_an_upload_on_asyncio_that_stands_still_is_given_up() -> None:
    with pytest.raises(AnswerLost, match="timed out"):
        quickly(uploaded(31.0))


def test_an_answer_that_does_not_come_after_all_was_sent_is_given_up() -> None:
    async def silent() -> None:
        stream = AsyncStream(asyncio.StreamReader(), Exchange(ADDRESS, Request("POST", "/")), TIMEOUT, "here")
        waiting = asyncio.ensure_future(stream.whole())
        await asyncio.sleep(20)
        stream.moved_on()
        await asyncio.sleep(TIMEOUT - 1)
        assert not waiting.done()
        await asyncio.sleep(2)
        assert waiting.done()
        stream.moved_on()
        await waiting

    with pytest.raises(AnswerLost):
        quickly(silent())
