"""What looking a colour up in a table is, in ten lines of fractions: slow, and written another way than the kernel.

The kernel weighs four corners; the reference walks from the near corner to the far one and adds what each step brings.
It takes the cell above a node where the kernel takes the one below it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]


def inks_of(colour: tuple[int, int, int], nodes: list[list[list[list[int]]]]) -> list[Fraction]:
    """Return four inks in codes, not rounded."""
    steps = len(nodes) - 1
    places = [Fraction(channel * steps, 255) for channel in colour]
    corner = [min(int(place), steps - 1) for place in places]
    red, green, blue = corner
    inks = [Fraction(ink) for ink in nodes[red][green][blue]]
    parts = {axis: places[axis] - corner[axis] for axis in range(3)}
    for axis in sorted(parts, key=lambda each: -parts[each]):
        before = nodes[corner[0]][corner[1]][corner[2]]
        corner[axis] += 1
        after = nodes[corner[0]][corner[1]][corner[2]]
        inks = [ink + parts[axis] * (far - near) for ink, near, far in zip(inks, before, after, strict=True)]
    return [ink / 128 for ink in inks]


def tetrahedral(pixels: Plane, nodes: npt.NDArray[np.uint16]) -> Plane:
    """Return the inks of each pixel, shape (height, width, 4), halves rounded up."""
    rows, table = pixels.tolist(), nodes.tolist()
    codes = [[[int(ink + Fraction(1, 2)) for ink in inks_of((r, g, b), table)] for r, g, b, *_ in row] for row in rows]
    return np.array(codes, dtype=np.uint8)
