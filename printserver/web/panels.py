"""A card's panels as templates show them: each ink with its picture, each side with the places of its warnings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from printserver.listeners.http.panels import picture_address
from printserver.listeners.http.wishes import JOBS
from printserver.model.card import Side
from printserver.model.inspection import Inspection, PanelInk, PanelWarning, Place


@dataclass(frozen=True, slots=True)
class ShownInk:
    """A panel with the addresses of its picture, small and whole."""

    ink: PanelInk
    small: str
    whole: str


@dataclass(frozen=True, slots=True)
class ShownSide:
    """A side of a card: its composite, its panels in printing order, its warnings and where they point to.

    `source` is the picture that was sent, as it was laid on the card; empty where it is not shown.
    """

    side: Side
    composite: str
    source: str
    inks: tuple[ShownInk, ...]
    warnings: tuple[PanelWarning, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places of all warnings, for marks on the picture."""
        return tuple(place for warning in self.warnings for place in warning.places)


@dataclass(frozen=True, slots=True)
class ShownPanels:
    """What was found out about a card, side by side."""

    inspection: Inspection
    sides: tuple[ShownSide, ...]


def shown_panels(
    inspection: Inspection, *, composite: Callable[[Side], str], ink: Callable[[PanelInk, bool], str],
    source: Callable[[Side], str] = lambda side: "",
) -> ShownPanels:  # fmt: skip
    """Return a card's panels with their pictures' addresses; `ink` is asked for a panel's small (true) or whole one."""
    return ShownPanels(inspection, tuple(
        ShownSide(
            side=side, composite=composite(side), source=source(side),
            inks=tuple(ShownInk(panel, ink(panel, True), ink(panel, False)) for panel in inspection.of(side)),
            warnings=tuple(warning for warning in inspection.warnings if warning.side is side),
        )
        for side in Side if inspection.of(side)
    ))  # fmt: skip


def panels_of_job(inspection: Inspection, job: int, card: int) -> ShownPanels:
    """Return the panels of a card with the addresses of the API."""
    def ink(panel: PanelInk, small: bool) -> str:
        return picture_address(panel, job, card) + ("?thumbnail=1" if small else "")

    return shown_panels(inspection, composite=lambda side: f"{JOBS}/{job}/cards/{card}/{side}.png", ink=ink)
