"""Ten-line definitions of what each raster kernel computes: slow, plain Python, written another way than the kernels.

The kernels gather the errors that reach a pixel; the references push the error that leaves it, so that neither can
share the other's slip. Planes go in as arrays and come out as uint8 arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Rows = list[list[int]]


def plane(rows: Sequence[Sequence[int]]) -> Plane:
    return np.array(rows, dtype=np.uint8)


def rows_of_bits(ink: Rows) -> Plane:
    """Pack rows of 0 and 1, MSB first, each row filled up with zeros to a whole byte."""
    texts = ["".join(map(str, row)) for row in ink]
    return plane([[int(text[x : x + 8].ljust(8, "0"), 2) for x in range(0, len(text), 8)] for text in texts])


def floyd_steinberg(grey: Plane, *, serpentine: bool = False) -> Plane:
    height, width = grey.shape
    owed = [[0] * (width + 2) for _ in range(height + 1)]
    ink = [[0] * width for _ in range(height)]
    for y in range(height):
        ahead = -1 if serpentine and y % 2 else 1
        for x in range(width)[::ahead]:
            value = int(grey[y, x]) + (owed[y][x + 1] + 8) // 16
            ink[y][x] = int(value < 128)
            error = value if ink[y][x] else value - 255
            owed[y][x + 1 + ahead] += 7 * error
            owed[y + 1][x + 1 - ahead] += 3 * error
            owed[y + 1][x + 1] += 5 * error
            owed[y + 1][x + 1 + ahead] += error
    return rows_of_bits(ink)


def floyd_steinberg_pillow(grey: Plane) -> Plane:
    height, width = grey.shape
    owed = [[0] * (width + 2) for _ in range(height + 1)]
    ink = [[0] * width for _ in range(height)]
    for y in range(height):
        for x in range(width):
            value = min(max(int(grey[y, x]) + int(owed[y][x + 1] / 16), 0), 255)
            ink[y][x] = int(value <= 128)
            error = value if ink[y][x] else value - 255
            for down, right, weight in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
                owed[y + down][x + 1 + right] += weight * error
    return rows_of_bits(ink)


def ordered(grey: Plane, tile: Plane) -> Plane:
    height, width = grey.shape
    down, across = tile.shape
    return rows_of_bits([[int(grey[y, x] < tile[y % down, x % across]) for x in range(width)] for y in range(height)])


def bayer_8() -> Plane:
    """Threshold 4 i + 2, where i interleaves the reversed bits of x ^ y and y."""

    def index(y: int, x: int) -> int:
        return sum((((x ^ y) >> bit & 1) * 2 + (y >> bit & 1)) << 2 * (2 - bit) for bit in range(3))

    return plane([[4 * index(y, x) + 2 for x in range(8)] for y in range(8)])


def luma(pixels: Plane, tone: Sequence[int]) -> Plane:
    def light(red: int, green: int, blue: int) -> int:
        return tone[(red * 19595 + green * 38470 + blue * 7471 + 32768) // 65536]

    return plane([[light(*pixel[:3]) for pixel in row] for row in pixels.tolist()])


def brightest(pixels: Plane) -> Plane:
    return plane([[sorted(pixel[:3])[-1] for pixel in row] for row in pixels.tolist()])


def separate(
    pixels: Plane, tones: Plane, *, black_limit: int | None, excluded: Plane | None, keep_colour: bool, has_black: bool,
    spare_resin: bool = False,
) -> tuple[Plane, Plane, Plane, Plane, Plane]:
    yellow, magenta, cyan, black = (np.zeros(pixels.shape[:2], dtype=np.uint8) for _ in range(4))
    overlay = np.ones(pixels.shape[:2], dtype=np.uint8)
    for y, x in np.ndindex(*pixels.shape[:2]):
        red, green, blue = (int(sample) for sample in pixels[y, x, :3])
        allowed = has_black and black_limit is not None and (excluded is None or not excluded[y, x])
        if allowed and black_limit is not None and max(red, green, blue) <= black_limit:
            black[y, x] = tones[3][255 - max(red, green, blue)]
            overlay[y, x] -= spare_resin
            if not keep_colour:
                continue
        yellow[y, x], magenta[y, x], cyan[y, x] = tones[0][255 - blue], tones[1][255 - green], tones[2][255 - red]
    return yellow, magenta, cyan, black, overlay


def overlay(height: int, width: int, windows: Sequence[tuple[int, int, int, int]], *, cover: bool, level: int) -> Plane:
    def inside(y: int, x: int) -> bool:
        return any(left <= x < left + wide and top <= y < top + high for left, top, wide, high in windows)

    return plane([[level * int(inside(y, x) != cover) for x in range(width)] for y in range(height)])


def pack(levels: Plane, bits: int, *, align_rows: bool = False) -> bytes:
    runs = levels if align_rows else levels.reshape(1, -1)
    packed = b""
    for run in runs:
        text = "".join(format(level, f"0{bits}b") for level in run)
        text += "0" * (-len(text) % 8)
        packed += int(text, 2).to_bytes(len(text) // 8, "big")
    return packed


def reduce_depth(value: int, bits: int) -> int:
    return round(Fraction(value * (2**bits - 1), 255))


def expand_depth(level: int, bits: int) -> int:
    return round(Fraction(255 * level, 2**bits - 1))
