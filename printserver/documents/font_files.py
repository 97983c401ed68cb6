"""What the server must know of a font file before text is set in it: the family's name, and which characters it draws.

Laws kept here:

1. Tables are read by their declared lengths and no further; a file that contradicts itself raises FontBroken.
2. Only what maps Unicode is read; old character sets are not guessed at.

Source: OpenType specification 1.9.1, "Organization of an OpenType Font", tables `name` (IDs 1 and 16) and `cmap`
(formats 4 and 12).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

SHIPPED = Path(__file__).parent / "fonts"
ENDINGS = (".ttf", ".otf")
STARTS = (b"\0\x01\0\0", b"OTTO", b"true")
FAMILY, TYPOGRAPHIC_FAMILY = 1, 16
UNICODE, WINDOWS = 0, 3
WINDOWS_UNICODE = (1, 10)
LAST_CHARACTER = 0x10FFFF


class FontBroken(ValueError):
    """The file is no TrueType or OpenType font that can be read."""


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file: where it lies, its families' names as they stand in it, the ranges of characters that it draws."""

    path: str
    families: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FontShelf:
    """The fonts that text may be set in; the first family is taken where a drawing leaves the choice."""

    files: tuple[FontFile, ...]

    @property
    def families(self) -> tuple[str, ...]:
        """Return the names of the families, each once, in the order of the files."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.families))

    def has(self, family: str) -> bool:
        """Tell whether a family is here, by its exact name."""
        return family in self.families

    def lacks(self, text: Iterable[str]) -> str:
        """Return the characters that no font draws, each once, in the order in which they came."""
        return "".join(each for each in dict.fromkeys(text) if not self._draws(ord(each)))

    def _draws(self, character: int) -> bool:
        return any(first <= character <= last for file in self.files for first, last in file.ranges)


@cache
def shipped_fonts() -> FontShelf:
    """Return the fonts that the server brings."""
    return fonts_in((SHIPPED,))


def fonts_in(folders: Iterable[Path]) -> FontShelf:
    """Return the fonts of some folders, by folder and name; raises OSError, FontBroken naming the file."""
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in ENDINGS]
    return FontShelf(tuple(font_file(path) for path in paths))


def font_file(path: Path) -> FontFile:
    """Return what a font file says of itself; raises OSError, FontBroken."""
    data = path.read_bytes()
    try:
        tables = tables_of(data)
        ranges = tuple(ranges_of(tables[b"cmap"]))
        families = tuple(families_of(tables[b"name"]))
    except (KeyError, struct.error, UnicodeDecodeError) as error:
        raise FontBroken(f"{path}: is no font that can be read") from error
    if not families or not ranges:
        raise FontBroken(f"{path}: names no family, or draws nothing")
    return FontFile(str(path), families, ranges)


def tables_of(data: bytes) -> dict[bytes, bytes]:
    """Return the tables of a font by their tags; raises KeyError or struct.error for what is none."""
    if data[:4] not in STARTS:
        raise KeyError("sfnt")
    (count,) = struct.unpack_from(">H", data, 4)
    found: dict[bytes, bytes] = {}
    for number in range(count):
        tag, _check, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        found[tag] = data[offset : offset + length]
    return found


def families_of(name: bytes) -> Iterator[str]:
    """Yield the family names of Unicode and Windows, each once."""
    _version, count, storage = struct.unpack_from(">HHH", name, 0)
    seen: set[str] = set()
    for number in range(count):
        platform, _encoding, _language, kind, length, offset = struct.unpack_from(">6H", name, 6 + 12 * number)
        if kind in (FAMILY, TYPOGRAPHIC_FAMILY) and platform in (UNICODE, WINDOWS):
            text = name[storage + offset : storage + offset + length].decode("utf-16-be").strip()
            if text and text not in seen:
                seen.add(text)
                yield text


def ranges_of(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ranges of characters that have a glyph, by the best table of Unicode that there is."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    formats: dict[int, int] = {}
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * number)
        if platform == UNICODE or (platform == WINDOWS and encoding in WINDOWS_UNICODE):
            formats.setdefault(struct.unpack_from(">H", cmap, offset)[0], offset)
    if 12 in formats:
        yield from segments_12(cmap, formats[12])
    elif 4 in formats:
        yield from segments_4(cmap, formats[4])


def segments_12(cmap: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield the groups of a table of format 12."""
    (count,) = struct.unpack_from(">I", cmap, at + 12)
    for number in range(count):
        first, last, glyph = struct.unpack_from(">III", cmap, at + 16 + 12 * number)
        first += glyph == 0  # glyph 0 is the one for what is missing
        if first <= last <= LAST_CHARACTER:
            yield first, last


def segments_4(cmap: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a table of format 4, whose segments may map some of their characters to nothing."""
    count = struct.unpack_from(">H", cmap, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", cmap, at + 14)
    starts, deltas, offsets = (
        struct.unpack_from(f">{count}H", cmap, at + 16 + 2 * count * step) for step in (1, 2, 3)
    )
    place = at + 16 + 6 * count
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        if first > last or first == 0xFFFF:
            continue
        drawn = [
            character for character in range(first, last + 1)
            if glyph_of(cmap, place + 2 * number, character - first, character, deltas[number], offsets[number])
        ]  # fmt: skip
        yield from runs(drawn)


def glyph_of(cmap: bytes, place: int, step: int, character: int, delta: int, offset: int) -> int:
    """Return the glyph of a character in a segment of format 4, 0 for none."""
    if not offset:
        return (character + delta) & 0xFFFF
    (glyph,) = struct.unpack_from(">H", cmap, place + offset + 2 * step)
    return (glyph + delta) & 0xFFFF if glyph else 0


def runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield rising numbers as ranges without gaps."""
    if not numbers:
        return
    first = numbers[0]
    for one, following in pairwise(numbers):
        if following != one + 1:
            yield first, one
            first = following
    yield first, numbers[-1]
