"""Pictures as a PDF of the card's size, and back: a page a side, the picture filling it, without loss.

Laws kept here:

1. The same pictures give the same bytes: no date, no identifier.
2. Only what this module itself writes is read; everything else is None, and no size is believed beyond the card's own.

Source: ISO 32000-1:2008 sections 7.3.8 (streams), 7.5 (file structure), 7.7.3.3 (pages), 8.9 (images).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from printserver.model.card import Geometry

FORMAT = "application/pdf"
END = b"%%EOF\n"
POINTS = 72
_SPACES = {1: b"DeviceGray", 3: b"DeviceRGB"}
_IMAGE = re.compile(
    rb"/Subtype /Image /Width (\d{1,5}) /Height (\d{1,5}) /ColorSpace /(DeviceGray|DeviceRGB) /BitsPerComponent 8 "
    rb"/Filter /FlateDecode /Length (\d{1,9}) >>\nstream\n"
)
Picture = npt.NDArray[np.uint8]


def write_pdf(pictures: Sequence[Picture], dpi: int) -> bytes:
    """Return pictures, each of shape (height, width, 1 or 3), as the pages of a PDF."""
    kids = b" ".join(b"%d 0 R" % (3 + 3 * place) for place in range(len(pictures)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pictures))]
    for picture in pictures:
        objects += _page(picture, dpi, len(objects) + 1)
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n" % (len(objects) + 1, table) + END
    return bytes(out)


def _page(picture: Picture, dpi: int, number: int) -> list[bytes]:
    """Return the page numbered so, what is drawn on it, and the picture."""
    height, width, samples = picture.shape
    across, up = (b"%.4f" % (side * POINTS / dpi) for side in (width, height))
    drawing = b"q %s 0 0 %s 0 0 cm /P Do Q" % (across, up)
    data = zlib.compress(np.ascontiguousarray(picture).tobytes(), 6)
    head = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>" % (width, height, _SPACES[samples], len(data))
    )
    return [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R "
        b"/Resources << /XObject << /P %d 0 R >> >> >>" % (across, up, number + 1, number + 2),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"%s\nstream\n%s\nendstream" % (head, data),
    ]


def read_pdf(data: bytes, geometry: Geometry) -> list[Picture] | None:
    """Return the pictures of a PDF that `write_pdf` has written for this size, None for any other bytes."""
    pictures: list[Picture] = []
    at = 0
    while found := _IMAGE.search(data, at):
        width, height, samples = int(found[1]), int(found[2]), 1 if found[3] == b"DeviceGray" else 3
        if (width, height) != (geometry.width, geometry.height) or len(pictures) == 2:
            return None
        at = found.end() + int(found[4])
        pixels = _inflated(data[found.end() : at], width * height * samples)
        if pixels is None:
            return None
        pictures.append(np.frombuffer(pixels, dtype=np.uint8).reshape((height, width, samples)))
    return pictures if pictures and write_pdf(pictures, geometry.dpi) == data else None


def _inflated(data: bytes, size: int) -> bytes | None:
    try:
        pixels = zlib.decompressobj().decompress(data, size + 1)
    except zlib.error:
        return None
    return pixels if len(pixels) == size else None
