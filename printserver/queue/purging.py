"""Throwing documents away because a person wants it: of one job, of old ones, of all that tell of somebody.

Laws kept here:

1. Who wants it and why is asked for always and stands in the journal, beside each job; what was thrown away does not.
2. What is not over, or within its checking time, is kept, and it is said why.
3. A person is known by whole words: of the user's name, the job's and its documents'. Rows and journal stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from msgspec.structs import replace

from printserver.errors import BadRequest, NotPossibleNow
from printserver.model.job import Job
from printserver.model.printer import Decisions
from printserver.queue.deciding import check_said
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By, Kept, Purged, PurgeWanted
from printserver.store.contract import JobQuery

PAGE, PAGES = 100, 5
DAY_SECONDS = 86_400
_WORD = re.compile(r"\w+")


class Purging:
    """Purges what somebody wants purged."""

    def __init__(self, keeper: Storekeeper) -> None:
        """Work through `keeper`, whose store tells the time."""
        self._keeper = keeper

    async def purge_job(self, job: int, by: By) -> Job:
        """Throw a job's documents away.

        Raises UnknownJob, ReasonNeeded, NameNeeded, NotPossibleNow for one that is not over or is still being checked.
        """
        check_said(Decisions.REASON, by)
        names = await self._keeper.write(self._keeper.store.purge, job, by.name, by.reason)
        await self._keeper.on_disk(self._keeper.spool.remove, names)
        return await self._keeper.read(self._keeper.store.job, job)

    async def purge_jobs(self, wanted: PurgeWanted, by: By, now: float) -> Purged:
        """Throw the documents of several jobs away, newest first; `now` is in seconds since the epoch.

        Raises BadRequest where it is not said whose, UnknownJob, ReasonNeeded, NameNeeded.
        """
        if not wanted.try_only:
            check_said(Decisions.REASON, by)
        if wanted.jobs:
            found = [await self._keeper.read(self._keeper.store.job, job) for job in wanted.jobs]
            return await self._purge_each([job for job in found if not job.purged], wanted.try_only, by)
        if not _words(wanted.person) and wanted.days is None:
            raise BadRequest("say whose documents are to go", where="jobs", allowed="jobs, a person, a number of days")
        found, further = await self._fitting(wanted, now)
        return replace(await self._purge_each(found, wanted.try_only, by), next=further)

    async def _fitting(self, wanted: PurgeWanted, now: float) -> tuple[list[Job], int | None]:
        found, before = list[Job](), wanted.before
        for _ in range(PAGES):
            query = JobQuery(before=before, limit=PAGE, queue=wanted.queue)
            page = await self._keeper.read(self._keeper.store.jobs, query)
            found += [job for job in page.jobs if not job.purged and _fits(job, wanted, now)]
            before = page.next
            if before is None:
                break
        return found, before

    async def _purge_each(self, jobs: Sequence[Job], try_only: bool, by: By) -> Purged:
        gone, kept = list[int](), list[Kept]()
        for job in jobs:
            try:
                if try_only:
                    await self._keeper.read(self._keeper.store.purge, job.id, try_only=True)
                else:
                    await self.purge_job(job.id, by)
                gone.append(job.id)
            except NotPossibleNow as error:
                kept.append(Kept(job.id, error.sentence()))
        return Purged(purged=tuple(gone), kept=tuple(kept))


def _fits(job: Job, wanted: PurgeWanted, now: float) -> bool:
    if wanted.days is not None and (job.completed is None or job.completed + wanted.days * DAY_SECONDS > now):
        return False
    return not wanted.person or tells_of(job, wanted.person)


def tells_of(job: Job, person: str) -> bool:
    """Tell whether a job's names tell of a person: the same words in the same order, whatever stands between them."""
    sought = _words(person)
    names = (job.ticket.user, job.ticket.name, *(job.ticket.document_names or ()))
    return bool(sought) and any(f" {sought} " in f" {_words(name)} " for name in names)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("_", " ")))
