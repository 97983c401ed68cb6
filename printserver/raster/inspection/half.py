"""Where a half-panel ribbon has its colour."""

from __future__ import annotations

from printserver.model.card import Geometry
from printserver.raster.kernels import Rectangle

# Evolis half-panel ribbons take at most 420 of a card's 1016 lines of colour (programming guide A5013, command Dbp), so
# 35.6 mm of the card's length. Where they begin is a setting of the printer (Psp); it is taken to be the left edge.
HALF_PANEL_MM = 35.56


def half_panel(geometry: Geometry) -> Rectangle:
    """Return the part of the card, in dots, on which a half-panel ribbon can print dye."""
    return Rectangle(0, 0, min(geometry.width, geometry.dots(HALF_PANEL_MM)), geometry.height)
