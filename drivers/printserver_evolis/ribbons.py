"""Ribbons of the family and the codes by which `Pr` names them (A5013 Rev E, parameter table)."""

from __future__ import annotations

from printserver.model.card import PanelName, Ribbon

Y, M, C, K, O = PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O  # noqa: E741 - the field's own letters

RIBBONS = (
    Ribbon("YMCKO", front=(Y, M, C, K, O)),
    Ribbon("YMCKOK", front=(Y, M, C, K, O), back=(K,)),
    Ribbon("half-YMCKO", front=(Y, M, C, K, O), half=True),
    Ribbon("KO", front=(K, O), back=(K, O)),
    Ribbon("K", front=(K,), back=(K,)),
)

# The vendor's Windows driver says `k` for every black ribbon; the manual's table has kb.
CODE_OF = {"YMCKO": "ymcko", "YMCKOK": "ymckok", "half-YMCKO": "ymckos", "KO": "ko", "K": "k"}
_OTHER_CODES = {"kb": "K", "k*": "K"}


def by_name(name: str) -> Ribbon:
    """Return a ribbon by its name; raises KeyError for one that the family does not have."""
    return {ribbon.name: ribbon for ribbon in RIBBONS}[name]


def by_code(code: str) -> Ribbon | None:
    """Return the ribbon that a code names, None for a ribbon that is not handled."""
    names = {code: name for name, code in CODE_OF.items()} | _OTHER_CODES
    found = names.get(code.lower())
    return None if found is None else by_name(found)
