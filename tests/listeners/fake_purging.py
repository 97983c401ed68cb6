"""Throws away, in memory, what a service in memory keeps."""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from printserver.errors import NotPossibleNow
from printserver.model.job import Job
from printserver.queue.views import By, Kept, Purged, PurgeWanted


class InMemory(Protocol):
    """What is asked of a service in memory."""

    kept: dict[int, Job]
    wishes: list[tuple[str, object, By]]

    async def job(self, job: int) -> Job: ...


class FakePurging:
    """Records each wish beside the others of its service; a job that is not over is kept."""

    def __init__(self, service: InMemory) -> None:
        self._service = service

    async def purge_job(self, job: int, by: By) -> Job:
        found = await self._service.job(job)
        if not found.state.final:
            raise NotPossibleNow(f"job {job} is {found.state}")
        self._service.wishes.append(("purge-job", job, by))
        self._service.kept[job] = replace(found, purged=True)
        return self._service.kept[job]

    async def purge_jobs(self, wanted: PurgeWanted, by: By, now: float = 0.0) -> Purged:
        self._service.wishes.append(("purge-jobs", wanted, by))
        sought = wanted.person.casefold()
        fitting = [job.id for job in self._service.kept.values() if sought and sought in job.name.casefold()]
        found = [await self._service.job(number) for number in wanted.jobs or fitting]
        gone = tuple(job.id for job in found if job.state.final and not job.purged)
        for job in gone if not wanted.try_only else ():
            self._service.kept[job] = replace(self._service.kept[job], purged=True)
        return Purged(purged=gone, kept=tuple(Kept(job.id, "it is not over") for job in found if not job.state.final))
