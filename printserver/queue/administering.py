"""What operators do with whole queues and with the order of their jobs.

Laws kept here:

1. What a queue is told to be (accepting, holding, out of use, its notes) is kept in the store first, then on the board,
   with the person's name in the journal.
2. A pause after the present job prints that job's cards and no others; it is kept in memory, so a restart forgets it.
3. Nothing here reopens a finished job, and a card in a device is left to the device: a purge cancels what waits and
   throws documents away; rows and journal stay.

Source: RFC 3998 (administrative operations); PWG 5100.11 (several jobs at once); RFC 8011 section 4.2.9 (Purge-Jobs).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from printserver.errors import BadRequest, ConfigurationError, NameTaken, NotPossibleNow
from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.model.opening_hours import opening_hours
from printserver.model.printer import QueueConfig
from printserver.queue.board import Board
from printserver.queue.ordering import moved
from printserver.queue.pausing import set_paused
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By, QueueView
from printserver.store.contract import JobPage, JobQuery, JobWish

PAGE = 100
HELD = "held"


class Jobs(Protocol):
    """What this needs of the job service."""

    async def job(self, job: int) -> Job:
        """Return a job."""
        ...

    async def jobs(self, query: JobQuery) -> JobPage:
        """Return some jobs."""
        ...

    async def story(self, job: int, before: int | None = None) -> Sequence[Event]:
        """Return a job's journal rows."""
        ...

    async def hold(self, job: int, by: By) -> Job:
        """Hold a job."""
        ...

    async def release(self, job: int, by: By) -> Job:
        """Release a held job."""
        ...

    async def cancel(self, job: int, by: By) -> Job:
        """Cancel a job."""
        ...

    def on_event(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with each new journal row."""
        ...


class Administration:
    """Settings of queues, the order of waiting jobs, and wishes for many jobs at once."""

    def __init__(self, keeper: Storekeeper, board: Board, jobs: Jobs) -> None:
        """Work on the parts of the job service `jobs`."""
        self._keeper, self._board, self._jobs = keeper, board, jobs
        self._log = structlog.get_logger("administration")
        jobs.on_event(self._heed)

    # queues

    async def change(self, queue: str, by: By, **changes: object) -> QueueView:
        """Change what a queue is told to be: `accepting`, `hold_new`, `shut_down`, `paused`, `notes`."""
        config: QueueConfig = replace(self._board.queue_config(queue), **changes)
        await self._keeper.write(self._keeper.store.put_queue, config, by.name)
        self._board.put_queue(config)
        self._wake(config)
        return self._board.queue(queue)

    async def add_queue(self, config: QueueConfig, by: By) -> QueueView:
        """Add a queue; raises NameTaken, and what `set_queue` raises."""
        if any(view.config.name == config.name for view in self._board.queues()):
            raise NameTaken(f"there is a queue {config.name}", where="name")
        return await self._put(config, by)

    async def set_queue(self, queue: str, by: By, changes: Mapping[str, object]) -> QueueView:
        """Change printers and policies of a queue; raises UnknownQueue, UnknownPrinter, BadRequest."""
        former = self._board.queue_config(queue)
        view = await self._put(replace(former, **changes), by)
        self._wake(former)
        return view

    async def _put(self, config: QueueConfig, by: By) -> QueueView:
        for printer in config.printers:
            self._board.entry(printer)
        try:
            opening_hours(config.hours)
        except ConfigurationError as error:
            raise BadRequest(error.message, where="hours", allowed=error.allowed) from None
        await self._keeper.write(self._keeper.store.put_queue, config, by.name)
        self._board.put_queue(config)
        self._wake(config)
        return self._board.queue(config.name)

    async def pause_after_current(self, queue: str, by: By) -> QueueView:
        """Pause a queue when its present job is finished; at once when there is none."""
        job = await self.current(queue)
        if job is None:
            await set_paused(self._keeper, self._board, queue, True, by.name)
        elif not self._board.queue_config(queue).paused:
            self._board.ending[queue] = job.id
        return self._board.queue(queue)

    def _heed(self, event: Event) -> None:
        if event.kind != "job" or event.what != "state" or event.data.get("state") not in FINAL_JOB_STATES:
            return
        for queue, job in tuple(self._board.ending.items()):
            if event.subject == str(job):
                pausing = set_paused(self._keeper, self._board, queue, True, "server")
                Deferred.fromCoroutine(pausing).addErrback(
                    lambda failure: self._log.error("queue not paused", detail=failure.getErrorMessage())
                )

    async def release_held_new(self, queue: str, by: By) -> QueueView:
        """Hold no more new jobs, and release those that were held for it and by nobody else.

        Those of an attended queue still wait until somebody at the printer releases them.
        """
        view = await self.change(queue, by, hold_new=False)
        for job in await self._unfinished(queue):
            if job.hold and job.held_for is None and not job.ticket.hold and not await self._held_by_person(job):
                with suppress(NotPossibleNow):
                    await self._jobs.release(job.id, by)
        return view

    async def _held_by_person(self, job: Job) -> bool:
        before: int | None = None
        while rows := await self._jobs.story(job.id, before):
            if any(event.kind == "job" and event.what == HELD for event in rows):
                return True
            before = rows[0].id
        return False

    async def shut_down(self, queue: str, by: By) -> QueueView:
        """Put a queue out of use: it takes no jobs and prints none, and keeps those it has."""
        self._board.ending.pop(queue, None)
        return await self.change(queue, by, accepting=False, paused=True, shut_down=True)

    async def start_up(self, queue: str, by: By) -> QueueView:
        """Put a queue into use: it takes jobs and prints them, whatever it was told before."""
        self._board.ending.pop(queue, None)
        self._board.stopped.pop(queue, None)
        return await self.change(queue, by, accepting=True, paused=False, hold_new=False, shut_down=False)

    def _wake(self, queue: QueueConfig) -> None:
        for printer in queue.printers:
            self._board.call(printer)

    # one job among others

    async def current(self, queue: str) -> Job | None:
        """Return the job of a queue of which a card is in a printer, else one that is being prepared; None = none."""
        for printer in self._board.queue(queue).printers:
            if printer.card is not None:
                job = await self._jobs.job(int(printer.card.partition("/")[0]))
                if job.queue == queue:
                    return job
        active = frozenset({JobState.PROCESSING, JobState.STOPPED})
        page = await self._jobs.jobs(JobQuery(queue=queue, states=active, limit=1, oldest_first=True))
        return page.jobs[0] if page.jobs else None

    async def prioritise(self, job: int, priority: int, by: By) -> Job:
        """Give a job that is not finished another priority."""
        wish = JobWish(priority=priority, by=by.name, note=by.reason)
        return await self._keeper.write(self._keeper.store.apply, job, [wish])

    async def schedule(self, job: int, after: int | None, by: By) -> Job:
        """Let a waiting job be printed next after another of its queue, None = before all that wait."""
        found = await self._jobs.job(job)
        waiting = {each.id: each.ticket.priority for each in await self._unfinished(found.queue) if _waits(each)}
        if job not in waiting:
            raise NotPossibleNow(f"job {job} is {found.state}", allowed="a job that waits")
        if after == job or (after is not None and after not in waiting):
            started = await self._jobs.job(after or job)
            if started.queue != found.queue or started.state.final or after == job:
                raise NotPossibleNow(f"job {after} is {started.state}", allowed="another job of the same queue")
            after = None  # it is being printed already: next after it is first of those that wait
        changes = moved(waiting, job, after)
        for each in sorted(changes, key=lambda one: -changes[one]):
            found = await self.prioritise(each, changes[each], by)
        return await self._jobs.job(job)

    # many jobs

    async def cancel_all(self, jobs: Sequence[int], by: By) -> None:
        """Cancel several jobs; one that has finished meanwhile is no fault."""
        for job in jobs:
            with suppress(NotPossibleNow):
                await self._jobs.cancel(job, by)

    async def unfinished(self, queue: str) -> Sequence[Job]:
        """Return the jobs of a queue that are not finished, oldest first."""
        return await self._unfinished(queue)

    async def purge(self, queue: str, by: By) -> None:
        """Cancel what waits in a queue, and throw the documents of its finished jobs away."""
        await self.cancel_all([job.id for job in await self._unfinished(queue)], by)
        await self._each_page(JobQuery(queue=queue, states=FINAL_JOB_STATES, limit=PAGE), self._purge)

    async def _purge(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if not job.purged:
                with suppress(NotPossibleNow):  # somebody rejected a card of it meanwhile: it is not finished now
                    names = await self._keeper.write(self._keeper.store.purge, job.id)
                    await self._keeper.on_disk(self._keeper.spool.remove, names)

    async def _unfinished(self, queue: str) -> list[Job]:
        found: list[Job] = []

        async def keep(jobs: Sequence[Job]) -> None:
            found.extend(jobs)

        states = frozenset(JobState) - FINAL_JOB_STATES
        await self._each_page(JobQuery(queue=queue, states=states, limit=PAGE, oldest_first=True), keep)
        return found

    async def _each_page(self, query: JobQuery, use: Callable[[Sequence[Job]], Awaitable[None]]) -> None:
        while True:
            page = await self._jobs.jobs(query)
            await use(page.jobs)
            if page.next is None:
                return
            query = replace(query, before=page.next)


def _waits(job: Job) -> bool:
    return job.state in (JobState.PENDING, JobState.HELD)
