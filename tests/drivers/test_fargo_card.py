"""The story of a card between driver and emulated Fargo printer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from twisted.internet.task import Clock

from printserver.dialogue import Control, Dialogue, Mark, Point, Report, Send, Sent, Stalled
from printserver.driver import (
    AnswersControl,
    Capabilities,
    Confirms,
    Done,
    Evidence,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Unknown,
)
from printserver.emulation import FAST, CardMachine, CardShelf, FaultBook, FaultKind, Memory, NoShelf, parse_fault
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model import job as model
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver.model.printer import Identity
from printserver.raster.composite import composite
from printserver.testing import DialoguePlayer, sample_card
from printserver_fargo.driver import FargoDriver
from printserver_fargo.emulator import FargoEmulator
from printserver_fargo.info import info
from printserver_fargo.recorded import decode
from printserver_fargo.replies import ASK, HEAR, answer_of
from printserver_fargo.ribbons import film
from printserver_fargo.sections import order
from tests.drivers.bench import LINK, Desk, desk
from tests.drivers.fargo_kit import striped

ONE, TWO = "dtc4500e", "dtc4500e+duo"
EVERY = [(model, ribbon) for model in (ONE, TWO) for each in info().model for ribbon in each.ribbons]
WELL = "USR_CMD_SUCCESSFUL"


def can(name: str = ONE) -> Capabilities:
    return FargoDriver(name, {}).capabilities(Identity(family="fargo", model=name))


def card_of(ribbon: str, name: str = ONE) -> PrintableCard:
    abilities = can(name)
    chosen = abilities.ribbon(ribbon)
    assert chosen is not None
    return sample_card(abilities, ribbon, two_sided=abilities.duplex and bool(chosen.back))


def printer_of(name: str = ONE, cards: Path | None = None, *faults: str) -> Desk:
    return desk(FargoEmulator, name, can(name).geometry, cards, *faults)


def print_on(printer: Desk, card: PrintableCard, name: str = ONE, **options: str) -> Outcome:
    driver = FargoDriver(name, options)
    return printer.play(driver.print_card(None, list(driver.encode(card)), LINK))


@pytest.mark.parametrize(("name", "ribbon"), EVERY)
def test_what_is_sent_is_what_is_printed(name: str, ribbon: str, tmp_path: Path) -> None:
    card = card_of(ribbon, name)
    printer = printer_of(name, tmp_path)
    assert print_on(printer, card, name) == Done(sure=False)
    printer.pass_time(5)
    assert printer.machine.counter("cards") == 1
    assert len(list(tmp_path.glob("0001-*.png"))) >= len(card.sides)
    for side in card.sides:
        picture = np.asarray(Image.open(tmp_path / f"0001-{side.side}.png"))
        np.testing.assert_array_equal(picture, composite(side.panels))


@pytest.mark.parametrize(("name", "ribbon"), EVERY)
def test_what_is_sent_is_read_again_panel_by_panel(name: str, ribbon: str) -> None:
    card = card_of(ribbon, name)
    found = decode(name, b"".join(block.data for block in FargoDriver(name, {}).encode(card)))
    assert (found.unknown_commands, found.trailing_bytes) == ((), 0)
    [read] = found.cards
    assert read.ribbon == card.ribbon
    assert [side.side for side in read.sides] == [side.side for side in card.sides]
    for side in card.sides:
        panels = read.panels(side.side)
        assert [(each.name, each.levels) for each in panels] == [(each.name, each.levels) for each in side.panels]
        for sent, got in zip(side.panels, panels, strict=True):
            np.testing.assert_array_equal(got.plane, sent.plane)


def quarters(ribbon: str, side: Side = Side.FRONT) -> SidePanels:
    """The upper left quarter in the ribbon's first ink, the lower right one in black."""
    names = film(ribbon).ribbon.panels(side)
    planes = {name: np.zeros((634, 1009), dtype=np.uint8) for name in names}
    planes[names[0]][:317, :504] = 255
    planes[PanelName.K][317:, 504:] = 255
    levels = can(TWO).levels
    return SidePanels(side, tuple(Panel(name, plane, levels[name]) for name, plane in planes.items()))


