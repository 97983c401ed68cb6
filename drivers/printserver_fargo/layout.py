"""Where a dot of the card stands in the lines of a panel, and back.

Laws kept here:

1. A plane is what `printserver.model.card` says; the image on the wire is the card turned by a quarter, never mirrored.
2. A line is 768 bytes, of which 127 to 760 are the card's; a byte is a density, 0 = no heat.
3. What is read keeps every dot: a panel that reaches beyond the usual image is wider than it.

Source: the vendor's print files; others.md A4.
"""

from __future__ import annotations

import numpy as np

from printserver.model.card import Panel, PanelName, Plane
from printserver_fargo.ribbons import LONG, SHORT
from printserver_fargo.rows import ROW, Rows

WIDTH, HEIGHT = SHORT, 634
MARGIN = 127
# Densities that the vendor sends for panels which are on or off.
FULL = {PanelName.O: 0x80, PanelName.F: 0xFF}
LEVELS = 256


def levels_of(name: PanelName) -> int:
    """Return how many levels a panel is sent with."""
    return 2 if name in FULL else LEVELS


def rows_of(panel: Panel, lines: int, *, clockwise: bool = True) -> Rows:
    """Return a panel's lines, shape (lines, 768); lines behind the image are blank."""
    rows = np.zeros((lines, ROW), dtype=np.uint8)
    portrait = np.rot90(panel.plane, -1 if clockwise else 1)
    rows[:WIDTH, MARGIN : MARGIN + HEIGHT] = portrait * np.uint8(FULL.get(panel.name, 1))
    return rows


def panel_of(name: PanelName, rows: Rows, first: int = 0) -> Panel:
    """Return the panel that lines hold when the first of them is line `first` of the card.

    A first line behind the card's end (half panels say 2236, and what that means is not known) counts as 0.
    """
    start = first if first < LONG else 0
    image = rows[:, MARGIN : MARGIN + HEIGHT]
    inked = np.flatnonzero(image.any(axis=1))
    width = max(WIDTH, start + int(inked[-1]) + 1) if len(inked) else WIDTH
    portrait = np.zeros((width, HEIGHT), dtype=np.uint8)
    fitting = image[: width - start]
    portrait[start : start + len(fitting)] = fitting
    plane: Plane = np.ascontiguousarray(np.rot90(portrait, 1))
    return _as_switch(name, plane) or Panel(name, plane, LEVELS)


def _as_switch(name: PanelName, plane: Plane) -> Panel | None:
    """Return overlay or fluorescent as on or off, None when it holds any other density."""
    full = FULL.get(name)
    if full is None or not np.isin(plane, (0, full)).all():
        return None
    return Panel(name, (plane == full).astype(np.uint8), 2)


def widened(panel: Panel, width: int) -> Panel:
    """Return a panel with blank columns at its right, or cut there, so that it has `width`."""
    plane = panel.plane[:, :width]
    return Panel(panel.name, np.pad(plane, ((0, 0), (0, width - plane.shape[1]))), panel.levels)
