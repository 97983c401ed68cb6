"""Throwing documents away through the JSON API."""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

from printserver.model.account import Role
from printserver.model.job import Job
from printserver.model.ticket import Text
from printserver.queue.views import By, Purged, PurgeWanted

from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .rows import JobRow, Ordinal
from .wishes import JOBS, Wish, by_of, decode_wish, row, wish

PURGE = "/api/v1/purge"
MOST_JOBS = 500
MOST_DAYS = 36_500

SAID = ("reason-needed", "name-needed")


class Purging(Protocol):
    """What throws documents away; raises PrintServerError."""

    async def purge_job(self, job: int, by: By) -> Job:
        """Throw a job's documents away."""
        ...

    async def purge_jobs(self, wanted: PurgeWanted, by: By) -> Purged:
        """Throw the documents of several jobs away."""
        ...


class PurgeWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants documents thrown away, why, and whose: `jobs`, or all that fit `person`, `days` and `queue`.

    `days` = over since at least so many; `before` = only jobs older than this one; `try_only` = only tell which.
    """

    by: Text = "anonymous"
    reason: Text = ""
    jobs: Annotated[tuple[Ordinal, ...], msgspec.Meta(max_length=MOST_JOBS)] = ()
    person: Text = ""
    days: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] | None = None
    queue: Text | None = None
    before: Ordinal | None = None
    try_only: bool = False


class KeptRow(msgspec.Struct, frozen=True):
    """A job whose documents are kept, and why."""

    job: Ordinal
    why: str


class PurgeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose documents went (or would), and whose did not; `next` is the `before` to go on with, null at the end."""

    purged: list[Ordinal]
    kept: list[KeptRow]
    next: Ordinal | None


class PurgingApi:
    """Translates requests into calls of what throws documents away."""

    def __init__(self, purging: Purging, small_body: int) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._purging = purging
        self._small = small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        return [
            Route("POST", f"{JOBS}/{{job:int}}/purge", self.one, (JSON,), self._small, Operation(
                summary="Throw a job's documents away", takes=Wish, answers=JobRow,
                errors=("unknown-job", "not-possible", *SAID))),
            Route("POST", PURGE, self.several, (JSON,), self._small, role=Role.ADMINISTER, operation=Operation(
                summary="Throw the documents of several jobs away", takes=PurgeWish, answers=PurgeAnswer, tag="jobs",
                errors=("unknown-job", *SAID),
                more="A person is known by whole words of a user's, a job's or a document's name.")),
        ]  # fmt: skip

    async def one(self, context: RequestContext) -> Response:
        """Throw a job's documents away."""
        return row(await self._purging.purge_job(context.number("job"), by_of(wish(context, Wish))))

    async def several(self, context: RequestContext) -> Response:
        """Throw the documents of several jobs away, some at a time."""
        asked = decode_wish(context, PurgeWish)
        wanted = PurgeWanted(
            jobs=asked.jobs, person=asked.person, days=asked.days, queue=asked.queue or None, before=asked.before,
            try_only=asked.try_only,
        )
        found = await self._purging.purge_jobs(wanted, By(asked.by or "anonymous", asked.reason))
        kept = [KeptRow(each.job, each.why) for each in found.kept]
        return json_response(PurgeAnswer(purged=list(found.purged), kept=kept, next=found.next))
