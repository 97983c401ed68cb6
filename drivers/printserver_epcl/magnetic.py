"""Magnetic tracks: what may stand on them, the commands that write them, and the encoder that such commands fill.

Laws kept here:

1. Nothing that a client wrote can end a command or begin one: tracks are checked character by character.
2. The printer itself adds sentinels and check characters.

| command | meaning | source |
|---|---|---|
| &R | resets the encoder | job of the vendor's knowledge base |
| &CDEW 0 0, &CDER 0 0 | ISO tracks for writing, for reading | the same |
| &SVM 0 | no reading after writing | the same |
| &B n data | fills the buffer of track n | 980179-001 Rev A, page 53 |
| &E* | writes all buffers, reads them back, up to six times | 980081-001 Rev F, C-3 |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from printserver.errors import BadTicket
from printserver.model import stripe
from printserver.model.stripe import ISO
from printserver_epcl.codec import Command

# 980081-001 Rev F, C-3: what no standard reserves, and the lengths of ISO/IEC 7811-2.
TRACKS = tuple(form.without(form.reserved) for form in ISO)
# A blank may part the number from &B and the data from the number; two digits are raw bits in hexadecimal.
_BUFFER = re.compile(rb" ?(1[123]|[123]) ?(.*)", re.DOTALL)


def check_tracks(tracks: Sequence[str]) -> None:
    """Raise BadTicket, naming track and position, when a track cannot be encoded."""
    stripe.check_tracks(tracks, TRACKS)
    # blanks part parameters: whether one at the beginning belongs to the data is not told
    for number, track in enumerate(tracks, start=1):
        if track.startswith(" "):
            raise BadTicket("a blank cannot be the first character", where=f"track {number}, position 1")


def commands(tracks: Sequence[str], options: dict[str, str]) -> Iterator[str]:
    """Return the commands that prepare the encoder; nothing moves by them."""
    yield from ("&R", "&CDEW 0 0", "&CDER 0 0")
    if options["verify"] == "off":
        yield "&SVM 0"
    yield from (f"&B {number} {track}" for number, track in enumerate(tracks, start=1) if track)


def read_track(said: Command) -> tuple[int, str] | None:
    """Return track and data of `&B`; None for raw bits, and for what cannot be encoded."""
    found = _BUFFER.fullmatch(said.rest)
    if found is None or len(found[1]) > 1:
        return None
    number, text = int(found[1]), found[2].decode("latin-1")
    form = TRACKS[number - 1]
    return (number, text) if set(text) <= form.alphabet and len(text) <= form.room else None
