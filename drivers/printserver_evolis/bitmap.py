"""Panels to the bytes of a download, and back.

Laws kept here:

1. A panel is what `printserver.model.card` says; on the wire it stands on its side, line = column of the card.
2. Packing is dense, MSB first (for colour an assumption, see `driver.toml`); 1 = ink.
3. Expanding hostile data ends in exactly one panel's worth of levels, or in BadDownload.

The picture is turned 270 degrees counter-clockwise, as the driver tested on a Dualys 3 turns it (Printer-EVOLIS,
`pnmflip -rotate270`): the first dot of the first line is the lower left corner of the card held landscape. The manual's
figure is the same picture with the card turned by half.
"""

from __future__ import annotations

import itertools

import numpy as np

from printserver.errors import Fault, PrintServerError
from printserver.model.card import Panel, PanelName, Plane
from printserver.raster import kernels
from printserver_evolis.codec import BITS_OF, LINE_DOTS, LINES, Command, command

PANEL_OF = {"y": PanelName.Y, "m": PanelName.M, "c": PanelName.C, "k": PanelName.K, "o": PanelName.O}
LETTER_OF = {panel: letter for letter, panel in PANEL_OF.items()}

LINE_BYTES = LINE_DOTS // 8


class BadDownload(PrintServerError):
    """The printer was sent a panel that cannot be read."""

    code = "bad-download"
    fault = Fault.CLIENT
    remedy = "Render the job again; a recorded job may be cut short."


def to_lines(plane: Plane) -> Plane:
    """Turn a plane (648, 1016) into lines (1016, 648), C-contiguous."""
    return np.ascontiguousarray(np.rot90(plane, -1))


def from_lines(lines: Plane) -> Plane:
    """Undo `to_lines`."""
    return np.ascontiguousarray(np.rot90(lines, 1))


def pack_lines(lines: Plane, levels: int) -> bytes:
    """Pack lines of levels, MSB first without gaps; raises BadPlane for levels beyond the count."""
    bits = kernels.depth(levels)
    packed = np.empty(kernels.packed_size(lines.size, 1, bits), dtype=np.uint8)
    kernels.pack(lines, packed, bits)
    return packed.tobytes()


def unpack_lines(data: bytes, bits: int) -> Plane:
    """Undo `pack_lines` for one whole panel; raises BadDownload for another length."""
    lines = np.empty((LINES, LINE_DOTS), dtype=np.uint8)
    if len(data) != kernels.packed_size(LINES, LINE_DOTS, bits):
        raise BadDownload(f"{len(data)} bytes at {bits} bits a dot are not one panel")
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
    out, at = bytearray(), 0
    for _ in range(count):
        head = _byte(data, at)
        at += 1
        if head == 0xFF:
            out += b"\xff" * LINE_BYTES
            continue
        if head > LINE_BYTES or at + head > len(data):
            raise BadDownload(f"a line of {head} bytes", where=f"byte {at - 1}", allowed=f"0 to {LINE_BYTES}, or 255")
        out += data[at : at + head].ljust(LINE_BYTES, b"\0")
        at += head
    return _exactly(bytes(out), data, at)


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
    _extra_bits(levels)
    lines = np.zeros((count, LINE_DOTS), dtype=np.uint8)
    at = 0
    for line in lines:
        at = _expand_line(data, at, line, levels)
    if at != len(data):
        raise BadDownload(f"{len(data) - at} bytes too many")
    return lines


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


def _exactly(out: bytes, data: bytes, at: int) -> bytes:
    if at != len(data):
        raise BadDownload(f"{len(data) - at} bytes too many")
    return out


def read_panel(download: Command) -> Panel:
    """Return the panel that a `Db` or `Dbc` command brings, held landscape again; raises BadDownload."""
    letter, word = download.parameter(0), download.parameter(1)
    if letter not in PANEL_OF or word not in BITS_OF:
        raise BadDownload(f"panel {letter!r} at {word!r} levels", allowed="y m c k o; 2 32 64 128 256")
    levels = 2 ** BITS_OF[word]
    return Panel(PANEL_OF[letter], from_lines(_lines_of(download, levels)), levels)


def _lines_of(download: Command, levels: int) -> Plane:
    bits = levels.bit_length() - 1
    match download.name, len(download.parameters):
        case "Db", _:
            return unpack_lines(download.payload, bits)
        case "Dbc", 3:
            return _expand(download.payload, levels, LINES)
        case "Dbc", 4:
            return _placed(download, levels)
    raise BadDownload(f"{download.name} with {len(download.parameters)} parameters")


def _expand(data: bytes, levels: int, count: int) -> Plane:
    if levels > 2:
        return expand_levels(data, levels, count)
    packed = np.frombuffer(expand_bits(data, count), dtype=np.uint8)
    lines = np.empty((count, LINE_DOTS), dtype=np.uint8)
    kernels.unpack(packed, lines, 1)
    return lines


def _placed(download: Command, levels: int) -> Plane:
    """Read the form that names its first line; lines before it stay blank, and so do those after its data ends."""
    first = int(download.parameter(2))
    lines = np.zeros((LINES, LINE_DOTS), dtype=np.uint8)
    lines[first:] = _expand(download.payload, levels, LINES - first)
    return lines


def write_panel(panel: Panel) -> bytes:
    """Return the command that downloads a panel: `Dbc` for one-bit panels when that is smaller, else `Db`.

    Raises BadPlane when a level is beyond the panel's count.
    """
    letter, packed = LETTER_OF[panel.name], pack_lines(to_lines(panel.plane), panel.levels)
    if panel.levels == 2:
        squeezed = squeeze_bits(packed)
        if len(squeezed) < len(packed):
            return command("Dbc", letter, 2, len(squeezed), payload=squeezed)
    return command("Db", letter, panel.levels, payload=packed)
