"""How many pages a document has, counted without keeping any of them. Runs only in a sandboxed worker, or in a test.

Laws kept here:

1. Formats whose pages can be counted without drawing them are counted so; others are decoded, with a card's two sides
   as the most they may have.
2. More pages than a job may have are refused by their number.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from PIL import Image, TiffImagePlugin

from printserver.documents.decode import DECODERS, Decoder, as_its_fault, decode
from printserver.documents.format import Format
from printserver.documents.pdf import check_permission, open_pdf
from printserver.documents.sniff import JPEG, PDF, PNG, PWG, SVG, TIFF, URF, check_declared
from printserver.documents.target import MAX_PAGES, Target
from printserver.documents.tiff import page_places
from printserver.errors import DocumentTooLarge
from printserver.ipp.pwg_raster import read_pwg
from printserver.ipp.urf import read_urf


def pages_of_pdf(document: bytes, target: Target) -> int:
    """Return how many pages a PDF has; raises DocumentLocked, DocumentBroken."""
    opened = open_pdf(document)
    try:
        check_permission(opened)
        return len(opened)
    finally:
        opened.close()


def pages_of_tiff(document: bytes, target: Target) -> int:
    """Return how many of a TIFF's pictures are pages."""
    with Image.open(io.BytesIO(document), formats=["TIFF"]) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        return sum(1 for _ in page_places(image))


def pages_of_pwg(document: bytes, target: Target) -> int:
    """Return how many pages a PWG raster has, read to its end."""
    return sum(1 for _ in read_pwg(document, max_pixels=target.max_pixels))


def pages_of_urf(document: bytes, target: Target) -> int:
    """Return how many pages an Apple raster has, read to its end."""
    return sum(1 for _ in read_urf(document, max_pixels=target.max_pixels))


COUNTERS: Mapping[Format, Callable[[bytes, Target], int]] = {
    PNG: lambda document, target: 1, JPEG: lambda document, target: 1, SVG: lambda document, target: 1,
    PDF: pages_of_pdf, TIFF: pages_of_tiff, PWG: pages_of_pwg, URF: pages_of_urf,
}  # fmt: skip


def chosen_pages(document: bytes, target: Target, *, decoders: Mapping[Format, Decoder] = DECODERS) -> int:
    """Return how many pages of a document its target's ranges choose, at least one.

    Raises what `decode` raises, BadTicket when the ranges choose none, DocumentTooLarge for more than MAX_PAGES.
    """
    kind = check_declared(document, formats=tuple(decoders), max_pixels=target.max_pixels)
    if kind not in COUNTERS:
        return len(decode(document, target, decoders=decoders))
    with as_its_fault(kind):
        count = COUNTERS[kind](document, target)
        wanted = sum(target.wants(number) for number in range(1, count + 1))
        if wanted > MAX_PAGES:
            raise DocumentTooLarge(f"the document has {wanted} pages", allowed=f"at most {MAX_PAGES} pages")
        target.check_any(wanted, count)
        return wanted
