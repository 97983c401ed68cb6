# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""What was printed, through the JSON API and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from printserver.listeners.http.history import CSV_HEAD, HistoryApi, cell
from printserver.model.job import CardState, JobState
from printserver.model.ticket import Ticket
from tests.listeners.fake_service import FakeService
from tests.listeners.fake_supplies import FakeHistory
from tests.listeners.http_kit import SiteCase

JAKARTA = timezone(timedelta(hours=7))
EVIL = '=cmd|"/c calc"!A1'


class TestHistory(SiteCase):
    def setUp(self) -> None:
        job = FakeService().put_job(CardState.DONE, CardState.FAILED, ticket=Ticket(name=EVIL, user="ani"))
        self.history = FakeHistory(job, replace(job, id=2))
        self.routes = HistoryApi(self.history, JAKARTA).routes()
        super().setUp()

    async def test_what_is_looked_for_is_said_in_the_query(self) -> None:
        told = await self.call(
            "GET", "/api/v1/history?name=badge&user=ani&department=hr&queue=card&printer=p&state=completed,aborted"
            "&from=2026-11-01&to=2026-11-30&before=90&limit=7",
        )  # fmt: skip
        [query] = self.history.asked
        assert (query.name, query.user, query.department) == ("badge", "ani", "hr")
        assert (query.queue, query.printer) == ("card", "p")
        assert query.states == frozenset({JobState.COMPLETED, JobState.ABORTED})
        assert (query.before, query.limit) == (90, 7)
        assert (query.since, query.until) == (1793466000.0, 1796058000.0), "days of the site, the last one whole"
        row = told.json()["jobs"][0]
        assert (row["id"], row["name"], row["good"], row["spoiled"], row["cost"]) == (1, EVIL, 1, 1, "17251.50")

    async def test_who_had_how_many(self) -> None:
        told = await self.call("GET", "/api/v1/counts?by=department&from=2026-11-01&to=2026-11-30")
        assert told.json()["counts"][0] == {"name": "ani", "ordered": 9, "good": 7, "spoiled": 1}
        assert self.history.counted == [("department", 1793466000.0, 1796058000.0)]
        for query in ("by=printer", "from=x", "user=ani"):
            assert (await self.call("GET", f"/api/v1/counts?{query}")).status == 400, query

    async def test_what_cannot_be_looked_for_is_refused(self) -> None:
        for query in ("from=yesterday", "to=2026-13-01", "limit=101", "state=odd", "colour=red", "user=" + "a" * 256):
            assert (await self.call("GET", f"/api/v1/history?{query}")).status == 400, query

    async def test_csv_is_whole_and_harmless(self) -> None:
        answer = await self.call("GET", "/api/v1/history.csv?name=x")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="history.csv"'
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        assert tuple(rows[0]) == CSV_HEAD
        assert [row[0] for row in rows[1:]] == ["1", "2"]
        assert rows[1][1] == f"'{EVIL}"
        assert "link" not in answer.headers

    async def test_a_file_that_is_full_names_the_next(self) -> None:
        self.history.next = [5, 3]
        answer = await self.call("GET", "/api/v1/history.csv?name=x%20y&limit=3&before=9")
        assert answer.headers["link"] == '</api/v1/history.csv?name=x+y&limit=3&before=3>; rel="next"'
        assert [(query.limit, query.before) for query in self.history.asked] == [(3, 9), (1, 5)]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1", "\x00=1", "\uff1d1"])
def test_no_cell_is_a_formula(name: str) -> None:
    assert cell(name).startswith("'")


@given(st.text())
def test_a_cell_has_one_line_and_never_begins_a_formula(name: str) -> None:
    shown = cell(name)
    assert len(shown.splitlines()) <= 1
    assert not shown.lstrip().startswith(("=", "+", "-", "@"))
