"""What a printer uses up: ribbon, blanks, cleaning cycles."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SupplyKind(StrEnum):
    """Kinds of supply, named as PWG 5100.13 `printer-supply` types where it has one."""

    RIBBON = "ribbon"
    BLANKS = "blanks"
    CLEANING = "cleaning"


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """One supply: `remaining` of `capacity` cards or cycles; None = the device does not tell."""

    kind: SupplyKind
    name: str
    remaining: int | None = None
    capacity: int | None = None

    @property
    def percent(self) -> int | None:
        """Return what is left in whole percent, None when it is not known."""
        if self.remaining is None or not self.capacity:
            return None
        return max(0, min(100, round(100 * self.remaining / self.capacity)))
