"""Panels that a job brings ready drawn, in place of what would be made of its pictures.

Laws kept here:

1. Dark is ink: what is darker than half is laid down, all else is not; no dot is dithered.
2. A panel of the job's own is that panel alone: of the side's picture nothing is added to it, and black of the picture
   stays in the dyes where black resin is the job's own.
3. What printer and ribbon have no panel for, and what the ticket wants otherwise, is refused by name.
4. A declared photograph gets no dot of resin here either, and places that must stay free of varnish stay free.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

from printserver.errors import BadTicket, UnsupportedByPrinter
from printserver.model.area import read_colour_keys
from printserver.model.card import Geometry, PanelName, Plane, Ribbon, Side
from printserver.model.ticket import Overlay, Ticket
from printserver.raster import kernels
from printserver.raster.carrier import carrier_of
from printserver.raster.place import place

Pixels = npt.NDArray[np.uint8]
OwnPages = Mapping[Side, Mapping[PanelName, Pixels]]

HALF = 128
CONTRARY = (Overlay.NONE, Overlay.AREAS, Overlay.WITHOUT_RESIN, Overlay.IMAGE)
"""Wishes for the overlay that say where it lies, and so contradict an overlay of the job's own."""


def own_planes(
    pages: Mapping[PanelName, Pixels], side: Side, geometry: Geometry, ticket: Ticket
) -> dict[PanelName, Plane]:
    """Return a side's own panels, 1 = ink, from their pictures, which are laid down as the side's picture is."""
    return {name: _plane(page, side, geometry, ticket) for name, page in pages.items()}


def _plane(page: Pixels, side: Side, geometry: Geometry, ticket: Ticket) -> Plane:
    picture = place(page, geometry, ticket.placed(side), ticket.rotation)
    light = np.empty(picture.shape[:2], dtype=np.uint8)
    kernels.luma(picture, light)
    plane: Plane = (light < HALF).astype(np.uint8)
    return plane


def check_own(
    own: Mapping[Side, Collection[PanelName]], pictured: Collection[Side], ribbon: Ribbon, ticket: Ticket
) -> None:
    """Raise UnsupportedByPrinter or BadTicket where own panels cannot be printed as they are.

    `own` are the panels of each side, `pictured` the sides that have a picture too.
    """
    for side, panels in own.items():
        there = ribbon.panels(side)
        for name in panels:
            where = f"{side}.{name.lower()}"
            if name not in there:
                allowed = ", ".join(each for each in dict.fromkeys(there) if not each.is_dye)
                raise UnsupportedByPrinter(
                    f"ribbon {ribbon.name} has no panel {name} for the {side}", where=where, allowed=allowed or "none"
                )
            _check_wishes(name, where, ticket)
        _check_picture(side, panels, there, side in pictured, ribbon)


def _check_wishes(name: PanelName, where: str, ticket: Ticket) -> None:
    if any(key.panel is name for key in read_colour_keys("colour-keys", ticket.colour_keys)):
        raise BadTicket(f"{where} is this panel already", where="colour-keys", allowed=f"no colour for panel {name}")
    if name is PanelName.O and ticket.overlay in CONTRARY:
        allowed = ", ".join(each for each in Overlay if each not in CONTRARY)
        raise BadTicket(f"{where} says where the overlay lies", where="overlay", allowed=allowed)


def _check_picture(
    side: Side, panels: Collection[PanelName], there: tuple[PanelName, ...], pictured: bool, ribbon: Ribbon
) -> None:
    """Refuse a picture beside the own panel that would carry it: a side without dye has one panel for pictures."""
    carrier = carrier_of(there)
    if carrier is not None and carrier in panels and pictured:
        raise UnsupportedByPrinter(
            f"ribbon {ribbon.name} prints the {side} with panel {carrier} alone, and that is the job's own",
            where=f"{side}.*", allowed=f"{side}.* or {side}.{carrier.lower()}.*",
        )  # fmt: skip
