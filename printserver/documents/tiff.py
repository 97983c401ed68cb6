"""TIFF to pages, by Pillow and libtiff. Runs only in a sandboxed worker, or in a test.

Laws kept here:

1. Pages are the pictures of the file in its own order; reduced copies (thumbnails) and masks are no pages.
2. A page's size is judged before it is unpacked, and the number of pictures in a file has an end.
3. Samples that have no meaning as a picture of 8 or 16 bits (floating point, 32 bits) are refused by name.

Source: TIFF 6.0 (1992-06-03), section 2 (byte order), section 8 (NewSubfileType, Orientation).
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin

from printserver.documents.colour import to_srgb
from printserver.documents.sniff import check_pixels
from printserver.documents.target import Target
from printserver.errors import DocumentFormatUnsupported, DocumentTooLarge

NEW_SUBFILE_TYPE = 254
REDUCED, MASK = 1, 4
MAX_PICTURES = 1000

# Pillow's names for kinds of pixels; of the floating and 32-bit ones nobody can say which value is white.
KINDS = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I;16", "I;16B"})

Page = npt.NDArray[np.uint8]


def decode_tiff(document: bytes, target: Target) -> tuple[Page, ...]:
    """Return the pages of a TIFF; raises DocumentFormatUnsupported, DocumentTooLarge, and whatever Pillow raises."""
    with Image.open(io.BytesIO(document), formats=["TIFF"]) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        places = tuple(page_places(image))
        return tuple(page_at(image, places[number - 1], target) for number in target.chosen(len(places)))


def page_places(image: TiffImagePlugin.TiffImageFile) -> Iterator[int]:
    """Yield which of the file's pictures are pages, counted from 0."""
    for place in range(MAX_PICTURES):
        try:
            image.seek(place)
        except EOFError:
            return
        kind = image.tag_v2.get(NEW_SUBFILE_TYPE, 0)
        if not (isinstance(kind, int) and kind & (REDUCED | MASK)):
            yield place
    raise DocumentTooLarge("the TIFF holds too many pictures", allowed=f"fewer than {MAX_PICTURES}")


def page_at(image: TiffImagePlugin.TiffImageFile, place: int, target: Target) -> Page:
    """Return a picture of the file; Pillow turns it upright when it loads it."""
    image.seek(place)
    check_pixels(image.size, target.max_pixels)
    if image.mode not in KINDS:
        raise DocumentFormatUnsupported(
            f"the TIFF has pixels of kind {image.mode}", allowed="1, 8 or 16 bits a sample, whole numbers"
        )
    image.load()
    return np.array(to_srgb(image), dtype=np.uint8)
