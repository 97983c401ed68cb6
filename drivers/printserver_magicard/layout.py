"""Where a dot of the card stands in the bytes of a plane, and back.

Laws kept here:

1. A plane is what `printserver.model.card` says; on the wire a line is a column of the card, from left to right.
2. Colour is six bit-planes a line, lowest bit first; resin is one. Nothing is compressed.
3. Every packing is one table: for each dot of the canvas its place among a line's bits, highest bit of a byte first.

| packing | bytes a bit-plane | place of canvas dot i | heads |
|---|---|---|---|
| KEE | 84 | i | Rio, Tango |
| KEE, words turned | 84 | word i / 32, bit i % 32 from its low end, high byte first | Avalon |
| KGE | 96 | two dots side by side are two places apart; dots from 288 on lie between them in words 0 to 23 | Enduro |
| KGE, words turned | 96 | the same places counted from the low end of each word | Alto, Opera, Tempo |

Source: the vendor's filter (rastertoultra.c), tried against its recorded Enduro job.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from printserver.errors import Fault, PrintServerError
from printserver.model.card import Panel, PanelName, Plane
from printserver_magicard.info import Line

CANVAS, HEIGHT = 672, 642
COLOUR_BITS = 6
COLOUR_LEVELS = 2**COLOUR_BITS
HEAD_POSITION = 50
# The first dot of the image on the canvas: 65 less the head position, and on KEE heads one more (vendor's filter).
MARGIN_BASE = 65
HALF = 288

PANEL_OF_TAG = {"B": PanelName.Y, "G": PanelName.M, "R": PanelName.C, "K": PanelName.K}
TAG_OF_PANEL = {panel: tag for tag, panel in PANEL_OF_TAG.items()}

Places = npt.NDArray[np.intp]


class BadPlane(PrintServerError):
    """The printer was sent a plane that cannot be read."""

    code = "bad-plane-data"
    fault = Fault.CLIENT
    remedy = "Render the job again; a recorded job may be cut short, or of another model."


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One packing: the place of each canvas dot among `bits` bits of a line."""

    places: Places
    bits: int
    off_by_one: int = 0

    @property
    def line_bytes(self) -> int:
        """Bytes of one bit-plane of one line."""
        return self.bits // 8

    def margin(self, head_position: int) -> int:
        """Return the canvas dot on which the image begins; it always lies on the canvas whole."""
        return min(MARGIN_BASE - head_position + self.off_by_one, CANVAS - HEIGHT)

    def size(self, name: PanelName, lines: int) -> int:
        """Return the bytes of a plane."""
        return lines * self.line_bytes * (COLOUR_BITS if name.is_dye else 1)


def _kge() -> Places:
    dots = np.arange(CANVAS)
    late = dots >= HALF
    step = np.where(late, dots - HALF, dots)
    return 32 * ((step >> 4) + np.where(late, 0, 6)) + 2 * (step & 15) + late


def _turned(places: Places) -> Places:
    """Count each 32-bit word's places from its other end."""
    return (places & ~31) | (31 - (places & 31))


@cache
def layout_of(line: Line) -> Layout:
    """Return the packing of a line of models."""
    match line:
        case Line.RIO:
            return Layout(np.arange(CANVAS), CANVAS, off_by_one=1)
        case Line.AVALON:
            return Layout(_turned(np.arange(CANVAS)), CANVAS, off_by_one=1)
        case Line.ENDURO:
            return Layout(_kge(), 768)
        case Line.AOTA:
            return Layout(_turned(_kge()), 768)


def pack(panel: Panel, layout: Layout, *, head_position: int = HEAD_POSITION, bottom_first: bool = True) -> bytes:
    """Return the bytes of one panel; dye has 64 levels, resin 2."""
    image = panel.plane[::-1] if bottom_first else panel.plane
    spread = np.zeros((layout.bits, image.shape[1]), dtype=np.uint8)
    start = layout.margin(head_position)
    spread[layout.places[start : start + HEIGHT]] = image
    lines = np.ascontiguousarray(spread.T)
    if not panel.name.is_dye:
        return np.packbits(lines, axis=1).tobytes()
    packed = np.empty((len(lines), COLOUR_BITS, layout.line_bytes), dtype=np.uint8)
    for bit in range(COLOUR_BITS):
        packed[:, bit] = np.packbits(lines & (1 << bit), axis=1)
    return packed.tobytes()


def unpack(tag: str, data: bytes, layout: Layout, width: int) -> Panel:
    """Return the panel that a plane's bytes hold, `width` columns wide; raises BadPlane unless it has whole lines.

    A plane with fewer lines leaves the right end of the card blank; what lies beyond the card is not seen.
    """
    name = PANEL_OF_TAG[tag]
    bits = COLOUR_BITS if name.is_dye else 1
    line = bits * layout.line_bytes
    if not data or len(data) % line:
        raise BadPlane(f"{len(data)} bytes are no whole lines", where=tag, allowed=f"lines of {line}")
    packed = np.frombuffer(data, dtype=np.uint8).reshape(-1, bits, layout.line_bytes)[:width]
    spread = np.unpackbits(packed[:, 0], axis=1)
    for bit in range(1, bits):
        spread |= np.unpackbits(packed[:, bit], axis=1) << bit
    start = layout.margin(HEAD_POSITION)
    wanted = layout.places[start : start + HEIGHT][::-1]
    plane: Plane = np.zeros((HEIGHT, width), dtype=np.uint8)
    plane[:, : len(packed)] = np.ascontiguousarray(spread.T)[wanted]
    return Panel(name, plane, 2**bits)
