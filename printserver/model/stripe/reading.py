"""Bits of a swipe to the text of a track.

Laws kept here:

1. A card may be swiped in either direction. Only a reading that is whole counts: sentinels, each parity, the check
   character, and nothing but zeros round them. Where both directions are whole and say different things, as a JIS II
   track may whose check character is zero, neither counts.
2. What is wrong is said with the character it is wrong at, counted from 1, the start sentinel being the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor

from printserver.errors import Fault, PrintServerError
from printserver.model.stripe.coding import with_parity
from printserver.model.stripe.formats import Format
from printserver.model.stripe.packing import Bits


class Flaw(StrEnum):
    """What is wrong with the bits of a track."""

    BLANK = "there is nothing on it"
    START = "it does not begin with the start sentinel"
    PARITY = "a character has the wrong parity"
    CHARACTER = "a character is none of the format"
    END = "there is no end sentinel"
    CHECK = "the check character (LRC) is wrong"
    MORE = "there is more behind the check character"
    LONG = "it has more characters than the format"
    BOTH = "it says different things in the two directions"


class TrackUnreadable(PrintServerError):
    """A magnetic track cannot be read.

    `character` counts from 1, the start sentinel being the first; 0 = no place.
    """

    code = "track-unreadable"
    fault = Fault.DEVICE
    retry = True
    remedy = "Swipe the card again; if that does not help, encode another card."

    def __init__(self, flaw: Flaw, track: int, character: int = 0, *, backwards: bool = False) -> None:
        """Tell the flaw and its place, never what stands on the track."""
        self.flaw, self.track, self.character, self.backwards = flaw, track, character, backwards
        place = f"track {track}, character {character}" if character else f"track {track}"
        super().__init__(f"{flaw.value}{', read backwards' if backwards else ''}", where=place)


@dataclass(frozen=True, slots=True)
class Reading:
    """A track that was read whole: its data, its direction, and the zeros before and behind it as it was read."""

    text: str
    backwards: bool
    leading: int
    trailing: int


def decode(bits: Sequence[int], form: Format) -> Reading:
    """Return the text between a track's sentinels; raises TrackUnreadable, in the direction that came further."""
    if not any(bits):
        raise TrackUnreadable(Flaw.BLANK, form.track)
    forwards = _tried(tuple(bits), form, backwards=False)
    backwards = _tried(tuple(bits[::-1]), form, backwards=True)
    if isinstance(forwards, Reading):
        if isinstance(backwards, Reading) and backwards.text != forwards.text:
            raise TrackUnreadable(Flaw.BOTH, form.track)
        return forwards
    if isinstance(backwards, Reading):
        return backwards
    raise backwards if backwards.character > forwards.character else forwards


def _tried(bits: Bits, form: Format, *, backwards: bool) -> Reading | TrackUnreadable:
    """Return what one direction gives, the error as a value."""
    leading = bits.index(1)
    words = _words(bits[leading:], form.bits)
    values: list[int] = []

    def wrong(flaw: Flaw) -> TrackUnreadable:
        return TrackUnreadable(flaw, form.track, len(values) + 1, backwards=backwards)

    for word in words:
        value = word & ~(1 << form.bits - 1)
        character = chr(form.base + value)
        if not values and (character != form.start or word != with_parity(value, form)):
            return wrong(Flaw.START)
        if word != with_parity(value, form):
            return wrong(Flaw.PARITY)
        if values and character == form.end:
            values.append(value)
            break
        if values and character not in form.alphabet:
            return wrong(Flaw.CHARACTER)
        if len(values) > form.room:
            return wrong(Flaw.LONG)
        values.append(value)
    else:
        return wrong(Flaw.END if values else Flaw.START)
    if len(words) == len(values) or words[len(values)] != with_parity(reduce(xor, values), form):
        return wrong(Flaw.CHECK)
    rest = bits[leading + (len(values) + 1) * form.bits :]
    if any(rest):
        return wrong(Flaw.MORE)
    return Reading("".join(chr(form.base + value) for value in values[1:-1]), backwards, leading, len(rest))


def _words(bits: Bits, width: int) -> list[int]:
    """Return the whole words of so many bits, lowest bit first; what is left over is none."""
    whole = len(bits) // width * width
    return [sum(bits[at + place] << place for place in range(width)) for at in range(0, whole, width)]
