"""Where a half-panel ribbon has its colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from printserver.model.card import HALF_PANEL_MM, Geometry, SidePanels
from printserver.raster.kernels import Rectangle


def half_panel(geometry: Geometry, sides: Sequence[SidePanels] = ()) -> Rectangle:
    """Return the part of the card, in dots, on which a half-panel ribbon prints dye.

    It lies at the left edge, or at the right edge where all dye of the sides lies there.
    """
    width = min(geometry.width, geometry.dots(HALF_PANEL_MM))
    dyed = [panel.plane.any(axis=0) for side in sides for panel in side.panels if panel.name.is_dye]
    columns = np.flatnonzero(np.logical_or.reduce(dyed)) if dyed else np.empty(0, dtype=np.int64)
    at_right = bool(columns.size) and columns[0] >= geometry.width - width
    return Rectangle(geometry.width - width if at_right else 0, 0, width, geometry.height)
