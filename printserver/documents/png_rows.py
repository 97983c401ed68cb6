"""The rows of a PNG: inflated once, by ISA-L, and unfiltered by the project's own kernel.

Laws kept here:

1. What is interlaced, not whole, or odd in any way is None here, and left to Pillow to be judged. What is given is
   what Pillow would unfilter.
2. Inflating ends at the size that the header gives to the rows; a byte more, and there are no rows.

Source: PNG specification, ISO/IEC 15948:2004.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from printserver.documents import png
from printserver.raster.kernels import LAST_FILTER, unfilter

Bytes: TypeAlias = npt.NDArray[np.uint8]
Part: TypeAlias = tuple[bytes, memoryview]

# The depths of each colour type (11.2.2, table 11.1).
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


class Header(NamedTuple):
    """What IHDR says (11.2.2)."""

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlace: int

    @property
    def pixel_bits(self) -> int:
        """Return the bits of a pixel."""
        return self.depth * png.SAMPLES[self.colour]

    @property
    def is_known(self) -> bool:
        """Tell whether the rows stand one after the other, in a colour type, depth and packing that PNG has."""
        return self.depth in DEPTHS.get(self.colour, ()) and not any(self[4:])


class Samples(NamedTuple):
    """The bytes of all rows, (height, size), unfiltered and as packed as the depth has them."""

    header: Header
    rows: Bytes


def header_of(parts: Sequence[Part]) -> Header | None:
    """Return the header of a picture, None when it is not the first chunk, or not the only one, or not whole."""
    headers = [data for kind, data in parts if kind == b"IHDR"]
    if parts[0][0] != b"IHDR" or len(headers) != 1 or len(headers[0]) != 13:
        return None
    return Header(*struct.unpack(">IIBBBBB", headers[0]))


def samples_of(parts: Sequence[Part]) -> Samples | None:
    """Return the samples of a picture of which this module is sure, else None."""
    header = header_of(parts)
    runs = [kind for kind, _ in groupby(kind for kind, _ in parts)]
    if header is None or not header.is_known or runs.count(b"IDAT") != 1:
        return None
    rows = filtered_rows(parts, header)
    if rows is None:
        return None
    samples = np.empty((header.height, rows.shape[1] - 1), dtype=np.uint8)
    unfilter(rows, samples, max(1, header.pixel_bits // 8))
    return Samples(header, samples)


def filtered_rows(parts: Sequence[Part], header: Header) -> Bytes | None:
    """Return the rows as they were packed, (height, 1 + size), each after its filter byte, or None."""
    packed = [data for kind, data in parts if kind == b"IDAT"]
    inflater, expected = isal_zlib.decompressobj(), png.rows_bytes(header.width, header.height, header.pixel_bits)
    try:
        inflated = inflater.decompress(packed[0] if len(packed) == 1 else b"".join(packed), expected + 1)
    except isal_zlib.error:  # type: ignore[misc] # its stub calls the class a value
        return None
    if len(inflated) != expected or not inflater.eof:
        return None
    rows = np.frombuffer(inflated, dtype=np.uint8).reshape(header.height, -1)
    return rows if int(rows[:, 0].max()) <= LAST_FILTER else None
