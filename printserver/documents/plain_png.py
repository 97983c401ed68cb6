"""Plain PNG, as cards are nearly always sent: inflated once, by ISA-L, and unfiltered by the project's own kernel.

Laws kept here:

1. Plain is a picture of which nothing but its samples counts: 8 bits, not interlaced, without palette, transparent
   colour, profile, orientation or further frames. What is not plain, or not whole, is None here, and left to be judged
   by the decoder of every PNG.
2. Inflating ends at the size that the header gives to the rows; a byte more, and the picture is not plain.
3. A page is the one that the decoder of every PNG would give, byte for byte.

Source: PNG specification, ISO/IEC 15948:2004.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from printserver.documents import png
from printserver.raster.kernels import LAST_FILTER, on_white, unfilter

Page: TypeAlias = npt.NDArray[np.uint8]
Part: TypeAlias = tuple[bytes, memoryview]

# The end of a plain header (depth, colour type, compression, filtering, interlace) and its samples a pixel.
SAMPLES = {bytes((8, colour, 0, 0, 0)): samples for colour, samples in ((0, 1), (2, 3), (4, 2), (6, 4))}
OPAQUE_COLOUR = 3

# Chunks that change no pixel, and the bytes that each must have at least; Pillow refuses a shorter one. The last four
# are other makers': Apple's index of rows, and what ImageMagick knows besides.
SILENT = {
    b"IHDR": 13, b"PLTE": 0, b"IDAT": 0, b"IEND": 0, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"sBIT": 0, b"bKGD": 0,
    b"hIST": 0, b"pHYs": 9, b"tIME": 0, b"tEXt": 0, b"iDOT": 0, b"vpAg": 0, b"caNv": 0, b"orNT": 0,
}  # fmt: skip

# Keywords of texts that are texts and nothing else: those of the specification (11.3.4.2), and ImageMagick's dates.
# Pillow takes others for a profile, an orientation or a transparent colour.
KEYWORDS = frozenset({
    b"Title", b"Author", b"Description", b"Copyright", b"Creation Time", b"Software", b"Disclaimer", b"Warning",
    b"Source", b"Comment", b"date:create", b"date:modify", b"date:timestamp",
})  # fmt: skip
LONGEST_TEXT = 1 << 20


def plain_page(document: bytes) -> Page | None:
    """Return the page of a plain and whole PNG, else None; raises DocumentBroken where chunks are damaged."""
    parts = list(png.chunks(document))
    if not is_plain(parts):
        return None
    width, height = png.size(document)
    rows = filtered_rows(parts, height, width * SAMPLES[bytes(parts[0][1][8:])])
    return None if rows is None else page_of(rows, width)


def is_plain(parts: Sequence[Part]) -> bool:
    """Tell whether of all the chunks of a picture only its samples count."""
    kinds = [kind for kind, _ in parts]
    texts = [bytes(data) for kind, data in parts if kind == b"tEXt"]
    return (
        kinds[0] == b"IHDR"
        and kinds.count(b"IHDR") == 1
        and bytes(parts[0][1][8:]) in SAMPLES
        and [kind for kind, _ in groupby(kinds)].count(b"IDAT") == 1
        and all(kind in SILENT and len(data) >= SILENT[kind] for kind, data in parts)
        and all(text.partition(b"\0")[0] in KEYWORDS for text in texts)
        and sum(map(len, texts)) <= LONGEST_TEXT
    )


def filtered_rows(parts: Sequence[Part], height: int, size: int) -> Page | None:
    """Return the rows as they are packed, (height, 1 + size), each after its filter byte; None when they are not so."""
    packed = [data for kind, data in parts if kind == b"IDAT"]
    inflater, expected = isal_zlib.decompressobj(), height * (1 + size)
    try:
        inflated = inflater.decompress(packed[0] if len(packed) == 1 else b"".join(packed), expected + 1)
    except isal_zlib.error:  # type: ignore[misc] # its stub calls the class a value
        return None
    if len(inflated) != expected or not inflater.eof:
        return None
    rows = np.frombuffer(inflated, dtype=np.uint8).reshape(height, 1 + size)
    return rows if int(rows[:, 0].max()) <= LAST_FILTER else None


def page_of(rows: Page, width: int) -> Page:
    """Return the page of filtered rows."""
    height, size = rows.shape[0], rows.shape[1] - 1
    samples = np.empty((height, size), dtype=np.uint8)
    unfilter(rows, samples, size // width)
    pixels = samples.reshape(height, width, size // width)
    if pixels.shape[2] == OPAQUE_COLOUR:
        return pixels
    page = np.empty((height, width, 3), dtype=np.uint8)
    on_white(pixels, page)
    return page
