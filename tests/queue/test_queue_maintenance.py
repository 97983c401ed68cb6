"""Maintenance takes a printer out of dispatch, books what it took, and is in doubt when nobody knows how it ended."""

from __future__ import annotations

from collections.abc import Callable
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


def between_beginning_and_first_byte(here: World, happens: Callable[[], None]) -> None:
    """Let something happen while the store writes down that maintenance begins: the write takes long."""
    keeper = here.life.keeper

    def before(call: str) -> None:
        if call == "begin":
            happens()

    keeper.before = before


@pytest.mark.parametrize("how", ["lost", "taken anew", "over"])
def test_nothing_is_sent_where_beginning_took_longer_than_the_lease(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # leases are PostgreSQL's alone; what is tried here is what comes after the store has found its lease good
    monkeypatch.setattr("printserver.store.upkeep.check_lease", lambda work, printer, number: None)
    here = here_with(tmp_path)
    entry = here.life.board.entry("left")
    entry.lease, entry.lease_until = 7, here.clock.seconds() + 1000

    def happens() -> None:
        match how:
            case "lost":
                entry.owned = False
            case "taken anew":  # another node may have had it in between
                entry.lease = 8
            case _:
                entry.lease_until = here.clock.seconds()

    between_beginning_and_first_byte(here, happens)
    want(here, TEST_CARD)
    here.run(60)
    assert len(rows(here, "maintenance-began")) == 1, "it was written down all the same"
    assert not any(said.startswith(b"CARD") for said in here.printer.heard)
    assert (here.printer.out, worked(here)) == ([], Outcome.DOUBT)


def test_what_another_node_has_cleared_is_no_doubt_here_when_the_printer_comes_back(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.cut()
    here.run(5)
    here.mend()
    here.run(20)
    assert reason(here) == IN_DOUBT
    here.life.keeper.store.upkeep.give_up("left", "cleared at another node", {"cards": 0})
    here.life.workers["left"].begin_anew()
    here.cut()
    here.mend()
    here.run(30)
    assert here.printer_state() is PrinterState.IDLE
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.DONE))


def test_a_word_for_what_another_node_has_cleared_is_enough(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    want(here)
    here.run(3)
    here.cut()
    here.run(5)
    here.mend()
    here.run(20)
    here.life.keeper.store.upkeep.give_up("left", "cleared at another node", {"cards": 0})
    here.do(here.service.clear_printer("left", ANNA))
    here.run(20)
    assert here.printer_state() is PrinterState.IDLE


def test_another_device_in_its_place_gives_no_counters_to_the_one_that_began(tmp_path: Path) -> None:
    here = here_with(tmp_path)
    first = here.submit("a")
    here.run_until(here.in_state(first, CardState.DONE))
    want(here)
    here.run(3)
    here.cut()
    here.run(5)
    here.printer.serial = "S-OTHER"
    here.printer.out += [b"of its own life"] * 40
    here.mend()
    here.run(30)
    assert reason(here) == IN_DOUBT
    here.do(here.service.clear_printer("left", ANNA))
    here.run(20)
    assert here.printer_state() is PrinterState.IDLE
    store = here.life.keeper.store
    began, other = store.last_counted("left", "S-LEFT"), store.last_counted("left", "S-OTHER")
    assert began is not None
    assert began.counters["cards"] <= 1, "the forty cards are the other device's"
    assert other is None


def test_a_counter_that_is_told_no_more_is_doubt(tmp_path: Path) -> None:
    class Forgetful(MaintainedDriver):
        told = True

        def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
            status = yield from super().status(link)
            return status if Forgetful.told else PrinterStatus(ready=status.ready)

        def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
            yield from super().maintain(action, link)
            Forgetful.told = False

    here = world(tmp_path, config("left"), driver=Forgetful)
    here.run(2)
    want(here)
    here.run(30)
    assert (reason(here), worked(here)) == (IN_DOUBT, Outcome.DOUBT)
