"""What a document is, judged at the door by its first bytes.

Laws kept here:

1. Nothing is decoded here: the functions look at fixed places of the first bytes and are safe in the daemon.
2. A document whose declared type disagrees with its bytes is refused: one of the two is wrong, and a card is money.
3. A picture that declares too many pixels is refused before anything makes room for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from printserver.documents import png
from printserver.documents.format import AUTO_SENSE, Format, describe
from printserver.documents.svg_start import begins_svg
from printserver.errors import DocumentEmpty, DocumentFormatUnsupported, DocumentTooLarge

# Enough to know every format with a magic number and the size of those that have it at a fixed place.
HEAD_SIZE = 64

# A sheet of A4 at 600 dpi has 35 million; a card has 0.7.
MAX_PIXELS = 40_000_000

PNG = Format("image/png", "PNG", png.MAGIC, frozenset({"image/x-png"}), png.size)
JPEG = Format("image/jpeg", "JPEG", b"\xff\xd8\xff", frozenset({"image/jpg", "image/pjpeg"}))
PDF = Format("application/pdf", "PDF", b"%PDF-", frozenset({"application/x-pdf"}), noun="document", paged=True)
PWG = Format("image/pwg-raster", "PWG raster", b"RaS2", noun="stream", paged=True, command="PWGRaster")
URF = Format("image/urf", "Apple raster", b"UNIRAST\0", noun="stream", paged=True, command="URF")
TIFF = Format("image/tiff", "TIFF", b"II*\0", frozenset({"image/x-tiff"}), paged=True, also=(b"MM\0*",))
CARDJOB = Format(
    "application/vnd.printserver.cardjob+zip", "card job", b"PK\x03\x04",
    frozenset({"application/zip", "application/x-zip-compressed"}), noun="archive", paged=True, command="CARDJOB",
)  # fmt: skip
SVG = Format(
    "image/svg+xml", "SVG", b"", frozenset({"image/svg"}), noun="drawing", looked_into=True, recognises=begins_svg
)

FORMATS: tuple[Format, ...] = (PNG, JPEG, TIFF, PDF, PWG, URF, SVG, CARDJOB)


def recognise(head: bytes, formats: Iterable[Format] = FORMATS) -> Format | None:
    """Return the format that begins like this, None when there is none."""
    return next((format for format in formats if format.begins(head)), None)


def check_declared(
    head: bytes, declared: str | None = None, *, formats: tuple[Format, ...] = FORMATS, max_pixels: int = MAX_PIXELS
) -> Format:
    """Return the format of a document from its first `HEAD_SIZE` bytes (or all, when it is shorter).

    A drawing in XML is known by its first `svg_start.MOST`. `declared` is the client's media type, with or without
    parameters; None and `application/octet-stream` mean that the server shall find out. Raises DocumentEmpty,
    DocumentFormatUnsupported (says what was found and what was declared), DocumentBroken (a header that cannot be) and
    DocumentTooLarge.
    """
    if not head:
        raise DocumentEmpty()
    found = recognise(head, formats)
    claim = media_type(declared)
    if found is None or not (claim == AUTO_SENSE or found.answers_to(claim)):
        raise unsupported(describe(head) if found is None else found.described, claim, formats)
    check_pixels(found.measure(head), max_pixels)
    return found


def media_type(declared: str | None) -> str:
    """Return a declared media type without case and parameters."""
    return (declared or AUTO_SENSE).split(";", 1)[0].strip().lower()


def unsupported(found: str, claim: str, formats: Iterable[Format]) -> DocumentFormatUnsupported:
    """Build the error that says what was declared, what was found and what would be printed."""
    declared = "" if claim == AUTO_SENSE else f", but it was declared as {claim[:80]}"
    allowed = ", ".join(format.mime for format in formats)
    return DocumentFormatUnsupported(f"the document is {found}{declared}", allowed=allowed)


def check_pixels(size: tuple[int, int] | None, max_pixels: int = MAX_PIXELS) -> None:
    """Raise DocumentTooLarge when a picture of this width and height has too many pixels."""
    if size is not None and size[0] * size[1] > max_pixels:
        raise DocumentTooLarge(
            f"the picture declares {size[0]} x {size[1]} pixels", allowed=f"at most {max_pixels} pixels in all"
        )
