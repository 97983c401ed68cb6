"""Which panel of a side carries its picture where there is no dye."""

from __future__ import annotations

from printserver.model.card import PanelName

# Black, else the ribbon's one colour.
CARRIERS = (PanelName.K, PanelName.W, PanelName.S)


def has_dye(names: tuple[PanelName, ...]) -> bool:
    """Tell whether a side has any colour."""
    return any(name.is_dye for name in names)


def carrier_of(names: tuple[PanelName, ...]) -> PanelName | None:
    """Return the resin that carries the picture of a side without dye, None where there is dye or no resin."""
    return None if has_dye(names) else next((name for name in CARRIERS if name in names), None)
