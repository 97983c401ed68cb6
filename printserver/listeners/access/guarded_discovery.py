"""Looking for printers, behind the table of operations and roles."""

from __future__ import annotations

from collections.abc import Sequence

from printserver.driver import DriverInfo
from printserver.listeners.http.discovering import Discovery
from printserver.model.discovery import Findings, Looking

from .table import check


class GuardedDiscovery:
    """What looks for printers, behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, discovery: Discovery) -> None:
        """Guard `discovery`."""
        self._behind = discovery

    async def look(self, looking: Looking) -> Findings:
        """Return what is found."""
        check("discover")
        return await self._behind.look(looking)

    def families(self) -> Sequence[DriverInfo]:
        """Return the drivers that a printer can be added with."""
        check("discover")
        return self._behind.families()
