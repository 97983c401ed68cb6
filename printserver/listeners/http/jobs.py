"""Jobs through the JSON API: sent, listed and told about."""

from __future__ import annotations

from typing import Annotated

import msgspec

from printserver.errors import BadRequest, BadTicket
from printserver.model.card import Side
from printserver.model.job import Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.views import STORY_PAGE, IncomingDocument, Submission
from printserver.store.contract import JobQuery

from .decoding import decode
from .errors import PageUnknown
from .formdata import Part, parts_of
from .message import MULTIPART, RequestContext, Response, json_response
from .operation import Operation, Parameter, number, one_of, switch, words
from .questions import MAX_DIGITS, choices, flag, known_fields, whole_number
from .router import Route
from .rows import CardList, JobDetail, JobList, JobRow, Story, card_row, event_row, job_detail, job_row
from .service import Service
from .wishes import JOBS, KEY_FIELD, LOCATION, NEW_JOB, created, key_of

PAGE = 100
PARTS = ("ticket", "front", "back")
HIGHEST_ID = 10**MAX_DIGITS - 1
LIST_FIELDS = {
    "state": words("Only jobs in these states; several may also be separated by commas.", JobState),
    "queue": Parameter("Only jobs of this queue.", {"type": "string"}),
    "before": number("Only jobs older than this id.", 1, HIGHEST_ID),
    "limit": number("At most so many jobs.", 1, PAGE, PAGE),
}
STORY_FIELDS = {
    "before": number("Only rows older than this id.", 1, HIGHEST_ID),
    "limit": number("At most so many rows.", 1, STORY_PAGE, STORY_PAGE),
}
PREVIEW_FIELDS = {"thumbnail": switch("1 = a small picture.")}


DocumentBytes = Annotated[bytes, msgspec.Meta(
    description="A document, as it is.", extra_json_schema={"format": "binary", "minLength": 1},
)]  # fmt: skip


class JobForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form that sends a job: its ticket, and a document for each side, or one of several pages, or a card job."""

    front: DocumentBytes
    ticket: Ticket = Ticket()
    back: DocumentBytes | msgspec.UnsetType = msgspec.UNSET


class JobsApi:
    """Translates requests about jobs into calls of the job service."""

    def __init__(self, service: Service) -> None:
        """Ask `service` for everything."""
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        one = JOBS + "/{job:int}"
        return [
            Route("GET", JOBS, self.list, operation=Operation(
                summary="List jobs, newest first", answers=JobList, query=LIST_FIELDS)),
            Route("POST", JOBS, self.submit, (MULTIPART,), operation=Operation(
                summary="Send a job", takes=JobForm, answers=JobRow, status=201, media_type=MULTIPART,
                headers=KEY_FIELD, gives=LOCATION, links=NEW_JOB,
                errors=( "bad-ticket", "unknown-queue", "unsupported-by-printer", "document-empty",
                        "document-format-unsupported", "document-too-large", "document-broken", "document-locked",
                        "bad-cardjob", "drawing-refused", "key-reused", "not-possible", "configuration",
                        "worker-failed", "spool-full", "too-many-jobs"))),
            Route("GET", one, self.detail, operation=Operation(
                summary="Tell all of a job", answers=JobDetail, errors=("unknown-job",))),
            Route("GET", one + "/cards", self.cards, operation=Operation(
                summary="List a job's cards with their attempts", answers=CardList, errors=("unknown-job",))),
            Route("GET", one + "/story", self.story, operation=Operation(
                summary="Tell what happened to a job", answers=Story, query=STORY_FIELDS, errors=("unknown-job",))),
            Route("GET", one + "/cards/{card:int}/{side}.png", self.preview, operation=Operation(
                summary="Show a side of a card as it is printed", answers=bytes, query=PREVIEW_FIELDS,
                path={"side": one_of(Side)},
                errors=("unknown-job", "unknown-card", "document-purged"))),
        ]  # fmt: skip

    async def list(self, context: RequestContext) -> Response:
        """List jobs."""
        page = await self._service.jobs(_query(context))
        return json_response(JobList([job_row(job) for job in page.jobs], page.next))

    async def submit(self, context: RequestContext) -> Response:
        """Take a job in."""
        parts = parts_of(context.header("content-type") or "", context.body)
        _check_names(parts)
        ticket, said = _ticket(parts.get("ticket"))
        submission = Submission(
            ticket=ticket, said=said, documents=_documents(parts), origin=f"http {context.client}",
            client=context.client, key=key_of(context),
        )
        return created(await self._service.submit(submission))

    async def detail(self, context: RequestContext) -> Response:
        """Tell all of a job."""
        return json_response(job_detail(await self._job(context)))

    async def cards(self, context: RequestContext) -> Response:
        """List a job's cards."""
        job = await self._job(context)
        return json_response(CardList([card_row(card) for card in job.cards]))

    async def story(self, context: RequestContext) -> Response:
        """Tell what happened to a job."""
        known_fields(context, STORY_FIELDS)
        before = whole_number(context, "before", None, 1, HIGHEST_ID)
        limit = whole_number(context, "limit", STORY_PAGE, 1, STORY_PAGE)
        rows = await self._service.story(context.number("job"), before, limit + 1)  # one more tells whether that is all
        shown = rows[-limit:]
        more = shown[0].id if len(rows) > limit else None
        return json_response(Story([event_row(event) for event in shown], more))

    async def preview(self, context: RequestContext) -> Response:
        """Show a side of a card."""
        known_fields(context, PREVIEW_FIELDS)
        wanted = context.parameters["side"]
        if wanted not in tuple(Side):
            raise PageUnknown(allowed="front.png, back.png")
        picture = await self._service.preview(
            context.number("job"), context.number("card"), Side(wanted), thumbnail=flag(context, "thumbnail")
        )
        return Response(200, (("Content-Type", "image/png"),), picture)

    async def _job(self, context: RequestContext) -> Job:
        return await self._service.job(context.number("job"))


def _query(context: RequestContext) -> JobQuery:
    known_fields(context, LIST_FIELDS)
    return JobQuery(
        before=whole_number(context, "before", None, 1, HIGHEST_ID),
        limit=whole_number(context, "limit", PAGE, 1, PAGE),
        states=choices(context, "state", JobState), queue=context.asked("queue"),
    )  # fmt: skip


def _check_names(parts: dict[str, Part]) -> None:
    strange = sorted(set(parts) - set(PARTS))
    if strange:
        raise BadRequest("there is no such part", where=strange[0], allowed=", ".join(PARTS))
    if "front" not in parts:
        raise BadRequest("is missing", where="front", allowed="a document: a picture, a PDF or a card job")


def _ticket(part: Part | None) -> tuple[Ticket, tuple[str, ...]]:
    """Return a ticket and which of its fields the client gave."""
    if part is None:
        return Ticket(), ()
    ticket = decode(part.data, Ticket, BadTicket)
    keys: dict[str, object] = msgspec.json.decode(part.data)
    return ticket, tuple(each.name for each in msgspec.structs.fields(Ticket) if each.encode_name in keys)


def _documents(parts: dict[str, Part]) -> tuple[IncomingDocument, ...]:
    sides = [parts[name] for name in ("front", "back") if name in parts]
    return tuple(IncomingDocument(data=part.data, declared=part.media_type) for part in sides)
