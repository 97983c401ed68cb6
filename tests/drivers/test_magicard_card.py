"""The story of a card between driver and emulated Magicard printer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from twisted.internet.task import Clock

from printserver.dialogue import Ask, Control, Interrupted, Listen, Mark, Point, Report, Send, Sent, TimedOut
from printserver.driver import (
    AnswersControl,
    Capabilities,
    Confirms,
    Done,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Spoiled,
    Unknown,
)
from printserver.emulation import FAST, REAL, CardMachine, FaultBook, FaultKind, Memory, NoShelf, Pace, parse_fault
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model import job as model
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver.model.printer import Identity
from printserver.raster.composite import composite
from printserver.testing import DialoguePlayer, script
from printserver_magicard.driver import MagicardDriver
from printserver_magicard.emulator import MagicardEmulator
from printserver_magicard.info import info
from printserver_magicard.ribbons import by_name
from tests.drivers.bench import LINK, Desk, desk
from tests.drivers.magicard_kit import ramped

RIBBONS_OF = {each.name + ("+duo" if "duo" in each.extras else ""): each.ribbons for each in info().model}
MODELS = list(RIBBONS_OF)
EVERY = [(name, ribbon) for name, ribbons in RIBBONS_OF.items() for ribbon in ribbons]


def can(name: str) -> Capabilities:
    return MagicardDriver(name, {}).capabilities(Identity(family="magicard", model=name))


def printer_of(name: str, cards: Path | None = None, *faults: str) -> Desk:
    return desk(MagicardEmulator, name, can(name).geometry, cards, *faults)


def print_on(printer: Desk, card: PrintableCard, name: str = "enduro", **options: str) -> Outcome:
    driver = MagicardDriver(name, {"settle": "5", **options})
    return printer.play(driver.print_card(None, list(driver.encode(card)), LINK))


def cure(printer: Desk, kind: FaultKind, after: int) -> Callable[[Report], None]:
    """A person who sees the printer's complaint `after` times and then removes the cause."""
    seen: list[Report] = []

    def look(report: Report) -> None:
        if report.blocked:
            seen.append(report)
        if len(seen) == after:
            printer.faults.clear(kind)

    return look


@pytest.mark.parametrize(("name", "ribbon"), EVERY)
def test_what_is_sent_is_what_is_printed(name: str, ribbon: str, tmp_path: Path) -> None:
    card = ramped(name, ribbon, two_sided=can(name).duplex)
    printer = printer_of(name, tmp_path)
    outcome = print_on(printer, card, name)
    printer.pass_time(5)
    for side in card.sides:
        picture = np.asarray(Image.open(tmp_path / f"0001-{side.side}.png"))
        np.testing.assert_array_equal(picture, composite(side.panels))
    assert printer.machine.counter("cards") == 1
    assert isinstance(outcome, Done)
    assert outcome.sure is can(name).confirms.sure


def test_a_card_comes_out_upright(tmp_path: Path) -> None:
    """Cyan in the upper left quarter, black in the lower right: whatever is turned or mirrored shows."""
    planes = {name: np.zeros((642, 1016), dtype=np.uint8) for name in by_name("YMCKO").front}
    planes[PanelName.C][:321, :508] = 63
    planes[PanelName.K][321:, 508:] = 1
    panels = tuple(Panel(name, plane, 64 if name.is_dye else 2) for name, plane in planes.items())
    card = PrintableCard((SidePanels(Side.FRONT, panels),), by_name("YMCKO"), can("enduro").geometry)
    assert print_on(printer_of("enduro", tmp_path), card) == Done({"cards": "1"})
    picture = np.asarray(Image.open(tmp_path / "0001-front.png"))
    assert picture.shape == (642, 1016, 3)
    assert picture[0, 0].tolist() == [0, 255, 255]
    assert picture[641, 1015].tolist() == [0, 0, 0]
    assert picture[0, 1015].tolist() == [255, 255, 255]


def test_the_counter_is_marked_before_anything_moves() -> None:
    printer = printer_of("enduro")
    printer.memory.count("cards", 41)
    print_on(printer, ramped("enduro", "K"))
    assert printer.marks == [Mark(Point.COMMITTED, {"cards": "41"}), Mark(Point.EJECTED, {"cards": "42"})]
    committed = printer.effects.index(printer.marks[0])
    assert not any(b"NOC" in bytes(effect.data) for effect in printer.effects[:committed] if isinstance(effect, Send))


