"""Ribbons of the family; the printer knows the one that is in it by its tag, no command names it."""

from __future__ import annotations

from printserver.model.card import PanelName, Ribbon

Y, M, C, K, O = PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O  # noqa: E741 - the field's own letters

# BAC of the vendor's filter has colour, black and overcoat for the second side too: two sets of panels for one card.
RIBBONS = (
    Ribbon("YMCKO", front=(Y, M, C, K, O), back=(Y, M, C, K, O)),
    Ribbon("YMCKOK", front=(Y, M, C, K, O), back=(K,)),
    Ribbon("KO", front=(K, O), back=(K, O)),
    Ribbon("K", front=(K,), back=(K,)),
)


def by_name(name: str) -> Ribbon:
    """Return a ribbon by its name; raises KeyError for one that the family does not have."""
    return {ribbon.name: ribbon for ribbon in RIBBONS}[name]


def by_panels(front: tuple[PanelName, ...], back: tuple[PanelName, ...]) -> Ribbon | None:
    """Return the first ribbon that has just these panels, None when none has; a blank back fits each."""
    fitting = (each for each in RIBBONS if each.front == front and back in ((), each.back))
    return next(fitting, None)