def test_a_card_comes_out_upright(tmp_path: Path) -> None:
    """Whatever is turned or mirrored shows."""
    card = PrintableCard((quarters("YMCKO"),), film("YMCKO").ribbon, can().geometry)
    printer = printer_of(ONE, tmp_path)
    print_on(printer, card)
    printer.pass_time(5)
    picture = np.asarray(Image.open(tmp_path / "0001-front.png"))
    assert picture.shape == (634, 1009, 3)
    assert picture[0, 0].tolist() == [255, 255, 0]
    assert picture[633, 1008].tolist() == [0, 0, 0]
    assert picture[0, 1008].tolist() == picture[633, 0].tolist() == [255, 255, 255]


def test_each_side_is_turned_round_by_its_own_option(tmp_path: Path) -> None:
    """The emulator reads clockwise: a side that is turned the other way comes out upside down, and that side alone."""
    sides = (quarters("YMCKOK"), quarters("YMCKOK", Side.BACK))
    card = PrintableCard(sides, film("YMCKOK").ribbon, can(TWO).geometry)
    straight = [composite(side.panels) for side in sides]
    for key, turned in (("image", 0), ("back-image", 1)):
        printer = printer_of(TWO, tmp_path / key)
        print_on(printer, card, TWO, **{key: "counter-clockwise"})
        printer.pass_time(5)
        for at, side in enumerate(("front", "back")):
            picture = np.asarray(Image.open(tmp_path / key / f"0001-{side}.png"))
            wanted = np.rot90(straight[at], 2) if at == turned else straight[at]
            np.testing.assert_array_equal(picture, wanted, err_msg=f"{key} {side}")


def test_no_card_is_ever_sure() -> None:
    assert {can(name).confirms for name in (ONE, TWO)} == {Confirms.TRANSFER}
    assert can().magnetic_tracks == 0
    assert not can().chip
    assert not can().blocks_visible
    printer = printer_of()
    print_on(printer, card_of("K"))
    assert printer.marks == [Mark(Point.COMMITTED, {})]


def test_nothing_is_sent_before_the_mark_and_a_link_that_cannot_ask_asks_nothing() -> None:
    printer = printer_of()
    print_on(printer, card_of("K"))
    committed = printer.effects.index(printer.marks[0])
    assert printer.effects[:committed] == []
    assert all(isinstance(effect, Send) for effect in printer.effects[committed + 1 :])


def test_a_link_that_cannot_ask_is_told_of_and_holds_no_card_up() -> None:
    status = printer_of().play(FargoDriver(ONE, {}).status(LINK))
    assert status.ready
    [alert] = status.alerts
    assert (alert.severity, alert.verbatim) == (Severity.REPORT, "by this link the printer does not tell how it is")


# with the vendor's control transfers


@dataclass
class Wired:
    """A printer in memory whose link has the control pipe, its machine and its faults."""

    player: DialoguePlayer
    device: FargoEmulator
    machine: CardMachine
    faults: FaultBook


def wired(*faults: str, cards: Path | None = None, name: str = ONE) -> Wired:
    clock, book = Clock(), FaultBook(*map(parse_fault, faults))
    machine = CardMachine(
        now=clock.seconds, geometry=can(name).geometry, faults=book, memory=Memory(), pace=FAST,
        shelf=NoShelf() if cards is None else CardShelf(cards),
    )  # fmt: skip
    device = FargoEmulator(name, machine)
    return Wired(DialoguePlayer(device, clock), device, machine, book)


def print_wired(printer: Wired, ribbon: str = "K") -> Outcome:
    driver = FargoDriver(ONE, {})
    return printer.player.play(
        driver.print_card(None, list(driver.encode(card_of(ribbon))), printer.player.link.info)
    )


