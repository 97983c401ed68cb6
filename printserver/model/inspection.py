"""What is worth knowing of a card's panels before a ribbon is spent on them: coverage, ribbon use, warnings.

Laws kept here:

1. A warning never stops a card: it says what may go wrong and where; a person decides.
2. Places are millimetres on the card from its upper left corner, held as `model.card` says.
3. What is an estimate is called one: the share of a ribbon's panel says what is laid down, not what a printer winds on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from printserver.model.card import PanelName, Side

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Ordinal = Annotated[int, msgspec.Meta(ge=1, le=99)]
Dots = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Levels = Annotated[int, msgspec.Meta(ge=2, le=256)]


class WarningCode(StrEnum):
    """What may go wrong with a card."""

    OUTSIDE_HALF_PANEL = "colour-outside-half-panel"
    FINE_RESIN = "fine-resin"
    FULL_PANEL = "full-panel"
    BLANK_SIDE = "blank-side"
    WRONG_ORIENTATION = "wrong-orientation"
    ENLARGED = "enlarged"
    NO_BLACK = "no-black"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle on the card, in millimetres."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


class PanelWarning(msgspec.Struct, frozen=True, kw_only=True):
    """One warning: on which side, of which panel (None = the whole side), how much of it, and where.

    `measure` is a number whose unit the code gives: square millimetres of colour outside a half panel, how many fine
    strokes and gaps, per cent of the print lines that are full, how many times the picture was enlarged. `places` are
    the largest ones, `more` counts those left out.
    """

    code: WarningCode
    side: Side
    panel: PanelName | None = None
    measure: float | None = None
    places: tuple[Place, ...] = ()
    more: int = 0


class PanelInk(msgspec.Struct, frozen=True, kw_only=True):
    """One panel of one side; `number` is 1 for a side's first panel of this name, 2 for the next (K, K2).

    Sizes are in dots. `coverage` is the mean ink of the whole panel in per cent of full ink. `ribbon_panels` is how
    much ribbon the card takes of it, in whole panels (0.5 for the half panels of a half-panel ribbon), `ink_share` how
    many per cent of the ink on that ribbon are laid down; both are estimates.
    """

    side: Side
    panel: PanelName
    number: Ordinal = 1
    width: Dots
    height: Dots
    levels: Levels
    coverage: Percent
    ribbon_panels: float
    ink_share: Percent

    @property
    def name(self) -> str:
        """Return the panel's name on its side, such as `K` or `K2`."""
        return str(self.panel) if self.number == 1 else f"{self.panel}{self.number}"


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found out about a card's panels; sizes are those of the printer's image, the front comes first."""

    ribbon: str
    width_mm: float
    height_mm: float
    half: bool = False
    panels: tuple[PanelInk, ...] = ()
    warnings: tuple[PanelWarning, ...] = ()

    def of(self, side: Side) -> tuple[PanelInk, ...]:
        """Return the panels of one side in printing order."""
        return tuple(panel for panel in self.panels if panel.side is side)
