"""What operators do with whole queues, behind the table of operations and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from printserver.listeners.ipp.service import Administration
from printserver.model.job import Job
from printserver.model.printer import QueueConfig
from printserver.queue.views import By, QueueView

from .guard import GuardedService, asker
from .table import asking, check
from .withholding import as_seen


class GuardedAdministration:
    """Administration behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, administration: Administration, service: GuardedService) -> None:
        """Guard `administration`; single jobs are asked for of `service`."""
        self._behind, self._service = administration, service

    async def change(self, queue: str, by: By, **changes: object) -> QueueView:
        """Change what a queue is told to be."""
        check("change")
        return await self._behind.change(queue, asker(by), **changes)

    async def add_queue(self, config: QueueConfig, by: By) -> QueueView:
        """Add a queue."""
        check("add_queue")
        return await self._behind.add_queue(config, asker(by))

    async def set_queue(self, queue: str, by: By, changes: Mapping[str, object]) -> QueueView:
        """Change printers and policies of a queue."""
        check("set_queue")
        return await self._behind.set_queue(queue, asker(by), changes)

    async def pause_after_current(self, queue: str, by: By) -> QueueView:
        """Pause a queue when its present job is finished."""
        check("pause_after_current")
        return await self._behind.pause_after_current(queue, asker(by))

    async def release_held_new(self, queue: str, by: By) -> QueueView:
        """Hold no more new jobs, and release those that were held for it."""
        check("release_held_new")
        return await self._behind.release_held_new(queue, asker(by))

    async def shut_down(self, queue: str, by: By) -> QueueView:
        """Put a queue out of use."""
        check("shut_down")
        return await self._behind.shut_down(queue, asker(by))

    async def start_up(self, queue: str, by: By) -> QueueView:
        """Put a queue into use."""
        check("start_up")
        return await self._behind.start_up(queue, asker(by))

    async def current(self, queue: str) -> Job | None:
        """Return the job of a queue that is being printed."""
        check("current")
        job = await self._behind.current(queue)
        return None if job is None else as_seen(job)

    async def prioritise(self, job: int, priority: int, by: By) -> Job:
        """Give a job another priority."""
        check("prioritise")
        return as_seen(await self._behind.prioritise(job, priority, asker(by)))

    async def schedule(self, job: int, after: int | None, by: By) -> Job:
        """Let a waiting job be printed next after another."""
        check("schedule")
        return as_seen(await self._behind.schedule(job, after, asker(by)))

    async def cancel_all(self, jobs: Sequence[int], by: By) -> None:
        """Cancel several jobs, all or none."""
        if asking() is not None:
            for job in jobs:
                await self._service.check_job("cancel", job)
        await self._behind.cancel_all(jobs, asker(by))

    async def unfinished(self, queue: str) -> Sequence[Job]:
        """Return the jobs of a queue that are not finished."""
        check("unfinished")
        return [as_seen(job) for job in await self._behind.unfinished(queue)]

    async def purge(self, queue: str, by: By) -> None:
        """Cancel what waits in a queue, and throw documents away."""
        check("purge")
        await self._behind.purge(queue, asker(by))
