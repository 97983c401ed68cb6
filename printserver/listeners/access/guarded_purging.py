"""Throwing documents away, behind the table of operations and roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from printserver.model.job import Job
from printserver.queue.views import By, Purged, PurgeWanted

from .guard import asker
from .table import check
from .withholding import as_seen


class Purging(Protocol):
    """What throws documents away; raises PrintServerError."""

    async def purge_job(self, job: int, by: By) -> Job:
        """Throw a job's documents away."""
        ...

    async def purge_jobs(self, wanted: PurgeWanted, by: By, now: float) -> Purged:
        """Throw the documents of several jobs away."""
        ...


class GuardedPurging:
    """Purging behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, purging: Purging, clock: Callable[[], float]) -> None:
        """Guard `purging`; `clock` tells seconds since the epoch."""
        self._behind, self._clock = purging, clock

    async def purge_job(self, job: int, by: By) -> Job:
        """Throw a job's documents away."""
        check("purge_job")
        return as_seen(await self._behind.purge_job(job, asker(by)))

    async def purge_jobs(self, wanted: PurgeWanted, by: By) -> Purged:
        """Throw the documents of several jobs away."""
        check("purge_jobs")
        return await self._behind.purge_jobs(wanted, asker(by), self._clock())
