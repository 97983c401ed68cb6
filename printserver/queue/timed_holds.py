"""Jobs that are held until a time of day: released by the server itself when it is there.

Laws kept here:

1. Only a hold that names a time ends by itself. One that a person, a rule, a queue or a likeness asked for stays.
2. What is held is found again after a restart: the time stands in the job's ticket.
3. A job's time costs nothing while it waits: each job is looked at once when it is held, and again when it is due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from printserver.errors import NotPossibleNow, UnknownJob
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.job import Job, JobState
from printserver.model.printer import Duplicates
from printserver.queue.pausing import BY_SERVER
from printserver.queue.views import By


class Jobs(Protocol):
    """What this needs of the job service."""

    async def job(self, job: int) -> Job:
        """Return a job."""
        ...

    async def release(self, job: int, by: By) -> Job:
        """Release a held job."""
        ...


class TimedHolds:
    """Knows which jobs are held until when; `is_now` tells whether it is a time of day.

    `duplicates` tells what a queue does with a job that is like an earlier one.
    """

    def __init__(
        self, is_now: Callable[[HoldUntil], bool], duplicates: Callable[[str], Duplicates]
    ) -> None:  # fmt: skip
        """Begin without any."""
        self._is_now, self._duplicates = is_now, duplicates
        self._held: dict[int, HoldUntil] = {}
        self._unknown: set[int] = set()

    def begin(self, jobs: Sequence[Job]) -> None:
        """Take what the store has."""
        for job in jobs:
            self._look(job)

    def heed(self, event: Event) -> None:
        """Note a job that is held now, to be looked at."""
        if event.kind != "job" or not event.subject.isdigit():
            return
        if event.what == "held" or (event.what in ("accepted", "state") and event.data["state"] == JobState.HELD):
            self._unknown.add(int(event.subject))

    async def release_due(self, jobs: Jobs) -> None:
        """Release every job whose time is there."""
        unknown, self._unknown = self._unknown, set()
        for number in sorted(unknown):
            with suppress(UnknownJob):
                self._look(await jobs.job(number))
        for number in [number for number, until in self._held.items() if self._is_now(until)]:
            self._look(await jobs.job(number))  # it may have been held otherwise, or released, since
            if number in self._held and self._is_now(self._held.pop(number)):
                with suppress(NotPossibleNow):
                    await jobs.release(number, By(BY_SERVER, "its time has come"))

    def _look(self, job: Job) -> None:
        self._held.pop(job.id, None)
        until = job.ticket.hold_until
        if job.hold and until is not None and not job.state.final and not self._is_too_like(job):
            self._held[job.id] = until

    def _is_too_like(self, job: Job) -> bool:
        return job.duplicate_of is not None and self._duplicates(job.queue) is Duplicates.HOLD
