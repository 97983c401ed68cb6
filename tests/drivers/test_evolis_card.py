"""The story of a card between driver and emulated printer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from printserver.dialogue import Mark, Point, Report
from printserver.driver import Done, Evidence, Outcome, PrintableCard, Spoiled, Unknown
from printserver.driver.contract import MaintenanceAction
from printserver.emulation import FaultKind
from printserver.model import job as model
from printserver.model.alert import Alert, AlertKind
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver.raster.composite import composite
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.job import GEOMETRY
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import LINK, Desk, card_of, desk
from tests.drivers.evolis_kit import Talkative

YMCKO = by_name("YMCKO")


def primacy(cards: Path | None = None, *faults: str, name: str = "primacy") -> Desk:
    return desk(EvolisEmulator, name, GEOMETRY, cards, *faults)


def print_on(printer: Desk, card: PrintableCard, name: str = "primacy") -> Outcome:
    driver = EvolisDriver(name, {"settle": "5"})
    return printer.play(driver.print_card(None, list(driver.encode(card)), LINK))


def front_of_one_dot() -> PrintableCard:
    """Cyan in the upper left quarter, black in the lower right: whatever is turned or mirrored shows."""
    planes = {name: np.zeros((648, 1016), dtype=np.uint8) for name in YMCKO.front}
    planes[PanelName.C][:324, :508] = 255
    planes[PanelName.K][324:, 508:] = 1
    panels = tuple(Panel(name, plane, 256 if name.is_dye else 2) for name, plane in planes.items())
    return PrintableCard((SidePanels(Side.FRONT, panels),), YMCKO, GEOMETRY)


def test_a_card_comes_out_upright_and_as_the_preview_showed_it(tmp_path: Path) -> None:
    printer, card = primacy(tmp_path), front_of_one_dot()
    outcome = print_on(printer, card)
    assert outcome == Done({"cards": "1"})
    picture = np.asarray(Image.open(tmp_path / "0001-front.png"))
    assert picture.shape == (648, 1016, 3)
    assert picture[0, 0].tolist() == [0, 255, 255]
    assert picture[647, 1015].tolist() == [0, 0, 0]
    assert picture[0, 1015].tolist() == [255, 255, 255]
    np.testing.assert_array_equal(picture, composite(card.sides[0].panels))
    assert not (tmp_path / "0001-back.png").exists()


def test_the_counter_is_marked_before_anything_moves() -> None:
    printer = primacy()
    printer.memory.count("cards", 41)
    print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    assert printer.marks == [
        Mark(Point.COMMITTED, {"cards": "41"}), Mark(Point.EJECTED, {"cards": "42"}),
    ]
    committed = printer.effects.index(printer.marks[0])
    before = [effect for effect in printer.effects[:committed] if hasattr(effect, "data")]
    assert not any(b"Ss" in bytes(effect.data) or b"Db" in bytes(effect.data) for effect in before)


def test_a_card_is_not_on_the_shelf_before_it_has_left(tmp_path: Path) -> None:
    printer, driver = primacy(tmp_path), EvolisDriver("primacy", {})
    printer.connect()
    for block in driver.encode(front_of_one_dot()):
        printer.write(block.data)
    printer.pass_time(0.15)
    assert printer.machine.loaded
    assert list(tmp_path.glob("*.png")) == []
    printer.pass_time(0.2)
    assert [path.name for path in tmp_path.glob("*.png")] == ["0001-front.png"]


def test_two_sides_are_printed_by_turning_the_card(tmp_path: Path) -> None:
    ribbon = by_name("YMCKOK")
    card = card_of(ribbon, GEOMETRY, 256, back=True)
    assert print_on(primacy(tmp_path), card) == Done({"cards": "1"})
    for side, name in ((0, "0001-front.png"), (1, "0001-back.png")):
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / name)), composite(card.sides[side].panels))


def cure(printer: Desk, kind: FaultKind, after: int) -> Callable[[Report], None]:
    """A person who sees the printer's complaint `after` times and then removes the cause."""
    seen: list[Report] = []

    def look(report: Report) -> None:
        if report.blocked:
            seen.append(report)
        if len(seen) == after:
            printer.faults.clear(kind)

    return look


@pytest.mark.parametrize(("fault", "kind"), [
    ("cover-open@card=1", AlertKind.COVER_OPEN),
    ("ribbon-out@panel=k", AlertKind.RIBBON_EMPTY),
    ("hopper-empty@card=1", AlertKind.FEEDER),
    ("need-cleaning@card=1", AlertKind.CLEANING_DUE),
])
def test_a_printer_that_waits_for_a_person_says_why_and_then_finishes_the_card(fault: str, kind: AlertKind) -> None:
    printer = primacy(None, fault)
    printer.on_report = cure(printer, FaultKind(fault.partition("@")[0]), 3)
    assert print_on(printer, card_of(YMCKO, GEOMETRY, 256)) == Done({"cards": "1"})
    blocked = [report for report in printer.reports if report.blocked]
    assert blocked[-1].status is not None
    assert [alert.kind for alert in blocked[-1].status.alerts] == [kind]
    assert printer.reports[-1].blocked is False


