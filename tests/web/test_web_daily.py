"""A day on a page: its cards, its stops in words, the days before and after."""

from __future__ import annotations

from tests.web.fake_reports import FakeReports
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake


def test_a_day_is_told_in_words_and_leads_to_its_neighbours() -> None:
    desk = Desk(PagesFake(), reports=FakeReports())
    html = desk.get("/report", accept_language="en").html
    for words in ("Report of Tue 6 May 2031", "so far", "The cover is open, 3 times, 10 minutes in all",
                  "44 cards fed, 100 blanks put in, 1 ribbon changed", "/report?day=2031-05-05"):  # fmt: skip
        assert words in html
    assert "/report?day=2031-05-07" not in html
    assert "/report?day=2031-05-03" in desk.get("/report?day=2031-05-02", accept_language="en").html
    assert "Laporan Sel 6 Mei 2031" in desk.get("/report", accept_language="id").html


def test_what_is_no_day_is_refused_in_words() -> None:
    desk = Desk(PagesFake(), reports=FakeReports())
    for wrong in ("yesterday", "2031-13-01", "20310506", "0001-01-01", ""):
        assert desk.get(f"/report?day={wrong}").status == 400, wrong
