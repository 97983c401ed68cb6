"""Where dots lie, as a few rectangles in millimetres: what a person can look at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from printserver.model.card import Geometry
from printserver.model.inspection import Place

Mask = npt.NDArray[np.bool_]

# Dots closer than this are one place: about the height of a line of small print, so that a word is not told letter by
# letter.
CELL_MM = 2.5
# So many places are told; a person looks at the largest ones and sees the rest in the picture.
MAX_PLACES = 8
LEAST_MM = 0.1


class Places(NamedTuple):
    """The largest places, most dots first, and how many smaller ones are left out."""

    largest: tuple[Place, ...]
    more: int


def places_of(mask: Mask, geometry: Geometry) -> Places:
    """Return where a mask of the panel's shape is true.

    The panel is parted into cells of CELL_MM; cells with dots that touch each other, by side or corner, are one place,
    and its rectangle is drawn as tightly as its dots allow.
    """
    cell = max(1, geometry.dots(CELL_MM))
    boxes = sorted((_box(mask, group, cell) for group in _groups(_cells(mask, cell))), reverse=True)
    largest = tuple(_place(box, geometry) for _, box in boxes[:MAX_PLACES])
    return Places(largest, len(boxes) - len(largest))


def _cells(mask: Mask, cell: int) -> set[tuple[int, int]]:
    """Return row and column of every cell that holds a dot."""
    rows, columns = np.nonzero(mask)
    return set(zip((rows // cell).tolist(), (columns // cell).tolist(), strict=True))


def _groups(cells: set[tuple[int, int]]) -> list[set[tuple[int, int]]]:
    """Return cells that touch each other together."""
    left, groups = set(cells), []
    while left:
        group, waiting = set[tuple[int, int]](), [left.pop()]
        while waiting:
            row, column = waiting.pop()
            group.add((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= near
            waiting.extend(near)
        groups.append(group)
    return groups


def _box(mask: Mask, group: set[tuple[int, int]], cell: int) -> tuple[int, tuple[int, int, int, int]]:
    """Return how many dots a group of cells holds, and the rectangle (top, left, bottom, right) round them."""
    dots, found = 0, []
    for row, column in group:
        rows, columns = np.nonzero(mask[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell])
        dots += rows.size
        top, left = row * cell, column * cell
        found.append((top + rows.min(), left + columns.min(), top + rows.max() + 1, left + columns.max() + 1))
    tops, lefts, bottoms, rights = zip(*found, strict=True)
    return dots, (int(min(tops)), int(min(lefts)), int(max(bottoms)), int(max(rights)))


def _place(box: tuple[int, int, int, int], geometry: Geometry) -> Place:
    top, left, bottom, right = box
    left_mm, top_mm, width_mm, height_mm = (
        round(dots * 25.4 / geometry.dpi, 1) for dots in (left, top, right - left, bottom - top)
    )
    # One dot of 600 dpi would be rounded away.
    return Place(
        left_mm=left_mm, top_mm=top_mm, width_mm=max(LEAST_MM, width_mm), height_mm=max(LEAST_MM, height_mm)
    )
