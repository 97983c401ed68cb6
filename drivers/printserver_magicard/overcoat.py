"""The overcoat: no plane of bits, but areas (PCT) and holes in them (NCT), at most two of each.

Laws kept here:

1. An overlay panel is sent only when areas and holes say exactly the same; any other is refused, never rounded.
2. A side whose ribbon has an overlay says so: PCT stands in its header also where the overcoat is off.
3. Coordinates count dots from the lower left corner; the last dot is included. What reaches the right edge reaches the
   family's own edge (Rio and Avalon: 1025, though the image ends at 1015).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from printserver.errors import UnsupportedByPrinter
from printserver.model.card import Plane
from printserver_magicard.info import Line

MOST = 2
# A corner from which more than these rectangles can grow belongs to no two rectangles.
MOST_GROWN = 4
# How many gaps between two areas are tried.
MOST_GAPS = 4
RIGHT_EDGE = {Line.RIO: 1025, Line.AVALON: 1025, Line.AOTA: 999, Line.ENDURO: 1015}

Mask = npt.NDArray[np.bool_]


class Box(NamedTuple):
    """A rectangle of dots, from the upper left corner; right and bottom are the first without."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Overcoat:
    """What a side's header says of its overcoat."""

    on: bool
    areas: tuple[Box, ...]
    holes: tuple[Box, ...] = ()


def overcoat_of(plane: Plane) -> Overcoat:
    """Return the areas and holes that make just this overlay; raises UnsupportedByPrinter when none do."""
    mask = plane != 0
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    if not mask.any():
        return Overcoat(False, (whole,))
    for areas in _ways(mask, whole):
        holes = cover(_filled(mask.shape, areas) & ~mask)
        if holes is not None:
            return Overcoat(True, areas, holes)
    raise UnsupportedByPrinter(
        "this overlay is no rectangle with rectangular windows", where="overlay",
        allowed=f"up to {MOST} areas with up to {MOST} windows",
    )


def _ways(mask: Mask, whole: Box) -> Iterator[tuple[Box, ...]]:
    """Yield areas that may fit, the plainest first."""
    yield (whole,)
    two = cover(mask)
    if two is not None:
        yield two
    around = _around(mask)
    yield (around,)
    for axis in (0, 1):
        for first, second in _gaps(np.asarray(mask.any(axis=1 - axis))):
            parts = np.split(mask, [first, second], axis=axis)
            low, high = _around(parts[0]), _around(parts[2])
            yield low, (high._replace(top=high.top + second, bottom=high.bottom + second) if axis == 0
                        else high._replace(left=high.left + second, right=high.right + second))


def _gaps(filled: Mask) -> list[tuple[int, int]]:
    """Return the first stretches without anything between two with something."""
    used = np.flatnonzero(filled)
    at = np.flatnonzero(np.diff(used) > 1)[:MOST_GAPS]
    return [(int(used[i]) + 1, int(used[i + 1])) for i in at]


def cover(mask: Mask) -> tuple[Box, ...] | None:
    """Return up to two rectangles that are together just the mask, None when none are."""
    if not mask.any():
        return ()
    for first in _grown(mask):
        rest = mask.copy()
        rest[first.top : first.bottom, first.left : first.right] = False
        if not rest.any():
            return (first,)
        second = _around(rest)
        if mask[second.top : second.bottom, second.left : second.right].all():
            return first, second
    return None


def _grown(mask: Mask) -> list[Box]:
    """Return the largest rectangles whose upper left corner is the mask's first dot; one of any two has it."""
    top, left = (int(each) for each in np.unravel_index(int(mask.argmax()), mask.shape))
    below = mask[top:, left:]
    runs = np.where(below.all(axis=1), below.shape[1], below.argmin(axis=1))
    widths = np.minimum.accumulate(runs)
    ends = np.flatnonzero(np.diff(widths, append=0))
    boxes = [Box(left, top, left + int(widths[end]), top + int(end) + 1) for end in ends if widths[end]]
    return boxes if len(boxes) <= MOST_GROWN else []


def _around(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _filled(shape: tuple[int, ...], boxes: Sequence[Box]) -> Mask:
    found = np.zeros(shape, dtype=np.bool_)
    for box in boxes:
        found[box.top : box.bottom, box.left : box.right] = True
    return found


def plane_of(overcoat: Overcoat, width: int, height: int) -> Plane:
    """Return the overlay that a header asks for: 1 = overcoat."""
    if not overcoat.on:
        return np.zeros((height, width), dtype=np.uint8)
    areas = overcoat.areas or (Box(0, 0, width, height),)
    found = _filled((height, width), areas) & ~_filled((height, width), overcoat.holes)
    return found.astype(np.uint8)


def to_words(box: Box, width: int, height: int, line: Line) -> str:
    """Return a rectangle as PCT and NCT have it."""
    right = RIGHT_EDGE[line] if box.right == width else box.right - 1
    return f"{box.left},{height - box.bottom},{right},{height - 1 - box.top}"


def from_numbers(numbers: Sequence[int], width: int, height: int) -> Box | None:
    """Return the rectangle of four numbers, cut to the card; None for one that has nothing on it."""
    left, low, right, high = numbers
    box = Box(left, max(0, height - 1 - high), min(right + 1, width), min(height, height - low))
    return box if box.left < box.right and box.top < box.bottom else None
