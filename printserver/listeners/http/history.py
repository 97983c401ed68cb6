"""What was printed, through the JSON API: searched, page by page, as JSON or CSV.

Laws kept here:

1. A cell of CSV that a spreadsheet could take for a formula begins with an apostrophe, and no cell has two lines:
   names come from strangers.
2. A file holds so many rows; where there are more, `Link` says from where the next one goes on (RFC 8288).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from printserver.errors import BadRequest
from printserver.model.cost import money
from printserver.model.job import JobState
from printserver.model.quota import Holder
from printserver.queue.daily import bounds
from printserver.queue.history import Found, FoundPage
from printserver.store.history import HistoryQuery
from printserver.store.tallies import Tally

from .days import DAY_OR_NONE, day_of
from .message import RequestContext, Response, json_response
from .operation import Operation, Parameter, number, one_of, words
from .questions import MAX_DIGITS, choices, known_fields, whole_number
from .router import Route
from .rows import CardCounts, Count, Moment, Ordinal, card_counts, moment

HISTORY, COUNTS = "/api/v1/history", "/api/v1/counts"
CSV = "text/csv; charset=utf-8"
PAGE, CSV_ROWS = 100, 10_000
HIGHEST_ID = 10**MAX_DIGITS - 1
_TEXT = {"type": "string", "maxLength": 255}
FIELDS = {
    "name": Parameter("Words that the job's name has, all of them.", _TEXT),
    "user": Parameter("Whose they are.", _TEXT),
    "department": Parameter("Only of this department.", _TEXT),
    "queue": Parameter("Only of this queue.", _TEXT),
    "printer": Parameter("Only with a card that went to this printer.", _TEXT),
    "state": words("Only jobs in these states; several may also be separated by commas.", JobState),
    "from": Parameter("Only jobs that came on this day or later, in the site's time zone.", DAY_OR_NONE),
    "to": Parameter("Only jobs that came on this day or earlier.", DAY_OR_NONE),
    "before": number("Only jobs older than this id.", 1, HIGHEST_ID),
}
COUNT_FIELDS = {
    "by": Parameter("Counted by user or by department.", {**one_of(Holder), "default": Holder.USER}),
    "from": FIELDS["from"], "to": FIELDS["to"],
}  # fmt: skip
# Full-width signs begin a formula too, where the spreadsheet is a Japanese one.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CSV_HEAD = (
    "job", "name", "user", "department", "queue", "printers", "state", "created", "finished", "cards", "good",
    "spoiled", "uncertain", "blanks", "panels", "cost", "currency",
)  # fmt: skip


class HistoryService(Protocol):
    """What this door asks of the past; each call raises PrintServerError."""

    async def history(self, query: HistoryQuery) -> FoundPage:
        """Return jobs newest first."""
        ...

    async def counts(self, holder: Holder, since: float | None, until: float | None) -> Sequence[Tally]:
        """Return who had how many cards."""
        ...


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was found; `spoiled` and `blanks` count blanks, `cost` is null where a price is not known."""

    id: Ordinal
    name: str
    user: str
    department: str
    queue: str
    printers: tuple[str, ...]
    state: JobState
    created: Moment
    completed: Moment | None
    cards: CardCounts
    good: Count
    spoiled: Count
    blanks: Count
    panels: dict[str, int]
    cost: str | None
    currency: str


class HistoryList(msgspec.Struct, frozen=True):
    """Jobs, newest first; `next` is the `before` from which to look on, null at the end."""

    jobs: list[HistoryRow]
    next: int | None


class CountRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many cards one user or department had; `name` is empty where its jobs are purged and nobody knows it."""

    name: str
    ordered: int
    good: int
    spoiled: int


class CountList(msgspec.Struct, frozen=True):
    """Who had how many cards, the most first."""

    counts: list[CountRow]


class HistoryApi:
    """Translates questions about the past; `zone` is the site's, None = the system's own."""

    def __init__(self, service: HistoryService, zone: tzinfo | None = None) -> None:
        """Ask `service` for everything."""
        self._service, self._zone = service, zone

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        limit = {"limit": number("At most so many jobs.", 1, PAGE, PAGE)}
        rows = {"limit": number("At most so many rows.", 1, CSV_ROWS, CSV_ROWS)}
        return [
            Route("GET", HISTORY, self.list, operation=Operation(
                summary="Find jobs again, newest first", answers=HistoryList, query={**FIELDS, **limit},
                more="A page may hold few jobs, or none, while there are more: ask on while `next` is not null.")),
            Route("GET", HISTORY + ".csv", self.csv, operation=Operation(
                summary="Find jobs again, as CSV", answers=bytes, media_type="text/csv", query={**FIELDS, **rows},
                more="Where there are more rows, Link names the next file.")),
            Route("GET", COUNTS, self.counts, operation=Operation(
                summary="Tell who had how many cards", answers=CountList, query=COUNT_FIELDS)),
        ]  # fmt: skip

    async def counts(self, context: RequestContext) -> Response:
        """Return who had how many cards."""
        known_fields(context, COUNT_FIELDS)
        found = await self._service.counts(holder_of(context), *days_of(context, self._zone))
        return json_response(CountList([
            CountRow(name=each.name, ordered=each.ordered, good=each.good, spoiled=each.spoiled) for each in found
        ]))  # fmt: skip

    async def list(self, context: RequestContext) -> Response:
        """Return a page of jobs."""
        query = query_of(context, self._zone)
        page = await self._service.history(replace(query, limit=whole_number(context, "limit", PAGE, 1, PAGE)))
        return json_response(HistoryList([history_row(found) for found in page.found], page.next))

    async def csv(self, context: RequestContext) -> Response:
        """Return jobs as a file."""
        query, most = query_of(context, self._zone), whole_number(context, "limit", CSV_ROWS, 1, CSV_ROWS)
        rows: list[Found] = []
        following: int | None = None
        while len(rows) < most:
            asked = replace(query, limit=min(PAGE, most - len(rows)), before=following or query.before)
            page = await self._service.history(asked)
            rows += page.found
            following = page.next
            if following is None:
                break
        headers = [("Content-Type", CSV), ("Content-Disposition", 'attachment; filename="history.csv"')]
        if following is not None:
            fields = [(name, value) for name, values in context.query.items() for value in values if name != "before"]
            headers.append(("Link", f'<{HISTORY}.csv?{urlencode([*fields, ("before", following)])}>; rel="next"'))
        return Response(200, tuple(headers), csv_of(rows))


def query_of(context: RequestContext, zone: tzinfo | None) -> HistoryQuery:
    """Return what is looked for; raises BadRequest."""
    known_fields(context, (*FIELDS, "limit"))
    since, until = days_of(context, zone)
    return HistoryQuery(
        name=_text(context, "name"), user=_text(context, "user"), department=_text(context, "department"),
        queue=_text(context, "queue"), printer=_text(context, "printer"), states=choices(context, "state", JobState),
        since=since, until=until, before=whole_number(context, "before", None, 1, HIGHEST_ID),
    )  # fmt: skip


def days_of(context: RequestContext, zone: tzinfo | None) -> tuple[float | None, float | None]:
    """Return from when and until when is asked for, in seconds since the epoch; raises BadRequest."""
    first, last = (day_of(context, name, may_be_empty=True) for name in ("from", "to"))
    return None if first is None else bounds(first, zone)[0], None if last is None else bounds(last, zone)[1]


def holder_of(context: RequestContext) -> Holder:
    """Return by whom is counted; raises BadRequest."""
    asked = context.asked("by") or Holder.USER
    if asked not in tuple(Holder):
        raise BadRequest("is nothing that is counted by", where="by", allowed=", ".join(Holder))
    return Holder(asked)


def _text(context: RequestContext, name: str) -> str:
    found = context.asked(name) or ""
    if len(found) > 255:
        raise BadRequest("is too long", where=name, allowed="255 characters")
    return found


def history_row(found: Found) -> HistoryRow:
    """Return a job that was found."""
    job, use = found.job, found.use
    return HistoryRow(
        id=job.id, name=job.name, user=job.ticket.user, department=job.ticket.department or "", queue=job.queue,
        printers=found.printers, state=job.state, created=moment(job.created),
        completed=None if job.completed is None else moment(job.completed), cards=card_counts(job), good=found.good,
        spoiled=use.spoiled, blanks=use.blanks, panels=use.panels, cost=money(use.cost) or None, currency=use.currency,
    )  # fmt: skip


def csv_of(rows: Iterable[Found]) -> bytes:
    """Return jobs as CSV (RFC 4180), UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_HEAD)
    for found in rows:
        writer.writerow(map(cell, _columns(history_row(found), len(found.job.cards))))
    return text.getvalue().encode("utf-8-sig")


def _columns(row: HistoryRow, cards: int) -> tuple[object, ...]:
    panels = " ".join(f"{name}:{count}" for name, count in row.panels.items())
    return (
        row.id, row.name, row.user, row.department, row.queue, " ".join(row.printers), row.state, row.created,
        row.completed or "", cards, row.good, row.spoiled, row.cards.get("uncertain", 0), row.blanks, panels,
        row.cost or "", row.currency,
    )  # fmt: skip


def cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = " ".join(str(value).replace("\x00", " ").splitlines()).replace("\t", " ")
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
