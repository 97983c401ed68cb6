"""Places on a card, and colours that stand for a panel, as a ticket names them in text.

Laws kept here:

1. One form at every door: `SIDE:LEFT,TOP,WIDTH,HEIGHT` in millimetres, `PANEL=#RRGGBB+TOLERANCE`.
2. A text is either read whole or BadTicket names the ticket's key and the form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from printserver.errors import BadTicket
from printserver.model.card import ID1_HEIGHT_MM, ID1_WIDTH_MM, PanelName, Side
from printserver.model.ticket import AREA_PATTERN, KEY_PATTERN, Overlay, Ticket

AREA_FORM = "LEFT,TOP,WIDTH,HEIGHT in millimetres on the card, for the back with back: before it: back:5,20,60,10.5"
KEY_FORM = "F, S, W or O = #RRGGBB, with +N when N of 255 may be missed: S=#C0C0C0+8"

AREA = re.compile(AREA_PATTERN.strip("^$"))
KEY = re.compile(KEY_PATTERN.strip("^$"))


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on one side of a card, measured from the upper left corner of that side."""

    side: Side
    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class ColourKey:
    """A colour of the picture that is meant for a panel of its own."""

    panel: PanelName
    colour: tuple[int, int, int]
    tolerance: int = 0


def check_places(ticket: Ticket) -> None:
    """Raise BadTicket for areas and colours that cannot be read, and for an overlay that lacks them."""
    areas = {
        "photo-areas": ticket.photo_areas, "overlay-windows": ticket.overlay_windows,
        "overlay-areas": ticket.overlay_areas,
    }  # fmt: skip
    for key, texts in areas.items():
        read_areas(key, texts)
    if (ticket.overlay is Overlay.AREAS) != bool(ticket.overlay_areas):
        found = f"overlay is {ticket.overlay.value} and {len(ticket.overlay_areas)} areas are given"
        raise BadTicket(found, where="overlay-areas", allowed=f"with overlay areas, and with it alone: {AREA_FORM}")
    keyed = any(key.panel is PanelName.O for key in read_colour_keys("colour-keys", ticket.colour_keys))
    if (ticket.overlay is Overlay.IMAGE) != keyed:
        found = f"overlay is {ticket.overlay.value} and {'a' if keyed else 'no'} colour stands for it"
        raise BadTicket(found, where="colour-keys", allowed="O=#RRGGBB with overlay image, and with it alone")


def read_areas(key: str, texts: tuple[str, ...]) -> tuple[Area, ...]:
    """Return the areas that a ticket's key names; raises BadTicket."""
    return tuple(_area(key, text) for text in texts)


def read_colour_keys(key: str, texts: tuple[str, ...]) -> tuple[ColourKey, ...]:
    """Return the colour keys that a ticket's key names; raises BadTicket."""
    return tuple(_colour_key(key, text) for text in texts)


def _area(key: str, text: str) -> Area:
    found = AREA.fullmatch(text)
    if found is None:
        raise BadTicket(f"{text!r} is no area", where=key, allowed=AREA_FORM)
    left, top, width, height = (float(found[number]) for number in range(2, 6))
    if not (width and height and left < ID1_WIDTH_MM and top < ID1_HEIGHT_MM):
        raise BadTicket(
            f"{text!r} has nothing on the card", where=key, allowed=f"within {ID1_WIDTH_MM:g} x {ID1_HEIGHT_MM:g} mm"
        )
    return Area(Side(found[1] or Side.FRONT), left, top, width, height)


def _colour_key(key: str, text: str) -> ColourKey:
    found = KEY.fullmatch(text)
    tolerance = int(found[3] or 0) if found else 0
    if found is None or tolerance > 255:
        raise BadTicket(f"{text!r} is no colour of a panel", where=key, allowed=KEY_FORM)
    red, green, blue = bytes.fromhex(found[2])
    return ColourKey(PanelName(found[1]), (red, green, blue), tolerance)