def test_only_a_printer_that_counts_makes_a_card_sure() -> None:
    sure = {name: can(name).confirms for name in MODELS}
    assert {name for name, confirms in sure.items() if confirms is Confirms.COUNTER} == {
        "enduro+duo", "pronto", "riopro+duo",
    }
    assert set(sure.values()) == {Confirms.COUNTER, Confirms.TRANSFER}


@pytest.mark.parametrize(("name", "fault", "kind", "words"), [
    ("enduro", "hopper-empty@card=1", AlertKind.FEEDER, "error 11:01"),
    ("enduro", "cover-open@card=1", AlertKind.OTHER, "error 90:01"),
    ("enduro", "ribbon-out@panel=k", AlertKind.OTHER, "error 90:02"),
    ("alto", "hopper-empty@card=1", AlertKind.FEEDER,
     "Karte wurde nicht in den Drucker eingezogen. Versuchen Sie es erneut. Fehlercode - 11:01"),
])
def test_a_printer_that_waits_for_a_person_says_why_and_then_finishes_the_card(
    name: str, fault: str, kind: AlertKind, words: str
) -> None:
    printer = printer_of(name, None, fault)
    printer.on_report = cure(printer, FaultKind(fault.partition("@")[0]), 3)
    assert isinstance(print_on(printer, ramped(name, "K"), name), Done)
    blocked = [report.status for report in printer.reports if report.blocked]
    assert blocked[-1] is not None
    assert [(alert.kind, alert.verbatim) for alert in blocked[-1].alerts] == [(kind, words)]
    assert printer.reports[-1].blocked is False


def test_a_reply_that_nobody_knows_never_counts_as_well() -> None:
    printer = printer_of("enduro", None, "unknown-reply")
    driver = MagicardDriver("enduro", {})
    with pytest.raises(AssertionError, match="no end"):
        printer.play(driver.print_card(None, list(driver.encode(ramped("enduro", "K"))), LINK), limit=100)
    assert printer.marks == []
    assert not printer.machine.loaded
    assert printer.reports[-1].status is not None
    assert printer.reports[-1].status.alerts == (Alert(kind=AlertKind.OTHER, verbatim="error 99:42"),)


def test_a_jammed_card_that_was_taken_out_is_in_doubt_and_the_next_one_prints(tmp_path: Path) -> None:
    printer = printer_of("enduro", tmp_path, "jam@card=1")
    printer.on_report = cure(printer, FaultKind.JAM, 2)
    outcome = print_on(printer, ramped("enduro", "K"))
    assert outcome == Unknown(
        model.Reason("card-not-counted", "the printer is idle and its counter did not move")
    )
    assert (tmp_path / "rejected" / "0001-front.png").exists()
    assert print_on(printer, ramped("enduro", "K")) == Done({"cards": "1"})


def test_a_stripe_that_cannot_be_written_is_never_done() -> None:
    printer = printer_of("enduro+mag", None, "mag-error@card=1")
    printer.on_report = cure(printer, FaultKind.MAG_ERROR, 2)
    outcome = print_on(printer, ramped("enduro+mag", "K", tracks=("A",)), "enduro+mag")
    assert isinstance(outcome, Unknown)
    assert (printer.machine.counter("cards"), printer.machine.counter("rejected")) == (0, 1)


def test_a_silent_printer_leaves_the_card_in_doubt() -> None:
    printer = printer_of("enduro", None, "silent@byte=50000")
    outcome = print_on(printer, ramped("enduro", "K"))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "device-silent"


def test_a_stalled_printer_is_waited_for_and_one_that_never_goes_on_leaves_doubt() -> None:
    printer = printer_of("enduro", None, "stall@byte=50000")
    printer.on_report = cure(printer, FaultKind.STALL, 3)
    assert print_on(printer, ramped("enduro", "K")) == Done({"cards": "1"})
    outcome = print_on(printer_of("enduro", None, "stall@byte=50000"), ramped("enduro", "K"))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "device-stalled"


