"""How many jobs of each queue are not final, and which wait for documents: kept by following the journal.

Laws kept here:

1. The store is asked once, at the start; from then on each event of a job moves one number. History costs nothing.
2. A job that waits too long for its documents is given up (RFC 8011 section 5.4.31, `abort-job`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, Job, JobState

# What printer attributes tell clients as `multiple-operation-time-out`.
INCOMING_SECONDS = 300.0


@dataclass(slots=True)
class _Open:
    """A job that is not final; `since` = when the last of its documents came, None when it waits for none."""

    queue: str
    since: float | None


class Backlog:
    """Jobs that are not final."""

    def __init__(self) -> None:
        """Begin without any."""
        self._jobs: dict[int, _Open] = {}
        self._counts: Counter[str] = Counter()

    def begin(self, jobs: Sequence[Job]) -> None:
        """Take what the store has."""
        for job in jobs:
            self._open(job.id, job.queue, job.changed if job.incoming else None)

    def waiting(self, queue: str) -> int:
        """Return how many jobs of a queue are not final."""
        return self._counts[queue]

    def overdue(self, now: float) -> Sequence[int]:
        """Return the jobs that have waited too long for a document."""
        return [
            job for job, each in self._jobs.items() if each.since is not None and now - each.since >= INCOMING_SECONDS
        ]

    def heed(self, event: Event, queue_of: Callable[[int], None]) -> None:
        """Follow one event; `queue_of` is called with a job that was reopened, whose queue the event does not name."""
        if event.kind != "job" or not event.subject.isdigit():
            return
        job = int(event.subject)
        match event.what:
            case "accepted" if JobState(str(event.data["state"])) not in FINAL_JOB_STATES:
                self._open(job, str(event.data["queue"]), event.at if event.data["incoming"] else None)
            case "document-added" if job in self._jobs:
                self._jobs[job].since = event.at
            case "received" if job in self._jobs:
                self._jobs[job].since = None
            case "moved" if job in self._jobs:
                self._move(self._jobs[job], str(event.data["queue"]))
            case "state" if JobState(str(event.data["state"])) in FINAL_JOB_STATES:
                self._close(job)
            case "state" if job not in self._jobs:
                queue_of(job)

    def reopened(self, job: Job) -> None:
        """Take a job back that was final."""
        if not job.state.final:
            self._open(job.id, job.queue, None)

    def _open(self, job: int, queue: str, since: float | None) -> None:
        if job not in self._jobs:
            self._jobs[job] = _Open(queue, since)
            self._counts[queue] += 1

    def _move(self, known: _Open, queue: str) -> None:
        self._counts[known.queue] -= 1
        self._counts[queue] += 1
        known.queue = queue

    def _close(self, job: int) -> None:
        known = self._jobs.pop(job, None)
        if known is not None:
            self._counts[known.queue] -= 1
