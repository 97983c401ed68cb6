"""What a track takes, as data: characters, sentinels, lengths, parity, density.

Laws kept here:

1. Lengths count characters; `longest` has both sentinels and the check character in it, `room` is what is left for
   data.
2. A format's own sentinels are never data: a reader would take them for the end, or for a second beginning.

| format | bits | density | characters | longest | source |
|---|---|---|---|---|---|
| iso-1 | 7 odd | 210 | 20-5F | 79 | ISO/IEC 7811-2 and -6, 7813; protocols/magstripe.md section 1 |
| iso-2 | 5 odd | 75 | 30-3F | 40 | the same |
| iso-3 | 5 odd | 210 | 30-3F | 107 | ISO/IEC 4909; the same |
| aamva-1, aamva-3 | 7 odd | 210 | as iso-1 | 82 | fields of AAMVA tracks in the manual of ID TECH SecureHead, 6.2 |
| aamva-2 | 5 odd | 75 | as iso-2 | 40 | the same |
| jis-ii | 8 even | 210 | 20-7E | 72 | JIS X 6302; DataCard CP60 2-26, user's guide of the Magna class D-3 |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from printserver.model.card import ID1_WIDTH_MM

MM_PER_INCH = 25.4
# Start sentinel, end sentinel and check character stand round the data.
FRAME = 3


class Parity(Enum):
    """How many ones a character has, its parity bit among them: the value is their number modulo 2."""

    ODD = 1
    EVEN = 0


@dataclass(frozen=True, slots=True)
class Format:
    """How one track is written.

    `bits` are those of a character with its parity bit; a character's value is its code less `base`. `alphabet` are the
    characters that may be data, `reserved` those among them that the standard keeps for hardware and national use.
    `leading` are the zeros that encoders write before the start sentinel (defaults of the MSR605).
    """

    name: str
    track: int
    bits: int
    density_bpi: int
    base: int
    start: str
    end: str
    separator: str
    longest: int
    leading: int
    alphabet: frozenset[str]
    reserved: frozenset[str] = frozenset()
    parity: Parity = Parity.ODD

    @property
    def room(self) -> int:
        """Return how many characters of data fit."""
        return self.longest - FRAME

    @property
    def length_bits(self) -> int:
        """Return the bits of a track that is full, its leading zeros among them."""
        return self.leading + self.longest * self.bits

    def without(self, characters: str | frozenset[str]) -> Format:
        """Return the format of an encoder to whose language these characters mean something else."""
        return replace(self, alphabet=self.alphabet - frozenset(characters))


def capacity(density_bpi: float, length_mm: float = ID1_WIDTH_MM) -> int:
    """Return the whole bits that a stripe holds from end to end of a card (210 bpi: 707, 75 bpi: 252)."""
    return int(length_mm / MM_PER_INCH * density_bpi)


def _codes(first: int, last: int, sentinels: str) -> frozenset[str]:
    return frozenset(map(chr, range(first, last + 1))) - frozenset(sentinels)


# Reserved for hardware control, and for national characters (`# [ \ ]`): protocols/magstripe.md section 1.
_ALPHANUMERIC = Format(
    "iso-1", track=1, bits=7, density_bpi=210, base=0x20, start="%", end="?", separator="^", longest=79, leading=61,
    alphabet=_codes(0x20, 0x5F, "%?"), reserved=frozenset("!\"&'*+,:;<=>@_#[\\]"),
)  # fmt: skip
_NUMERIC = Format(
    "iso-2", track=2, bits=5, density_bpi=75, base=0x30, start=";", end="?", separator="=", longest=40, leading=22,
    alphabet=_codes(0x30, 0x3F, ";?"), reserved=frozenset(":<>"),
)  # fmt: skip
ISO = (_ALPHANUMERIC, _NUMERIC, replace(_NUMERIC, name="iso-3", track=3, density_bpi=210, longest=107, leading=61))
AAMVA = (
    replace(_ALPHANUMERIC, name="aamva-1", longest=82),
    replace(_NUMERIC, name="aamva-2"),
    replace(_ALPHANUMERIC, name="aamva-3", track=3, longest=82),
)
# One track of seven bits, DEL before and behind it. JIS X 0201 has a yen sign and an overline where ASCII has `\` and
# `~`. Kana stand behind shift characters, which no source spells out: what is not ASCII is refused.
JIS_II = Format(
    "jis-ii", track=1, bits=8, density_bpi=210, base=0, start="\x7f", end="\x7f", separator="", longest=72, leading=61,
    alphabet=_codes(0x20, 0x7E, ""), reserved=frozenset("\\~"), parity=Parity.EVEN,
)  # fmt: skip
FORMATS = {each.name: each for each in (*ISO, *AAMVA, JIS_II)}
