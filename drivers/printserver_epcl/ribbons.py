"""Ribbons of the family; no source gives the number by which a command names one, but for monochrome."""

from __future__ import annotations

from printserver.model.card import PanelName, Ribbon

Y, M, C, K, O = PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O  # noqa: E741 - the field's own letters

RIBBONS = (Ribbon("YMCKO", front=(Y, M, C, K, O)), Ribbon("KO", front=(K, O)), Ribbon("K", front=(K,)))
# +RIB 4 in the job of the vendor's knowledge base.
MONOCHROME = "4"


def by_name(name: str) -> Ribbon:
    """Return a ribbon by its name; raises KeyError for one that the family does not have."""
    return {ribbon.name: ribbon for ribbon in RIBBONS}[name]


def by_panels(front: tuple[PanelName, ...]) -> Ribbon | None:
    """Return the ribbon that has just these panels, None when none has."""
    return next((each for each in RIBBONS if each.front == front), None)
