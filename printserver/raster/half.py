"""Ribbons with half colour panels: colour at one end of the card, resin and overlay everywhere.

Laws kept here:

1. Colour that would fall outside the half is told with its place in millimetres and the key that mends it; it is never
   cut off in silence.
2. What nobody sees does not count: an ink paler than PALE of 255 is the noise of a camera or of JPEG on white.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from printserver.errors import UnsupportedByPrinter
from printserver.model.card import HALF_PANEL_MM, Geometry, PanelName, Plane
from printserver.model.ticket import ColourHalf

PALE = 8
MM_PER_INCH = 25.4


class Extent(NamedTuple):
    """Where colour lies, in dots; right and bottom are the first without."""

    left: int
    top: int
    right: int
    bottom: int


def keep_to_half(planes: dict[PanelName, Plane], geometry: Geometry, wanted: ColourHalf, ribbon: str,
                 hidden: Plane | None = None) -> None:  # fmt: skip
    """Empty the dyes outside the half that is coloured; raises UnsupportedByPrinter for colour that falls outside.

    `planes` are 0..255 before depth is reduced. Where `hidden` is set, black resin lies over the dyes and nobody misses
    them.
    """
    dyes = [plane for name, plane in planes.items() if name.is_dye]
    extent = extent_of(dyes, hidden)
    half = half_of(extent, geometry, wanted)
    if half is None:
        raise outside(extent, geometry, wanted, ribbon)
    for plane in dyes:
        plane[:, : half.start] = 0
        plane[:, half.stop :] = 0


def extent_of(dyes: list[Plane], hidden: Plane | None = None) -> Extent | None:
    """Return the rectangle round all colour that can be seen, None when there is none."""
    seen = np.logical_or.reduce([plane >= PALE for plane in dyes])
    if hidden is not None:
        seen &= hidden == 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not rows.size:
        return None
    return Extent(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def half_of(extent: Extent | None, geometry: Geometry, wanted: ColourHalf) -> slice | None:
    """Return the columns that are coloured: the wanted half, or the first that takes all colour; None if none does."""
    asked = [half for name, half in halves_of(geometry).items() if wanted in (name, ColourHalf.AUTO)]
    fitting = [half for half in asked if extent is None or (half.start <= extent.left and extent.right <= half.stop)]
    return fitting[0] if fitting else None


def halves_of(geometry: Geometry) -> dict[ColourHalf, slice]:
    """Return the columns that the colour panels reach from either edge of the card."""
    reach = min(geometry.width, geometry.dots(HALF_PANEL_MM))
    return {ColourHalf.LEFT: slice(0, reach), ColourHalf.RIGHT: slice(geometry.width - reach, geometry.width)}


def outside(
    extent: Extent | None, geometry: Geometry, wanted: ColourHalf, ribbon: str
) -> UnsupportedByPrinter:
    """Return the error that says where colour lies, where it may lie, and which key mends it."""
    across, down = ((extent.left, extent.right), (extent.top, extent.bottom)) if extent else ((0, 0), (0, 0))
    found = f"colour lies {span(across, geometry)} from the left and {span(down, geometry)} from the top"
    halves = halves_of(geometry)
    other = next((name for name in halves if half_of(extent, geometry, name) is not None), None)
    reach = ", ".join(f"{name.value} {span((half.start, half.stop), geometry)}" for name, half in halves.items())
    if other is not None:
        return UnsupportedByPrinter(
            f"{found}, outside the {wanted.value} half that ribbon {ribbon} colours", where="colour-half",
            allowed=f"{other.value}, auto; {reach}",
        )  # fmt: skip
    return UnsupportedByPrinter(
        f"{found}, more than the half that ribbon {ribbon} colours ({reach})", where="ribbon",
        allowed="one with whole colour panels, or colour within one half",
    )  # fmt: skip


def span(dots: tuple[int, int], geometry: Geometry) -> str:
    """Return a span in millimetres."""
    first, last = (dot * MM_PER_INCH / geometry.dpi for dot in dots)
    return f"{first:.1f} to {last:.1f} mm"
