"""Lines of levels to the bytes of a download's payload, and back: dense packing and both compressions.

Laws kept here:

1. Packing is dense, MSB first (for colour an assumption, see `driver.toml`); 1 = ink.
2. Expanding hostile data ends in whole lines of levels, no more of them than fit, or in BadDownload.

| payload | bytes of a line (A5013 Rev E, commands Db and Dbc; 8 bits: the vendor's page; 2 levels: also captures) |
|---|---|
| plain | 648 dots at 1, 5, 6, 7 or 8 bits, parted nowhere |
| compressed, 2 levels | count 1 to 81 and as many bytes, the rest is white; 00 a white line; FF a black one |
| compressed, 32 to 128 levels | a dot 0vvvvvvv; a run 1vvvvvvv count, count 0 = the rest of the line is blank |
"""

from __future__ import annotations

import itertools
from typing import TypeVar

import numpy as np

from printserver.errors import Fault, PrintServerError
from printserver.model.card import Plane
from printserver.raster import kernels
from printserver_evolis.codec import LINE_DOTS, LINES

LINE_BYTES = LINE_DOTS // 8

Lines = TypeVar("Lines", bytes, Plane)


class BadDownload(PrintServerError):
    """The printer was sent a panel that cannot be read."""

    code = "bad-download"
    fault = Fault.CLIENT
    remedy = "Render the job again; a recorded job may be cut short."


def pack_lines(lines: Plane, levels: int) -> bytes:
    """Pack lines of levels, MSB first without gaps; raises BadPlane for levels beyond the count."""
    bits = kernels.depth(levels)
    packed = np.empty(kernels.packed_size(lines.size, 1, bits), dtype=np.uint8)
    kernels.pack(lines, packed, bits)
    return packed.tobytes()


def unpack_lines(data: bytes, bits: int, count: int = LINES) -> Plane:
    """Undo `pack_lines` for `count` lines; raises BadDownload for another length."""
    lines = np.empty((count, LINE_DOTS), dtype=np.uint8)
    if len(data) != kernels.packed_size(count, LINE_DOTS, bits):
        raise BadDownload(f"{len(data)} bytes at {bits} bits a dot are not {count} lines")
    if count:
        kernels.unpack(np.frombuffer(data, dtype=np.uint8), lines, bits)
    return lines


def squeeze_bits(packed: bytes) -> bytes:
    """Compress packed one-bit lines for `Dbc`: each line is its count of bytes (1 to 81), then those bytes.

    Zeros at a line's end are left out, a white line is one of them. The manual's short forms
    for white (00) and black (FF) lines are not used: the vendor's own driver never sends them.
    """
    out = bytearray()
    for start in range(0, len(packed), LINE_BYTES):
        line = packed[start : start + LINE_BYTES].rstrip(b"\0") or b"\0"
        out.append(len(line))
        out += line
    return bytes(out)


def expand_bits(data: bytes, count: int = LINES) -> bytes:
    """Undo `squeeze_bits`, the short forms too; raises BadDownload unless the data is exactly `count` lines."""
    return _exactly(expand_some_bits(data, count), LINE_BYTES, count)


def expand_some_bits(data: bytes, most: int) -> bytes:
    """Undo `squeeze_bits` for as many lines as there are, `most` at most; raises BadDownload unless they are whole."""
    out, at = bytearray(), 0
    while at < len(data) and len(out) < most * LINE_BYTES:
        head = data[at]
        at += 1
        if head == 0xFF:
            out += b"\xff" * LINE_BYTES
            continue
        if head > LINE_BYTES or at + head > len(data):
            raise BadDownload(f"a line of {head} bytes", where=f"byte {at - 1}", allowed=f"0 to {LINE_BYTES}, or 255")
        out += data[at : at + head].ljust(LINE_BYTES, b"\0")
        at += head
    _nothing_more(data, at)
    return bytes(out)


