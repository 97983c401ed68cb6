"""Panels with a colour of their own (fluorescent, silver, white, overlay), drawn by a colour of the picture.

Laws kept here:

1. A dot whose colour stands for a panel goes to that panel alone: in the rest of the picture it is white.
2. A colour for a panel that the ribbon has on neither side is refused by name; nothing is left out in silence.
"""

from __future__ import annotations

import numpy as np

from printserver.errors import UnsupportedByPrinter
from printserver.model.area import read_colour_keys
from printserver.model.card import PanelName, Plane, Ribbon
from printserver.model.ticket import Ticket
from printserver.raster import kernels
from printserver.raster.place import Pixels

KEYED = (PanelName.F, PanelName.S, PanelName.W, PanelName.O)


def lifted(
    picture: Pixels, names: tuple[PanelName, ...], ticket: Ticket
) -> tuple[Pixels, dict[PanelName, Plane]]:
    """Return the picture without the colours that stand for one of the named panels, and those panels' planes.

    Planes are 0 and 1. A dot that two keys name is the first one's.
    """
    keys = [key for key in read_colour_keys("colour-keys", ticket.colour_keys) if key.panel in names]
    if not keys:
        return picture, {}
    left, planes = picture.copy(), dict[PanelName, Plane]()
    for key in keys:
        mask = np.empty(picture.shape[:2], dtype=np.uint8)
        kernels.lift_colour(left, mask, key.colour, key.tolerance)
        planes[key.panel] = mask | planes.get(key.panel, np.uint8(0))
    return left, planes


def check_colour_keys(ribbon: Ribbon, ticket: Ticket) -> None:
    """Raise UnsupportedByPrinter for a colour whose panel the ribbon does not have."""
    panels = ribbon.front + ribbon.back
    for key in read_colour_keys("colour-keys", ticket.colour_keys):
        if key.panel not in panels:
            there = ", ".join(dict.fromkeys(name.value for name in panels if name in KEYED))
            raise UnsupportedByPrinter(
                f"ribbon {ribbon.name} has no panel {key.panel.value}", where="colour-keys", allowed=there or "none"
            )
