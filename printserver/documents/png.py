"""PNG as far as the server reads it by itself: the header at the door, and whether the file is whole.

Laws kept here:

1. Reading the header touches 24 bytes at fixed places and is safe in the daemon.
2. A PNG is whole when every chunk stands with its right CRC up to IEND and the picture data fills every row.
   The decoder would leave missing rows black, and black is ink on a card.

Source: PNG specification, ISO/IEC 15948:2004, clauses 5 (chunks), 8.2 (Adam7), 11.2.2 (IHDR).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from isal import isal_zlib

from printserver.errors import DocumentBroken

MAGIC = b"\x89PNG\r\n\x1a\n"
HEADER_END = 24  # magic 8, chunk length 4, "IHDR" 4, width 4, height 4
LARGEST_SIDE = 2**31 - 1
INFLATE_STEP = 1 << 18

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

# Adam7: first column, first row, column step, row step of each pass.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def size(head: bytes) -> tuple[int, int]:
    """Return width and height in pixels from the first 24 bytes; raises DocumentBroken."""
    if len(head) < HEADER_END:
        raise DocumentBroken(f"the PNG picture ends after {len(head)} bytes, inside its header")
    if head[12:16] != b"IHDR":
        raise DocumentBroken("the PNG picture does not begin with its header (IHDR)")
    width, height = struct.unpack(">II", head[16:24])
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise DocumentBroken(f"the PNG picture declares an impossible size, {width} x {height}")
    return width, height


def check_whole(document: bytes) -> None:
    """Raise DocumentBroken unless all chunks and all rows of the picture are there."""
    inflater, inflated, expected = zlib.decompressobj(), 0, None
    for kind, data in chunks(document):
        if kind == b"IHDR":
            expected = picture_bytes(data)
        elif kind == b"IDAT" and expected is not None and inflated < expected:
            inflated += inflate(inflater, data, expected - inflated)
    if expected is None or inflated < expected:
        raise DocumentBroken("the PNG picture is truncated: rows are missing at its end")


def chunks(document: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each chunk's kind and data, through IEND; raises DocumentBroken."""
    view, position = memoryview(document), len(MAGIC)
    while position + 12 <= len(view):
        (length,) = struct.unpack_from(">I", view, position)
        kind, end = bytes(view[position + 4 : position + 8]), position + 8 + length
        if end + 4 > len(view):
            break
        if isal_zlib.crc32(view[position + 4 : end]) != struct.unpack_from(">I", view, end)[0]:
            raise DocumentBroken(f"the PNG picture is damaged: the check sum of a {kind!r} part is wrong")
        yield kind, view[position + 8 : end]
        if kind == b"IEND":
            return
        position = end + 4
    raise DocumentBroken(f"the PNG picture is truncated: it ends after {len(view)} bytes, before its end mark")


def inflate(inflater: zlib._Decompress, data: memoryview, wanted: int) -> int:
    """Count the bytes that `data` inflates to, giving up at `wanted`; raises DocumentBroken."""
    counted, waiting = 0, bytes(data)
    try:
        while waiting and counted < wanted and not inflater.eof:
            counted += len(inflater.decompress(waiting, INFLATE_STEP))
            waiting = inflater.unconsumed_tail
    except zlib.error as error:
        raise DocumentBroken(f"the PNG picture is damaged: {error}") from error
    return counted


def picture_bytes(header: memoryview) -> int:
    """Return how many bytes the rows of a picture fill, each with its filter byte; raises DocumentBroken."""
    if len(header) != 13:
        raise DocumentBroken("the PNG picture has a header of a wrong length")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if colour not in SAMPLES:
        raise DocumentBroken(f"the PNG picture names an unknown colour type, {colour}")
    bits = depth * SAMPLES[colour]
    if not interlace:
        return rows_bytes(width, height, bits)
    return sum(
        rows_bytes((width - x + dx - 1) // dx, (height - y + dy - 1) // dy, bits) for x, y, dx, dy in PASSES
    )


def rows_bytes(width: int, height: int, bits: int) -> int:
    """Return the size of `height` rows of `width` pixels; a pass without pixels has no rows."""
    return height * (1 + (width * bits + 7) // 8) if width > 0 and height > 0 else 0
