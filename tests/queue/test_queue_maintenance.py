"""Maintenance takes a printer out of dispatch, books what it took, and is in doubt when nobody knows how it ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from printserver.dialogue import Dialogue, Report, Send, Wait
from printserver.driver import Capabilities, LinkInfo, MaintenanceAction
from printserver.errors import DeviceReplyUnknown, NotPossibleNow, UnsupportedByPrinter
from printserver.model.event import Event
from printserver.model.job import CardState
from printserver.model.printer import Identity, PrinterState, PrinterStatus
from printserver.model.supply import SupplyKind
from printserver.model.upkeep import Maintenance, Outcome
from printserver.queue.upkeep import IN_DOUBT
from tests.queue.bench_printer import COVER, BenchDriver
from tests.queue.queue_kit import ANNA, World, config, world

CLEAN, TEST_CARD, CALIBRATE = MaintenanceAction.CLEAN, MaintenanceAction.TEST_CARD, MaintenanceAction.CALIBRATE
OWN = b"test"


class MaintainedDriver(BenchDriver):
    """A bench printer that is cleaned in ten seconds, and prints a test card of its own."""

    def capabilities(self, identity: Identity) -> Capabilities:
        return replace(super().capabilities(identity), maintenance=(
            Maintenance(action=CLEAN, steps=("Take the ribbon out.",)),
            Maintenance(action=TEST_CARD, blanks=1, counts=1),
        ))  # fmt: skip

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        if action is TEST_CARD:
            yield Send(b"CARD " + OWN.hex().encode() + b"\n", 5.0)
        yield Wait(10.0)
        word, _, _ = yield from self.read()
        while word == "OPEN":
            yield Report(PrinterStatus(ready=False, alerts=(COVER,)), blocked=True)
            yield Wait(1.0)
            word, _, _ = yield from self.read()
        if word != "READY":
            raise DeviceReplyUnknown(word)


def here_with(folder: Path, *names: str) -> World:
    here = world(folder, *map(config, names or ("left",)), driver=MaintainedDriver)
    here.run(2)
    return here


def want(here: World, action: MaintenanceAction = CLEAN, printer: str = "left") -> None:
    here.do(here.service.maintaining.maintain(printer, action, ANNA))


def rows(here: World, *whats: str) -> list[Event]:
    found = here.life.keeper.store.events(0, 10_000)
    return [row for row in found if row.kind == "printer" and row.what in whats]


def worked(here: World, printer: str = "left") -> Outcome | None:
    found = here.service.printer(printer).worked
    return None if found is None else found.outcome


def reason(here: World) -> str:
    found = here.life.board.entry("left").reason
    return "" if found is None else found.code


def test_a_cleaning_is_shown_journalled_and_booked(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    assert (here.printer_state(), reason(here)) == (PrinterState.BUSY, "maintenance")
    [began] = rows(here, "maintenance-began")
    assert (began.data["action"], began.data["by"], began.data["counter.cards"]) == ("clean", "anna", 0)
    assert rows(here, "maintenance-ended") == []
    here.run(20)
    [ended] = rows(here, "maintenance-ended")
    assert (ended.data["action"], ended.data["moved.cards"], ended.data["blanks"]) == ("clean", 0, 0)
    assert (here.printer_state(), worked(here)) == (PrinterState.IDLE, Outcome.DONE)


def test_no_card_is_printed_meanwhile_and_the_pool_goes_elsewhere(tmp_path: Path) -> None:
    here = here_with(tmp_path, "left", "right")
    want(here)
    here.run(1)
    jobs = [here.submit(f"{number}") for number in range(2)]
    here.run(8)
    assert (here.printers["left"].out, len(here.printers["right"].out)) == ([], 2)
    here.run(60)
    more = [here.submit("more") for _ in range(2)]
    here.run_until(lambda: all(here.job(job).state.final for job in (*jobs, *more)))
    assert here.printers["left"].out, "it is in the pool again"


def test_maintenance_waits_for_the_card_in_the_printer_and_goes_before_the_next(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    job = here.submit("a", copies=3)
    here.run_until(lambda: here.state(job) is CardState.PRINTING)
    want(here, TEST_CARD)
    here.run_until(lambda: here.job(job).state.final)
    assert here.printer.out == [b"a", OWN, b"a", b"a"]


def test_what_a_test_card_moved_is_no_card_that_nobody_knows(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    here.do(here.service.supplies.load_blanks("left", 10, ANNA))
    first = here.submit("a")
    here.run_until(here.in_state(first, CardState.DONE))
    want(here, TEST_CARD)
    here.run(20)
    assert here.printer.out == [b"a", OWN]
    assert rows(here, "maintenance-ended")[0].data["moved.cards"] == 1
    [blanks] = [count for count in here.life.board.entry("left").counts if count.kind is SupplyKind.BLANKS]
    assert (blanks.left, blanks.other) == (8, 1)
    here.kill()
    job = here.submit("b")
    here.run_until(here.in_state(job, CardState.DONE))


@pytest.mark.parametrize("seconds", [0.5, 2, 6, 9])
def test_a_kill_in_the_middle_stops_the_printer_until_a_person_looked(tmp_path: Path, seconds: float) -> None:
    here = here_with(tmp_path)
    first = here.submit("a")
    here.run_until(here.in_state(first, CardState.DONE))
    want(here, TEST_CARD)
    here.run(seconds)
    here.kill()
    job = here.submit("b")
    here.run(120)
    assert (here.printer_state(), reason(here)) == (PrinterState.BLOCKED, IN_DOUBT)
    assert (here.out("b"), here.state(job)) == (0, CardState.QUEUED)
    with pytest.raises(NotPossibleNow):
        want(here)
    here.kill()
    here.run(60)
    assert (reason(here), here.out("b")) == (IN_DOUBT, 0), "a restart forgets nothing"
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    assert len(rows(here, "maintenance-given-up")) == 1
    here.kill()
    last = here.submit("c")
    here.run_until(here.in_state(last, CardState.DONE))


def test_a_printer_in_doubt_that_counted_more_than_maintenance_explains_holds_its_queues(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    first = here.submit("a")
    here.run_until(here.in_state(first, CardState.DONE))
    want(here, TEST_CARD)
    here.run(6)
    here.printer.out += [b"by somebody else"] * 2
    here.kill()
    here.run(60)
    assert (here.printer_state(), reason(here)) == (PrinterState.BLOCKED, "counter-ahead")
    here.do(here.service.clear_printer("left", ANNA))
    job = here.submit("b")
    here.run(60)
    assert (reason(here), here.out("b")) == (IN_DOUBT, 0), "one word is for one look"
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))


def test_a_word_said_while_the_printer_was_away_settles_no_doubt_that_nobody_was_shown(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here, TEST_CARD)
    here.run(3)
    here.cut()
    here.kill()
    here.run(30)
    assert here.printer_state() is not PrinterState.BLOCKED
    here.do(here.service.clear_printer("left", ANNA))
    job = here.submit("b")
    here.mend()
    here.run(60)
    assert (reason(here), here.out("b")) == (IN_DOUBT, 0)
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))


def test_a_test_card_that_the_device_did_not_count_is_doubt(tmp_path: Path) -> None:
    """The driver says that it has ended, and the device that no card came: it may yet come."""

    class TooEarly(MaintainedDriver):
        def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
            yield Wait(1.0)

    here = world(tmp_path, config("left"), driver=TooEarly)
    here.run(2)
    want(here, TEST_CARD)
    here.run(30)
    assert (reason(here), worked(here)) == (IN_DOUBT, Outcome.DOUBT)
    want_detail = here.service.printer("left").worked
    assert want_detail is not None
    assert want_detail.detail == "test-card: cards: from 0 to 0"


def test_a_link_that_breaks_in_the_middle_leaves_doubt(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.cut()
    here.run(5)
    here.mend()
    here.run(60)
    assert (here.printer_state(), reason(here), worked(here)) == (PrinterState.BLOCKED, IN_DOUBT, Outcome.DOUBT)
    here.do(here.service.clear_printer("left", ANNA))
    here.run(20)
    assert here.printer_state() is PrinterState.IDLE


def test_a_word_of_before_does_not_settle_a_doubt_of_now(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.do(here.service.clear_printer("left", ANNA))
    here.cut()
    here.run(5)
    here.mend()
    here.run(60)
    assert reason(here) == IN_DOUBT


def test_more_cards_than_the_driver_explains_are_doubt(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.printer.out.append(b"by somebody else")
    here.run(30)
    assert (reason(here), worked(here)) == (IN_DOUBT, Outcome.DOUBT)
    found = here.service.printer("left").worked
    assert found is not None
    assert found.detail == "clean: cards: from 0 to 1"


def test_a_printer_that_waits_for_a_person_meanwhile_says_for_what(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.printer.open = True
    here.run(15)
    assert (here.printer_state(), reason(here)) == (PrinterState.BLOCKED, COVER.kind)
    here.printer.open = False
    here.run(15)
    assert (here.printer_state(), worked(here)) == (PrinterState.IDLE, Outcome.DONE)


def test_an_orderly_stop_lets_it_end(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.stop()
    here.begin()
    assert len(rows(here, "maintenance-ended")) == 1
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.DONE))


def test_what_the_driver_does_not_name_is_refused(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    with pytest.raises(UnsupportedByPrinter) as refused:
        want(here, CALIBRATE)
    assert refused.value.allowed == "clean, test-card"
    want(here)
    with pytest.raises(NotPossibleNow):
        want(here)


def test_a_printer_with_a_card_in_doubt_is_not_cleaned(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    here.printer.swallows = 1
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.run(5)
    with pytest.raises(NotPossibleNow):
        want(here)
