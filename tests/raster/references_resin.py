"""Short definitions of what happens round black resin: text, choke, colour below, grey replaced, colours lifted.

Text floods from dot to dot where the kernel joins runs; choking looks at each square where the kernel counts dots.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.raster.references import Plane, expand_depth, plane, reduce_depth

Dot = tuple[int, int]


def component(dark: set[Dot], first: Dot) -> set[Dot]:
    found, reached = {first}, [first]
    while reached:
        y, x = reached.pop()
        near = {(y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & dark - found
        found |= near
        reached += near
    return found


def grounds(light: Plane, dots: set[Dot], dark: set[Dot]) -> list[int]:
    """Return the light beyond each edge of a component."""
    found = []
    for y, x in dots:
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            beyond = [(y + n * down, x + n * right) for n in (1, 2)]
            inside = [dot for dot in beyond if 0 <= dot[0] < light.shape[0] and 0 <= dot[1] < light.shape[1]]
            if inside and inside[0] not in dark:
                found.append(max(int(light[dot]) for dot in inside))
    return found


def text(light: Plane, excluded: Plane | None, *, limit: int, stroke: int, size: int, contrast: int) -> Plane:
    dark = {
        (y, x) for y, x in np.ndindex(*light.shape) if light[y, x] <= limit and (excluded is None or not excluded[y, x])
    }
    elsewhere, left = np.full_like(light, 255), set(dark)
    while left:
        dots = component(dark, min(left))
        left -= dots
        seen, side = grounds(light, dots, dark), min(len({dot[axis] for dot in dots}) for axis in (0, 1))
        if seen and sum(seen) / len(seen) >= contrast and 2 * len(dots) / len(seen) <= stroke and side <= size:
            for dot in dots:
                elsewhere[dot] = 0
    return elsewhere


def shrink(black: Plane, reach: int) -> Plane:
    height, width = black.shape

    def square(y: int, x: int) -> Plane:
        return black[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]

    return plane([[int(square(y, x).all()) for x in range(width)] for y in range(height)])


def share(ink: int, percent: int) -> int:
    """Round to the nearest, halves up."""
    part = Fraction(ink * percent, 100)
    return int(part + Fraction(1, 2))


def under_black(ink: Plane, black: Plane, core: Plane | None, removed: int) -> Plane:
    def left(y: int, x: int) -> int:
        if not black[y, x]:
            return int(ink[y, x])
        return int(ink[y, x]) - share(int(ink[y, x]), removed) if core is None or core[y, x] else 0

    return plane([[left(y, x) for x in range(ink.shape[1])] for y in range(ink.shape[0])])


def grey_component(inks: Plane, excluded: Plane | None, replaced: int) -> tuple[Plane, Plane]:
    """Return inks (3, height, width) without their share of grey, and the light of what was taken."""
    left, light = inks.copy(), np.full(inks.shape[1:], 255, dtype=np.uint8)
    for y, x in np.ndindex(*light.shape):
        if excluded is None or not excluded[y, x]:
            taken = share(int(inks[:, y, x].min()), replaced)
            left[:, y, x] -= taken
            light[y, x] -= taken
    return left, light


def diffuse_depth(values: Plane, bits: int) -> Plane:
    """Push each dot's error on in sixteenths, where the kernel gathers."""
    height, width = values.shape
    owed, levels = np.zeros((height + 1, width + 2), dtype=np.int64), np.zeros_like(values)
    for y, x in np.ndindex(height, width):
        value = int(values[y, x])
        if 0 < value < 255:
            value += (int(owed[y, x + 1]) + 8) // 16
        levels[y, x] = reduce_depth(min(max(value, 0), 255), bits)
        error = value - expand_depth(int(levels[y, x]), bits)
        owed[y, x + 2] += 7 * error
        owed[y + 1, x : x + 3] += np.array([3, 5, 1]) * error
    return levels
