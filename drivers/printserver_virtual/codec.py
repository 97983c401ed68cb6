"""The virtual printer's language: JSON lines, and the panels of a card as plain bytes behind one of them.

| from | line | then |
|---|---|---|
| host | {"ask": "status"} | - |
| host | {"format", "ribbon", "width", "height", "sides", "tracks"} (JobHead) | each panel in order, a byte a dot |
| device | {"say": "status", ...} {"say": "card", ...} {"say": "spoiled", ...} {"say": "waiting", ...} | - |

Hostile input ends in BadJob; after it the rest of the connection is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import numpy as np

from printserver.errors import Fault, PrintServerError
from printserver.model.card import Panel, PanelName, Side, SidePanels

LINE_LIMIT = 65_536
Dots = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Levels = Annotated[int, msgspec.Meta(ge=2, le=256)]


class BadJob(PrintServerError):
    """The virtual printer was sent something that it cannot read."""

    code = "bad-virtual-job"
    fault = Fault.CLIENT
    remedy = "Render the job again."


class Said(StrEnum):
    """What the device speaks of."""

    STATUS = "status"
    CARD = "card"
    SPOILED = "spoiled"
    WAITING = "waiting"


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the device: what it speaks of, its card counter, how it is, and which ribbon is in it."""

    say: Said
    cards: int
    serial: str = ""
    idle: bool = True
    alert: str = ""
    ribbon: str = ""


class PanelHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One panel that follows."""

    panel: PanelName
    levels: Levels


class SideHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side's panels that follow."""

    side: Side
    panels: Annotated[tuple[PanelHead, ...], msgspec.Meta(max_length=8)]


class JobHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line that opens a card."""

    format: Literal["printserver-virtual-1"] = "printserver-virtual-1"
    ribbon: str
    width: Dots
    height: Dots
    sides: Annotated[tuple[SideHead, ...], msgspec.Meta(max_length=2)]
    tracks: tuple[str, ...] = ()

    def size(self) -> int:
        """Return the bytes of panels that follow."""
        return self.width * self.height * sum(len(side.panels) for side in self.sides)


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A host's question."""

    ask: Literal["status"]


@dataclass(frozen=True, slots=True, eq=False)
class VirtualJob:
    """One card as it was sent."""

    head: JobHead
    sides: tuple[SidePanels, ...]


def write_word(word: Word) -> bytes:
    """Frame a word of the device."""
    return msgspec.json.encode(word) + b"\n"


def read_word(line: bytes) -> Word | None:
    """Return a word of the device, None when the line is none."""
    try:
        return msgspec.json.decode(line, type=Word)
    except msgspec.DecodeError:
        return None


QUESTION = b'{"ask":"status"}\n'


class Reader:
    """Cuts a host's bytes into questions and cards."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: JobHead | None = None
        self._opening = 0

    @property
    def pending(self) -> int:
        """Return the count of bytes that are not yet a whole question or card."""
        return len(self._buffer) + (self._opening if self._head is not None else 0)

    def feed(self, data: bytes) -> list[Question | VirtualJob]:
        """Take bytes and return what is whole now; raises BadJob."""
        self._buffer += data
        found = []
        while (item := self._next()) is not None:
            found.append(item)
        return found

    def _next(self) -> Question | VirtualJob | None:
        if self._head is None:
            opened = self._line()
            if not isinstance(opened, JobHead):
                return opened
            self._head = opened
        head = self._head
        if len(self._buffer) < head.size():
            return None
        payload = bytes(self._buffer[: head.size()])
        del self._buffer[: head.size()]
        self._head = None
        return VirtualJob(head, _sides(head, payload))

    def _line(self) -> Question | JobHead | None:
        end = self._buffer.find(b"\n", 0, LINE_LIMIT)
        if end < 0:
            if len(self._buffer) >= LINE_LIMIT:
                raise BadJob("a line without an end")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._opening = end + 1
        try:
            if line.startswith(b'{"ask"'):
                return msgspec.json.decode(line, type=Question)
            return msgspec.json.decode(line, type=JobHead)
        except msgspec.DecodeError as error:
            raise BadJob(str(error)) from error


def _sides(head: JobHead, payload: bytes) -> tuple[SidePanels, ...]:
    planes = np.frombuffer(payload, dtype=np.uint8).reshape(-1, head.height, head.width)
    rest = iter(planes)
    return tuple(
        SidePanels(side.side, tuple(_panel(panel, next(rest)) for panel in side.panels)) for side in head.sides
    )


def _panel(head: PanelHead, plane: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> Panel:
    if int(plane.max()) >= head.levels:
        raise BadJob(f"a level beyond {head.levels - 1}", where=str(head.panel))
    return Panel(head.panel, plane, head.levels)
