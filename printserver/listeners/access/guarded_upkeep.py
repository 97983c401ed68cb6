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

    async def cleaned(self, printer: str, by: By) -> PrinterView:
        """Take a person's word that they have cleaned a printer by hand."""
        check("cleaned")
        return await self._behind.cleaned(printer, asker(by))

    async def postpone(self, printer: str, cards: int, by: By) -> PrinterView:
        """Let a printer have so many cards more before it stops for want of cleaning."""
        check("postpone")
        return await self._behind.postpone(printer, cards, asker(by))
