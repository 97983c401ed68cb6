"""Panels of the sample card, as a worker would show them: real separation, real inspection, real pictures."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from printserver.driver import Capabilities, Confirms
from printserver.model.card import Geometry, PanelName, Ribbon, Side
from printserver.model.inspection import Inspection
from printserver.model.ticket import Ticket
from printserver.raster.inspection import half_panel, inspect_card
from printserver.raster.pipeline import panels_of_card
from printserver.sandbox.orders import InkPicture
from printserver.sandbox.showing import inks

P = PanelName
GEOMETRY = Geometry(1016, 648)
YMCKOK = Ribbon("YMCKOK", (P.Y, P.M, P.C, P.K, P.O), (P.K,))
PRINTER = Capabilities(
    title="Primacy", geometry=GEOMETRY, ribbons=(YMCKOK,), levels={}, confirms=Confirms.COUNTER, duplex=True
)


@cache
def looked_at(front: bytes, back: bytes | None) -> tuple[Inspection, tuple[InkPicture, ...]]:
    """What a worker finds out about a card, and its panels as pictures."""
    pages = pixels(front), None if back is None else pixels(back)
    sides = panels_of_card(*pages, YMCKOK, PRINTER, Ticket())
    return (
        inspect_card(sides, YMCKOK, GEOMETRY, half_panel(GEOMETRY)), tuple(ink for side in sides for ink in inks(side))
    )


def picture_of(pictures: tuple[InkPicture, ...], side: Side, panel: PanelName, number: int) -> InkPicture:
    return next(each for each in pictures if (each.side, each.panel, each.number) == (side, panel, number))


def pixels(picture: bytes) -> npt.NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(picture)).convert("RGB"))