def squeeze_levels(lines: Plane, levels: int) -> bytes:
    """Compress colour lines for `Dbc` at 32, 64 or 128 levels.

    A single dot is its value; a run is 80h with the value, then its count, 0 = the rest of the line is blank. The bits
    that the value leaves free (6; 6 and 5) each add 256 to the count (A5013 Rev E; not seen in a capture).
    """
    longest = 255 + 256 * _extra_bits(levels)
    return b"".join(_squeeze_line(line, levels, longest) for line in lines)


def _extra_bits(levels: int) -> int:
    extras = {128: 0, 64: 1, 32: 2}
    if levels not in extras:
        raise BadDownload(f"{levels} levels cannot be compressed", allowed="32, 64, 128")
    return extras[levels]


def _squeeze_line(line: Plane, levels: int, longest: int) -> bytes:
    used = int(np.flatnonzero(line)[-1]) + 1 if line.any() else 0
    edges = [0, *(np.flatnonzero(np.diff(line[:used])) + 1), used] if used else []
    out = b"".join(
        _runs(int(line[start]), int(end - start), levels, longest) for start, end in itertools.pairwise(edges)
    )
    return out if used == len(line) else out + b"\x80\x00"


def _runs(value: int, length: int, levels: int, longest: int) -> bytes:
    out = bytearray()
    while length > 1:
        # A count byte of 0 is kept for "the rest is blank", whatever the extra bits say.
        count = min(length, longest) - (min(length, longest) % 256 == 0)
        hundreds, low = divmod(count, 256)
        out += bytes([0x80 | _HUNDREDS[levels][hundreds] | value, low])
        length -= count
    return bytes(out) + bytes([value]) * length


# How often 256 is added, as the bits that say so.
_HUNDREDS = {128: (0,), 64: (0, 0x40), 32: (0, 0x40, 0x60)}


def expand_levels(data: bytes, levels: int, count: int = LINES) -> Plane:
    """Undo `squeeze_levels`; raises BadDownload unless the data is exactly `count` lines of 648 dots."""
    return _exactly(expand_some_levels(data, levels, count), 1, count)


def expand_some_levels(data: bytes, levels: int, most: int) -> Plane:
    """Undo `squeeze_levels` for as many lines as there are, `most` at most; raises BadDownload for half a line."""
    _extra_bits(levels)
    lines: Plane = np.zeros((most, LINE_DOTS), dtype=np.uint8)
    at = found = 0
    while at < len(data) and found < most:
        at = _expand_line(data, at, lines[found], levels)
        found += 1
    _nothing_more(data, at)
    return lines[:found]


def _expand_line(data: bytes, at: int, line: Plane, levels: int) -> int:
    """Fill one line from position `at` and return the position after it."""
    filled = 0
    while filled < len(line):
        head = _byte(data, at)
        value, at = head & (levels - 1), at + 1
        length = 1
        if head & 0x80:
            length = _byte(data, at) + 256 * (head & 0x7F & ~(levels - 1)).bit_count()
            at += 1
        elif head >= levels:
            raise BadDownload(f"level {head}", where=f"byte {at - 1}", allowed=f"0 to {levels - 1}")
        if length == 0:
            return at
        if filled + length > len(line):
            raise BadDownload("a line runs over its end", where=f"byte {at - 1}", allowed=f"{len(line)} dots")
        line[filled : filled + length] = value
        filled += length
    return at


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise BadDownload("the data ends within a line", where=f"byte {at}")
    return data[at]


def _nothing_more(data: bytes, at: int) -> None:
    if at != len(data):
        raise BadDownload(f"{len(data) - at} bytes too many")


def _exactly(lines: Lines, size: int, count: int) -> Lines:
    """Return lines of `size` items each when there are just as many as wanted; raises BadDownload."""
    if len(lines) != count * size:
        raise BadDownload(f"{len(lines) // size} lines", allowed=str(count))
    return lines
