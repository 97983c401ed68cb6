"""The card itself: ID-1 geometry, sides, panels, ribbons and card stock.

Laws kept here:

1. A card is held landscape, seen from the front; its back is as seen after turning it on the long edge.
2. A panel is `uint8`, C-contiguous, shape (height, width), 0 = no ink, `levels - 1` = full ink.
3. Units stand in the name: `_mm` or dots.

Sources: ISO/IEC 7810 (ID-1), 7811-2/-6 (stripe), 7816-2 (contacts); protocols/geometry.md sections 1 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

ID1_WIDTH_MM = 85.60
ID1_HEIGHT_MM = 53.98
ID1_CORNER_RADIUS_MM = 3.18

# ISO/IEC 7811-6: magnetic material reaches from 5.54 mm to 15.95 mm (three tracks) below the top edge, on the back.
STRIPE_TOP_MM = 5.54
STRIPE_BOTTOM_MM = 15.95

# Module keep-out that card printer drivers use round the ISO/IEC 7816-2 contacts, front view.
CHIP_LEFT_MM, CHIP_TOP_MM, CHIP_RIGHT_MM, CHIP_BOTTOM_MM = 7.6, 16.3, 22.0, 29.4

# Evolis half-panel ribbons take at most 420 of a card's 1016 lines of colour (programming guide A5013, command Dbp).
HALF_PANEL_MM = 35.56

# No standard fixes the signature panel: below the stripe, with room for a name, on the back as seen from the back.
SIGNATURE_LEFT_MM, SIGNATURE_TOP_MM, SIGNATURE_RIGHT_MM, SIGNATURE_BOTTOM_MM = 6.0, 18.5, 66.0, 28.5

Plane = npt.NDArray[np.uint8]


class Side(StrEnum):
    """A side of the card."""

    FRONT = "front"
    BACK = "back"


class PanelName(StrEnum):
    """One panel of a ribbon: what one pass of the ribbon lays down."""

    Y = "Y"
    M = "M"
    C = "C"
    K = "K"
    O = "O"  # noqa: E741 - the field's own letter for overlay
    F = "F"
    S = "S"
    W = "W"

    @property
    def is_dye(self) -> bool:
        """Tell whether the panel is continuous-tone dye, not on-or-off resin."""
        return self in DYES


DYES = frozenset({PanelName.Y, PanelName.M, PanelName.C})


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A ribbon type: the panels it has for the front and for the back, in printing order."""

    name: str
    front: tuple[PanelName, ...]
    back: tuple[PanelName, ...] = ()
    half: bool = False

    def panels(self, side: Side) -> tuple[PanelName, ...]:
        """Return the panels of one side."""
        return self.front if side is Side.FRONT else self.back

    @property
    def has_colour(self) -> bool:
        """Tell whether any side carries dye."""
        return any(panel.is_dye for panel in self.front + self.back)


@dataclass(frozen=True, slots=True)
class Geometry:
    """The printable image of a printer: dots and dots per inch, card held landscape."""

    width: int
    height: int
    dpi: int = 300

    def dots(self, mm: float) -> int:
        """Convert millimetres to whole dots."""
        return round(mm * self.dpi / 25.4)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One separated panel of one side, ready to be packed.

    `plane` holds levels 0 .. levels - 1, dtype uint8, shape (height, width); 256 levels are the value itself.
    """

    name: PanelName
    plane: Plane
    levels: int


@dataclass(frozen=True, slots=True, eq=False)
class SidePanels:
    """All panels of one side in printing order."""

    side: Side
    panels: tuple[Panel, ...]
