"""What the samples of a PNG mean: read off where nothing else counts, else asked of Pillow.

Laws kept here:

1. A plain picture is one of which nothing but its samples counts: 8 bits, without palette, transparent colour, profile,
   orientation or further frames. Its page is the one that Pillow would give, byte for byte.
2. Of every other picture Pillow says what it means. It is given the samples, and not asked to unpack them once more.
3. What stands behind the rows must be silent; what is not is None here, and left to Pillow altogether.

Source: PNG specification, ISO/IEC 15948:2004, and what Pillow reads of a file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from printserver.documents.png_rows import Bytes, Part, Samples
from printserver.raster.kernels import on_white

COLOUR, PALETTE = 2, 3

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

# What Pillow looks at before it unpacks, even where a text has put it there.
STEERING = frozenset({"interlace", "bbox"})

# Chunks of animations, whose first frame may be another picture than IDAT.
FRAMES = frozenset({b"acTL", b"fcTL", b"fdAT"})


def is_plain(parts: Sequence[Part], samples: Samples) -> bool:
    """Tell whether of all the chunks of a picture only its samples count."""
    return samples.header.depth == 8 and samples.header.colour != PALETTE and is_silent(parts)


def is_silent(parts: Sequence[Part]) -> bool:
    """Tell whether chunks change no pixel and are such that Pillow takes them."""
    texts = [bytes(data) for kind, data in parts if kind == b"tEXt"]
    return (
        all(kind in SILENT and len(data) >= SILENT[kind] for kind, data in parts)
        and all(text.partition(b"\0")[0] in KEYWORDS for text in texts)
        and sum(map(len, texts)) <= LONGEST_TEXT
    )


def plain_page(samples: Samples) -> Bytes:
    """Return the page of a plain picture: RGB on white."""
    width, height = samples.header[:2]
    pixels = samples.rows.reshape(height, width, -1)
    if samples.header.colour == COLOUR:
        return pixels
    page = np.empty((height, width, 3), dtype=np.uint8)
    on_white(pixels, page)
    return page


def picture_of(document: bytes, parts: Sequence[Part], samples: Samples) -> Image.Image | None:
    """Return a picture as Pillow understands it, its samples given; None for one that is read otherwise.

    Raises whatever Pillow raises for the chunks before the rows.
    """
    kinds = [kind for kind, _ in parts]
    if FRAMES & set(kinds) or not is_silent(parts[kinds.index(b"IDAT") :]):
        return None
    with Image.open(io.BytesIO(document), formats=["PNG"]) as opened:
        if STEERING & opened.info.keys() or (opened.mode == "P" and opened.palette is None):
            return None
        picture = Image.frombytes(opened.mode, opened.size, samples.rows.data, "raw", opened.tile[0].args)
        picture.info, picture.palette = opened.info, opened.palette
    picture.load()
    return picture
