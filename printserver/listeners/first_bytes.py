"""Known by its first bytes: what a client has begun to send at a door that is told nothing else of it.

Laws kept here:

1. Nothing but the bytes says what a document is: raw, LPD and folder have no other way, and no other is believed.
2. An HTTP request line is told apart, because a browser can be made to send one to any port.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from printserver.errors import DocumentFormatUnsupported, NotAllowed
from printserver.listeners.archive_end import ARCHIVE_START, ArchiveScanner
from printserver.listeners.document_ends import (
    JPEG_START,
    PDF_START,
    PNG_START,
    SVG_STARTS,
    JpegScanner,
    PdfScanner,
    PngScanner,
    Scanner,
    SvgScanner,
)

SCANNERS: Mapping[bytes, Callable[[], Scanner]] = {
    PNG_START: PngScanner, JPEG_START: JpegScanner, PDF_START: PdfScanner, ARCHIVE_START: ArchiveScanner,
    **dict.fromkeys(SVG_STARTS, SvgScanner),
}  # fmt: skip
TAKEN = "PNG, JPEG, PDF, SVG, card job"
"""Of the formats that are printed these say where they end, so that a transfer that failed is known."""

METHODS = tuple(
    f"{method} ".encode()
    for method in ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "CONNECT", "TRACE", "PRI")
)


def scanner_for(head: bytes) -> Scanner | None:
    """Return a fresh scanner for the document that begins so, None while more bytes are needed to tell.

    Raises NotAllowed for an HTTP request, DocumentFormatUnsupported for anything else that is not taken here.
    """
    for start, scanner in SCANNERS.items():
        if head.startswith(start):
            return scanner()
    if head.startswith(METHODS):
        raise NotAllowed("this port takes documents, not HTTP requests", allowed=TAKEN)
    if any(start.startswith(head) for start in (*SCANNERS, *METHODS)):
        return None
    raise DocumentFormatUnsupported("this is no document that is taken on this port", allowed=TAKEN)
