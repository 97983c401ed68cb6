"""What a queue offers to its clients: what its printers can do with the ribbons that are in them.

Laws kept here:

1. Declared is what works: a ribbon that no printer of the queue holds is not offered, nor its colour or back panels.
2. One printer that can is enough, as it is at admission.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.driver import Capabilities
from printserver.errors import NotPossibleNow
from printserver.model.card import Ribbon, Side
from printserver.model.ticket import Sides
from printserver.queue.views import QueueView


@dataclass(frozen=True, slots=True)
class Offer:
    """The abilities of a queue's first printer, and what all its printers together have."""

    abilities: Capabilities
    ribbons: tuple[Ribbon, ...]
    duplex: bool
    magnetic_tracks: int

    @property
    def dpi(self) -> int:
        """Return the resolution in dots per inch, the same in both directions."""
        return self.abilities.geometry.dpi

    @property
    def coloured(self) -> bool:
        """Tell whether a ribbon has colour."""
        return any(ribbon.has_colour for ribbon in self.ribbons)

    @property
    def sides(self) -> tuple[str, ...]:
        """Return the values of `sides`."""
        return (Sides.ONE.value, Sides.TWO.value) if self.duplex else (Sides.ONE.value,)

    @property
    def color_modes(self) -> tuple[str, ...]:
        """Return the values of `print-color-mode`: a card is printed in what its ribbon has, or without its colour."""
        return ("auto", "color", "monochrome") if self.coloured else ("auto", "monochrome")


def offer_of(queue: QueueView) -> Offer:
    """Return what a queue offers; raises NotPossibleNow while no printer of it tells its abilities."""
    able = [(view.config, view.capabilities) for view in queue.printers if view.capabilities]
    if not able:
        raise NotPossibleNow(f"queue {queue.config.name} has no printer")
    loaded = [(abilities, ribbon) for config, abilities in able if (ribbon := abilities.ribbon(config.ribbon))]
    return Offer(
        abilities=able[0][1], ribbons=tuple(dict.fromkeys(ribbon for _, ribbon in loaded)),
        duplex=any(abilities.duplex and ribbon.panels(Side.BACK) for abilities, ribbon in loaded),
        magnetic_tracks=max(abilities.magnetic_tracks for _, abilities in able),
    )
