"""Documents that no card can be made of, each made here byte by byte, and one that is good."""

from __future__ import annotations

import struct
import zlib

from printserver.design.sample import sample_front

MAGIC = b"\x89PNG\r\n\x1a\n"
RGB = 2


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG with its right check sum (ISO/IEC 15948:2004, clause 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG whose parts are all sound; whether `rows` fills the picture is up to the caller."""
    header = struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, 0)
    return MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


GOOD = sample_front()
EMPTY = b""
TEXT = b"Dear printer,\nplease print my badge.\n"
TRUNCATED = GOOD[: len(GOOD) // 2]
# Every part is whole and the end mark is there: only who counts the rows finds out that most are missing.
WITHOUT_ROWS = png(1016, 648, bytes(1 + 3 * 1016) * 10)
# Drawings: a good one, one that would have a file of the server's read, one that is made to take for ever.
SVG = 'xmlns="http://www.w3.org/2000/svg" width="85.6mm" height="53.98mm"'
DRAWING = f'<svg {SVG}><rect width="9mm" height="9mm"/><text y="40" font-size="30">Sari</text></svg>'.encode()
READING = f'<svg {SVG}><image href="/etc/hostname" width="9" height="9"/></svg>'.encode()
ENDLESS = f'<svg {SVG}><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></svg>'.encode()
ENORMOUS = png(60_000, 60_000, bytes(1 + 3 * 60_000))
