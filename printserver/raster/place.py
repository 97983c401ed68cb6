"""A page brought onto the card: turned, scaled, cut or surrounded with white.

Laws kept here:

1. A page that already has the card's size passes through untouched, byte for byte.
2. A page drawn for the card at the printer's own resolution keeps its dots: it is laid down centred, not scaled,
   because scaling by a percent or two blurs text and bar codes. Bleed is cut off; a missing rim repeats the edge.
3. `auto` turns a portrait page left (anti-clockwise): its top comes to the left-hand edge of the card. That undoes what
   CUPS does when it lays landscape content on portrait media (reverse-landscape, RFC 8011 section 5.2.10: clockwise)
   and what IPP asks others to do (`landscape-orientation-requested-preferred`), so that a landscape design comes out
   upright however it was sent.
4. What the page does not cover is white, which is no ink.
5. What is drawn at the size that `drawn_size` tells is laid down dot for dot.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation

# Pages at the printer's resolution differ from its image by the rim that printers add round ID-1 (1011 x 638 dots on
# 1016 x 648: 0.5 and 1.5 per cent) or by bleed (1.4 mm round: 1050 x 675, 3.3 and 4.2 per cent).
RIM = 0.02
BLEED = 0.05

# numpy turns anti-clockwise.
QUARTER_TURNS = {Rotation.NONE: 0, Rotation.RIGHT: 3, Rotation.HALF: 2, Rotation.LEFT: 1}
AUTO_TURN = Rotation.LEFT

Pixels = npt.NDArray[np.uint8]


def place(page: Pixels, geometry: Geometry, placement: Placement, rotation: Rotation) -> Pixels:
    """Return the page as the card's picture: RGB `uint8`, shape (geometry.height, geometry.width, 3)."""
    turned = turn(page, geometry, rotation)
    if turned.shape[:2] == (geometry.height, geometry.width):
        return np.ascontiguousarray(turned)
    match placement:
        case Placement.STRETCH:
            return scale(turned, (geometry.width, geometry.height))
        case Placement.FIT:
            return fit(turned, geometry)
        case Placement.CROP:
            return lay_down(turned, geometry) if same_resolution(turned, geometry) else crop(turned, geometry)


def turn(page: Pixels, geometry: Geometry, rotation: Rotation) -> Pixels:
    """Return the page turned as asked; `auto` turns only a page that stands while the card lies."""
    height, width = page.shape[:2]
    return np.rot90(page, turns((width, height), geometry, rotation))


def turns(size: tuple[float, float], geometry: Geometry, rotation: Rotation) -> int:
    """Return by how many quarters, anti-clockwise, a page of a width and height is turned."""
    width, height = size
    if rotation is Rotation.AUTO:
        stands = (height > width) if geometry.width > geometry.height else (width > height)
        rotation = AUTO_TURN if stands else Rotation.NONE
    return QUARTER_TURNS[rotation]


def same_resolution(page: Pixels, geometry: Geometry) -> bool:
    """Tell whether a page has the card's size but for rim or bleed."""
    return is_card((page.shape[1], page.shape[0]), geometry)


def is_card(size: tuple[int, int], geometry: Geometry) -> bool:
    """Tell whether a width and height in dots are the card's but for rim or bleed."""
    sides = ((size[0], geometry.width), (size[1], geometry.height))
    return all(-RIM <= (side - card) / card <= BLEED for side, card in sides)


def lay_down(page: Pixels, geometry: Geometry) -> Pixels:
    """Return the page centred on the card, dot for dot."""
    height, width = page.shape[:2]
    rows = centred(height, geometry.height)
    columns = centred(width, geometry.width)
    return np.ascontiguousarray(page[rows][:, columns])


def centred(length: int, wanted: int) -> npt.NDArray[np.int64]:
    """Return which of `length` dots lies under each of `wanted`; dots beyond an edge repeat it."""
    under: npt.NDArray[np.int64] = np.arange(wanted, dtype=np.int64) + (length - wanted) // 2
    return under.clip(0, length - 1)


def drawn_size(
    inches: tuple[float, float], geometry: Geometry, placement: Placement, rotation: Rotation
) -> tuple[int, int]:
    """Return the width and height in dots in which a drawing of a size in inches is laid down without being scaled."""
    quarter = turns(inches, geometry, rotation) % 2 == 1
    width, height = reversed(inches) if quarter else inches
    size = laid_size((width * geometry.dpi, height * geometry.dpi), geometry, placement)
    return (size[1], size[0]) if quarter else size


def laid_size(natural: tuple[float, float], geometry: Geometry, placement: Placement) -> tuple[int, int]:
    """Return the size in dots of a drawing on the card, from its size in dots at the printer's resolution."""
    width, height = natural
    ratios = (geometry.width / width, geometry.height / height)
    match placement:
        case Placement.STRETCH:
            return geometry.width, geometry.height
        case Placement.CROP if is_card((round(width), round(height)), geometry):
            return round(width), round(height)
        case _:
            factor = max(ratios) if placement is Placement.CROP else min(ratios)
            return max(1, round(width * factor)), max(1, round(height * factor))


def crop(page: Pixels, geometry: Geometry) -> Pixels:
    """Return the page scaled until it covers the card, its overhang cut evenly on both sides."""
    height, width = page.shape[:2]
    factor = max(geometry.width / width, geometry.height / height)
    if factor == 1.0:
        return lay_down(page, geometry)
    seen_width, seen_height = geometry.width / factor, geometry.height / factor
    left, top = max(0.0, (width - seen_width) / 2), max(0.0, (height - seen_height) / 2)
    box = (left, top, min(width, left + seen_width), min(height, top + seen_height))
    return scale(page, (geometry.width, geometry.height), box)


def fit(page: Pixels, geometry: Geometry) -> Pixels:
    """Return the page scaled until all of it is on the card, centred on white."""
    height, width = page.shape[:2]
    factor = min(geometry.width / width, geometry.height / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    card = np.full((geometry.height, geometry.width, 3), 255, dtype=np.uint8)
    left, top = (geometry.width - size[0]) // 2, (geometry.height - size[1]) // 2
    card[top : top + size[1], left : left + size[0]] = scale(page, size)
    return card


def scale(page: Pixels, size: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> Pixels:
    """Return a part of the page, given in its pixels, at a size (width, height)."""
    image = Image.fromarray(np.ascontiguousarray(page))
    return np.array(image.resize(size, Image.Resampling.LANCZOS, box=box), dtype=np.uint8, order="C")
