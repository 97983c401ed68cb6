"""A day on a page: its cards, its stops in words, the days before and after."""

from __future__ import annotations

from datetime import date

from printserver.queue.daily import CardCount, Daily, Stop, SupplyUse
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake


class FakeReports:
    """Each day is like this one."""

    async def of(self, day: date | None) -> Daily:
        return Daily(
            day=day or date(2031, 5, 6), begins=0.0, ends=1.0, whole=day is not None,
            printers=(CardCount(name="front-office", good=41, spoiled=2, in_doubt=1),),
            queues=(CardCount(name="card", good=41, spoiled=2, in_doubt=1),),
            supplies=(SupplyUse(printer="front-office", fed=44, blanks_loaded=100, ribbons_changed=1),),
            stops=(Stop(printer="front-office", cause="cover-open", times=3, seconds=610.0),),
        )  # fmt: skip


def test_a_day_is_told_in_words_and_leads_to_its_neighbours() -> None:
    desk = Desk(PagesFake(), reports=FakeReports())
    html = desk.get("/report", accept_language="en").html
    for words in ("Report of 2031-05-06", "so far", "The cover is open, 3 times, 10 minutes in all",
                  "44 cards fed, 100 blanks put in, 1 ribbons changed", "/report?day=2031-05-05"):  # fmt: skip
        assert words in html
    assert "/report?day=2031-05-07" not in html
    assert "/report?day=2031-05-03" in desk.get("/report?day=2031-05-02", accept_language="en").html
    assert "Laporan 2031-05-06" in desk.get("/report", accept_language="id").html


def test_what_is_no_day_is_refused_in_words() -> None:
    desk = Desk(PagesFake(), reports=FakeReports())
    for wrong in ("yesterday", "2031-13-01", "20310506", "0001-01-01", ""):
        assert desk.get(f"/report?day={wrong}").status == 400, wrong
