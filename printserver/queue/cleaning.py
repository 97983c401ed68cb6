"""When a printer is to be cleaned: it warns first, and gets no more cards later, until somebody cleans or postpones it.

Laws kept here:

1. Cards since the last cleaning are counted by the device where it tells them, and by the server always: the greater
   number counts.
2. The configuration says after how many, else the device, else the family's sources. Without any of them nobody warns.
3. Who says only when it is due lets it go on for a quarter longer before it stops.
4. A person may let a printer go on; the journal has the name and the reason.
"""

from __future__ import annotations

import msgspec

from printserver.driver import Capabilities
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.job import Reason
from printserver.model.printer import PrinterConfig, PrinterStatus
from printserver.model.supply import SupplyKind
from printserver.model.upkeep import Cleanliness

SINCE_CLEANING = "since-cleaning"
OVERDUE = "cleaning-overdue"
GRACE = 4
WARNING = Alert(kind=AlertKind.CLEANING_DUE, severity=Severity.WARNING)


class Cleaning(msgspec.Struct, frozen=True, kw_only=True):
    """How a printer stands: cards since it was cleaned (or counted, `since`), and after how many it is due and stops.

    `due` and `stop` are 0 where nobody says a number. `postponed` = so many a person lets it have, 0 = nobody does.
    """

    used: int
    since: float | None = None
    due: int = 0
    stop: int = 0
    postponed: int = 0

    @property
    def is_due(self) -> bool:
        """Tell whether it should be cleaned by now."""
        return 0 < self.due <= self.used

    @property
    def stops(self) -> Reason | None:
        """Return why it gets no more cards, None where it does."""
        if not 0 < self.stop <= self.used or self.used < self.postponed:
            return None
        return Reason(OVERDUE, f"{self.used} cards since it was cleaned, {self.stop} at most")


def cleaning_of(
    config: PrinterConfig, known: Capabilities, status: PrinterStatus | None, counted: Cleanliness | None
) -> Cleaning:
    """Return how a printer stands with its cleaning."""
    told, capacity = _told(status)
    due = config.cleaning_due or capacity or known.cleaning_due
    stop = config.cleaning_stop or known.cleaning_stop or due + due // GRACE
    return Cleaning(
        used=max(told, counted.used if counted else 0), since=counted.since if counted else None, due=due,
        stop=max(due, stop), postponed=counted.postponed if counted else 0,
    )  # fmt: skip


def _told(status: PrinterStatus | None) -> tuple[int, int]:
    """Return how many cards a device says it has had since it was cleaned, and how many it may have; 0 = no word."""
    if status is None:
        return 0, 0
    supply = next((each for each in status.supplies if each.kind is SupplyKind.CLEANING), None)
    capacity = supply.capacity or 0 if supply else 0
    used = capacity - supply.remaining if supply and supply.remaining is not None and capacity else 0
    return max(0, used, status.counters.get(SINCE_CLEANING, 0)), capacity
