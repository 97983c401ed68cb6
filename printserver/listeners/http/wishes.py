"""What people want of jobs and cards, through the JSON API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec

from printserver.errors import BadRequest, NotPossibleNow
from printserver.model.job import CardState, Job
from printserver.model.ticket import Copies, Text
from printserver.queue.repeats import LONGEST_KEY
from printserver.queue.views import By, Verdict

from .decoding import decode
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation, Parameter
from .router import Route
from .rows import JobRow, job_row
from .service import Service

JOBS = "/api/v1/jobs"

ERRORS = ("unknown-job", "unknown-card", "not-possible", "document-purged")
DECISIONS = ("reprint", "settle", "reject")
LOCATION = {"Location": Parameter("Where the new job is.", {"type": "string", "pattern": f"^{JOBS}/[0-9]+$"})}
NEW_JOB = {  # operations that take the new job's number
    name: {"operationId": identity, "parameters": {"job": "$response.body#/id"}}
    for name, identity in {
        "job": "get-jobs-job", "cards": "get-jobs-job-cards", "story": "get-jobs-job-story",
        "hold": "post-jobs-job-hold", "release": "post-jobs-job-release", "cancel": "post-jobs-job-cancel",
        "reprint": "post-jobs-job-reprint", "reject": "post-jobs-job-reject",
    }.items()
}  # fmt: skip

# Printable, as header fields can be; what stands around a field's value is no part of it.
_VISIBLE = "!-~\u00a1-\u00ac\u00ae-\u00ff"
KEY_FIELD = {"Idempotency-Key": Parameter(
    "A word of the job's own: sent again under it, the job is taken once and its row is answered again.",
    {"type": "string", "pattern": f"^(?:[{_VISIBLE}](?:[ {_VISIBLE}]{{0,{LONGEST_KEY - 2}}}[{_VISIBLE}])?)?$"},
)}  # fmt: skip

CardNumber = Annotated[int, msgspec.Meta(ge=1)]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants something, and why."""

    by: Text = "anonymous"
    reason: Text = ""


class ReprintWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants a job printed again, why, and how many copies (null = as before)."""

    by: Text = "anonymous"
    reason: Text = ""
    copies: Copies | None = None


class CardWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who rejects a card, and why; `card` may be left out where only one comes into question."""

    by: Text = "anonymous"
    reason: Text = ""
    card: CardNumber | None = None


class VerdictWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says what became of an uncertain card; `card` may be left out where only one comes into question."""

    verdict: Verdict
    by: Text = "anonymous"
    reason: Text = ""
    card: CardNumber | None = None


AnyWish = Wish | ReprintWish | CardWish | VerdictWish
Asked = TypeVar("Asked", bound=msgspec.Struct)
W = TypeVar("W", Wish, ReprintWish, CardWish, VerdictWish)


class WishesApi:
    """Translates wishes into calls of the job service."""

    def __init__(self, service: Service, small_body: int) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._service = service
        self._small = small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        return [
            self._route("hold", "Hold a job", Wish, self.hold),
            self._route("release", "Release a held job", Wish, self.release),
            self._route("cancel", "Cancel a job", Wish, self.cancel),
            self._route("reprint", "Print a job again, as a new job", ReprintWish, self.reprint, 201),
            self._route("settle", "Say what became of an uncertain card", VerdictWish, self.settle),
            self._route("reject", "Reject a finished card", CardWish, self.reject),
        ]

    def _route(
        self, verb: str, summary: str, takes: type[AnyWish],
        handler: Callable[[RequestContext], Awaitable[Response]], status: int = 200,
    ) -> Route:  # fmt: skip
        operation = Operation(
            summary=summary, takes=takes, answers=JobRow, status=status,
            errors=_errors(verb, status),
            headers=KEY_FIELD if status == 201 else {}, gives=LOCATION if status == 201 else {},
            links=NEW_JOB if status == 201 else {},
        )  # fmt: skip
        return Route("POST", f"{JOBS}/{{job:int}}/{verb}", handler, (JSON,), self._small, operation)

    async def hold(self, context: RequestContext) -> Response:
        """Hold a job."""
        return row(await self._service.hold(context.number("job"), by_of(wish(context, Wish))))

    async def release(self, context: RequestContext) -> Response:
        """Release a held job."""
        return row(await self._service.release(context.number("job"), by_of(wish(context, Wish))))

    async def cancel(self, context: RequestContext) -> Response:
        """Cancel a job."""
        return row(await self._service.cancel(context.number("job"), by_of(wish(context, Wish))))

    async def reprint(self, context: RequestContext) -> Response:
        """Print a job again."""
        asked, job = wish(context, ReprintWish), context.number("job")
        made = await self._service.reprint(job, by_of(asked), copies=asked.copies, key=key_of(context))
        return created(made)

    async def settle(self, context: RequestContext) -> Response:
        """Take a person's verdict on an uncertain card."""
        asked = wish(context, VerdictWish)
        job = await self._service.job(context.number("job"))
        card = asked.card or only_card(job, CardState.UNCERTAIN)
        return row(await self._service.settle(job.id, card, asked.verdict, by_of(asked)))

    async def reject(self, context: RequestContext) -> Response:
        """Take a finished card back."""
        asked = wish(context, CardWish)
        job = await self._service.job(context.number("job"))
        card = asked.card or only_card(job, CardState.DONE)
        return row(await self._service.reject(job.id, card, by_of(asked)))


def _errors(verb: str, status: int) -> tuple[str, ...]:
    further = ("spool-full", "key-reused") if status == 201 else ()
    return (*ERRORS, *further, *(("reason-needed", "name-needed", "second-person-needed") if verb in DECISIONS else ()))


def wish(context: RequestContext, kind: type[W]) -> W:
    """Return what the request's body asks for; no body is an empty object. Raises BadRequest."""
    return decode_wish(context, kind)


def decode_wish(context: RequestContext, kind: type[Asked]) -> Asked:
    """The same for any form."""
    return decode(context.body or b"{}", kind, BadRequest)


def by_of(asked: AnyWish) -> By:
    """Return who wants it, and why."""
    return By(asked.by or "anonymous", asked.reason)


def key_of(context: RequestContext) -> str:
    """Return the client's own word for the job that it wants made, empty where it gave none."""
    return context.header("idempotency-key") or ""


def only_card(job: Job, state: CardState) -> int:
    """Return the only card in a state; raises NotPossibleNow for none, BadRequest when it has to be said which."""
    numbers = [card.number for card in job.cards if card.state is state]
    if not numbers:
        raise NotPossibleNow(f"no card of this job is {state}")
    if len(numbers) > 1:
        raise BadRequest("say which card", where="card", allowed=", ".join(map(str, numbers)))
    return numbers[0]


def row(job: Job) -> Response:
    """Return a job's row."""
    return json_response(job_row(job))


def created(job: Job) -> Response:
    """Return a new job's row, and where it is."""
    return json_response(job_row(job), 201, (("Location", f"{JOBS}/{job.id}"),))
