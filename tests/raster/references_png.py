"""Definitions of PNG's filters and of what lies on white, in plain Python, after the words of the specification.

Source: ISO/IEC 15948:2004, clause 9 (filters), 9.4 (Paeth).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.raster.references import Plane, plane


def predicted(filtering: int, left: int, above: int, corner: int) -> int:
    estimate = left + above - corner
    nearest = min((left, above, corner), key=lambda neighbour: abs(estimate - neighbour))  # of equals the first
    return (0, left, above, (left + above) // 2, nearest)[filtering]


def unfilter(rows: Plane, pixel_bytes: int) -> Plane:
    made: dict[tuple[int, int], int] = {}
    for y, (filtering, *row) in enumerate(rows.tolist()):
        for x, byte in enumerate(row):
            near = [made.get(place, 0) for place in ((y, x - pixel_bytes), (y - 1, x), (y - 1, x - pixel_bytes))]
            made[y, x] = (byte + predicted(filtering, *near)) % 256
    return plane(np.array(list(made.values())).reshape(len(rows), -1).tolist())


def filtered(samples: Plane, filters: list[int], pixel_bytes: int) -> Plane:
    """Filter each row with the filter of its turn, as a maker of PNG does; the inverse of `unfilter`."""
    padded = np.pad(samples.astype(int), ((1, 0), (pixel_bytes, 0))).tolist()
    rows = []
    for y, row in enumerate(samples.tolist()):
        filtering = filters[y % len(filters)]
        near = [(padded[y + 1][x], padded[y][x + pixel_bytes], padded[y][x]) for x in range(len(row))]
        told = [(byte - predicted(filtering, *each)) % 256 for byte, each in zip(row, near, strict=True)]
        rows.append([filtering, *told])
    return plane(rows)


def on_white(samples: Plane) -> Plane:
    height, width, count = samples.shape
    mixed = []
    for *colour, alpha in samples.reshape(-1, count).tolist() if count != 1 else [(s, 255) for s in samples.flat]:
        share = Fraction(int(alpha), 255)
        mixed.append([round(int(light) * share + 255 * (1 - share)) for light in (colour * 3)[:3]])
    return np.array(mixed, dtype=np.uint8).reshape(height, width, 3)
