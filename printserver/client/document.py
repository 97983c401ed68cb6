"""What a client prints: bytes, or a file by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

from .errors import DocumentUnreadable

Document: TypeAlias = bytes | str | Path
"""Bytes of a document, or the path of a file."""

ANY_TYPE: Final = "application/octet-stream"
_TYPES: Final = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".tif": "image/tiff", ".tiff": "image/tiff",
    ".pdf": "application/pdf", ".svg": "image/svg+xml", ".pwg": "image/pwg-raster", ".urf": "image/urf",
    ".cardjob": "application/vnd.printserver.cardjob+zip",
}


def content_of(document: Document) -> bytes:
    """The document's bytes; raises DocumentUnreadable."""
    if isinstance(document, bytes):
        return document
    try:
        return Path(document).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentUnreadable(f"the file cannot be read: {reason}", where=str(document)) from None


def type_of(document: Document) -> str:
    """The media type that the file's name tells; for bytes and other names the server looks at the content."""
    return ANY_TYPE if isinstance(document, bytes) else _TYPES.get(Path(document).suffix.lower(), ANY_TYPE)


def name_of(document: Document) -> str:
    """The file's name without its folder; empty for bytes."""
    return "" if isinstance(document, bytes) else Path(document).name
