"""Where the colour of a half-panel ribbon goes: 420 lines of the card, from its left or its right edge.

The renderer has already kept the dyes to one half (`printserver.raster.half`); here it is found out which, and panels
that came another way are refused where their colour does not fit.
"""

from __future__ import annotations

import numpy as np

from printserver.errors import UnsupportedByPrinter
from printserver.model.card import SidePanels
from printserver_evolis.codec import LINES, PART_LINES

LEFT, RIGHT = 0, LINES - PART_LINES


def first_line(side: SidePanels) -> int:
    """Return the first of the 420 lines that hold all colour of a side: the left half, the right half, or between.

    All dyes of a side have the same, since one piece of ribbon lies over them. Raises UnsupportedByPrinter for colour
    that is wider.
    """
    coloured = [panel.plane.any(axis=0) for panel in side.panels if panel.name.is_dye]
    lines = np.flatnonzero(np.logical_or.reduce(coloured)) if coloured else np.empty(0, dtype=np.int64)
    if not lines.size:
        return LEFT
    first, last = int(lines[0]), int(lines[-1])
    if last - first >= PART_LINES:
        raise UnsupportedByPrinter(
            f"colour from dot {first} to dot {last} of the {side.side}", where="ribbon",
            allowed=f"{PART_LINES} dots of colour side by side, or a ribbon with whole colour panels",
        )
    if last < PART_LINES:
        return LEFT
    return RIGHT if first >= RIGHT else first
