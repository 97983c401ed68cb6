"""The media that a queue takes: the card itself, and sheets whose pages are fitted onto it.

Laws kept here:

1. A sheet is declared because a page of that shape is printed whole, smaller. What lies in the printer is the card
   alone, and only the card is told as ready.
2. Unless a client says how, a page of a sheet is fitted: nothing of it is cut off.
3. A card is printed to its edges. It is told a second time with a margin of a hundredth of a millimetre, an eighth of a
   dot and so none: CUPS before 2.4.3 knows no default size of a printer whose media all have margins of 0, and takes
   letter paper instead.

Source: PWG 5101.1 (names and sizes, hundredths of a millimetre), PWG 5100.7 section 6.3 (media-col), PWG 5100.13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from printserver.ipp import Attribute, Plain, build
from printserver.ipp.attributes import Collection
from printserver.model.ticket import Placement

CARDS = {"iso_id-1_53.98x85.6mm": (5398, 8560), "om_card_54x86mm": (5400, 8600)}
SHEETS = {
    "iso_a4_210x297mm": (21000, 29700),
    "na_letter_8.5x11in": (21590, 27940),
    "na_index-4x6_4x6in": (10160, 15240),
}
SIZES = {**CARDS, **SHEETS}
MEDIA = tuple(SIZES)
SLACK = 50  # clients that reckon in points or inches round: half a millimetre is still the same size
TYPES = ("plastic",)
SOURCES = ("main", "auto")
MARGIN_WIDTHS = NO_MARGIN, RIM = (0, 1)
MARGINS = tuple(f"media-{side}-margin" for side in ("bottom", "left", "right", "top"))
MEMBERS = ("media-size", "media-size-name", "media-type", "media-source", *MARGINS)

FITTED: Mapping[str, object] = {"placement": Placement.FIT}
"""What a ticket says of a page that is made for a sheet."""


def keys_of_name(name: Plain) -> dict[str, object] | None:
    """Return the ticket's keys for a medium's name, None for one that is not supported."""
    if not isinstance(name, str) or name not in SIZES:
        return None
    return dict(FITTED) if name in SHEETS else {}


def keys_of_collection(members: Plain) -> dict[str, object] | None:
    """Return the ticket's keys for a media-col, None when something in it is not supported."""
    if not isinstance(members, dict) or not _takes(members):
        return None
    names = [_name_of(size) for size in members.get("media-size", ())]
    names += [str(name) for name in members.get("media-size-name", ())]
    keys = [keys_of_name(name) for name in names]
    if None in keys or len({key is not None and bool(key) for key in keys}) > 1:
        return None
    return keys[0] if keys else {}


def _takes(members: Mapping[str, Sequence[Plain]]) -> bool:
    words = {"media-type": TYPES, "media-source": SOURCES}
    return all(value in allowed for name, allowed in words.items() for value in members.get(name, ())) and all(
        value in MARGIN_WIDTHS for name in MARGINS for value in members.get(name, ())
    )


def card_collection() -> Collection:
    """Return the card that lies in the printer, as a media-col."""
    return _whole(next(iter(CARDS)))


def _whole(name: str, width: int = NO_MARGIN) -> Collection:
    return build.members(
        build.collection("media-size", _size(name)), build.keyword("media-size-name", name),
        *(build.integer(margin, width) for margin in MARGINS), build.keyword("media-type", TYPES[0]),
        build.keyword("media-source", SOURCES[0]),
    )


def _size(name: str) -> Collection:
    width, height = SIZES[name]
    return build.members(build.integer("x-dimension", width), build.integer("y-dimension", height))


def _name_of(size: Plain) -> str:
    match size:
        case {"x-dimension": [int(x), *_], "y-dimension": [int(y), *_]}:
            near = (
                name for name, (width, height) in SIZES.items() if abs(x - width) <= SLACK and abs(y - height) <= SLACK
            )
            return next(near, "")
        case _:
            return ""


def media_attributes() -> list[Attribute]:
    """Return what a printer tells of its media."""
    ready = next(iter(CARDS))
    return [
        build.keyword("media-default", ready),
        build.keyword("media-ready", ready),
        build.keyword("media-supported", *MEDIA),
        build.collection("media-col-default", card_collection()),
        build.collection("media-col-ready", card_collection()),
        build.collection("media-col-database", *map(_whole, SIZES), *(_whole(name, RIM) for name in CARDS)),
        build.collection("media-size-supported", *map(_size, SIZES)),
        build.keyword("media-col-supported", *MEMBERS),
        build.keyword("media-type-supported", *TYPES),
        build.keyword("media-source-supported", *SOURCES),
        *(build.integer(f"{name}-supported", *MARGIN_WIDTHS) for name in MARGINS),
    ]
