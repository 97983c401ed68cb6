"""A card to PWG raster, and back.

The whole raster is one block that feeds: a job has one document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from printserver.driver import Block, PrintableCard
from printserver.driver.pictures import check_card, panels_of, picture_of
from printserver.ipp.pwg_raster import HEADER, SYNC, read_header, write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.model.card import Side, SidePanels
from printserver_ippcard.info import GEOMETRY, Variant

FORMAT = "image/pwg-raster"
QUARTERS = {"0": 0, "90": 1, "270": 3}


def encode(card: PrintableCard, variant: Variant, turn: str) -> Iterable[Block]:
    """Return the one block of a card; raises UnsupportedByPrinter."""
    check_card(card, GEOMETRY, duplex=variant.duplex)
    two_sided = card.side(Side.BACK) is not None
    pages = [page_of(side, turn, two_sided=two_sided) for side in card.sides]
    return [Block("raster", write_pwg(pages), feeds=True)]


def is_two_sided(blocks: Sequence[Block]) -> bool:
    """Tell whether a card's document was made for both sides."""
    head = b"".join(block.data for block in blocks)[len(SYNC) : len(SYNC) + HEADER]
    return len(head) == HEADER and read_header(head)["Duplex"] == 1


def page_of(side: SidePanels, turn: str, *, two_sided: bool) -> RasterPage:
    """Return a side as a page, sRGB or grey."""
    picture = np.ascontiguousarray(np.rot90(picture_of(side), QUARTERS[turn]))
    height, width, samples = picture.shape
    colours = Colours.GREY if samples == 1 else Colours.SRGB
    return RasterPage(width, height, GEOMETRY.dpi, colours, 8, picture.tobytes(), two_sided=two_sided)


def side_of(page: RasterPage, side: Side) -> SidePanels:
    """Return the panels that a page was made of; a page with its short edge first is turned back."""
    picture = np.frombuffer(page.pixels, dtype=np.uint8).reshape((page.height, page.width, page.colours.samples))
    return panels_of(np.rot90(picture, -1) if page.width < page.height else picture, side)
