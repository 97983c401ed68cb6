"""Row records: lines of 768 bytes, packed in runs, equal lines told once.

Laws kept here:

1. A record is 10 00 00 00, four zeros, a repeat of two bytes, and data that decodes to exactly 768 bytes.
2. Data: a control byte below 80 says that the next byte stands for one more than it; from 80 on, that as many bytes as
   its lower seven bits say and one more follow as they are. A run does not reach over a line's end.
3. Reading is exact: another length, a record that is cut, or a byte too many is an error, never a picture.

The description of this code in the source project is wrong; see `driver.toml`. How the vendor's driver chooses between
runs and bytes as they are is not known; any choice decodes alike.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from printserver.errors import Fault, PrintServerError

ROW = 768
LONGEST = 128
MOST_REPEATS = 256
# A shorter run costs more as a run than it saves, when bytes as they are stand before and after it.
SHORTEST_RUN = 3
RECORD = struct.Struct("<IIH")
RECORD_TYPE = 16

Rows = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.intp]


class BadRows(PrintServerError):
    """The printer was sent lines that cannot be read."""

    code = "bad-row-data"
    fault = Fault.CLIENT
    remedy = "Render the job again; a recorded job may be cut short."


def pack_rows(rows: Rows) -> bytes:
    """Return the records of lines, shape (lines, 768)."""
    starts, repeats = _equal_lines(rows)
    data = rows[starts].reshape(-1)
    start, length, run = _pieces(data)
    first = start % ROW == 0
    size = np.where(run, 2, 1 + length) + RECORD.size * first
    control = np.cumsum(size) - size + RECORD.size * first
    packed = np.zeros(int(size.sum()), dtype=np.uint8)
    packed[control[first] - RECORD.size] = RECORD_TYPE
    packed[control[first] - 2] = repeats & 0xFF
    packed[control[first] - 1] = repeats >> 8
    packed[control] = length - 1 + np.where(run, 0, 0x80)
    packed[control[run] + 1] = data[start[run]]
    offset = _counting(length[~run])
    packed[np.repeat(control[~run] + 1, length[~run]) + offset] = data[np.repeat(start[~run], length[~run]) + offset]
    return packed.tobytes()


def _equal_lines(rows: Rows) -> tuple[Numbers, Numbers]:
    """Return the first of each stretch of equal lines, and how many it has, 256 at most."""
    starts = np.flatnonzero(np.r_[True, (rows[1:] != rows[:-1]).any(axis=1)])
    return _cut(starts, np.diff(np.append(starts, len(rows))), MOST_REPEATS)[:2]


def _pieces(data: Rows) -> tuple[Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Return start and length of each piece that has a control byte, and whether it is a run."""
    new = np.r_[True, data[1:] != data[:-1]]
    new[::ROW] = True
    starts = np.flatnonzero(new)
    run = np.diff(np.append(starts, len(data))) >= SHORTEST_RUN
    begins = run | np.r_[True, run[:-1]] | (starts % ROW == 0)
    start = starts[begins]
    begin, length, source = _cut(start, np.diff(np.append(start, len(data))), LONGEST)
    return begin, length, run[begins][source]


def _cut(start: Numbers, length: Numbers, longest: int) -> tuple[Numbers, Numbers, Numbers]:
    """Cut stretches into pieces of `longest` at most; the third array says of which stretch each piece is."""
    count = -(-length // longest)
    source = np.repeat(np.arange(len(start)), count)
    passed = _counting(count) * longest
    return start[source] + passed, np.minimum(length[source] - passed, longest), source


def _counting(lengths: Numbers) -> Numbers:
    """Return 0, 1, ... length - 1 for each length, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def unpack_rows(data: bytes, lines: int) -> Rows:
    """Return the lines that records hold, shape (lines, 768); raises BadRows unless they are exactly that."""
    kept: list[bytes] = []
    repeats: list[int] = []
    at, total = 0, 0
    while at < len(data):
        repeat, at = _record(data, at)
        row, at = _row(data, at)
        total += repeat
        if total > lines:
            raise BadRows(f"more than {lines} lines", where=f"byte {at}")
        kept.append(row)
        repeats.append(repeat)
    if total != lines:
        raise BadRows(f"{total} lines", where=f"byte {at}", allowed=str(lines))
    rows = np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(-1, ROW)
    return np.repeat(rows, repeats, axis=0)


def _record(data: bytes, at: int) -> tuple[int, int]:
    """Read a record's head and return its repeat and where its data begins."""
    if len(data) - at < RECORD.size:
        raise BadRows("a record is cut", where=f"byte {at}")
    kind, reserved, repeat = RECORD.unpack_from(data, at)
    if (kind, reserved) != (RECORD_TYPE, 0) or repeat == 0:
        raise BadRows("no record of lines", where=f"byte {at}")
    return repeat, at + RECORD.size


def _row(data: bytes, at: int) -> tuple[bytes, int]:
    """Read one line's data and return it with where it ends."""
    row = bytearray()
    while len(row) < ROW:
        if at + 1 >= len(data):
            raise BadRows("a line is cut", where=f"byte {at}")
        control = data[at]
        if control < 0x80:
            row += data[at + 1 : at + 2] * (control + 1)
            at += 2
        else:
            row += data[at + 1 : at + 2 + (control & 0x7F)]
            at += 2 + (control & 0x7F)
    if len(row) != ROW or at > len(data):
        raise BadRows(f"a line of {len(row)} bytes", where=f"byte {at}", allowed=str(ROW))
    return bytes(row), at
