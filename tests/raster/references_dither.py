"""More dithers by definition, as in references.py: slow, plain Python, and another way than the kernels'.

`diagonals` is fast enough for a whole card: all dots whose turn it can be are done at once, by numpy, as soon as the
row above is two dots ahead. It is itself held against the ten-line definitions.
"""

from __future__ import annotations

import numpy as np

from tests.raster.references import Plane, rows_of_bits


def sierra_lite(grey: Plane, *, serpentine: bool = False) -> Plane:
    height, width = grey.shape
    owed = [[0] * (width + 2) for _ in range(height + 1)]
    ink = [[0] * width for _ in range(height)]
    for y in range(height):
        ahead, rest = -1 if serpentine and y % 2 else 1, 0
        for x in range(width)[::ahead]:
            value, rest = divmod(4 * int(grey[y, x]) + owed[y][x + 1] + rest, 4)
            ink[y][x] = int(value < 128)
            error = value if ink[y][x] else value - 255
            owed[y][x + 1 + ahead] += 2 * error
            owed[y + 1][x + 1 - ahead] += error
            owed[y + 1][x + 1] += error
    return rows_of_bits(ink)


def atkinson(grey: Plane) -> Plane:
    height, width = grey.shape
    owed = [[0] * (width + 3) for _ in range(height + 2)]
    ink = [[0] * width for _ in range(height)]
    for y in range(height):
        for x in range(width):
            value = int(grey[y, x]) + (owed[y][x + 1] + 4) // 8
            ink[y][x] = int(value < 128)
            error = value if ink[y][x] else value - 255
            for down, right in ((0, 1), (0, 2), (1, -1), (1, 0), (1, 1), (2, 0)):
                owed[y + down][x + 1 + right] += error
    return rows_of_bits(ink)


def diagonals(grey: Plane, weights: tuple[int, int, int, int], *, rounded: bool) -> Plane:
    """Diffuse in raster scan; `weights` go to the next dot, below the last, straight below, below the next.

    Shares are rounded, or what is left of the division goes on to the next dot of the row.
    """
    height, width = grey.shape
    rest = np.full(height, sum(weights) // 2 if rounded else 0)
    whole, (west, after, straight, before) = sum(weights), weights
    errors = np.zeros((height + 1, width + 2), dtype=np.int64)
    ink = np.zeros((height, width), dtype=np.uint8)
    for time in range(width + 2 * height - 2):
        y = np.arange(max(0, (time - width + 2) // 2), min(height, time // 2 + 1))
        x = time - 2 * y
        above = after * errors[y, x + 2] + straight * errors[y, x + 1] + before * errors[y, x]
        value, left = np.divmod(whole * grey[y, x].astype(int) + west * errors[y + 1, x] + above + rest[y], whole)
        rest[y] = rest[y] if rounded else left
        ink[y, x] = value < 128
        errors[y + 1, x + 1] = np.where(value < 128, value, value - 255)
    return np.packbits(ink, axis=1)
