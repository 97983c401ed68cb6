"""Which jobs Get-Jobs answers with (RFC 8011 section 4.2.6.1).

Laws kept here:

1. One answer is limited, and so is the search for it: a long history keeps nobody else waiting.
2. Jobs are read page by page, so that the store serves others between two pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.errors import BadTicket
from printserver.listeners.ipp.asked import Asked
from printserver.listeners.ipp.service import Service
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.store.contract import JobQuery

WHICH: dict[str, frozenset[JobState]] = {
    "completed": FINAL_JOB_STATES,
    "not-completed": frozenset(JobState) - FINAL_JOB_STATES,
    "all": frozenset(),
}
PAGE = 100
MOST_JOBS = 1_000
MOST_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Jobs of a queue: which states, at most how many, and of which user (None = of all)."""

    queue: str
    which: str
    most: int
    user: str | None

    @classmethod
    def of(cls, asked: Asked, queue: str) -> Wanted:
        """Read a request; raises BadTicket for a word of which-jobs that is not supported."""
        which = asked.text("which-jobs", "not-completed")
        if which not in WHICH:
            raise BadTicket(f"{which!r} is not known", where="which-jobs", allowed=", ".join(WHICH))
        user = asked.by.name if asked.says("my-jobs") else None
        return cls(queue, which, min(MOST_JOBS, asked.number("limit", MOST_JOBS)), user)

    def query(self, before: int | None) -> JobQuery:
        """Return the question for the page behind the job `before`."""
        size = PAGE if self.user is not None else min(PAGE, self.most)
        return JobQuery(
            before=before, limit=size, states=WHICH[self.which], queue=self.queue,
            oldest_first=self.which == "not-completed",
        )  # fmt: skip

    def includes(self, job: Job) -> bool:
        """Tell whether a job is of the wanted user."""
        return self.user is None or job.ticket.user == self.user


async def jobs_of(service: Service, wanted: Wanted) -> list[Job]:
    """Return the wanted jobs."""
    found: list[Job] = []
    looked_at, before = 0, None
    while len(found) < wanted.most and looked_at < MOST_LOOKED_AT:
        page = await service.jobs(wanted.query(before))
        found += [job for job in page.jobs if wanted.includes(job)]
        looked_at += len(page.jobs)
        before = page.next
        if before is None:
            break
    return found[: wanted.most]
