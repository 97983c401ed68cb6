"""Decisions that wait for a second person, through the JSON API."""

from __future__ import annotations

import msgspec

from printserver.queue.views import Deed, OpenWish, Verdict

from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .rows import Count, JobRow, Moment, Ordinal, moment
from .service import Service
from .wishes import JOBS, Wish, by_of, row, wish

ERRORS = (
    "unknown-job", "not-possible", "second-person-needed", "reason-needed", "name-needed", "document-purged",
    "spool-full", "store-conflict",
)  # fmt: skip


class WishRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that waits for another person than who asked; `card` null = the whole job."""

    id: Ordinal
    asked: Moment
    deed: Deed
    card: Ordinal | None
    copies: Count | None
    verdict: Verdict | None
    by: str
    reason: str


class WishList(msgspec.Struct, frozen=True):
    """What waits for a second person, the oldest first."""

    wishes: list[WishRow]


class SecondPersonApi:
    """Shows a job's open wishes; another person confirms one, anybody who may withdraws it."""

    def __init__(self, service: Service, small_body: int) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._service = service
        self._small = small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        place = f"{JOBS}/{{job:int}}/wishes"
        one = f"{place}/{{wish:int}}"
        return [
            Route("GET", place, self.list, operation=Operation(
                summary="What waits for a second person", answers=WishList, errors=("unknown-job",))),
            Route("POST", f"{one}/confirm", self.confirm, (JSON,), self._small, Operation(
                summary="Confirm, as another person, what was asked for", takes=Wish, answers=JobRow, errors=ERRORS,
                more="Answered is the job, where the wish made a new one the new job.")),
            Route("POST", f"{one}/withdraw", self.withdraw, (JSON,), self._small, Operation(
                summary="Withdraw a wish that waits for a second person", takes=Wish, answers=JobRow,
                errors=("unknown-job", "not-possible"))),
        ]  # fmt: skip

    async def list(self, context: RequestContext) -> Response:
        """Return a job's open wishes."""
        found = await self._service.open_wishes(context.number("job"))
        return json_response(WishList([wish_row(each) for each in found]))

    async def confirm(self, context: RequestContext) -> Response:
        """Do what another person asked for."""
        by = by_of(wish(context, Wish))
        return row(await self._service.confirm(context.number("job"), context.number("wish"), by))

    async def withdraw(self, context: RequestContext) -> Response:
        """End a wish."""
        by = by_of(wish(context, Wish))
        return row(await self._service.withdraw(context.number("job"), context.number("wish"), by))


def wish_row(found: OpenWish) -> WishRow:
    """Return an open wish."""
    decided = found.decided
    return WishRow(
        id=found.id, asked=moment(found.at), deed=decided.deed, card=decided.card or None,
        copies=decided.copies or None, verdict=decided.verdict, by=found.by, reason=found.reason,
    )  # fmt: skip
