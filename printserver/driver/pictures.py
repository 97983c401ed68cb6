"""Panels as the picture that they make, for printers that are handed pictures and separate them themselves.

Laws kept here:

1. The picture is the light that the panels leave: red is what cyan does not swallow, and so on. Nothing is added, so
   that the preview, which is made of the same panels, shows what goes out, and the panels can be had back exactly.
2. A side is colour (YMC, 256 levels) or black (K, 2 levels). Resin black and overlay are the printer's own matter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from printserver.driver.contract import PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model.card import Geometry, Panel, PanelName, Ribbon, Side, SidePanels

COLOUR_LEVELS, WHITE = 256, 255
COLOUR, BLACK = (PanelName.Y, PanelName.M, PanelName.C), (PanelName.K,)
LEVELS = {PanelName.Y: COLOUR_LEVELS, PanelName.M: COLOUR_LEVELS, PanelName.C: COLOUR_LEVELS, PanelName.K: 2}
# Which panel leaves red, green and blue.
LIGHTS = (PanelName.C, PanelName.M, PanelName.Y)
# What is sent is a picture: these are its two kinds, whatever ribbon is in the printer.
RIBBONS = (Ribbon("YMC", front=COLOUR, back=COLOUR), Ribbon("K", front=BLACK, back=BLACK))
Picture = npt.NDArray[np.uint8]


def check_card(card: PrintableCard, geometry: Geometry, *, duplex: bool) -> None:
    """Raise UnsupportedByPrinter for a card that is no one or two pictures of a size."""
    if any(card.tracks):
        raise UnsupportedByPrinter("a picture has no magnetic tracks", where="tracks")
    if card.side(Side.FRONT) is None:
        raise UnsupportedByPrinter("a card without a front", where="sides", allowed="front, or front and back")
    if card.side(Side.BACK) is not None and not duplex:
        raise UnsupportedByPrinter("this printer prints one side", where="sides", allowed="one-sided")
    for side in card.sides:
        names = tuple(panel.name for panel in side.panels)
        if names != card.ribbon.panels(side.side) or names not in (COLOUR, BLACK):
            raise UnsupportedByPrinter(
                f"the panels {''.join(names) or 'none'}", where=str(side.side), allowed="YMC or K, as the ribbon says"
            )
        for panel in side.panels:
            _check_panel(panel, geometry)


def _check_panel(panel: Panel, geometry: Geometry) -> None:
    levels, size = LEVELS[panel.name], f"{geometry.width} x {geometry.height}"
    if panel.plane.shape != (geometry.height, geometry.width):
        raise UnsupportedByPrinter("a panel of another size", where=str(panel.name), allowed=size)
    if panel.levels != levels or int(panel.plane.max(initial=0)) >= levels:
        raise UnsupportedByPrinter(f"{panel.levels} levels", where=str(panel.name), allowed=str(levels))


def picture_of(side: SidePanels) -> Picture:
    """Return a side's picture, shape (height, width, 3) in colour and (height, width, 1) in black, 255 = white."""
    by_name = {panel.name: panel for panel in side.panels}
    black = by_name.get(PanelName.K)
    if black is not None:
        grey: Picture = (WHITE * (1 - black.plane[:, :, None])).astype(np.uint8)
        return grey
    return np.stack([WHITE - by_name[name].plane for name in LIGHTS], axis=-1)


def panels_of(picture: Picture, side: Side) -> SidePanels:
    """Return the panels that a picture was made of; grey between black and white counts as the nearer."""
    if picture.shape[2] == 1:
        plane = np.ascontiguousarray(picture[:, :, 0] <= WHITE // 2).astype(np.uint8)
        return SidePanels(side, (Panel(PanelName.K, plane, 2),))
    planes = {name: np.ascontiguousarray(WHITE - picture[:, :, place]) for place, name in enumerate(LIGHTS)}
    return SidePanels(side, tuple(Panel(name, planes[name], COLOUR_LEVELS) for name in COLOUR))


def ribbon_of(sides: tuple[SidePanels, ...]) -> Ribbon | None:
    """Return the kind of picture that a card was made of, None when its sides are none."""
    names = tuple(panel.name for panel in sides[0].panels) if sides else ()
    return next((each for each in RIBBONS if each.front == names), None)
