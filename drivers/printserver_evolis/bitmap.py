"""Panels to the commands that download them, and back.

Laws kept here:

1. A panel is what `printserver.model.card` says; on the wire it stands on its side, line = column of the card.
2. Reading a hostile download ends in exactly one panel, blank where nothing was sent for it, or in BadDownload.

The picture is turned 270 degrees counter-clockwise, as the driver tested on a Dualys 3 turns it (Printer-EVOLIS,
`pnmflip -rotate270`): the first dot of the first line is the lower left corner of the card held landscape. The manual's
figure is the same picture with the card turned by half.

| command | parameters before the payload | lines | source |
|---|---|---|---|
| Db | panel, levels | all | A5013 Rev E, section 4 |
| Dbc | panel, levels, bytes | all, compressed | section 4; captures |
| Dbc | panel, levels, first line, bytes | from the first line, compressed | section 8 |
| Dbp | panel, levels, first line, count of lines | 420 at most | section 8 |
| Dbpc | panel, levels, first line, bytes | 420 at most, compressed | section 8 |
"""

from __future__ import annotations

import numpy as np

from printserver.model.card import Panel, PanelName, Plane
from printserver_evolis.codec import BITS_OF, LINE_DOTS, LINES, PART_LINES, Command, command, number
from printserver_evolis.packing import (
    BadDownload,
    expand_bits,
    expand_levels,
    expand_some_bits,
    expand_some_levels,
    pack_lines,
    squeeze_bits,
    squeeze_levels,
    unpack_lines,
)

# Levels whose colour the language compresses.
SQUEEZABLE = frozenset({2, 32, 64, 128})

PANEL_OF = {"y": PanelName.Y, "m": PanelName.M, "c": PanelName.C, "k": PanelName.K, "o": PanelName.O}
LETTER_OF = {panel: letter for letter, panel in PANEL_OF.items()}


def to_lines(plane: Plane) -> Plane:
    """Turn a plane (648, 1016) into lines (1016, 648), C-contiguous."""
    return np.ascontiguousarray(np.rot90(plane, -1))


def from_lines(lines: Plane) -> Plane:
    """Undo `to_lines`."""
    return np.ascontiguousarray(np.rot90(lines, 1))


def read_panel(download: Command) -> Panel:
    """Return the panel that a download brings, held landscape again; raises BadDownload."""
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
            return _expanded(download.payload, levels)
        case "Dbc", 4:
            return _placed(_first_line(download), _expanded_some(download, levels, LINES))
        case "Dbp", 4:
            count = _count_of_lines(download)
            return _placed(_first_line(download), unpack_lines(download.payload, bits, count))
        case "Dbpc", 4:
            return _placed(_first_line(download), _expanded_some(download, levels, PART_LINES))
    raise BadDownload(f"{download.name} with {len(download.parameters)} parameters")


def _expanded(data: bytes, levels: int) -> Plane:
    return expand_levels(data, levels) if levels > 2 else _unpacked(expand_bits(data))


def _expanded_some(download: Command, levels: int, most: int) -> Plane:
    """Read compressed lines of which no command says how many they are."""
    most = min(most, LINES - _first_line(download))
    if levels > 2:
        return expand_some_levels(download.payload, levels, most)
    return _unpacked(expand_some_bits(download.payload, most))


def _unpacked(packed: bytes) -> Plane:
    return unpack_lines(packed, 1, len(packed) * 8 // LINE_DOTS)


def _first_line(download: Command) -> int:
    first = number(download.parameter(2), LINES - 1)
    if first is None:
        raise BadDownload(f"first line {download.parameter(2)!r}", allowed=f"0 to {LINES - 1}")
    return first


def _count_of_lines(download: Command) -> int:
    count = number(download.parameter(3), min(PART_LINES, LINES - _first_line(download)))
    if count is None:
        words = f"{download.parameter(3)!r} lines from {download.parameter(2)}"
        raise BadDownload(words, allowed=f"{PART_LINES} within {LINES}")
    return count


def _placed(first: int, part: Plane) -> Plane:
    """Return whole lines that are blank but for a part."""
    lines: Plane = np.zeros((LINES, LINE_DOTS), dtype=np.uint8)
    lines[first : first + len(part)] = part
    return lines


def filled_panels(fill: Command) -> dict[str, Panel]:
    """Return the panels that `Wcb` fills, by letter: one, or `a` for all, with one level of 256 (one bit: any is ink).

    Raises BadDownload.
    """
    letters, value = fill.parameter(0), fill.parameter(1) or "0"
    chosen = tuple(PANEL_OF) if letters == "a" else (letters,)
    level = number(value, 255)
    if level is None or not set(chosen) <= set(PANEL_OF):
        raise BadDownload(f"filling {letters!r} with {value!r}", allowed="y m c k o a; 0 to 255")
    return {letter: _filled(PANEL_OF[letter], level) for letter in chosen}


def _filled(name: PanelName, level: int) -> Panel:
    levels, shade = (256, level) if name.is_dye else (2, int(level > 0))
    return Panel(name, np.full((LINE_DOTS, LINES), shade, dtype=np.uint8), levels)


def write_panel(panel: Panel, *, squeeze_colour: bool = False) -> bytes:
    """Return the command that downloads a panel: `Dbc` where that is wanted and smaller, else `Db`.

    One-bit panels are always tried. Raises BadPlane when a level is beyond the panel's count.
    """
    letter, lines = LETTER_OF[panel.name], to_lines(panel.plane)
    packed, squeezed = pack_lines(lines, panel.levels), _squeezed(lines, panel.levels, squeeze_colour)
    if squeezed is not None and len(squeezed) < len(packed):
        return command("Dbc", letter, panel.levels, len(squeezed), payload=squeezed)
    return command("Db", letter, panel.levels, payload=packed)


def write_part(panel: Panel, first: int, *, squeeze_colour: bool = False) -> bytes:
    """Return the command that downloads 420 lines of a panel from `first` on: `Dbp`, or `Dbpc` as in `write_panel`.

    What lies outside them is not sent. Raises BadPlane when a level is beyond the panel's count.
    """
    letter = LETTER_OF[panel.name]
    lines = np.ascontiguousarray(to_lines(panel.plane)[first : first + PART_LINES])
    packed, squeezed = pack_lines(lines, panel.levels), _squeezed(lines, panel.levels, squeeze_colour)
    if squeezed is not None and len(squeezed) < len(packed):
        return command("Dbpc", letter, panel.levels, first, len(squeezed), payload=squeezed)
    return command("Dbp", letter, panel.levels, first, len(lines), payload=packed)


def _squeezed(lines: Plane, levels: int, squeeze_colour: bool) -> bytes | None:
    """Return compressed lines; None where the language has no compression, or it is not wanted."""
    if levels == 2:
        return squeeze_bits(pack_lines(lines, levels))
    return squeeze_levels(lines, levels) if squeeze_colour and levels in SQUEEZABLE else None