# after a crash


def reconcile(printer: Desk, name: str = "enduro") -> Outcome:
    if printer.link_up:
        printer.cut()
    printer.connect()
    marks = tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks)
    return printer.play(MagicardDriver(name, {"settle": "5"}).reconcile(Evidence(marks, "SN1"), LINK))


def test_a_card_that_was_sent_whole_is_found_done_after_the_link_broke() -> None:
    card = ramped("enduro", "K")
    total = sum(len(block.data) for block in MagicardDriver("enduro", {}).encode(card))
    # three questions of 21 bytes come before the card, part of one after it
    printer = printer_of("enduro", None, f"drop-link@byte={total + 3 * 21 + 5}")
    assert isinstance(print_on(printer, card), Unknown)
    assert reconcile(printer) == Done({"cards": "1"})


def test_half_a_card_stays_in_doubt_until_a_person_clears_the_printer() -> None:
    printer = printer_of("enduro", None, "drop-link@byte=50000")
    assert isinstance(print_on(printer, ramped("enduro", "K")), Unknown)
    printer.pass_time(10)
    assert printer.machine.loaded
    assert isinstance(reconcile(printer), Unknown)
    driver = MagicardDriver("enduro", {})
    [alert] = printer.play(driver.status(LINK)).alerts
    printer.play(driver.recover(alert, LINK))
    printer.pass_time(5)
    assert not printer.machine.loaded
    assert (printer.machine.counter("cards"), printer.machine.counter("rejected")) == (0, 1)
    assert print_on(printer, ramped("enduro", "K")) == Done({"cards": "1"})


def test_a_counter_that_moved_by_two_settles_nothing() -> None:
    printer = printer_of("enduro", None, "drop-link@byte=50000")
    print_on(printer, ramped("enduro", "K"))
    printer.play(MagicardDriver("enduro", {}).recover(Alert(kind=AlertKind.OTHER), LINK))
    printer.pass_time(5)
    printer.memory.count("cards", 2)
    outcome = reconcile(printer)
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "counter-moved"


@pytest.mark.parametrize("name", ["alto", "rio", "avalon"])
def test_a_printer_without_a_counter_reconciles_nothing(name: str) -> None:
    printer = printer_of(name)
    print_on(printer, ramped(name, "K"), name)
    assert isinstance(reconcile(printer, name), Unknown)


def test_a_waiting_card_is_cancelled_not_printed_when_a_person_clears_the_printer() -> None:
    printer = printer_of("enduro", None, "hopper-empty@card=1")
    printer.connect()
    for block in MagicardDriver("enduro", {}).encode(ramped("enduro", "K")):
        printer.write(block.data)
    printer.pass_time(1)
    printer.play(MagicardDriver("enduro", {}).recover(Alert(kind=AlertKind.FEEDER), LINK))
    printer.faults.clear()
    printer.pass_time(30)
    assert (printer.machine.loaded, printer.machine.counter("cards")) == (False, 0)


def test_an_error_that_stands_after_cancelling_is_left_to_a_person_at_the_printer() -> None:
    """OKY would let the printer go on with a card that was judged already."""
    printer = printer_of("enduro", None, "cover-open")
    printer.play(MagicardDriver("enduro", {}).recover(Alert(kind=AlertKind.COVER_OPEN), LINK))
    sent = b"".join(bytes(effect.data) for effect in printer.effects if isinstance(effect, Send | Ask))
    assert sent.count(b",REQ,CAN,") == 1
    assert b"OKY" not in sent


# with the control pipe


@dataclass
class Wired:
    """A printer in memory whose link has the control pipe, its machine and its faults."""

    player: DialoguePlayer
    device: MagicardEmulator
    machine: CardMachine
    faults: FaultBook


def wired(name: str, *faults: str, pace: Pace = FAST) -> Wired:
    clock, book = Clock(), FaultBook(*map(parse_fault, faults))
    machine = CardMachine(
        now=clock.seconds, geometry=can(name).geometry, shelf=NoShelf(), faults=book, memory=Memory(), pace=pace
    )
    device = MagicardEmulator(name, machine)
    return Wired(DialoguePlayer(device, clock), device, machine, book)


