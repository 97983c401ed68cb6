"""Is this what a track takes? Asked when a job is handed in, before any card is at stake.

Laws kept here:

1. The first wrong character is named by track and position (from 1, sentinels not counted), and by what is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import hexdigits

from printserver.errors import BadTicket
from printserver.model.card import ID1_WIDTH_MM
from printserver.model.stripe.formats import FRAME, Format, capacity

BYTE_BITS = 8


def check(track: int, text: str, form: Format, *, length_mm: float = ID1_WIDTH_MM) -> None:
    """Raise BadTicket where a text has a character or a length that the format does not take on a stripe of a length.

    The text is the data without sentinels and check character; an empty one is no track, and nothing is wrong with it.
    """
    room = min(form.room, (capacity(form.density_bpi, length_mm) - form.leading) // form.bits - FRAME)
    if len(text) > room:
        raise BadTicket(f"{len(text)} characters", where=f"track {track}", allowed=f"up to {max(room, 0)}")
    wrong = next((at for at, character in enumerate(text, start=1) if character not in form.alphabet), None)
    if wrong is not None:
        where = f"track {track}, position {wrong}"
        raise BadTicket("this character cannot be encoded", where=where, allowed="".join(sorted(form.alphabet)))


def check_tracks(tracks: Sequence[str], formats: Sequence[Format]) -> None:
    """Raise BadTicket where one of a card's tracks cannot be encoded in the format that stands in its place."""
    if len(tracks) > len(formats):
        raise BadTicket(f"{len(tracks)} tracks", where="tracks", allowed=f"up to {len(formats)}")
    for number, (text, form) in enumerate(zip(tracks, formats, strict=False), start=1):
        check(number, text, form)


def check_raw(track: int, text: str, density_bpi: float, *, length_mm: float = ID1_WIDTH_MM) -> None:
    """Raise BadTicket for a raw track that is no whole bytes in hexadecimal, or more than the stripe holds."""
    wrong = next((at for at, character in enumerate(text, start=1) if character not in hexdigits), None)
    if wrong is not None:
        raise BadTicket(
            "raw bits are hexadecimal", where=f"track {track}, position {wrong}", allowed="0123456789ABCDEFabcdef"
        )
    room = capacity(density_bpi, length_mm) // BYTE_BITS * 2
    if len(text) % 2 or len(text) > room:
        raise BadTicket(f"{len(text)} digits", where=f"track {track}", allowed=f"up to {room}, two for each byte")
