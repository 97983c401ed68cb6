"""A card to PWG raster, and back.

Laws kept here:

1. The picture is the light that the panels leave: red is what cyan does not swallow, and so on; nothing is added, so
   that the preview, which is made of the same panels, shows what goes out.
2. The whole raster is one block that feeds: a job has one document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from printserver.driver import Block, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.ipp.pwg_raster import HEADER, SYNC, read_header, write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver_ippcard.info import GEOMETRY, Variant

FORMAT = "image/pwg-raster"
COLOUR_LEVELS, WHITE = 256, 255
LEVELS = {PanelName.Y: COLOUR_LEVELS, PanelName.M: COLOUR_LEVELS, PanelName.C: COLOUR_LEVELS, PanelName.K: 2}
# Which panel leaves red, green and blue.
LIGHTS = (PanelName.C, PanelName.M, PanelName.Y)
QUARTERS = {"0": 0, "90": 1, "270": 3}
Picture = npt.NDArray[np.uint8]


def encode(card: PrintableCard, variant: Variant, turn: str) -> Iterable[Block]:
    """Return the one block of a card; raises UnsupportedByPrinter."""
    _check(card, variant)
    two_sided = card.side(Side.BACK) is not None
    pages = [page_of(side, turn, two_sided=two_sided) for side in card.sides]
    return [Block("raster", write_pwg(pages), feeds=True)]


def is_two_sided(blocks: Sequence[Block]) -> bool:
    """Tell whether a card's document was made for both sides."""
    head = b"".join(block.data for block in blocks)[len(SYNC) : len(SYNC) + HEADER]
    return len(head) == HEADER and read_header(head)["Duplex"] == 1


def page_of(side: SidePanels, turn: str, *, two_sided: bool) -> RasterPage:
    """Return a side as a page."""
    by_name = {panel.name: panel for panel in side.panels}
    black = by_name.get(PanelName.K)
    if black is not None:
        picture, colours = (WHITE * (1 - black.plane)).astype(np.uint8), Colours.GREY
    else:
        picture = np.stack([WHITE - by_name[name].plane for name in LIGHTS], axis=-1)
        colours = Colours.SRGB
    picture = np.ascontiguousarray(np.rot90(picture, QUARTERS[turn]))
    return RasterPage(
        picture.shape[1], picture.shape[0], GEOMETRY.dpi, colours, 8, picture.tobytes(), two_sided=two_sided
    )


def panels_of(page: RasterPage, side: Side) -> SidePanels:
    """Return the panels that a page was made of; a page with its short edge first is turned back."""
    shape = (page.height, page.width, page.colours.samples)
    picture = np.frombuffer(page.pixels, dtype=np.uint8).reshape(shape)
    if page.width < page.height:
        picture = np.rot90(picture, -1)
    if page.colours is Colours.GREY:
        plane = np.ascontiguousarray(picture[:, :, 0] < WHITE // 2 + 1).astype(np.uint8)
        return SidePanels(side, (Panel(PanelName.K, plane, 2),))
    planes = {name: np.ascontiguousarray(WHITE - picture[:, :, place]) for place, name in enumerate(LIGHTS)}
    names = (PanelName.Y, PanelName.M, PanelName.C)
    return SidePanels(side, tuple(Panel(name, planes[name], COLOUR_LEVELS) for name in names))


def _check(card: PrintableCard, variant: Variant) -> None:
    if any(card.tracks):
        raise UnsupportedByPrinter("IPP has no magnetic tracks", where="tracks")
    if card.side(Side.FRONT) is None:
        raise UnsupportedByPrinter("a card without a front", where="sides", allowed="front, or front and back")
    if card.side(Side.BACK) is not None and not variant.duplex:
        raise UnsupportedByPrinter(f"{variant.model.title} prints one side", where="sides", allowed="one-sided")
    for side in card.sides:
        _check_side(card, side)


def _check_side(card: PrintableCard, side: SidePanels) -> None:
    names = tuple(panel.name for panel in side.panels)
    if names != card.ribbon.panels(side.side) or names not in ((PanelName.K,), (PanelName.Y, PanelName.M, PanelName.C)):
        raise UnsupportedByPrinter(
            f"the panels {''.join(names) or 'none'}", where=str(side.side), allowed="YMC or K, as the ribbon says"
        )
    for panel in side.panels:
        levels = LEVELS[panel.name]
        if panel.plane.shape != (GEOMETRY.height, GEOMETRY.width):
            raise UnsupportedByPrinter("a panel of another size", where=str(panel.name), allowed="1016 x 648")
        if panel.levels != levels or int(panel.plane.max(initial=0)) >= levels:
            raise UnsupportedByPrinter(f"{panel.levels} levels", where=str(panel.name), allowed=str(levels))
