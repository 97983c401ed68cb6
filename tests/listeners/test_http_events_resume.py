"""Events over cuts: who comes back with the last id is given each row once and in order, whatever happened between."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.client.events import Follower
from printserver.listeners.http import Limits
from tests.listeners.http_kit import Held, held_site

BUFFER = 5
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("happen"), st.integers(1, 2 * BUFFER)),
        st.tuples(st.sampled_from(["cut", "restart"]), st.integers(0, 3)),
        st.tuples(st.sampled_from(["stall", "flow", "silence"]), st.just(0)),
    ),
    max_size=25,
)


class Reader:
    """A client that comes back whenever it is cut, over one server or, after a restart, the next."""

    def __init__(self, caps: Limits) -> None:
        self.caps = caps
        self.held = held_site(caps)
        self.follower = Follower()
        self.ids: list[int] = []
        self.read = 0
        self.follow()

    def follow(self) -> None:
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.follower.request().headers.items())
        self.held.send(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
        self.read = 0
        self.take()

    def take(self) -> None:
        """Read what has come, out of its chunks, and come back when the server has ended the stream."""
        body, ended = unchunked(self.held.got())
        self.ids += [event.id for event in self.follower.feed(body[self.read :])]
        self.read = len(body)
        if ended or not self.held.transport.connected:
            self.held.reconnect()
            self.follow()

    def protocol(self) -> Any:  # noqa: ANN401 - Twisted's
        return self.held.transport.protocol

    def restart(self, count: int) -> None:
        """The server goes, and another comes up on the same journal, in which something has happened."""
        former = self.held
        former.leave()
        self.held = held_site(self.caps)
        self.held.service.journal.extend(former.service.journal)
        self.do("happen while away", count)
        self.follow()

    def do(self, action: str, count: int) -> None:
        match action:
            case "happen" | "happen while away":
                for _ in range(count):
                    self.held.service.happen()
            case "cut":
                self.held.transport.leave()
                self.do("happen while away", count)
            case "stall":
                self.protocol().pauseProducing()
            case "flow":
                self.protocol().resumeProducing()
            case "silence":
                self.held.clock.advance(self.caps.heartbeat)
            case "restart":
                self.restart(count)
        if action != "happen while away":
            self.take()


def unchunked(answer: bytes) -> tuple[bytes, bool]:
    """Return the body of a chunked answer as far as it has come, and whether it has ended."""
    _, _, rest = answer.partition(b"\r\n\r\n")
    body = b""
    while head := re.match(rb"([0-9a-fA-F]+)\r\n", rest):
        size = int(head[1], 16)
        if not size:
            return body, True
        body += rest[head.end() : head.end() + size]
        rest = rest[head.end() + size + 2 :]
    return body, False


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_no_row_is_lost_or_told_twice(actions: list[tuple[str, int]]) -> None:
    reader = Reader(Limits(event_buffer=BUFFER, heartbeat=1.0, stall=1000.0))
    try:
        for action, count in actions:
            reader.do(action, count)
        reader.do("cut", 0)
        reader.do("happen", 1)
        assert reader.ids == list(range(1, len(reader.held.service.journal) + 1))
    finally:
        reader.held.leave()


def following(path: str, fields: str = "", rows: int = 3) -> Held:
    held = held_site()
    for _ in range(rows):
        held.service.happen()
    held.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
    return held


def test_an_id_from_the_future_is_brought_back_to_the_newest() -> None:
    """A store that was restored is older than its clients; one that is cut at once still resumes rightly."""
    held = following("/api/v1/events", "Last-Event-ID: 99999\r\n")
    body, _ = unchunked(held.got())
    assert body == b"retry: 2000\nid: 3\n\n"
    held.leave()


def test_from_the_very_beginning_all_that_ever_happened_is_there() -> None:
    held = following("/api/v1/events?after=0")
    follower = Follower()
    assert [event.id for event in follower.feed(unchunked(held.got())[0])] == [1, 2, 3]
    held.leave()
