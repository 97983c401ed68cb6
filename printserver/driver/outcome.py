"""How one attempt at a card ended, as far as the device lets anybody know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from printserver.model.job import Reason


@dataclass(frozen=True, slots=True)
class Done:
    """The card is out; `sure` only when the device itself said so (its reply, counter or job id)."""

    evidence: dict[str, str] = field(default_factory=dict)
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Spoiled:
    """The device rejected the card, or ruined it; without `fed` it says that no card has left the feeder.

    A card that was fed is printed anew without a person's word only by a device that has a reject box.
    """

    reason: Reason
    fed: bool = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows what became of the card; a person must look."""

    reason: Reason


Outcome: TypeAlias = Done | Spoiled | Unknown
