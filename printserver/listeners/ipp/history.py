"""Which jobs Get-Jobs answers with (RFC 8011 section 4.2.6.1; PWG 5100.11 sections 6.1 and 8.1).

Laws kept here:

1. One answer is limited, and so is the search for it: a long history keeps nobody else waiting.
2. Jobs are read page by page, so that the store serves others between two pages.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from printserver.errors import BadRequest, BadTicket, UnknownJob
from printserver.listeners.ipp.asked import Asked
from printserver.listeners.ipp.service import Service
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.store.contract import JobQuery

WHICH: dict[str, frozenset[JobState]] = {
    "completed": FINAL_JOB_STATES,
    "not-completed": frozenset(JobState) - FINAL_JOB_STATES,
    "all": frozenset(),
    **{str(state): frozenset({state}) for state in JobState if state is not JobState.COMPLETED},
    "proof-print": frozenset(),
}
PAGE = 100
MOST_JOBS = 1_000
MOST_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Jobs of a queue: which states, at most how many, of which user, from which number on; None = of all.

    `numbers` are the only jobs that are wanted, None = any.
    """

    queue: str | None
    which: str
    most: int
    user: str | None
    first: int = 1
    numbers: frozenset[int] | None = None

    @classmethod
    def of(cls, asked: Asked, queue: str | None) -> Wanted:
        """Read a request; raises BadTicket for a word of which-jobs that is not supported."""
        numbers = asked.numbers("job-ids")
        if numbers is not None and asked.attribute("which-jobs") is not None:
            raise BadRequest("is given beside which-jobs", where="job-ids", allowed="one of the two")
        which = asked.text("which-jobs", "not-completed" if numbers is None else "all")
        if which not in WHICH:
            raise BadTicket(f"{which!r} is not known", where="which-jobs", allowed=", ".join(WHICH))
        user = asked.by.name if asked.says("my-jobs") else None
        most = min(MOST_JOBS, asked.number("limit", MOST_JOBS))
        return cls(queue, which, most, user, asked.number("first-job-id", 1), numbers)

    def query(self, before: int | None) -> JobQuery:
        """Return the question for the page behind the job `before`."""
        choosy = self.user is not None or self.first > 1 or self.which == "proof-print"
        size = PAGE if choosy else min(PAGE, self.most)
        return JobQuery(
            before=before, limit=size, states=WHICH[self.which], queue=self.queue,
            oldest_first=self.which == "not-completed",
        )  # fmt: skip

    def includes(self, job: Job) -> bool:
        """Tell whether a job is of the wanted user and kind."""
        mine = self.user is None or job.ticket.user == self.user
        return mine and job.id >= self.first and (self.which != "proof-print" or job.ticket.proof is not None)


async def jobs_of(service: Service, wanted: Wanted) -> list[Job]:
    """Return the wanted jobs."""
    if wanted.numbers is not None:
        return await _numbered(service, wanted, wanted.numbers)
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


async def _numbered(service: Service, wanted: Wanted, numbers: frozenset[int]) -> list[Job]:
    """Return the jobs of these numbers that there are."""
    found: list[Job] = []
    for number in sorted(numbers)[: wanted.most]:
        with suppress(UnknownJob):
            job = await service.job(number)
            if wanted.queue in (None, job.queue) and wanted.includes(job):
                found.append(job)
    return found