def test_the_port_status_is_asked_beside_a_long_sending_and_stops_it_at_an_error() -> None:
    printer = wired("alto")
    player = printer.player
    driver = MagicardDriver("alto", {})
    outcome = player.play(driver.print_card(None, list(driver.encode(ramped("alto", "K"))), player.link.info))
    assert outcome == Done(sure=False)
    assert printer.machine.counter("cards") == 1
    sendings = [effect for effect in player.effects if isinstance(effect, Send)]
    assert sendings
    for effect in sendings:
        assert effect.beside == Control(0xA1, 1, 0, 0, length=1)
        assert effect.stop == frozenset({b"\x10"})


@pytest.mark.parametrize(("name", "fault", "words"), [
    ("alto", "cover-open@card=1", "Lid open. Fehlercode - 90:01"),
    ("tango", "cover-open@card=1", "USB port status 10"),
    ("enduro", "cover-open@card=1", "error 90:01"),
])
def test_an_error_behind_the_last_byte_is_waited_for(name: str, fault: str, words: str) -> None:
    printer = wired(name, fault)
    player = printer.player
    player.clock.callLater(30, printer.faults.clear)
    driver = MagicardDriver(name, {})
    outcome = player.play(driver.print_card(None, list(driver.encode(ramped(name, "K"))), player.link.info))
    assert isinstance(outcome, Done)
    assert printer.machine.counter("cards") == 1
    told = [report.status.alerts[0].verbatim for report in player.reports if report.blocked and report.status]
    assert set(told) == {words}
    assert player.reports[-1].blocked is False


def test_sending_stops_while_the_port_tells_of_an_error_and_goes_on_where_it_stopped() -> None:
    talk = MagicardDriver("alto", {})
    blocks = list(talk.encode(ramped("alto", "K")))
    dialogue = talk.print_card(None, blocks, LinkInfo("usb", frozenset({"control"})))
    ready, port = b"\x01STAPrinterstatus OK.\n00:00\n(c0300)", iter([b"\x18"] * 3 + [b"\x10", b"\x10", b"\x08"])
    effect, sent, told = next(dialogue), b"", []
    while not sent or len(sent) < sum(len(block.data) for block in blocks):
        match effect:
            case Listen():
                effect = dialogue.throw(TimedOut())
            case Control():
                effect = dialogue.send(next(port))
            case Ask():
                effect = dialogue.send(ready)
            case Send(data) if len(sent) == len(blocks[0].data):
                sent += bytes(data)[:1000]
                effect = dialogue.send(Interrupted(1000, b"\x10"))
            case Send(data):
                sent += bytes(data)
                effect = dialogue.send(Sent())
            case Report():
                told.append(effect.blocked)
                effect = dialogue.send(None)
            case _:
                effect = dialogue.send(None)
    assert sent == b"".join(block.data for block in blocks)
    assert told == [True, True, False]
    dialogue.close()


def test_a_printer_that_is_at_work_is_not_ready() -> None:
    printer = wired("rio", pace=REAL)
    player = printer.player
    for block in MagicardDriver("rio", {}).encode(ramped("rio", "K")):
        printer.device.receive(block.data)
    assert printer.machine.loaded is False
    status = player.play(MagicardDriver("rio", {}).status(player.link.info))
    assert status.ready is False
    player.rest(60)
    assert player.play(MagicardDriver("rio", {}).status(player.link.info)).ready


def test_an_error_that_only_the_port_tells_is_shown_and_blocks() -> None:
    player = wired("rio", "unknown-reply").player
    status = player.play(MagicardDriver("rio", {}).status(player.link.info))
    assert status.ready is False
    assert status.alerts == (Alert(kind=AlertKind.OTHER, verbatim="USB port status 10"),)


def test_the_control_pipe_knows_two_requests() -> None:
    device = wired("enduro").device
    assert isinstance(device, AnswersControl)
    assert device.control(0xA1, 1, 0, 0, b"", 1) == b"\x18"
    told = device.control(0xA1, 0, 0, 0, b"", 255)
    assert told is not None
    assert told[2:] == b"MFG:Magicard;MDL:Enduro;SN:EMULATED;"
    assert int.from_bytes(told[:2], "big") == len(told)
    assert device.control(0x21, 2, 0, 0, b"", 0) is None