def test_a_reply_that_nobody_knows_is_shown_word_for_word_and_never_counts_as_well() -> None:
    printer = primacy(None, "unknown-reply@card=1")
    printer.on_report = cure(printer, FaultKind.UNKNOWN_REPLY, 4)
    assert print_on(printer, card_of(YMCKO, GEOMETRY, 256)) == Done({"cards": "1"})
    complaints = [report.status.alerts for report in printer.reports if report.blocked and report.status]
    assert complaints == [(Alert(kind=AlertKind.OTHER, verbatim="ERR 42 SEE MANUAL"),)] * 4


def test_a_printer_that_is_not_well_gets_no_card() -> None:
    printer = primacy(None, "unknown-reply")
    driver = EvolisDriver("primacy", {})
    with pytest.raises(AssertionError, match="no end"):
        printer.play(driver.print_card(None, list(driver.encode(card_of(YMCKO, GEOMETRY, 256))), LINK), limit=100)
    assert printer.marks == []
    assert not printer.machine.loaded


def test_a_jammed_card_that_was_taken_out_is_spoiled(tmp_path: Path) -> None:
    printer = primacy(tmp_path, "jam@card=1")
    printer.on_report = cure(printer, FaultKind.JAM, 2)
    outcome = print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    assert outcome == Spoiled(model.Reason("card-not-printed", "the printer is idle and its counter did not move"))
    assert printer.machine.counter("cards") == 0
    assert (tmp_path / "rejected" / "0001-front.png").exists()


def test_the_printer_is_fit_for_the_next_card_after_a_jam(tmp_path: Path) -> None:
    printer = primacy(tmp_path, "jam@card=1")
    printer.on_report = cure(printer, FaultKind.JAM, 1)
    print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    assert print_on(printer, card_of(YMCKO, GEOMETRY, 256)) == Done({"cards": "1"})
    assert (tmp_path / "0002-front.png").exists()


def test_a_silent_printer_leaves_the_card_in_doubt() -> None:
    printer = primacy(None, "silent@byte=100000")
    outcome = print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "device-silent"


def test_a_stalled_printer_is_waited_for_and_then_goes_on() -> None:
    printer = primacy(None, "stall@byte=100000")
    printer.on_report = cure(printer, FaultKind.STALL, 3)
    assert print_on(printer, card_of(YMCKO, GEOMETRY, 256)) == Done({"cards": "1"})


def test_a_printer_that_never_takes_the_rest_leaves_the_card_in_doubt() -> None:
    printer = primacy(None, "stall@byte=100000")
    outcome = print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "device-stalled"


def evidence_of(printer: Desk) -> Evidence:
    return Evidence(tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks), "SN1")


def reconcile(printer: Desk) -> Outcome:
    printer.connect()
    driver = EvolisDriver("primacy", {"settle": "5"})
    return printer.play(driver.reconcile(evidence_of(printer), LINK))


def test_a_card_that_was_sent_whole_is_found_done_after_the_link_broke(tmp_path: Path) -> None:
    card = card_of(YMCKO, GEOMETRY, 256)
    total = sum(len(block.data) for block in EvolisDriver("primacy", {}).encode(card))
    # Beside the card: Pem;4 (7 bytes), Rlr (5), Rco;c twice (14); then the link breaks within the next question.
    printer = primacy(tmp_path, f"drop-link@byte={total + 28}")
    assert isinstance(print_on(printer, card), Unknown)
    assert reconcile(printer) == Done({"cards": "1"})


def test_a_card_cut_off_in_the_middle_goes_to_the_reject_box_and_counts_as_spoiled(tmp_path: Path) -> None:
    printer = primacy(tmp_path, "drop-link@byte=1500000")
    assert isinstance(print_on(printer, card_of(YMCKO, GEOMETRY, 256)), Unknown)
    printer.pass_time(10)
    assert printer.machine.loaded
    outcome = reconcile(printer)
    assert isinstance(outcome, Spoiled)
    assert not printer.machine.loaded
    assert printer.machine.counter("rejected") == 1
    assert list(tmp_path.glob("*.png")) == []


def test_a_counter_that_moved_by_two_settles_nothing() -> None:
    printer = primacy(None, "drop-link@byte=1500000")
    print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    printer.memory.count("cards", 2)
    outcome = reconcile(printer)
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "counter-moved"


def test_without_evidence_nothing_is_guessed() -> None:
    outcome = primacy().play(EvolisDriver("primacy", {}).reconcile(Evidence(()), LINK))
    assert isinstance(outcome, Unknown)


