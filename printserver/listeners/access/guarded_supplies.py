"""Blanks and ribbon behind the table of operations and roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from printserver.listeners.http.supplies import SuppliesService
from printserver.model.cost import JobUse
from printserver.model.supply import Forecast, Shift, Spending
from printserver.queue.views import By, SupplyView

from .guard import asker
from .table import check


class Jobs(Protocol):
    """What this needs of the guarded job service."""

    async def check_job(self, operation: str, job: int) -> None:
        """Raise NotPermitted when who asks may not do this to a job."""
        ...


class GuardedSupplies:
    """Supplies behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, behind: SuppliesService, service: Jobs) -> None:
        """Guard `behind`; whose a job is, is asked of `service`."""
        self._behind, self._service = behind, service

    async def supplies(self, printer: str) -> Sequence[SupplyView]:
        """Return blanks and ribbon of a printer."""
        check("supplies")
        return await self._behind.supplies(printer)

    async def shift(self, printer: str) -> Shift | None:
        """Return what became of the blanks since the last shift was closed."""
        check("shift")
        return await self._behind.shift(printer)

    async def load_blanks(self, printer: str, count: int, by: By) -> None:
        """So many blanks were put into the hopper."""
        check("load_blanks")
        await self._behind.load_blanks(printer, count, asker(by))

    async def count_blanks(self, printer: str, left: int, by: By) -> None:
        """So many blanks are in the hopper now."""
        check("count_blanks")
        await self._behind.count_blanks(printer, left, asker(by))

    async def spend_blanks(self, printer: str, what: Spending, count: int, by: By) -> None:
        """Blanks went to a test card or to cleaning."""
        check("spend_blanks")
        await self._behind.spend_blanks(printer, what, count, asker(by))

    async def change_ribbon(self, printer: str, roll: str, cards: int | None, left: int | None, by: By) -> None:
        """Another roll was put in."""
        check("change_ribbon")
        await self._behind.change_ribbon(printer, roll, cards, left, asker(by))

    async def close_shift(self, printer: str, left: int, by: By) -> Shift:
        """Book a count of the hopper."""
        check("close_shift")
        return await self._behind.close_shift(printer, left, asker(by))

    async def forecasts(self, job: int) -> Sequence[Forecast]:
        """Return whether ribbon and blanks suffice for a job."""
        await self._service.check_job("forecasts", job)
        return await self._behind.forecasts(job)

    async def use(self, job: int) -> JobUse:
        """Return what a job has taken of blanks and ribbon so far."""
        await self._service.check_job("use", job)
        return await self._behind.use(job)
