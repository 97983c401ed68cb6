"""Reports of days, behind the table of operations and roles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from printserver.queue.daily import Daily

from .table import check


class Reports(Protocol):
    """What makes reports of days; raises PrintServerError."""

    def today(self, now: float) -> date:
        """Return the site's own day."""
        ...

    async def of(self, day: date, now: float) -> Daily:
        """Return a day's report."""
        ...


class GuardedReports:
    """Reports behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, reports: Reports, clock: Callable[[], float]) -> None:
        """Guard `reports`; `clock` tells seconds since the epoch."""
        self._behind, self._clock = reports, clock

    async def of(self, day: date | None) -> Daily:
        """Return a day's report, None = today's."""
        check("report")
        now = self._clock()
        return await self._behind.of(day or self._behind.today(now), now)
