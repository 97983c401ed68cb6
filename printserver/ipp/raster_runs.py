"""Lines of a raster stream, packed and unpacked: the same coding in PWG raster and Apple raster.

Laws kept here:

1. Packed lines are a count of repeats (0 = the line stands once), then runs that fill the line exactly: 0 to 127 = the
   next unit so many times and once more; 129 to 255 = 257 minus so many units as they stand; 128 = white to the end.
2. What ends too soon, and a run or repeat that goes beyond its end, raises DocumentBroken: nothing is made up or cut.
3. A line is unpacked once, however often it stands.

Source: PWG 5102.4-2012 section 4.3; 128 as CUPS reads it in both formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from printserver.errors import DocumentBroken

MOST = 128
MOST_LINES = 256
WHITE_TO_END = 128


def unpack_lines(data: bytes, at: int, *, unit: int, line: int, height: int, white: int) -> tuple[bytes, int]:
    """Return `height` lines of `line` bytes, and where their packed form, which begins at `at`, ends."""
    found: list[bytes] = []
    while len(found) < height:
        if at >= len(data):
            raise DocumentBroken(f"the raster stops after {len(found)} of {height} lines")
        repeats = data[at] + 1
        if len(found) + repeats > height:
            raise DocumentBroken(f"a line of the raster is repeated beyond the page's {height} lines")
        unpacked, at = unpack_line(data, at + 1, unit, line, white)
        found += [unpacked] * repeats
    return b"".join(found), at


def unpack_line(data: bytes, at: int, unit: int, line: int, white: int) -> tuple[bytes, int]:
    """Return a line of `line` bytes and where its runs, which begin at `at`, end; raises DocumentBroken."""
    parts: list[bytes] = []
    missing, size = line, len(data)
    while missing:
        if at >= size:
            raise DocumentBroken("the raster stops within a line")
        control = data[at]
        at += 1
        if control < WHITE_TO_END:
            parts.append(data[at : at + unit] * (control + 1))
            count = (control + 1) * unit
            at += unit
        elif control > WHITE_TO_END:
            count = (257 - control) * unit
            parts.append(data[at : at + count])
            at += count
        else:
            parts.append(bytes((white,)) * missing)
            count = missing
        missing -= count
        if missing < 0:
            raise DocumentBroken("a run of the raster goes beyond its line")
    if at > size:
        raise DocumentBroken("the raster stops within a run")
    return b"".join(parts), at


def pack_lines(pixels: bytes, *, unit: int, line: int) -> bytes:
    """Return the packed form of lines of `line` bytes, a whole number of units each."""
    lines = (pixels[at : at + line] for at in range(0, len(pixels), line))
    packed = bytearray()
    for same, group in groupby(lines):
        coded, left = b"".join(runs(same, unit)), sum(1 for _ in group)
        while left:
            repeats = min(left, MOST_LINES)
            packed.append(repeats - 1)
            packed += coded
            left -= repeats
    return bytes(packed)


def runs(line: bytes, unit: int) -> Iterator[bytes]:
    """Yield the runs of a line."""
    single: list[bytes] = []
    for pixel, group in groupby(line[at : at + unit] for at in range(0, len(line), unit)):
        count = sum(1 for _ in group)
        if count == 1:
            single.append(pixel)
            continue
        yield from literals(single)
        single = []
        yield from (bytes((part - 1,)) + pixel for part in parts_of(count))
    yield from literals(single)


def literals(pixels: list[bytes]) -> Iterator[bytes]:
    """Yield runs of units that differ from their neighbours; one alone is a run of itself."""
    for start in range(0, len(pixels), MOST):
        part = pixels[start : start + MOST]
        yield bytes(((257 - len(part)) if len(part) > 1 else 0,)) + b"".join(part)


def parts_of(count: int) -> Iterator[int]:
    """Yield a count in parts that a run can hold."""
    while count:
        part = min(count, MOST)
        yield part
        count -= part
