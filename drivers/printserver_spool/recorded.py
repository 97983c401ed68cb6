"""A recorded job taken apart: the PDF of one card."""

from __future__ import annotations

from printserver.driver import DecodedCard, DecodedJob
from printserver.driver.pictures import panels_of, ribbon_of
from printserver.model.card import Side, SidePanels
from printserver_spool.info import GEOMETRY
from printserver_spool.pdf import read_pdf


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the card of a document; one that this driver has not written is left over whole."""
    sides = sides_of(job)
    if sides is None:
        return DecodedJob((), ("?",), len(job))
    return DecodedJob((DecodedCard(sides, ribbon_of(sides)),))


def sides_of(document: bytes) -> tuple[SidePanels, ...] | None:
    """Return the panels of a card's one or two pages, None when it is no card of this family."""
    pictures = read_pdf(document, GEOMETRY)
    if pictures is None:
        return None
    return tuple(panels_of(picture, side) for picture, side in zip(pictures, Side, strict=False))
