"""Takes a recorded job apart: what its bytes would print, as far as sources tell.

Laws kept here:

1. A page is a card. Panels are as they were sent: a byte a dot, lines from the first, none turned.
2. Panels that the server has no name for (dye black, lamination) are counted among what is unknown, and never drawn
   as another.
3. The format of a CS page is not known: its size follows from the lines, and its copies are one.
"""

from __future__ import annotations

import numpy as np

from printserver.driver import DecodedCard, DecodedJob
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver_hiti.codec import (
    END_JOB,
    END_PAGE,
    FORMAT,
    START_JOB,
    START_PAGE,
    Broken,
    Command,
    Image,
    Token,
    Tokeniser,
)
from printserver_hiti.driver import YMCKO
from printserver_hiti.info import model_of

# 8202 to 8208: Y, M, C, dye black, resin black, lamination, overcoat; 8209 to 820F the same for the other side.
FRONT, BACK, KINDS = 0x8202, 0x8209, 7
PANELS: tuple[PanelName | None, ...] = (
    PanelName.Y, PanelName.M, PanelName.C, None, PanelName.K, None, PanelName.O,
)  # fmt: skip
NAMELESS = {3: "dye black", 5: "lamination"}
# Commands that print nothing by themselves: questions, jobs, heat settings, moves between stations.
QUIET = frozenset({
    START_JOB, END_JOB, FORMAT, 0x0100, 0x0400, 0x0401, 0x0403, 0x0405, 0x0406, 0x0407, 0x0408, 0x040A, 0x040B, 0x040C,
    0x0502, 0x0503, 0x8102, 0x8103, 0x8303, 0x8304, 0x830B, 0x830C,
})  # fmt: skip
# A card has no more; what announces more is damaged.
LINES_LIMIT, DOTS_LIMIT = 3000, 3000


class _Reader:
    """Follows a job's frames and gathers cards."""

    def __init__(self) -> None:
        self.cards: list[DecodedCard] = []
        self.unknown: list[str] = []
        self._sides: dict[Side, dict[PanelName, dict[int, bytes]]] = {}
        self._open: dict[int, bytes] | None = None

    def take(self, token: Token) -> None:
        """Follow one frame; what cannot be read is counted by its number."""
        match token:
            case Command(code) if code == START_PAGE:
                self.finish()
            case Command(code) if code == END_PAGE:
                self.finish()
            case Command(code) if FRONT <= code < BACK + KINDS:
                self._begin(*divmod(code - FRONT, KINDS))
            case Command(code) if code not in QUIET:
                self.unknown.append(f"{code:04x}")
            case Image(first, lines, data):
                self._lines(first, lines, data)
            case Broken(what):
                self.unknown.append(what)

    def _begin(self, side: int, kind: int) -> None:
        name = PANELS[kind]
        if name is None:
            self.unknown.append(NAMELESS[kind])
            self._open = {}  # its lines are nobody's
        else:
            self._open = self._sides.setdefault(tuple(Side)[side], {}).setdefault(name, {})

    def _lines(self, first: int, lines: int, data: bytes) -> None:
        dots = len(data) // lines if lines else 0
        fits = self._open is not None and 0 < dots <= DOTS_LIMIT and first + lines <= LINES_LIMIT
        same = all(len(line) == dots for line in (self._open or {}).values())
        if self._open is None or not fits or not same or dots * lines != len(data):
            self.unknown.append("8309")
            return
        self._open |= {first + at: data[at * dots : (at + 1) * dots] for at in range(lines)}

    def finish(self) -> None:
        """Close the page; one without panels is none."""
        sides, self._sides, self._open = self._sides, {}, None
        made = {side: tuple(_panel(name, lines) for name, lines in panels.items() if lines)
                for side, panels in sides.items()}  # fmt: skip
        found = tuple(SidePanels(side, made[side]) for side in Side if made.get(side))
        if not found:
            return
        if len({panel.plane.shape for side in found for panel in side.panels}) > 1:
            self.unknown.append("panels of several sizes")
            return
        letters = tuple(panel.name for panel in made.get(Side.FRONT, ()))
        self.cards.append(DecodedCard(found, YMCKO if letters == YMCKO.front else None))


def _panel(name: PanelName, lines: dict[int, bytes]) -> Panel:
    blank = bytes(len(next(iter(lines.values()))))
    data = b"".join(lines.get(at, blank) for at in range(max(lines) + 1))
    return Panel(name, np.frombuffer(data, dtype=np.uint8).reshape(-1, len(blank)).copy(), 256)


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the cards that a recorded job of a CS-2xx printer prints; raises ConfigurationError for another model.

    A job that is cut short gives what is whole of it; the bytes of the frame that was cut are `trailing_bytes`.
    """
    model_of(model)
    tokens, reader = Tokeniser(), _Reader()
    for token in tokens.feed(job):
        reader.take(token)
    reader.finish()
    return DecodedJob(tuple(reader.cards), tuple(reader.unknown), tokens.pending)
