"""The commands of a side's header: written in the vendor's order, read in any order.

Laws kept here:

1. The order is that of the vendor's own filter, as its recorded Enduro and Alto jobs show it.
2. Reading never fails: a command that is not known, or whose value cannot be, is counted and left out.
3. A track's data is the one word after MAG and its settings; it holds no comma.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from printserver.model.card import Side
from printserver_magicard.info import Line
from printserver_magicard.layout import HEIGHT
from printserver_magicard.overcoat import Box, Overcoat, from_numbers, to_words

# Every command of the vendor's filter and of Gutenprint's driver, by its first three letters.
KNOWN = frozenset((
    "NOC BBB BSO VER LAN TDT CR7 RSP ERA REA EAS EAE EAW LC1 LC3 LC6 LC8 JIS MGV COE MAG HFD REJ ESS LAM KEE KGE RT2 "
    "SLW XLI DPX BAC PAG IMF XCO YCO WID HGT OVR NNN USF HKT CKI HKM TRO HOL PCT NCT PAT HPH ICC CPW KPW OPW DDD SOI "
    "EOI AMS LRC PAR SSP SZB SZG SZR SZK X-G"
).split())
# They take four numbers, which are parted by commas as commands are.
RECTANGLES = frozenset({"PCT", "NCT", "REA"})
ENCODINGS = {1: ("BPI210", "MPC7"), 2: ("BPI75", "MPC5"), 3: ("BPI210", "MPC5")}
SENTINELS = {1: ("%", "?"), 2: (";", "?"), 3: (";", "?")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What an operator has chosen, as words of the header; an empty text leaves the command out."""

    version: str = "1.0"
    language: str = "ENG"
    stamp: str = "0"
    resin: str = ""
    verify: str = ""
    coercivity: str = "H"
    head: str = ""
    slow: str = ""
    watermark: tuple[str, ...] = ("USFOFF",)
    colour: str = ""
    tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFacts:
    """What a side's header must say: planes as (tag, size), overcoat None = the ribbon has none."""

    line: Line
    width: int
    side: Side = Side.FRONT
    duplex: bool | None = None
    back: str = ""
    planes: tuple[tuple[str, int], ...] = ()
    overcoat: Overcoat | None = None
    tracks: dict[int, str] = field(default_factory=dict)


def write(facts: SideFacts, extras: Extras) -> list[str]:
    """Return the commands of a side in the vendor's order; one without planes encodes the card and no more."""
    if not facts.planes:
        return _encode_only(facts, extras)
    tags = "".join(tag for tag, _ in facts.planes)
    return [
        "NOC1", *_origin(extras), *_encoding(facts, extras), *_head(facts, extras),
        *(["SLW" + extras.slow] if extras.slow else ()), *_duplex(facts),
        "PAG1" if facts.side is Side.FRONT else "PAG2", f"IMF{tags}", "XCO0", "YCO0", f"WID{facts.width}",
        f"HGT{HEIGHT}", f"OVR{_switch(facts.overcoat is not None and facts.overcoat.on)}", "NNNOFF",
        *extras.watermark, *_overcoat(facts), *([f"ICC{extras.colour}"] if extras.colour else ()), *extras.tail,
        *(f"SZ{tag}{size}" for tag, size in facts.planes),
    ]


def _encode_only(facts: SideFacts, extras: Extras) -> list[str]:
    """Enduro counts by NOC; the others have NOC0 and count by BBB (vendor's filter). The head's name comes last."""
    count = ["NOC1"] if facts.line is Line.ENDURO else ["NOC0", "BBB1"]
    return [*count, *_origin(extras), *_encoding(facts, extras), extras.head]


def _origin(extras: Extras) -> list[str]:
    return [f"VER{extras.version}", f"LAN{extras.language}", f"TDT{extras.stamp}"]


