"""Cards to print, each with a content of its own, and what each must look like when it leaves the printer.

Laws kept here:

1. No two cards of a site look alike, on either side: a copy too many is seen.
2. What a card must look like is found by the renderer alone, in this process, without a server.
3. A card that a printer spoiled half-way is known by the panels that it got before.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from printserver.driver.loading import DriverShelf, shelf_of
from printserver.model.card import Panel, Side
from printserver.model.ticket import Sides, Ticket
from printserver.raster.composite import composite
from printserver.sandbox.orders import BLOCKS, PANELS, RenderOrder, RenderResult
from printserver.sandbox.render import render

WIDTH, HEIGHT = 1016, 648
BITS = 16
RIBBON = "YMCKOK"
MODELS = {"evolis": "primacy", "virtual": "card"}


@dataclass(frozen=True)
class Look:
    """What a card looks like: SHA-256 of each side's dots, and of its front after each panel but the last.

    `size` counts the bytes that the printer gets for it, from the first that may feed on.
    """

    front: str
    back: str | None
    begun: frozenset[str]
    size: int


@dataclass(frozen=True)
class Design:
    """A card: its number in a site, whether it has a back, the printer's driver."""

    number: int
    two_sided: bool
    driver: str

    @property
    def front(self) -> Image.Image:
        """Return the front's picture."""
        return _picture(2 * self.number)

    @property
    def back(self) -> Image.Image | None:
        """Return the back's picture."""
        return _picture(2 * self.number + 1) if self.two_sided else None

    @property
    def pages(self) -> list[Image.Image]:
        """Return its sides in order."""
        return [page for page in (self.front, self.back) if page is not None]

    @property
    def look(self) -> Look:
        """Return what it must look like."""
        return _look(self)


def ticket_of(two_sided: bool) -> Ticket:
    """Return the ticket of a card, the same for the server and for what is expected."""
    return Ticket(sides=Sides.TWO if two_sided else Sides.ONE)


def png(picture: Image.Image) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def tiff(designs: Sequence[Design]) -> bytes:
    """Return cards as one document of many pages."""
    file = io.BytesIO()
    first, *rest = [page for design in designs for page in design.pages]
    first.save(file, "TIFF", save_all=True, append_images=rest, compression="tiff_lzw")
    return file.getvalue()


def dots(picture: bytes) -> str:
    """Return the SHA-256 of a picture's dots; what else the file says does not count."""
    return fingerprint(np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")))


def fingerprint(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """Return the SHA-256 of dots."""
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()


def _picture(number: int) -> Image.Image:
    """Return white with a row of bars that say a number, once in black and once in each colour of the ribbon."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    for row, colour in enumerate(("black", "yellow", "magenta", "cyan")):
        for bit in range(BITS):
            if number >> bit & 1:
                left, top = 60 + 56 * bit, 80 + 120 * row
                draw.rectangle((left, top, left + 40, top + 80), fill=colour)
    return picture


@cache
def _shelf() -> DriverShelf:
    return shelf_of([f"printserver_{driver}" for driver in MODELS])


@cache
def _look(design: Design) -> Look:
    back = png(design.back) if design.back is not None else None
    order = RenderOrder(
        driver=design.driver, model=MODELS[design.driver], front=png(design.front), back=back, ribbon=RIBBON,
        ticket=ticket_of(design.two_sided), want=frozenset({PANELS, BLOCKS}),
    )  # fmt: skip
    result = render(order, _shelf())
    panels = {side: _panels(result, side) for side in Side}
    front = panels[Side.FRONT]
    return Look(
        front=_composed(front), back=_composed(panels[Side.BACK]) if design.two_sided else None,
        begun=frozenset(_composed(front[:count]) for count in range(1, len(front))),
        size=sum(len(block.data) for block in result.blocks if block.feeds),
    )  # fmt: skip


def _panels(result: RenderResult, side: Side) -> list[Panel]:
    return [
        Panel(each.panel, np.frombuffer(each.data, np.uint8).reshape(each.height, each.width), each.levels)
        for each in result.panels if each.side is side
    ]  # fmt: skip


def _composed(panels: Sequence[Panel]) -> str:
    return fingerprint(composite(panels, shape=(HEIGHT, WIDTH)))