def test_by_usb_the_printer_is_asked_before_the_card_and_behind_it_and_never_within() -> None:
    printer = wired()
    assert print_wired(printer) == Done(sure=False)
    printer.player.rest(60)
    assert printer.machine.counter("cards") == 1
    effects = printer.player.effects
    assert effects[:3] == [ASK, HEAR, Mark(Point.COMMITTED, {})]
    assert effects[-2:] == [ASK, HEAR]
    within = effects[3:-2]
    assert within
    assert all(isinstance(effect, Send) and effect.beside is None for effect in within)


def test_the_control_pipe_answers_the_exact_question_once() -> None:
    device = wired(name=TWO).device
    assert isinstance(device, AnswersControl)

    def sent(transfer: Control, data: bytes | None = None) -> bytes | None:
        return device.control(
            transfer.request_type, transfer.request, transfer.value, transfer.index,
            transfer.data if data is None else data, transfer.length,
        )  # fmt: skip

    assert sent(HEAR) is None
    assert sent(ASK, ASK.data[:-1]) is None
    assert sent(HEAR) is None
    assert sent(ASK) == b""
    assert sent(HEAR) == answer_of(WELL, "DH:1;IH:0;LM:0;FL:1;MG:0;SM:0;SG:0;DS:0;SC:0;MF:0;HD:0;IC:0;PE:0;")
    assert sent(HEAR) is None
    assert device.control(0xA1, 0, 0, 0, b"", 255) is None


def test_a_printer_that_is_not_well_gets_no_card_until_it_is() -> None:
    printer = wired("unknown-reply")
    printer.player.clock.callLater(30, printer.faults.clear)
    assert print_wired(printer) == Done(sure=False)
    told = [report.status.alerts for report in printer.player.reports if report.blocked and report.status]
    assert {alert.verbatim.partition(" ")[0] for [alert] in told} == {"SEE_THE_MANUAL"}
    assert printer.player.reports[-1].blocked is False
    printer.player.rest(60)
    assert printer.machine.counter("cards") == 1


def test_a_printer_that_waits_behind_the_last_byte_says_why_and_then_finishes_the_card() -> None:
    printer = wired("hopper-empty@card=1")
    printer.player.clock.callLater(30, printer.faults.clear)
    assert print_wired(printer) == Done(sure=False)
    told = {report.status.alerts[0].verbatim.partition(" DH")[0] for report in printer.player.reports
            if report.blocked and report.status}
    assert told == {"EMULATED media-empty"}
    printer.player.rest(60)
    assert printer.machine.counter("cards") == 1


def test_a_printer_that_nobody_helps_leaves_the_card_in_doubt() -> None:
    printer = wired("hopper-empty@card=1")
    outcome = print_wired(printer)
    assert isinstance(outcome, Unknown)
    assert (outcome.reason.code, outcome.reason.detail.partition(" DH")[0]) == ("device-waits", "EMULATED media-empty")


@dataclass
class Answers:
    """A device that takes everything and answers its status with given bytes, None = stalled, the last for ever."""

    said: list[bytes | None]
    heard: int = 0

    def receive(self, data: bytes) -> bytes:
        self.heard += len(data)
        return b""

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        if request_type == 0x41:
            return b""
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]


GOOD = answer_of(WELL, "DH:1;")


@pytest.mark.parametrize("answer", [
    b"", b"\0" * 520, GOOD[:-1], b"x" + GOOD, GOOD + GOOD, GOOD[:2] + b"\x01" + GOOD[3:], b"Fs" + GOOD[2:], None,
    answer_of("", ""),
])
def test_an_answer_that_is_none_never_counts_as_well(answer: bytes | None) -> None:
    player = DialoguePlayer(Answers([answer]), Clock())
    status = player.play(FargoDriver(ONE, {}).status(player.link.info))
    assert not status.ready
    assert status.alerts[0].verbatim
    with pytest.raises(DeviceReplyUnknown):
        player.play(FargoDriver(ONE, {}).identify(player.link.info))


