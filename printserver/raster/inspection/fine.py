"""Strokes and gaps of resin that are too fine to hold.

Resin leaves its ribbon as a film, where dye leaves it as vapour: a line as wide as one dot has no neighbour to hold it
and breaks off, and a gap as wide as one dot is bridged by the film. Small print loses its stems and fills its letters.

A *fine stroke*, exactly: a straight run of ink, at least RUN dots long in a row or in a column, in which every dot has
less than `least` dots of ink in line across it. A *fine gap* is the same with ink and bare card exchanged; beyond the
panel's edge there is bare card. Diagonal and curved strokes are found by the straight parts that letters have.

A dithered picture is made of single dots on purpose and is left out, cell by cell: a *speck* is a dot that has no run
of three dots of its own kind, neither in its row nor in its column; a cell with more than SPECKS of them is dithered,
and is left out with the cells that touch it. Measured at 300 dpi: of the cells with straight runs, those within a
picture hold 22 per cent of specks and more, whichever way it was dithered; those with print of 2 to 7 points 9 at most.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from printserver.model.card import Geometry
from printserver.raster.inspection.places import CELL_MM

Mask = npt.NDArray[np.bool_]

# Two dots at 300 dpi, four at 600: what is narrower than this is a single dot of the coarser head. No maker publishes a
# limit; this is the smallest width at which a stroke has more than one dot to hold it.
LEAST_MM = 0.15
# The x-height of 3 point type is 0.5 mm; shorter runs are serifs, dots and the steps of slanted edges.
RUN_MM = 0.5
# Less than this of fine runs, all of them together, is where two letters meet, not print that is too small.
TOTAL_MM = 2.0
# The share of specks beyond which a cell of a panel is a dithered picture.
SPECKS = 0.15
SPECK_RUN = 3


class Fine(NamedTuple):
    """The dots of fine strokes and gaps, and how many of both there are."""

    dots: Mask
    parts: int


def fine_parts(ink: Mask, geometry: Geometry) -> Fine:
    """Return the fine strokes and gaps of a resin panel, none where they are too few to matter."""
    least, run = geometry.dots(LEAST_MM), geometry.dots(RUN_MM)
    # Bare card all round, wide enough to be no gap itself.
    rim = max(least, run)
    wide, inside = np.pad(ink, rim), (slice(rim, -rim), slice(rim, -rim))
    printed = ~dithered_cells(ink, geometry.dots(CELL_MM))
    dots, parts = np.zeros_like(ink), 0
    for plane in (wide, ~wide):
        for axis in (0, 1):
            found = fine_runs(plane, axis, least, run)[inside] & printed
            dots |= found
            parts += runs(found, axis)
    return Fine(dots, parts) if dots.sum() >= geometry.dots(TOTAL_MM) else Fine(np.zeros_like(ink), 0)


def dithered_cells(ink: Mask, cell: int) -> Mask:
    """Return the dots that lie in cells of a dithered picture, or in cells that touch one."""
    height, width = ink.shape
    rows, columns = -(-height // cell), -(-width // cell)
    filled = np.pad(specks(ink), ((0, rows * cell - height), (0, columns * cell - width)))
    cells = np.pad(filled.reshape(rows, cell, columns, cell).mean(axis=(1, 3)) > SPECKS, 1)
    # A picture ends inside a cell, which then has fewer specks: its neighbours go with a dithered cell.
    touched = np.zeros((rows, columns), dtype=np.bool_)
    for down in range(3):
        for right in range(3):
            touched |= cells[down : down + rows, right : right + columns]
    return np.repeat(np.repeat(touched, cell, axis=0), cell, axis=1)[:height, :width]


def specks(ink: Mask) -> Mask:
    """Return the dots that lie in no run of SPECK_RUN dots of their own kind, along neither axis."""
    in_runs = np.zeros_like(ink)
    for plane in (ink, ~ink):
        for axis in (0, 1):
            in_runs |= opened(plane, axis, SPECK_RUN)
    return ~in_runs


def fine_runs(plane: Mask, axis: int, least: int, run: int) -> Mask:
    """Return the dots of straight runs along an axis that are everywhere thinner than `least` across it."""
    thin = plane & ~opened(plane, 1 - axis, least)
    return opened(thin, axis, run)


def opened(plane: Mask, axis: int, length: int) -> Mask:
    """Return the dots that lie in a run of at least `length` dots along an axis."""
    lines = plane if axis == 1 else plane.T
    size = lines.shape[1]
    if size < length:
        return np.zeros_like(plane)
    begins = lines[:, : size - length + 1].copy()
    for step in range(1, length):
        begins &= lines[:, step : size - length + 1 + step]
    found = np.zeros_like(lines)
    for step in range(length):
        found[:, step : size - length + 1 + step] |= begins
    return found if axis == 1 else found.T


def runs(plane: Mask, axis: int) -> int:
    """Count the runs of a mask along an axis."""
    lines = plane if axis == 1 else plane.T
    begun = lines[:, 1:] & ~lines[:, :-1]
    return int(begun.sum() + lines[:, 0].sum())
