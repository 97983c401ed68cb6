"""Server-sent events as a client reads them: bytes into rows of the journal, and where to go on after a cut.

Laws kept here:

1. Each row is given once and in order, over however many connections: a new one begins after the last id that came.
2. An id counts when its message is whole, also where that holds no row.

Source: HTML Living Standard, section 9.2.
"""

from __future__ import annotations

from typing import Final

import msgspec

from .calls import API
from .errors import AnswerUnreadable
from .exchange import Request
from .replies import read_json

STREAM: Final = "text/event-stream"
MOST_OF_A_LINE: Final = 1024 * 1024
SILENCE: Final = 45.0
"""Seconds without a byte after which the connection is taken for dead; the server says something every 15."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the journal: `subject` is a job's number, JOB/CARD, or a name; `at` is ISO 8601 with offset."""

    id: int
    at: str
    kind: str
    subject: str
    what: str
    data: dict[str, str | int | float | bool | None] = {}

    @property
    def job(self) -> int | None:
        """The number of the job that it is about, None for another's."""
        number = self.subject.partition("/")[0]
        return int(number) if self.kind in ("job", "card", "mark") and number.isdigit() else None


class Follower:
    """Reads one stream after another; `seen` is the id of the last event, None before there is any."""

    def __init__(self, after: int | None = None) -> None:
        """Begin after an id, None = with what happens from now on."""
        self.seen = after
        self.pause = 2.0
        self._left = b""
        self._data: list[bytes] = []
        self._id = after

    def request(self) -> Request:
        """Return what opens the next stream; what was left of the last one is forgotten."""
        self._left = b""
        self._data.clear()
        self._id = self.seen
        seen = {} if self.seen is None else {"Last-Event-ID": str(self.seen)}
        return Request("GET", f"{API}/events", headers={"Accept": STREAM, **seen})

    def feed(self, piece: bytes) -> list[Event]:
        """Return the events that are whole with this piece; raises AnswerUnreadable."""
        *lines, self._left = (self._left + piece).split(b"\n")
        if len(self._left) > MOST_OF_A_LINE:
            raise AnswerUnreadable("a line of the events is too long", allowed=f"{MOST_OF_A_LINE} bytes")
        return [event for line in lines if (event := self._line(line.removesuffix(b"\r"))) is not None]

    def _line(self, line: bytes) -> Event | None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match name:
            case b"" if not line:
                return self._dispatch()
            case b"data":
                self._data.append(value)
            case b"id" if value.isdigit():
                self._id = int(value)
            case b"retry" if value.isdigit():
                self.pause = int(value) / 1000
            case _:
                pass  # a comment, or a field of a later version
        return None

    def _dispatch(self) -> Event | None:
        data = b"\n".join(self._data)
        self._data.clear()
        self.seen = self._id
        return read_json(data, Event) if data else None
