"""A recorded job taken apart: the document of an IPP job, a PWG raster."""

from __future__ import annotations

from printserver.driver import DecodedCard, DecodedJob
from printserver.driver.pictures import ribbon_of
from printserver.errors import DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge
from printserver.ipp.pwg_raster import read_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.model.card import Side, SidePanels
from printserver_ippcard.info import GEOMETRY
from printserver_ippcard.job import side_of

SIZES = ((GEOMETRY.width, GEOMETRY.height), (GEOMETRY.height, GEOMETRY.width))
READ = (Colours.SRGB, Colours.GREY)


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the card of a document; one that cannot be read to its end is left over whole."""
    sides = sides_of(job)
    if sides is None:
        return DecodedJob((), ("?",), len(job))
    return DecodedJob((DecodedCard(sides, ribbon_of(sides)),))


def sides_of(document: bytes) -> tuple[SidePanels, ...] | None:
    """Return the panels of a card's one or two pages, None when it is no card of this family."""
    try:
        pages = list(read_pwg(document))
    except (DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge):
        return None
    if not 1 <= len(pages) <= len(Side) or not all(map(_fits, pages)):
        return None
    return tuple(side_of(page, side) for page, side in zip(pages, Side, strict=False))


def _fits(page: RasterPage) -> bool:
    return (page.width, page.height) in SIZES and page.colours in READ and page.bits == 8