def test_words_that_nobody_knows_are_shown_as_they_come_and_block() -> None:
    player = DialoguePlayer(Answers([answer_of("ERROR 106", "DH:1;") + bytes(400)]), Clock())
    status = player.play(FargoDriver(ONE, {}).status(player.link.info))
    assert (status.ready, status.alerts) == (False, (Alert(kind=AlertKind.OTHER, verbatim="ERROR 106 DH:1;"),))
    assert player.play(FargoDriver(ONE, {}).identify(player.link.info)) == Identity(
        family="fargo", model=ONE, serial=player.link.info.serial
    )


def test_nonsense_behind_the_last_byte_is_doubt() -> None:
    device = Answers([GOOD, b"?"])
    player = DialoguePlayer(device, Clock())
    driver = FargoDriver(ONE, {})
    outcome = player.play(driver.print_card(None, list(driver.encode(card_of("K"))), player.link.info))
    assert outcome == Unknown(model.Reason("device-reply-unknown", "?"))


# faults


def cure(printer: Desk, kind: FaultKind, after: int) -> Callable[[Report], None]:
    """A person who sees the printer's complaint `after` times and then removes the cause."""
    seen: list[Report] = []

    def look(report: Report) -> None:
        if report.blocked:
            seen.append(report)
        if len(seen) == after:
            printer.faults.clear(kind)

    return look


def test_a_stalled_printer_is_waited_for_and_one_that_never_goes_on_leaves_doubt() -> None:
    printer = printer_of(ONE, None, "stall@byte=50000")
    printer.on_report = cure(printer, FaultKind.STALL, 3)
    assert print_on(printer, card_of("YMCKO")) == Done(sure=False)
    assert printer.reports[-1].blocked is False
    printer.pass_time(10)
    assert printer.machine.counter("cards") == 1
    outcome = print_on(printer_of(ONE, None, "stall@byte=50000"), card_of("YMCKO"))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "half-job"


def handed_over(dialogue: Dialogue[Outcome], first: int, takes: list[int]) -> tuple[Outcome, bytes, list[bool]]:
    """Play a printer that behind `first` bytes takes only so many, and stalls; return what it got and what was told."""
    sent, told = b"", list[bool]()
    try:
        effect = next(dialogue)
        while True:
            match effect:
                case Send(data) if len(sent) >= first and takes:
                    count = takes.pop(0)
                    sent += bytes(data[:count])
                    effect = dialogue.throw(Stalled(count))
                case Send(data):
                    sent += bytes(data)
                    effect = dialogue.send(Sent())
                case Report():
                    told.append(effect.blocked)
                    effect = dialogue.send(None)
                case _:
                    effect = dialogue.send(None)
    except StopIteration as end:
        return end.value, sent, told


def test_a_printer_that_took_a_part_is_sent_the_rest_and_nothing_twice() -> None:
    blocks = list(FargoDriver(ONE, {}).encode(striped("K")))
    dialogue = FargoDriver(ONE, {}).print_card(None, blocks, LINK)
    outcome, sent, told = handed_over(dialogue, len(blocks[0].data), [100, 0, 0, 7, 200])
    assert outcome == Done(sure=False)
    assert sent == b"".join(block.data for block in blocks)
    assert told == [True] * 5 + [False]


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_a_card_that_broke_off_is_in_doubt_for_ever_and_the_next_one_prints(blocks: int, tmp_path: Path) -> None:
    """The link breaks behind a whole section: only that the host has gone tells the printer of it."""
    broken = striped("YMCKO")
    sent = sum(len(block.data) for block in list(FargoDriver(ONE, {}).encode(broken))[:blocks])
    printer = printer_of(ONE, tmp_path, f"drop-link@byte={sent}")
    assert isinstance(print_on(printer, broken), Unknown)
    printer.pass_time(10)
    assert (printer.machine.loaded, printer.machine.counter("rejected")) == (False, 1)
    printer.connect()
    marks = tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks)
    assert isinstance(printer.play(FargoDriver(ONE, {}).reconcile(Evidence(marks, "SN1"), LINK)), Unknown)
    card = striped("KO")
    assert print_on(printer, card) == Done(sure=False)
    printer.pass_time(10)
    assert printer.machine.counter("cards") == 1
    pictures = [np.asarray(Image.open(path)) for path in tmp_path.glob("*-front.png")]
    np.testing.assert_array_equal(pictures[0], composite(card.sides[0].panels))


