"""The report of a day through the JSON API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Protocol

import msgspec

from printserver.queue.daily import CardCount, Daily, Stop, SupplyUse

from .days import DAY, day_of
from .message import RequestContext, Response, json_response
from .operation import Operation, Parameter
from .questions import known_fields
from .router import Route
from .rows import Moment, moment

FIELDS = {"day": Parameter("A day of the site's time zone; left out = today.", DAY)}


class Reports(Protocol):
    """What makes reports of days; raises PrintServerError."""

    async def of(self, day: date | None) -> Daily:
        """Return a day's report, None = today's."""
        ...


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A day's report; `whole` = the day is over. Cards are counted by printer and by queue, stops in seconds."""

    day: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
    begins: Moment
    ends: Moment
    whole: bool
    printers: tuple[CardCount, ...]
    queues: tuple[CardCount, ...]
    supplies: tuple[SupplyUse, ...]
    stops: tuple[Stop, ...]


class DailyApi:
    """Tells what a day was like."""

    def __init__(self, reports: Reports) -> None:
        """Ask `reports`."""
        self._reports = reports

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("GET", "/api/v1/report", self.show, operation=Operation(
            summary="Tell what a day was like", answers=ReportAnswer, query=FIELDS, tag="server"))]  # fmt: skip

    async def show(self, context: RequestContext) -> Response:
        """Tell a day."""
        known_fields(context, FIELDS)
        return json_response(report_answer(await self._reports.of(day_asked(context))))


def day_asked(context: RequestContext) -> date | None:
    """Return the day that is asked for, None for today; raises BadRequest."""
    return day_of(context, "day")


def report_answer(report: Daily) -> ReportAnswer:
    """Return a report as it goes out."""
    return ReportAnswer(
        day=report.day.isoformat(), begins=moment(report.begins), ends=moment(report.ends), whole=report.whole,
        printers=report.printers, queues=report.queues, supplies=report.supplies, stops=report.stops,
    )