def test_a_card_is_found_out_even_by_a_printer_without_ack_and_nack(tmp_path: Path) -> None:
    class Quiet(EvolisEmulator):
        """Takes Pem;4 for an unknown word."""

        _acknowledges = property(lambda self: False)

    printer = desk(Quiet, "primacy", GEOMETRY, tmp_path, "cover-open@card=1")
    printer.on_report = cure(printer, FaultKind.COVER_OPEN, 2)
    assert print_on(printer, card_of(YMCKO, GEOMETRY, 256)) == Done({"cards": "1"})
    blocked = [report for report in printer.reports if report.blocked and report.status]
    assert blocked[0].status is not None
    assert blocked[0].status.alerts[0] == Alert(kind=AlertKind.OTHER, verbatim="COVER OPEN")


@pytest.mark.parametrize("faults", [(), ("cover-open@card=1",), ("hopper-empty@card=1",)])
@pytest.mark.parametrize("tracks", [(), ("A", "1", "2")])
def test_a_printer_that_answers_every_command_is_understood(faults: tuple[str, ...], tracks: tuple[str, ...]) -> None:
    printer = desk(Talkative, "primacy+mag", GEOMETRY, None, *faults)
    printer.on_report = lambda report: printer.faults.clear() if report.blocked else None
    card = card_of(by_name("K"), GEOMETRY, 2, tracks=tracks)
    for number in ("1", "2"):
        assert print_on(printer, card, "primacy+mag") == Done({"cards": number})
    assert any(report.blocked for report in printer.reports) is bool(faults)


def test_a_failed_stripe_is_found_out_by_a_printer_that_answers_every_command() -> None:
    printer = desk(Talkative, "primacy+mag", GEOMETRY, None, "mag-error")
    printer.on_report = lambda report: printer.write(b"\x1bScs\r")  # a person presses the button
    outcome = print_on(printer, card_of(by_name("K"), GEOMETRY, 2, tracks=("A",)), "primacy+mag")
    assert isinstance(outcome, Spoiled)
    assert (printer.machine.counter("panels"), printer.machine.counter("cards")) == (0, 0)


def test_a_card_that_jammed_in_the_encoder_is_not_replaced_by_a_blank() -> None:
    printer = primacy(None, "jam@card=1", name="primacy+mag")
    printer.on_report = cure(printer, FaultKind.JAM, 1)
    outcome = print_on(printer, card_of(YMCKO, GEOMETRY, 256, tracks=("A",)), "primacy+mag")
    assert outcome == Spoiled(model.Reason("encoder-error", "the printer could not write the stripe"))
    assert (printer.machine.counter("panels"), printer.machine.counter("cards")) == (0, 0)


def test_tracks_are_written_before_printing_and_a_failed_stripe_spoils_the_card(tmp_path: Path) -> None:
    name, tracks = "primacy+mag", ("HELLO WORLD", "1234", "")
    good = primacy(tmp_path, name=name)
    assert print_on(good, card_of(YMCKO, GEOMETRY, 256, tracks=tracks), name) == Done({"cards": "1"})
    assert [mark.point for mark in good.marks] == [Point.COMMITTED, Point.MAG, Point.EJECTED]
    bad = primacy(tmp_path, "mag-error", name=name)
    outcome = print_on(bad, card_of(YMCKO, GEOMETRY, 256, tracks=tracks), name)
    assert outcome == Spoiled(model.Reason("encoder-error", "the printer could not write the stripe"))
    assert bad.machine.counter("panels") == 0
    assert not bad.machine.loaded
    bad.faults.clear()
    assert print_on(bad, card_of(YMCKO, GEOMETRY, 256, tracks=tracks), name) == Done({"cards": "1"})


def test_the_printer_tells_who_it_is_and_how_it_is() -> None:
    printer, driver = primacy(), EvolisDriver("primacy", {})
    identity = printer.play(driver.identify(LINK))
    assert (identity.family, identity.model, identity.serial) == ("evolis", "primacy", "SN1")
    print_on(printer, card_of(YMCKO, GEOMETRY, 256))
    status = printer.play(driver.status(LINK))
    assert status.ready
    assert status.counters == {"cards": 1, "panels": 5, "cleanings": 0}
    assert status.ribbon is None, "what it was set to is no evidence of what is in it"
    assert status.supplies[0].name == "YMCKO"
    assert [(supply.name, supply.remaining) for supply in status.supplies] == [("YMCKO", None), ("cleaning", 999)]


def test_a_person_may_clear_clean_and_test() -> None:
    printer, driver = primacy(), EvolisDriver("primacy", {})
    printer.play(driver.recover(Alert(kind=AlertKind.CARD_JAM), LINK))
    printer.play(driver.maintain(MaintenanceAction.CLEAN, LINK))
    printer.play(driver.maintain(MaintenanceAction.TEST_CARD, LINK))
    assert printer.machine.counter("cleanings") == 1
    assert printer.machine.counter("cards") == 1