def _encoding(facts: SideFacts, extras: Extras) -> Iterator[str]:
    """Enduro says its coercivity once, before the tracks; the others say it within each."""
    once = facts.line is Line.ENDURO
    if extras.resin:
        yield f"RSP{extras.resin}"
    if extras.verify and facts.tracks:
        yield f"MGV{extras.verify}"
    if once:
        yield f"COE{extras.coercivity}"
    for number, data in facts.tracks.items():
        start, end = SENTINELS[number]
        yield from (f"MAG{number}", *ENCODINGS[number], *(() if once else (f"COE{extras.coercivity}",)))
        yield f"{start}{data}{end}"


def _head(facts: SideFacts, extras: Extras) -> list[str]:
    return [extras.head, "RT2"] if facts.line is Line.RIO else [extras.head]


def _duplex(facts: SideFacts) -> list[str]:
    if facts.duplex is None:
        return []
    return [f"DPX{_switch(facts.duplex)}", *([f"BAC{facts.back}"] if facts.back else ())]


def _overcoat(facts: SideFacts) -> list[str]:
    if facts.overcoat is None:
        return []
    areas = (("PCT", box) for box in facts.overcoat.areas)
    holes = (("NCT", box) for box in facts.overcoat.holes)
    return [name + to_words(box, facts.width, HEIGHT, facts.line) for name, box in (*areas, *holes)]


def _switch(on: bool) -> str:
    return "ON" if on else "OFF"


@dataclass(slots=True)
class Header:
    """What a header says; `overcoat` None = nothing is said of one, `copies` of the whole card."""

    side: Side = Side.FRONT
    duplex: bool = False
    copies: int = 1
    head: str = ""
    overcoat: Overcoat | None = None
    tracks: dict[int, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def read(words: Sequence[str], width: int) -> Header:
    """Return what a header's words say, for an image of so many lines."""
    return _Reader(list(words), width).read()


class _Reader:
    """Reads words from the front."""

    def __init__(self, words: list[str], width: int) -> None:
        self._words, self._width, self._at = words, width, 0
        self._found = Header()
        self._on: bool | None = None
        self._boxes: dict[str, list[Box]] = {"PCT": [], "NCT": []}

    def read(self) -> Header:
        while self._at < len(self._words):
            self._take(self._next())
        areas, holes = tuple(self._boxes["PCT"]), tuple(self._boxes["NCT"])
        if self._on or areas:
            self._found.overcoat = Overcoat(self._on is not False, areas, holes)
        return self._found

    def _next(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _take(self, word: str) -> None:
        name, value = word[:3], word[3:]
        match name, value:
            case ("NOC" | "BBB"), _ if _count(value, 255) is not None:
                self._found.copies = max(1, int(value))
            case "PAG", "1" | "2":
                self._found.side = Side.FRONT if value == "1" else Side.BACK
            case "DPX", "ON" | "OFF":
                self._found.duplex = value == "ON"
            case "OVR", "ON" | "OFF":
                self._on = value == "ON"
            case ("KEE" | "KGE"), _:
                self._found.head = word
            case "MAG", "1" | "2" | "3":
                self._track(int(value))
            case _ if name in RECTANGLES:
                self._rectangle(name, value)
            case _ if name not in KNOWN or name in ("NOC", "BBB", "PAG", "DPX", "OVR", "MAG"):
                self._found.unknown.append(name)

    def _track(self, number: int) -> None:
        while self._peek()[:3] in ("MPC", "BPI", "COE"):
            self._next()
        data, (start, end) = self._peek(), SENTINELS[number]
        if not data:
            self._found.unknown.append("MAG")
            return
        self._next()
        self._found.tracks[number] = data.removeprefix(start).removesuffix(end)

    def _rectangle(self, name: str, first: str) -> None:
        numbers = [_count(each, 9999) for each in (first, *self._words[self._at : self._at + 3])]
        known = [each for each in numbers if each is not None]
        if len(known) < 4:
            self._found.unknown.append(name)
            return
        self._at += 3
        box = from_numbers(known, self._width, HEIGHT)
        if box is not None and name in self._boxes:
            self._boxes[name].append(box)


def _count(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= most else None