# what it tells of itself


def test_an_enduro_tells_who_it_is_and_how_it_is() -> None:
    printer, driver = printer_of("enduro"), MagicardDriver("enduro", {})
    identity = printer.play(driver.identify(LINK))
    assert (identity.family, identity.model, identity.serial, identity.firmware) == (
        "magicard", "enduro", "SN1", "EMULATED",
    )
    print_on(printer, ramped("enduro", "K"))
    status = printer.play(driver.status(LINK))
    assert status.ready
    assert status.counters == {"cards": 1, "panels": 1, "cleanings": 0}
    assert [(each.name, each.remaining, each.capacity) for each in status.supplies] == [
        ("YMCKO", 299, 300), ("cleaning", 999, 1000),
    ]


@pytest.mark.parametrize(("name", "serial", "firmware"), [("alto", "", ""), ("rio", "SN1", "EMULATED")])
def test_the_others_tell_what_they_can(name: str, serial: str, firmware: str) -> None:
    identity = printer_of(name).play(MagicardDriver(name, {}).identify(LINK))
    assert (identity.model, identity.serial, identity.firmware) == (name, serial, firmware)


def test_a_stranger_is_not_identified() -> None:
    talk = DialoguePlayer(script((b"\x05" * 9 + b"\x01,REQ,INF,\x1c\x03", b"\x01HELLO\x03")), Clock())
    with pytest.raises(DeviceReplyUnknown):
        talk.play(MagicardDriver("enduro", {}).identify(talk.link.info))


def test_another_head_blocks_and_another_head_position_warns() -> None:
    status = printer_of("enduro").play(MagicardDriver("enduro", {"head": "KEE4"}).status(LINK))
    assert status.ready is False
    assert "KGE2" in status.alerts[0].verbatim
    status = printer_of("enduro").play(MagicardDriver("enduro", {"head-position": "47"}).status(LINK))
    assert status.ready
    assert [alert.severity for alert in status.alerts] == [Severity.WARNING]


def test_a_person_may_clean_and_nothing_else_is_made_up() -> None:
    printer, driver = printer_of("enduro"), MagicardDriver("enduro", {})
    printer.play(driver.maintain(MaintenanceAction.CLEAN, LINK))
    assert printer.machine.counter("cleanings") == 1
    for action in (MaintenanceAction.TEST_CARD, MaintenanceAction.CALIBRATE):
        with pytest.raises(UnsupportedByPrinter):
            printer.play(driver.maintain(action, LINK))


def test_a_line_that_does_not_count_its_cleanings_is_not_told_to_clean() -> None:
    printer, driver = printer_of("alto"), MagicardDriver("alto", {})
    assert driver.capabilities(Identity(family="magicard", model="alto")).maintenance == ()
    with pytest.raises(UnsupportedByPrinter):
        printer.play(driver.maintain(MaintenanceAction.CLEAN, LINK))
    assert printer.effects == []


def test_nothing_is_sent_to_clear_a_warning_or_a_printer_that_does_not_answer() -> None:
    printer, driver = printer_of("enduro"), MagicardDriver("enduro", {})
    printer.play(driver.recover(Alert(kind=AlertKind.OTHER, severity=Severity.WARNING), LINK))
    printer.play(driver.recover(Alert(kind=AlertKind.SILENT), LINK))
    assert printer.effects == []


def test_copies_of_a_recorded_job_are_printed() -> None:
    card = ramped("enduro", "K")
    wire = b"".join(block.data for block in MagicardDriver("enduro", {}).encode(card)).replace(b"NOC1,", b"NOC3,")
    printer = printer_of("enduro")
    printer.connect()
    printer.write(wire)
    printer.pass_time(10)
    assert printer.machine.counter("cards") == 3


def test_spoiled_is_never_said() -> None:
    """Nothing that these printers tell proves that a card did not come out."""
    for fault in ("jam@card=1", "cover-open@card=1", "drop-link@byte=50000"):
        printer = printer_of("enduro", None, fault)
        printer.on_report = cure(printer, FaultKind(fault.partition("@")[0]), 1)
        assert not isinstance(print_on(printer, ramped("enduro", "K")), Spoiled)
