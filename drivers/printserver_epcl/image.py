"""Panels to the commands that fill image memory, and the memory that such commands fill.

Laws kept here:

1. A panel is what `printserver.model.card` says; on the wire a line is a column of the card.
2. The printer prints what came last first: data mirrored on both axes prints upright (980081-001 Rev F, chapter 1).
3. Reading hostile data ends in an image of the memory's own size, or in BadImage.

| command | parameters | source |
|---|---|---|
| GS p d x y w h data | p 0 Y 1 M 2 C; d 32 = a byte a dot, 30 = compressed 00 to 1F; w lines of h bytes | 2-56 |
| PS p d data | the whole buffer in the same packings | figure 1-5 |
| G x y m h w o | w lines of h bytes; m and o below | 2-35 |
| O data, Z data | one line, all lines of the last G; vG, vO, vZ the same for the varnish | 2-67, 2-87 |
| L x y w h m | a rectangle; m 0 clears; vL the same for the varnish | 2-65; geometry of overlays |

The mode m of G: 0 plain, 1 with a check byte, 2 compressed, 3 both; 10 to 13 are the same with h in dots. Its last word
o: 0 reversed, 1 as it is, 2 joined to what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

import numpy as np

from printserver.model.card import Panel, PanelName, Plane
from printserver_epcl.codec import Command, command, unescape
from printserver_epcl.compression import BadImage, expand, squeeze

COLOURS = (PanelName.Y, PanelName.M, PanelName.C)
# The second parameter of GS: how many levels it means.
LEVELS_OF = {"32": 256, "30": 32}
COMPRESSED = "30"
CLEARS = {"F": (PanelName.K,), "vF": (PanelName.O,), "$F": COLOURS}
IMAGE_COMMANDS = frozenset({"GS", "PS", "G", "vG", "O", "vO", "Z", "vZ", "L", "vL", *CLEARS})

_GS = re.compile(rb" ?(\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) (.*)", re.DOTALL)
_PS = re.compile(rb" ?(\d{1,5}) (\d{1,5}) (.*)", re.DOTALL)
_SIX = re.compile(rb" ?(\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) ?")
_FIVE = re.compile(rb" ?(\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) (\d{1,5}) ?")


def to_lines(plane: Plane, image: str) -> Plane:
    """Turn a plane (dots, lines) into lines of dots, mirrored as the option `image` says."""
    lines = plane.T
    match image:
        case "turned":
            lines = lines[::-1, ::-1]
        case "right-to-left":
            lines = lines[::-1]
    return np.ascontiguousarray(lines)


def write_panel(panel: Panel, image: str, *, compressed: bool) -> Iterator[tuple[str, bytes]]:
    """Return the commands that fill image memory with a panel, each with its name."""
    lines = to_lines(panel.plane, image)
    count, dots = lines.shape
    if panel.name in COLOURS:
        data = lines.tobytes()
        depth = "32" if panel.levels == 256 else COMPRESSED
        packed = squeeze(data, dots) if depth == COMPRESSED else data
        yield "image", command(f"GS {COLOURS.index(panel.name)} {depth} 0 0 {count} {dots} ", packed)
        return
    bits = np.packbits(lines, axis=1)
    letter = "v" if panel.name is PanelName.O else ""
    yield "size", command(f"{letter}G 0 0 {2 if compressed else 0} {bits.shape[1]} {count} 1")
    data = bits.tobytes()
    yield "image", command(f"{letter}Z", squeeze(data, bits.shape[1]) if compressed else data)


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the next O or Z goes, as the last G said; `row` bytes a line."""

    x: int
    y: int
    mode: int
    row: int
    lines: int
    join: int


