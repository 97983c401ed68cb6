"""What a printer can do, as data: IPP attributes, pages and checks are derived from it, never written by a driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from printserver.model.card import Geometry, PanelName, Ribbon
from printserver.model.upkeep import Maintenance, MaintenanceAction


class Confirms(StrEnum):
    """How an outcome is known; with the last two a card ends UNCERTAIN, reason `awaiting-check`."""

    DEVICE = "device"
    COUNTER = "counter"
    JOB_ID = "job-id"
    TRANSFER = "transfer"
    NOTHING = "nothing"

    @property
    def sure(self) -> bool:
        """Tell whether the device itself can say that a card is out."""
        return self in (Confirms.DEVICE, Confirms.COUNTER, Confirms.JOB_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Abilities of one printer: its image, ribbons, levels per panel, sides, encoders and how it confirms.

    `levels` maps a panel to the number of levels sent for it (2 to 256). `options` maps a driver's own option to
    its allowed values, the first being the default. `maintenance` is what the printer can be told to do to itself.
    It is to be cleaned after `cleaning_due` cards, and gets none after `cleaning_stop`; 0 = no source names a number.
    `refuses` says why nothing is printed on this printer, empty = it prints: jobs for it are refused with that reason
    when they are handed in, and nothing is ever sent to it.
    """

    title: str
    geometry: Geometry
    ribbons: tuple[Ribbon, ...]
    levels: dict[PanelName, int]
    confirms: Confirms
    duplex: bool = False
    magnetic_tracks: int = 0
    chip: bool = False
    contactless: bool = False
    reject_box: bool = False
    blocks_visible: bool = True
    pages_per_minute: int = 2
    stocks: tuple[str, ...] = ("cr80-pvc",)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    maintenance: tuple[Maintenance, ...] = ()
    cleaning_due: int = 0
    cleaning_stop: int = 0
    refuses: str = ""

    def ribbon(self, name: str) -> Ribbon | None:
        """Return the ribbon of a name, matched without case, None when this printer does not take it."""
        return next((ribbon for ribbon in self.ribbons if ribbon.name.lower() == name.lower()), None)

    def maintained(self, action: MaintenanceAction) -> Maintenance | None:
        """Return what is known of one kind of maintenance, None when this printer is not told to do it."""
        return next((each for each in self.maintenance if each.action is action), None)
