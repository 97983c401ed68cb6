"""The card that proves a printer: lines of all panels on each other, a frame, an arrow, and a patch for each panel.

Laws kept here:

1. It holds nobody's data. The panels are made here and need no picture, so that nothing stands between them and the
   printer but its driver.
2. What a person is to look for can be seen with the bare eye: a line is 0.25 mm wide, a patch 6 mm.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from printserver.driver import Capabilities, PrintableCard
from printserver.model.card import Geometry, Panel, PanelName, Plane, Ribbon, Side, SidePanels

LINE_MM, PATCH_MM, MARGIN_MM, CROSS_MM = 0.25, 6.0, 2.0, 5.0


def register_card(
    capabilities: Capabilities, ribbon: Ribbon, *, two_sided: bool = False, tracks: tuple[str, ...] = ()
) -> PrintableCard:
    """Return the card for a ribbon; the back has its patches from the right, so that the sides can be told apart."""
    sides = (Side.FRONT, Side.BACK) if two_sided and ribbon.back else (Side.FRONT,)
    return PrintableCard(
        tuple(_side(side, ribbon, capabilities) for side in sides), ribbon, capabilities.geometry, tracks
    )


def _side(side: Side, ribbon: Ribbon, capabilities: Capabilities) -> SidePanels:
    names = ribbon.panels(side)
    return SidePanels(side, tuple(
        _panel(name, number, side, capabilities) for number, name in enumerate(names)
    ))  # fmt: skip


def _panel(name: PanelName, number: int, side: Side, capabilities: Capabilities) -> Panel:
    geometry, levels = capabilities.geometry, capabilities.levels[name]
    plane = np.zeros((geometry.height, geometry.width), dtype=np.uint8)
    if name is PanelName.O:
        plane[:] = levels - 1
        return Panel(name, plane, levels)
    for rows, columns in _marks(geometry):
        plane[rows, columns] = levels - 1
    _draw_arrow(plane, geometry, levels - 1)
    rows, columns = _patch(geometry, number, side)
    plane[rows, columns] = levels - 1
    return Panel(name, plane, levels)


def _marks(geometry: Geometry) -> Iterator[tuple[slice, slice]]:
    """Yield the frame's four lines, and a cross at each corner of the frame and in the middle."""
    line, margin, arm = geometry.dots(LINE_MM), geometry.dots(MARGIN_MM), geometry.dots(CROSS_MM)
    right, bottom = geometry.width - margin, geometry.height - margin
    whole = slice(margin, right), slice(margin, bottom)
    yield slice(margin, margin + line), whole[0]
    yield slice(bottom - line, bottom), whole[0]
    yield whole[1], slice(margin, margin + line)
    yield whole[1], slice(right - line, right)
    middle = geometry.width // 2, geometry.height // 2
    for x, y in (
        (margin + arm, margin + arm), (right - arm, margin + arm), (margin + arm, bottom - arm),
        (right - arm, bottom - arm), middle,
    ):  # fmt: skip
        yield slice(y, y + line), slice(x - arm // 2, x + arm // 2)
        yield slice(y - arm // 2, y + arm // 2), slice(x, x + line)


def _draw_arrow(plane: Plane, geometry: Geometry, ink: int) -> None:
    """Draw a solid triangle that points at the upper edge, right of the middle: it is neither turned nor mirrored."""
    size, left, top = geometry.dots(8.0), geometry.width // 2 + geometry.dots(10.0), geometry.dots(12.0)
    for row in range(size):
        half = row // 2
        plane[top + row, left + size // 2 - half : left + size // 2 + half + 1] = ink


def _patch(geometry: Geometry, number: int, side: Side) -> tuple[slice, slice]:
    """Return the place of a panel's own patch: below the middle, one beside the other in printing order."""
    size = geometry.dots(PATCH_MM)
    top = geometry.height - geometry.dots(MARGIN_MM + CROSS_MM + 3.0) - size
    step = (size + geometry.dots(2.0)) * number + geometry.dots(12.0)
    left = step if side is Side.FRONT else geometry.width - step - size
    return slice(top, top + size), slice(left, left + size)
