"""The compression of image data (980081-001 Rev F, page 1-13).

Laws kept here:

1. A control byte with bit 7 repeats the next byte (c & 7F) times; one without is followed by c bytes as they are, 31 at
   most. The first has bit 7.
2. Each line begins anew, with a repeat: the stream is right whether a printer expands it whole or line by line.
3. Expanding hostile data ends in exactly the bytes that were announced, or in BadImage.
"""

from __future__ import annotations

import re

from printserver.errors import Fault, PrintServerError

REPEAT, MOST_REPEATED, MOST_LITERAL = 0x80, 0x7F, 31
_RUN = re.compile(rb"(.)\1{2,126}", re.DOTALL)


class BadImage(PrintServerError):
    """The printer was sent an image that cannot be read."""

    code = "bad-image-data"
    fault = Fault.CLIENT
    remedy = "Render the job again; a recorded job may be cut short, or of another model."


def squeeze(data: bytes, line: int) -> bytes:
    """Compress lines of `line` bytes each."""
    return b"".join(_squeeze_line(data[at : at + line]) for at in range(0, len(data), line))


def _squeeze_line(line: bytes) -> bytes:
    out, at = bytearray(), 0
    for run in _RUN.finditer(line):
        _literals(line[at : run.start()], out)
        out += bytes([REPEAT | (run.end() - run.start())]) + run[1]
        at = run.end()
    _literals(line[at:], out)
    return bytes(out)


def _literals(data: bytes, out: bytearray) -> None:
    if data and not out:
        out += bytes([REPEAT | 1, data[0]])
        data = data[1:]
    for at in range(0, len(data), MOST_LITERAL):
        piece = data[at : at + MOST_LITERAL]
        out.append(len(piece))
        out += piece


def expand(data: bytes, size: int) -> bytes:
    """Undo `squeeze`; raises BadImage unless it is exactly `size` bytes."""
    if data and not data[0] & REPEAT:
        raise BadImage("compressed data begins with a byte that repeats nothing")
    pieces, have, at = [], 0, 0
    while at < len(data) and have <= size:
        count, repeats = data[at] & MOST_REPEATED, data[at] & REPEAT
        used = 1 if repeats else count
        if not repeats and count > MOST_LITERAL:
            raise BadImage(f"{count} bytes in one piece")
        piece = data[at + 1 : at + 1 + used]
        if len(piece) < used:
            raise BadImage("compressed data is cut short")
        pieces.append(piece * count if repeats else piece)
        have += count
        at += 1 + used
    if have != size:
        raise BadImage(f"{'more than ' if have > size else ''}{min(have, size)} bytes of {size}")
    return b"".join(pieces)
