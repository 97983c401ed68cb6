"""A document that was compressed on its way (RFC 8011 section 5.4.32), as it was before.

Laws kept here:

1. Compressed bytes are hostile: what comes out of them is limited as a body is, and is never held twice over the limit.
2. What ends early, goes on after its end or is no such stream is a broken document; nothing is made up.
"""

from __future__ import annotations

import zlib

from printserver.errors import CompressionBroken, CompressionUnsupported, DocumentTooLarge

LARGEST = 64 * 1024 * 1024
"""In bytes, as a whole document may have at any door."""
COMPRESSIONS = ("none", "gzip", "deflate")
# windowBits of zlib: gzip's own header; deflate without any (RFC 1951), as RFC 8011 says, or in zlib's (RFC 1950), as
# some clients send it.
_GZIP, _RAW, _ZLIB = 31, -15, 15


def check_compression(word: str) -> None:
    """Raise CompressionUnsupported for a compression that is not undone here."""
    if word not in COMPRESSIONS:
        allowed = ", ".join(COMPRESSIONS)
        raise CompressionUnsupported(f"{word} is not undone here", where="compression", allowed=allowed)


def unpacked(data: bytes, word: str, largest: int = LARGEST) -> bytes:
    """Return a document as it was before it was compressed; runs in a worker.

    Raises CompressionUnsupported, CompressionBroken, and DocumentTooLarge for more than `largest` bytes.
    """
    check_compression(word)
    if word == "none" or not data:
        return data
    if word == "gzip":
        return _inflated(data, _GZIP, largest)
    try:
        return _inflated(data, _RAW, largest)
    except CompressionBroken:
        return _inflated(data, _ZLIB, largest)


def _inflated(data: bytes, window: int, largest: int) -> bytes:
    stream = zlib.decompressobj(window)
    try:
        found = stream.decompress(data, largest + 1)
    except zlib.error as error:
        raise CompressionBroken(f"the compressed document cannot be read: {error}") from None
    if len(found) > largest:
        raise DocumentTooLarge("the document is too large when it is unpacked", allowed=f"{largest} bytes")
    if not stream.eof or stream.unused_data:
        raise CompressionBroken("the compressed document does not end where it should")
    return found