def test_a_card_that_was_sent_whole_comes_out_though_the_link_breaks() -> None:
    card = card_of("K")
    total = sum(len(block.data) for block in FargoDriver(ONE, {}).encode(card))
    printer = printer_of(ONE, None, f"drop-link@byte={total}")
    assert isinstance(print_on(printer, card), Unknown)
    printer.pass_time(10)
    assert (printer.machine.counter("cards"), printer.machine.counter("rejected")) == (1, 0)


def test_a_card_that_was_taken_out_and_one_with_damaged_data_do_not_come_out() -> None:
    printer = printer_of(ONE, None, "jam@card=1")
    printer.connect()
    blocks = list(FargoDriver(ONE, {}).encode(card_of("K")))
    for block in blocks:
        printer.write(block.data)
    printer.pass_time(5)
    printer.faults.clear()
    printer.pass_time(5)
    assert printer.machine.counter("cards") == 0
    damaged = bytearray(b"".join(block.data for block in blocks))
    damaged[126] ^= 0xFF  # the first control byte: two starts (24), configuration (56), 6 + 30 + 10 of the panel
    printer.write(bytes(damaged))
    printer.pass_time(5)
    assert (printer.machine.counter("cards"), printer.machine.loaded) == (0, False)
    printer.write(b"".join(block.data for block in blocks))
    printer.pass_time(5)
    assert printer.machine.counter("cards") == 1


# maintenance


def test_a_person_may_clean_and_calibrate_and_a_test_card_is_refused_with_the_reason() -> None:
    printer, driver = printer_of(), FargoDriver(ONE, {})
    with pytest.raises(DeviceReplyUnknown, match="does not tell when it has ended"):
        printer.play(driver.maintain(MaintenanceAction.CLEAN, LINK))
    printer.pass_time(5)
    assert printer.machine.counter("cleanings") == 1
    with pytest.raises(DeviceReplyUnknown, match="does not tell when it has ended"):
        printer.play(driver.maintain(MaintenanceAction.CALIBRATE, LINK))
    assert [bytes(effect.data) for effect in printer.effects if isinstance(effect, Send)] == [
        order(0x14, 8), order(0x11),
    ]
    with pytest.raises(UnsupportedByPrinter, match="no order is known by which HID Fargo DTC4500e prints a test card"):
        printer.play(driver.maintain(MaintenanceAction.TEST_CARD, LINK))
    assert (printer.machine.counter("cards"), printer.machine.loaded) == (0, False)


def test_by_usb_maintenance_waits_for_a_printer_that_is_well_and_asks_behind_it() -> None:
    printer = wired()
    player = printer.player
    with pytest.raises(DeviceReplyUnknown, match="does not tell when it has ended"):
        player.play(FargoDriver(ONE, {}).maintain(MaintenanceAction.CLEAN, player.link.info))
    player.rest(60)
    assert printer.machine.counter("cleanings") == 1
    assert player.effects[:2] == player.effects[-2:] == [ASK, HEAR]
    device = Answers([GOOD, b"?"])
    strange = DialoguePlayer(device, Clock())
    with pytest.raises(DeviceReplyUnknown, match="asked how it is"):
        strange.play(FargoDriver(ONE, {}).maintain(MaintenanceAction.CALIBRATE, strange.link.info))
    assert device.heard == 40


def test_nothing_is_sent_to_clear_an_alert() -> None:
    printer, driver = printer_of(), FargoDriver(ONE, {})
    printer.play(driver.recover(Alert(kind=AlertKind.CARD_JAM), LINK))
    assert printer.effects == []
