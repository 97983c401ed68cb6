"""From the pages of a card to the panels of its sides: place, separate, colour, overlay, depth.

Laws kept here:

1. What the preview shows, the emulator composes and the printer gets comes from these panels and no others.
2. What printer and ribbon cannot do is refused by name; nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from printserver.errors import UnsupportedByPrinter
from printserver.model.area import check_places
from printserver.model.black import check_black
from printserver.model.card import Geometry, PanelName, Ribbon, Side, SidePanels
from printserver.model.ticket import Ticket
from printserver.raster.own import OwnPages, own_planes
from printserver.raster.place import place
from printserver.raster.ribbon_profile import RibbonProfile
from printserver.raster.separate import separate_side
from printserver.raster.spot import check_colour_keys

Pixels = npt.NDArray[np.uint8]


class PrinterAbilities(Protocol):
    """What panels depend on: a driver's `Capabilities` are one."""

    @property
    def title(self) -> str:
        """Return the model's name for people."""
        ...

    @property
    def geometry(self) -> Geometry:
        """Return the size of the printable image."""
        ...

    @property
    def levels(self) -> dict[PanelName, int]:
        """Return how many levels each panel is sent with."""
        ...

    @property
    def duplex(self) -> bool:
        """Tell whether the back can be printed too."""
        ...


def panels_of_card(
    front: Pixels, back: Pixels | None, ribbon: Ribbon, capabilities: PrinterAbilities, ticket: Ticket,
    profile: RibbonProfile | None = None, own: OwnPages = MappingProxyType({}),
) -> tuple[SidePanels, ...]:
    """Return the panels of the front, and of the back when there is a page for it.

    Pages are RGB `uint8`, shape (height, width, 3), of any size; `own` are pages of panels that the job draws itself,
    by side and panel; without a profile the neutral one. Raises BadTicket, UnsupportedByPrinter.
    """
    check_places(ticket)
    check_black(ticket)
    check_colour_keys(ribbon, ticket)
    pages = {Side.FRONT: front} if back is None else {Side.FRONT: front, Side.BACK: back}
    check_sides(tuple(pages), ribbon, capabilities)
    return tuple(
        side_panels(page, side, ribbon, capabilities, ticket, profile, own.get(side, {}))
        for side, page in pages.items()
    )


def side_panels(
    page: Pixels, side: Side, ribbon: Ribbon, capabilities: PrinterAbilities, ticket: Ticket,
    profile: RibbonProfile | None = None, own: Mapping[PanelName, Pixels] = MappingProxyType({}),
) -> SidePanels:
    """Return the panels of one side from its page."""
    picture = place(page, capabilities.geometry, ticket.placed(side), ticket.rotation)
    planes = own_planes(own, side, capabilities.geometry, ticket)
    return separate_side(picture, side, ribbon, capabilities.geometry, capabilities.levels, ticket, profile, planes)


def check_sides(sides: tuple[Side, ...], ribbon: Ribbon, capabilities: PrinterAbilities) -> None:
    """Raise UnsupportedByPrinter when ribbon or printer cannot print all sides."""
    if Side.BACK in sides and not capabilities.duplex:
        raise UnsupportedByPrinter(
            f"{capabilities.title} prints one side, the job has two", where="sides", allowed="one-sided"
        )
    for side in sides:
        if not ribbon.panels(side):
            raise UnsupportedByPrinter(f"ribbon {ribbon.name} has no panel for the {side.value}", where="ribbon")
