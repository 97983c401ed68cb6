"""What can be told from a page's size alone: that it stands where the card lies, or has too few dots."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from printserver.model.card import Geometry, Side
from printserver.model.inspection import PanelWarning, WarningCode
from printserver.model.ticket import Placement, Rotation
from printserver.raster.place import same_resolution, turn

Pixels = npt.NDArray[np.uint8]

# A page whose sides differ by less than this is nearly square and has no orientation.
SQUARE = 1.2
# A card printed at 300 dpi from fewer than 200 dots an inch shows its steps at reading distance.
ENLARGED = 1.5


def inspect_page(
    page: Pixels, side: Side, geometry: Geometry, placement: Placement, rotation: Rotation
) -> tuple[PanelWarning, ...]:
    """Return what is wrong with a page (RGB, any size) as it will be laid on the card."""
    turned = turn(page, geometry, rotation)
    warnings = []
    if stands(turned.shape[:2]) is not None and stands(turned.shape[:2]) is not stands(shape_of(geometry)):
        warnings.append(PanelWarning(code=WarningCode.WRONG_ORIENTATION, side=side))
    factor = enlargement(turned, geometry, placement)
    if factor > ENLARGED:
        warnings.append(PanelWarning(code=WarningCode.ENLARGED, side=side, measure=round(factor, 1)))
    return tuple(warnings)


def shape_of(geometry: Geometry) -> tuple[int, int]:
    """Return height and width of a printer's image."""
    return geometry.height, geometry.width


def stands(shape: tuple[int, ...]) -> bool | None:
    """Tell whether a shape (height, width) is portrait, None when it is nearly square."""
    height, width = shape
    if max(height, width) < SQUARE * min(height, width):
        return None
    return height > width


def enlargement(turned: Pixels, geometry: Geometry, placement: Placement) -> float:
    """Return how many times larger a page, turned already, is printed than its dots are; 1.0 = dot for dot."""
    height, width = float(turned.shape[0]), float(turned.shape[1])
    down, across = geometry.height / height, geometry.width / width
    match placement:
        case Placement.FIT:
            return min(down, across)
        case Placement.CROP if same_resolution(turned, geometry):
            return 1.0
        case _:
            return max(down, across)
