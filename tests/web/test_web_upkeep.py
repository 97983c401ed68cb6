"""A printer's page: what it is, the steps of its maintenance, how that goes on and how it ended."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import Any

from msgspec.structs import replace

from printserver.errors import NotPossibleNow
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterState
from printserver.model.upkeep import MaintenanceAction, Outcome, Work
from printserver.queue.cleaning import OVERDUE, Cleaning
from printserver.queue.upkeep import IN_DOUBT
from printserver.queue.views import By
from tests.listeners.fake_upkeep import ACTIONS, DONE, NOW, FakeUpkeep
from tests.web.pages_kit import Answer, Desk
from tests.web.pages_service import PagesFake, abilities, printer

PAGE = "/printers/front-office/maintenance"
KNOWN = Identity(family="evolis", model="primacy", serial="SN-1", firmware="2029")


class UpkeepDesk(Desk):
    """A desk whose pages know of maintenance."""

    def __init__(self, **view: Any) -> None:  # noqa: ANN401 - of a printer
        known = replace(printer(), identity=KNOWN, capabilities=changed(abilities(), maintenance=ACTIONS), **view)
        self.upkeep = FakeUpkeep(known)
        super().__init__(PagesFake(known), upkeep=self.upkeep)

    def enter(self, deed: str, token: str = "", **fields: str) -> Answer:
        shown = token or self.get(PAGE).field("token")
        return self.post(PAGE, {"do": deed, "token": shown, "back": PAGE, "by": "anna", "reason": "why", **fields})


def test_the_page_says_what_the_printer_is() -> None:
    text = UpkeepDesk().get(PAGE).text
    for words in (
        "Serial number SN-1", "Firmware 2029", "1016 × 648 dots, 300 to the inch", "86.0 × 54.9 mm", "Y M C K O",
        "about 2 cards a minute", "Tried on an emulator", "Cards printed in its life 4711",
    ):  # fmt: skip
        assert words in text, words
    told = UpkeepDesk().get(f"{PAGE}?lang=id").text
    for words in ("Nomor seri SN-1", "1016 × 648 titik, 300 per inci", "sekitar 2 kartu per menit"):
        assert words in told, words


def test_the_steps_stand_before_the_button_and_nothing_is_offered_that_is_not_known() -> None:
    page = UpkeepDesk().get(PAGE)
    assert page.text.index("Take the ribbon out.") < page.text.index("The steps are done: clean the printer")
    assert "It takes one blank card." in page.text
    assert 'value="calibrate"' not in page.html
    assert PAGE in UpkeepDesk().get("/").html
    bare = UpkeepDesk()
    bare.upkeep.view = replace(bare.upkeep.view, capabilities=abilities())
    assert "Do what its manual says." in bare.get(PAGE).text


def test_a_form_counts_once() -> None:
    desk, anna = UpkeepDesk(), By("anna", "why")
    token = desk.get(PAGE).field("token")
    done = desk.enter("clean", token)
    assert (done.status, done.header("location")) == (303, f"{PAGE}?did=maintain")
    assert desk.enter("clean", token).status == 409
    desk.enter("cleaned")
    desk.enter("postpone", cards="50")
    assert desk.upkeep.wanted == [
        ("maintain", "front-office", MaintenanceAction.CLEAN, anna), ("cleaned", "front-office", anna),
        ("postpone", "front-office", 50, anna),
    ]  # fmt: skip


def test_what_is_none_is_said() -> None:
    desk = UpkeepDesk()
    for deed, fields in (("eat", {}), ("postpone", {}), ("postpone", {"cards": "0"}), ("postpone", {"cards": "many"})):
        assert desk.enter(deed, **fields).status == 400
    desk.upkeep.failing = NotPossibleNow("somebody has to look at printer front-office first")
    assert desk.enter("clean").status == 409


def test_its_progress_and_its_end_are_shown() -> None:
    work = Work(action=MaintenanceAction.CLEAN, by="anna")
    waits = UpkeepDesk(work=work).get(PAGE).text
    assert "Cleaning: begins after the card that is in the printer" in waits
    going = UpkeepDesk(work=replace(work, since=NOW - 60), state=PrinterState.BUSY)
    assert "The printer is being cleaned" in going.get(PAGE).text
    assert "<progress" in going.get(PAGE).html
    assert "The printer is being cleaned" in going.get("/").text
    assert "Printer sedang dibersihkan" in going.get(f"{PAGE}?lang=id").text
    assert "Done, says the printer Cleaning" in UpkeepDesk(worked=DONE).get(PAGE).text
    doubt = UpkeepDesk(worked=replace(DONE, outcome=Outcome.DOUBT)).get(PAGE).text
    assert "Nobody knows how it ended Cleaning" in doubt


def test_a_doubt_is_cleared_where_it_is_told_and_nothing_else_is() -> None:
    doubt = UpkeepDesk(state=PrinterState.BLOCKED, needs_person=True, reason=Reason(IN_DOUBT, "clean"))
    assert "/printers/front-office/clear" in doubt.get(PAGE).html
    assert "see that no cleaning card, test card or other card is left in it" in doubt.get(PAGE).text
    work = Work(action=MaintenanceAction.CLEAN, since=NOW)
    going = UpkeepDesk(state=PrinterState.BLOCKED, needs_person=True, reason=Reason("media-empty"), work=work)
    assert "/printers/front-office/clear" not in going.get(PAGE).html
    overdue = UpkeepDesk(state=PrinterState.BLOCKED, needs_person=True, reason=Reason(OVERDUE))
    assert "/printers/front-office/clear" not in overdue.get(PAGE).html
    assert "/printers/front-office/clear" not in overdue.get("/").html


def test_cleaning_that_is_due_is_told_and_may_be_postponed() -> None:
    desk = UpkeepDesk()
    text = desk.get(PAGE).text
    assert "The printer has to be cleaned. It has had 850 cards since it was cleaned." in text
    assert "It warns after 800 cards and gets none after 1000." in text
    assert "Let it go on" in text
    desk.upkeep.view = replace(desk.upkeep.view, cleaning=Cleaning(used=1000, due=800, stop=1000, postponed=900))
    assert "The printer gets no more cards until it is cleaned." in desk.get(PAGE).text
    desk.upkeep.view = replace(desk.upkeep.view, cleaning=Cleaning(used=1))
    assert "Nobody says after how many cards" in desk.get(PAGE).text
    assert "Let it go on" not in desk.get(PAGE).text
