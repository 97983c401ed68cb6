"""A printer's page of blanks and ribbon, and what a job's page says of them."""

from __future__ import annotations

from typing import Any

from printserver.errors import ReasonNeeded
from printserver.model.job import CardState
from printserver.queue.views import By
from tests.listeners.fake_supplies import FakeSupplies
from tests.web.pages_kit import Answer, Desk
from tests.web.pages_service import PagesFake

PAGE = "/printers/front-office/supplies"


class SupplyDesk(Desk):
    """A desk whose pages know of blanks and ribbon."""

    def __init__(self) -> None:
        self.supplies = FakeSupplies()
        super().__init__(PagesFake(), supplies=self.supplies)

    def enter(self, deed: str, token: str = "", **fields: Any) -> Answer:  # noqa: ANN401 - of a form
        shown = token or self.get(PAGE).field("token")
        return self.post(PAGE, {"do": deed, "token": shown, "back": PAGE, "by": "anna", "reason": "why", **fields})


def test_the_page_shows_count_word_and_equation() -> None:
    page = SupplyDesk().get(PAGE)
    assert page.status == 200
    assert "14 left by count" in page.text
    assert "12 left, says the printer" in page.text
    assert "2 fewer than counted" in page.text
    assert "Roll R-7" in page.text
    assert "loaded 100 = good 80 + spoiled 3 + test cards and cleaning 2 + in doubt 1 + left 14" in page.text
    assert "Kartu kosong dan pita" in SupplyDesk().get(f"{PAGE}?lang=id").text


def test_a_form_counts_once() -> None:
    desk, anna = SupplyDesk(), By("anna", "why")
    token = desk.get(PAGE).field("token")
    done = desk.enter("load-blanks", token, loaded="100")
    assert (done.status, done.header("location")) == (303, f"{PAGE}?did=load-blanks")
    assert desk.enter("load-blanks", token, loaded="100").status == 409
    desk.enter("spend-blanks", test_cards="2", cleaning="")
    desk.enter("change-ribbon", roll="R-8", cards="200", left="")
    desk.enter("close-shift", left="14")
    assert desk.supplies.entered == [
        ("load", "front-office", 100, anna), ("test-card", "front-office", 2, anna),
        ("ribbon", "front-office", "R-8", 200, None, anna), ("close", "front-office", 14, anna),
    ]  # fmt: skip
    assert "The blanks are counted." in desk.get(f"{PAGE}?did=load-blanks").text


def test_what_cannot_be_counted_is_said() -> None:
    desk = SupplyDesk()
    for deed, fields in (
        ("load-blanks", {"loaded": "many"}), ("load-blanks", {}), ("load-blanks", {"loaded": "100001"}), ("eat", {}),
    ):  # fmt: skip
        assert desk.enter(deed, **fields).status == 400
    desk.supplies.closing = ReasonNeeded("14 must be left, and 12 are")
    assert desk.enter("close-shift", left="12").status == 422
    assert desk.supplies.entered == []


def test_a_jobs_page_says_where_the_ribbon_ends_and_what_it_costs() -> None:
    desk = SupplyDesk()
    job = desk.service.put(CardState.QUEUED)
    page = desk.get(f"/jobs/{job.id}")
    assert "The ribbon ends at card 37 of this batch. 37 are loaded; 23 cards will find none." in page.text
    assert "IDR 17251.50" in page.text
    assert "3 1 of them spoiled" in page.text
