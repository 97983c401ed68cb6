"""Maintenance behind the table of operations and roles."""

from __future__ import annotations

from printserver.listeners.http.upkeep import UpkeepService
from printserver.model.upkeep import MaintenanceAction
from printserver.queue.views import By, PrinterView

from .guard import asker
from .table import check


class GuardedUpkeep:
    """Maintenance behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, behind: UpkeepService) -> None:
        """Guard `behind`."""
        self._behind = behind

    def printer(self, printer: str) -> PrinterView:
        """Return a printer with its maintenance."""
        check("printer")
        return self._behind.printer(printer)

    async def maintain(self, printer: str, action: MaintenanceAction, by: By) -> PrinterView:
        """Have a printer cleaned, calibrated, or its test card printed."""
        check("maintain")
        return await self._behind.maintain(printer, action, asker(by))