@dataclass(slots=True)
class ImageMemory:
    """The buffers of a printer of `lines` lines of `dots` dots, upright, lines first."""

    lines: int
    dots: int
    _planes: dict[PanelName, Plane] = field(default_factory=dict)
    _levels: dict[PanelName, int] = field(default_factory=dict)
    _fields: dict[PanelName, tuple[_Field, int]] = field(default_factory=dict)

    def panel(self, name: PanelName) -> Panel:
        """Return what a buffer holds now."""
        levels = self._levels.get(name, 256) if name in COLOURS else 2
        return Panel(name, np.ascontiguousarray(self._plane(name).T), levels)

    def take(self, said: Command) -> None:
        """Do what a command of IMAGE_COMMANDS says; raises BadImage."""
        mono = PanelName.O if said.name.startswith("v") else PanelName.K
        match said.name.removeprefix("v"):
            case "F" | "$F":
                for name in CLEARS[said.name]:
                    self._planes.pop(name, None)
            case "GS" | "PS":
                self._colour(said)
            case "G":
                self._begin(mono, said)
            case "O":
                self._line(mono, said)
            case "Z":
                self._whole(mono, said)
            case _:
                self._rectangle(mono, said)

    def _plane(self, name: PanelName) -> Plane:
        if name not in self._planes:
            self._planes[name] = np.zeros((self.lines, self.dots), dtype=np.uint8)
        return self._planes[name]

    def _window(self, name: PanelName, x: int, y: int, width: int, height: int) -> Plane:
        if not 0 < x + width <= self.lines or not 0 < y + height <= self.dots or 0 in (width, height):
            raise BadImage(f"{width} x {height} at {x}, {y} on {self.lines} x {self.dots}")
        return self._plane(name)[x : x + width, y : y + height]

    def _colour(self, said: Command) -> None:
        found = (_GS if said.name == "GS" else _PS).fullmatch(said.rest)
        if found is None:
            raise BadImage(f"{said.name} without its parameters")
        *words, data = found.groups()
        numbers = [int(word) for word in words]
        x, y, width, height = numbers[2:] or (0, 0, self.lines, self.dots)
        levels = LEVELS_OF.get(str(numbers[1]))
        if numbers[0] >= len(COLOURS) or levels is None:
            raise BadImage(f"{said.name} of buffer {numbers[0]} in packing {numbers[1]}")
        name = COLOURS[numbers[0]]
        window = self._window(name, x, y, width, height)
        values = _values(data, width * height, said.prefix, compressed=str(numbers[1]) == COMPRESSED)
        if values.max(initial=0) >= levels:
            raise BadImage(f"a value beyond {levels - 1}")
        window[:] = _upright(values.reshape(width, height))
        self._levels[name] = levels

    def _begin(self, name: PanelName, said: Command) -> None:
        found = _SIX.fullmatch(said.rest)
        if found is None:
            raise BadImage(f"{said.name} without its parameters")
        x, y, mode, height, width, join = map(int, found.groups())
        if mode % 10 > 3 or mode > 13 or join > 2:
            raise BadImage(f"{said.name} in mode {mode}, joined by {join}")
        row = -(-height // 8) if mode >= 10 else height
        # a row may reach beyond the last dot by the rest of its last byte
        room = self.dots - y
        self._window(name, x, y, width, min(row * 8, room) if row * 8 < room + 8 else row * 8)
        self._fields[name] = _Field(x, y, mode % 10, row, width, join), 0

    def _line(self, name: PanelName, said: Command) -> None:
        where, done = self._field(name, said)
        if done >= where.lines:
            raise BadImage("more lines than were announced")
        # the first line is the last that is printed
        self._lay(name, where, where.lines - 1 - done, _unpacked(where, 1, said))
        self._fields[name] = where, done + 1

    def _whole(self, name: PanelName, said: Command) -> None:
        where, _ = self._field(name, said)
        self._lay(name, where, 0, _unpacked(where, where.lines, said))
        self._fields[name] = where, where.lines

    def _field(self, name: PanelName, said: Command) -> tuple[_Field, int]:
        if name not in self._fields:
            raise BadImage(f"{said.name} before its size")
        return self._fields[name]

    def _lay(self, name: PanelName, where: _Field, line: int, bits: Plane) -> None:
        height = min(where.row * 8, self.dots - where.y)
        window = self._window(name, where.x + line, where.y, bits.shape[0], height)
        upright = _upright(bits[:, :height])
        match where.join:
            case 0:
                window[:] = 1 - upright
            case 1:
                window[:] = upright
            case _:
                window |= upright

    def _rectangle(self, name: PanelName, said: Command) -> None:
        found = _FIVE.fullmatch(said.rest)
        if found is None:
            raise BadImage(f"{said.name} without its parameters")
        x, y, width, height, mode = map(int, found.groups())
        self._window(name, x, y, width, height)[:] = mode != 0


def _upright(lines: Plane) -> Plane:
    return lines[::-1, ::-1]


def _values(data: bytes, size: int, prefix: bool, *, compressed: bool) -> Plane:
    """Return `size` bytes of image; whether data is escaped in the prefix form stands in no source: what fits is it."""
    for candidate in (data, unescape(data)) if prefix else (unescape(data),):
        try:
            found = expand(candidate, size) if compressed else candidate
        except BadImage:
            continue
        if len(found) == size:
            return np.frombuffer(found, dtype=np.uint8)
    raise BadImage(f"{len(data)} bytes of data are not an image of {size}")


def _unpacked(where: _Field, lines: int, said: Command) -> Plane:
    data = unescape(said.rest)
    check = data[-1:] if where.mode in (1, 3) else b""
    body = data[: len(data) - len(check)]
    values = _values(body, where.row * lines, prefix=True, compressed=where.mode >= 2)
    # whether the sum is taken before compression is not told: either is right
    if check and check[0] not in {reduce(xor, body, 0), reduce(xor, values.tobytes(), 0)}:
        raise BadImage("the check byte is wrong")
    return np.unpackbits(values.reshape(lines, where.row), axis=1)
