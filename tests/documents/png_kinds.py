"""PNG of every kind, made by hand: any colour type, depth, interlace, filters, cut and chunks.

Source: ISO/IEC 15948:2004, clauses 7.2 (scanlines), 8.2 (Adam7), 9 (filters), 11 (chunks).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tests.documents.pictures import MAGIC, chunk
from tests.raster.references_png import filtered

Samples = npt.NDArray[np.uint16]
Chunk = tuple[bytes, bytes]

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), COLOUR: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), COLOUR_ALPHA: (8, 16)}
KINDS = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]

# First column, first row, steps of each pass, as the specification draws them.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def drawn(colour: int, depth: int, height: int, width: int, seed: int = 0) -> Samples:
    """Return samples of that kind, never the same twice: smooth with noise, so that every filter has work."""
    random = np.random.default_rng([colour, depth, height, width, seed])
    across = np.linspace(0, 2**depth - 1, width)[np.newaxis, :, np.newaxis]
    noise = random.normal(0, 2**depth / 8, (height, width, CHANNELS[colour]))
    return np.clip(across + noise, 0, 2**depth - 1).astype(np.uint16)


def png_of(
    samples: Samples,
    colour: int,
    depth: int,
    *,
    interlace: bool = False,
    filters: Sequence[int] = (0, 1, 2, 3, 4),
    cuts: Sequence[int] = (),
    before: Sequence[Chunk] = (),
    after: Sequence[Chunk] = (),
    level: int = 6,
) -> bytes:
    """Return samples (height, width, channels) as PNG; IDAT is cut at `cuts`, chunks stand before and after it."""
    height, width = samples.shape[:2]
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlace else [samples]
    rows = b"".join(filtered_rows(each, depth, list(filters)) for each in passes if each.size)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlace))
    palette = [(b"PLTE", bytes(range(256)) * 3)] if colour == PALETTE else []
    parts = [(b"IHDR", header), *palette, *before, *cut(zlib.compress(rows, level), cuts), *after, (b"IEND", b"")]
    return MAGIC + b"".join(chunk(kind, data) for kind, data in parts)


def filtered_rows(samples: Samples, depth: int, filters: list[int]) -> bytes:
    height, channels = samples.shape[0], samples.shape[2]
    packed = np.array([list(packed_row(row, depth)) for row in samples.reshape(height, -1).tolist()], dtype=np.uint8)
    return filtered(packed, filters, max(1, channels * depth // 8)).tobytes()


def packed_row(row: list[int], depth: int) -> bytes:
    bits = "".join(format(sample, f"0{depth}b") for sample in row)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def cut(data: bytes, cuts: Sequence[int]) -> Iterator[Chunk]:
    """Yield IDAT chunks that begin at 0 and at each cut; equal cuts make empty ones."""
    places = [0, *(min(place, len(data)) for place in sorted(cuts)), len(data)]
    for start, end in pairwise(places):
        yield b"IDAT", data[start:end]
