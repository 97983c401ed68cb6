"""The story of a card between driver and emulated EPCL printer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from twisted.internet.task import Clock

from printserver.dialogue import Control, Mark, Point, Report, Send
from printserver.driver import (
    Capabilities,
    Confirms,
    Done,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Unknown,
)
from printserver.emulation import FaultKind
from printserver.errors import ConfigurationError, DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver.raster.composite import composite
from printserver.testing import DialoguePlayer, sample_card, script
from printserver_epcl import printserver_probe
from printserver_epcl.codec import Command, Tokeniser, command, escape, unescape
from printserver_epcl.compression import BadImage, expand, squeeze
from printserver_epcl.conversation import port_alerts
from printserver_epcl.driver import EpclDriver
from printserver_epcl.emulator import EpclEmulator
from printserver_epcl.image import ImageMemory
from printserver_epcl.info import info
from printserver_epcl.recorded import decode
from printserver_epcl.ribbons import by_name
from tests.drivers.bench import LINK, Desk, desk

MODELS = [each.name for each in info().model]
EVERY = [(each.name, ribbon) for each in info().model for ribbon in each.ribbons]


def can(name: str, **options: str) -> Capabilities:
    return EpclDriver(name, options).capabilities(Identity(family="epcl", model=name))


def printer_of(name: str, cards: Path | None = None, *faults: str) -> Desk:
    return desk(EpclEmulator, name, can(name).geometry, cards, *faults)


def print_on(printer: Desk, card: PrintableCard, name: str = "p310", **options: str) -> Outcome:
    driver = EpclDriver(name, {"patience": "20", **options})
    return printer.play(driver.print_card(None, list(driver.encode(card)), LINK))


@pytest.mark.parametrize(("name", "ribbon"), EVERY)
def test_what_is_sent_is_what_is_printed(name: str, ribbon: str, tmp_path: Path) -> None:
    card = sample_card(can(name), ribbon)
    printer = printer_of(name, tmp_path)
    assert print_on(printer, card, name) == Done(sure=False)
    printer.pass_time(5)
    picture = np.asarray(Image.open(tmp_path / "0001-front.png"))
    np.testing.assert_array_equal(picture, composite(card.sides[0].panels))
    assert printer.machine.counter("cards") == 1


@pytest.mark.parametrize("ribbon", ["YMCKO", "KO", "K"])
@pytest.mark.parametrize("name", ["p310", "p330i+extended"])
@pytest.mark.parametrize("data", ["plain", "compressed"])
def test_each_packing_is_read_back(name: str, ribbon: str, data: str) -> None:
    card = sample_card(can(name, **{"image-data": data}), ribbon)
    job = b"".join(block.data for block in EpclDriver(name, {"image-data": data}).encode(card))
    (found,) = decode(name, job).cards
    assert found.ribbon == by_name(ribbon)
    for sent, read in zip(card.sides[0].panels, found.panels(Side.FRONT), strict=True):
        assert (sent.name, sent.levels) == (read.name, read.levels)
        np.testing.assert_array_equal(sent.plane, read.plane)


def test_a_card_comes_out_upright(tmp_path: Path) -> None:
    """Cyan in the upper left quarter, black in the lower right: whatever is turned or mirrored shows."""
    planes = {name: np.zeros((624, 1008), dtype=np.uint8) for name in by_name("YMCKO").front}
    planes[PanelName.C][:312, :504] = 255
    planes[PanelName.K][312:, 504:] = 1
    panels = tuple(Panel(name, plane, 256 if name.is_dye else 2) for name, plane in planes.items())
    print_on(printer_of("p310", tmp_path), PrintableCard((SidePanels(Side.FRONT, panels),), by_name("YMCKO"),
                                                         can("p310").geometry))
    picture = np.asarray(Image.open(tmp_path / "0001-front.png"))
    assert picture.shape == (624, 1008, 3)
    assert picture[0, 0].tolist() == [0, 255, 255]
    assert picture[623, 1007].tolist() == [0, 0, 0]
    assert picture[0, 1007].tolist() == [255, 255, 255]


def test_no_card_is_ever_sure() -> None:
    assert {can(name).confirms for name in MODELS} == {Confirms.TRANSFER}
    assert not any(can(name).duplex for name in MODELS)


def test_memory_is_filled_before_the_commitment_and_nothing_moves_before_it() -> None:
    printer = printer_of("p310")
    print_on(printer, sample_card(can("p310"), "K"))
    assert printer.marks == [Mark(Point.COMMITTED)]
    at = printer.effects.index(printer.marks[0])
    sent = [bytes(each.data) for each in printer.effects[:at] if isinstance(each, Send)]
    assert any(data.startswith(b"\x1bZ") for data in sent)
    assert not any(data.startswith((b"\x1bM", b"\x1bI", b"\x1b&E")) for data in sent)


def test_the_stripe_is_written_with_the_card() -> None:
    printer = printer_of("p420+mag")
    card = sample_card(can("p420+mag"), "K", tracks=("ANNA", "12", "34"))
    assert print_on(printer, card, "p420+mag") == Done(sure=False)
    sent = b"".join(bytes(each.data) for each in printer.effects if isinstance(each, Send))
    assert b"\x1bM 1 &E*[I 10[MO\r" in sent


@pytest.mark.parametrize(("fault", "kind", "words"), [
    ("hopper-empty@card=1", AlertKind.FEEDER, "04 feeder empty"),
    ("ribbon-out@panel=k", AlertKind.RIBBON_EMPTY, "01 ribbon broken or missing"),
    ("cover-open@card=1", AlertKind.OTHER, "-1 mechanical fault"),
])
def test_a_refused_card_is_in_doubt_and_the_printer_says_why_until_it_is_cleared(
    fault: str, kind: AlertKind, words: str
) -> None:
    printer = printer_of("p310", None, fault)
    assert print_on(printer, sample_card(can("p310"), "K")) == Unknown(Reason("device-refused", words))
    told = PrinterStatus(ready=False, alerts=(Alert(kind=kind, verbatim=words),))
    assert printer.reports[-1] == Report(told, blocked=True)
    driver = EpclDriver("p310", {})
    status = printer.play(driver.status(LINK))
    assert (status.ready, status.alerts) == (False, (Alert(kind=kind, verbatim=words),))
    printer.faults.clear(FaultKind(fault.partition("@")[0]))
    printer.play(driver.recover(status.alerts[0], LINK))
    assert printer.play(driver.status(LINK)).ready
    assert print_on(printer, sample_card(can("p310"), "K")) == Done(sure=False)


def test_half_a_card_is_moved_out_and_never_printed_on(tmp_path: Path) -> None:
    """The ribbon ended after yellow: what lies in the printer leaves before the next card's first panel."""
    printer = printer_of("p310", tmp_path, "ribbon-out@panel=m")
    card = sample_card(can("p310"), "YMCKO")
    assert isinstance(print_on(printer, card), Unknown)
    assert printer.machine.loaded
    printer.faults.clear(FaultKind.RIBBON_OUT)
    printer.play(EpclDriver("p310", {}).recover(Alert(kind=AlertKind.RIBBON_EMPTY), LINK))
    print_on(printer, card)
    printer.pass_time(5)
    half, whole = (np.asarray(Image.open(tmp_path / f"000{number}-front.png")) for number in (1, 2))
    np.testing.assert_array_equal(half, composite(card.sides[0].panels[:1]))
    np.testing.assert_array_equal(whole, composite(card.sides[0].panels))


def test_a_stripe_that_cannot_be_written_ends_the_batch() -> None:
    printer = printer_of("p310+mag", None, "mag-error@card=1")
    outcome = print_on(printer, sample_card(can("p310+mag"), "K", tracks=("A",)), "p310+mag")
    assert outcome == Unknown(Reason("device-refused", "code 90"))
    assert (printer.machine.counter("cards"), printer.machine.counter("panels")) == (0, 0)


def test_a_code_that_nobody_knows_never_counts_as_well() -> None:
    printer = printer_of("p310", None, "unknown-reply")
    status = printer.play(EpclDriver("p310", {}).status(LINK))
    assert (status.ready, status.alerts) == (False, (Alert(kind=AlertKind.OTHER, verbatim="code 99"),))
    with pytest.raises(DeviceReplyUnknown, match="code 99"):
        printer.play(EpclDriver("p310", {}).identify(LINK))
    driver = EpclDriver("p310", {})
    blocks = list(driver.encode(sample_card(can("p310"), "K")))
    with pytest.raises(AssertionError, match="no end"):
        printer.play(driver.print_card(None, blocks, LINK), limit=100)
    assert printer.marks == []


@pytest.mark.parametrize("fault", ["silent@byte=50000", "stall@byte=50000"])
def test_a_fault_in_the_middle_of_an_image_costs_no_card(fault: str) -> None:
    """78 kB of black: COMMITTED comes after it."""
    printer = printer_of("p310", None, fault)
    driver = EpclDriver("p310", {})
    with pytest.raises(Exception, match="device"):
        printer.play(driver.print_card(None, list(driver.encode(sample_card(can("p310"), "K"))), LINK))
    assert printer.marks == []
    assert not printer.machine.loaded


def test_a_printer_says_who_it_is() -> None:
    printer = printer_of("p330i")
    told = printer.play(EpclDriver("p330i", {}).identify(LinkInfo("serial", serial="COM1")))
    assert told == Identity(family="epcl", model="p330i", serial="COM1", firmware="P330i EMULATED V1.0")


@pytest.mark.parametrize("said", [b"\x06P310C V2.1\r", b"P310C V2.1", b"\x06P310C V2.1", b"P310C V2.1\r\n"])
def test_however_the_text_of_v_ends(said: bytes) -> None:
    player = DialoguePlayer(script((b"\x1bV\r", said)), Clock())
    assert player.play(EpclDriver("p310", {}).status(LINK)).ready


def test_nothing_is_known_after_a_crash() -> None:
    player = DialoguePlayer(script(), Clock())
    outcome = player.play(EpclDriver("p310", {}).reconcile(Evidence(()), LINK))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "no-evidence"
    assert player.effects == []


def test_nothing_is_told_to_do_anything_to_itself() -> None:
    printer, driver = printer_of("p310"), EpclDriver("p310", {})
    for action in MaintenanceAction:
        with pytest.raises(UnsupportedByPrinter):
            printer.play(driver.maintain(action, LINK))
    assert printer.effects == []


def test_the_memories_are_emptied_before_an_error_is_cleared() -> None:
    """A printer that goes on with the refused batch then prints nothing of the judged card."""
    printer = printer_of("p310", None, "hopper-empty@card=1")
    print_on(printer, sample_card(can("p310"), "K"))
    printer.effects.clear()
    printer.play(EpclDriver("p310", {}).recover(Alert(kind=AlertKind.FEEDER), LINK))
    sent = [bytes(each.data) for each in printer.effects if isinstance(each, Send)]
    assert sent == [b"\x1bF\r", b"\x1b$F\r", b"\x1bvF\r", b"\x1b.\r"]


@pytest.mark.parametrize(("model", "options"), [("p310+mag", {}), ("p310", {"answers": "none"})])
def test_where_going_on_could_do_harm_a_person_clears_the_error(model: str, options: dict[str, str]) -> None:
    printer = printer_of(model)
    printer.play(EpclDriver(model, options).recover(Alert(kind=AlertKind.FEEDER), LINK))
    assert not [each for each in printer.effects if isinstance(each, Send)]



def test_a_printer_without_answers_gets_the_card_and_is_never_asked() -> None:
    printer = printer_of("p310")
    card = sample_card(can("p310"), "K")
    assert print_on(printer, card, answers="none") == Done(sure=False)
    assert all(isinstance(effect, Send | Mark) for effect in printer.effects)
    printer.pass_time(600)
    assert printer.machine.counter("cards") == 1


@pytest.mark.parametrize(("reading", "words"), [
    (b"\x18", ()), (b"\x38", ("ribbon at its end, or feeder empty (USB port status 38)",)),
    (b"\x30", ("mechanical fault (USB port status 30)",)), (b"\x10", ("error (USB port status 10)",)),
    (b"\x00", ("error (USB port status 00)",)), (b"", ("USB port status empty",)),
])
def test_what_a_usb_port_says(reading: bytes, words: tuple[str, ...]) -> None:
    assert tuple(alert.verbatim for alert in port_alerts(reading)) == words


def test_a_usb_port_with_an_error_gets_no_card_until_it_is_well() -> None:
    class Device:
        readings = (b"\x38", b"\x38", b"\x18")
        asked = 0

        def control(self, request_type: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
            self.asked += 1
            return self.readings[min(self.asked, len(self.readings)) - 1]

        def receive(self, data: bytes) -> bytes:
            return b""

    driver = EpclDriver("p330i", {"answers": "none"})
    player = DialoguePlayer(Device(), Clock())
    blocks = list(driver.encode(sample_card(can("p330i"), "K")))
    assert player.play(driver.print_card(None, blocks, player.link.info)) == Done(sure=False)
    assert [report.blocked for report in player.reports] == [True, True, False]
    assert isinstance(player.effects[0], Control)
    first_data = next(at for at, effect in enumerate(player.effects) if isinstance(effect, Send))
    assert first_data > max(at for at, effect in enumerate(player.effects) if isinstance(effect, Report))


# set-up


def test_a_wrong_option_or_model_is_named() -> None:
    with pytest.raises(ConfigurationError, match="framing"):
        EpclDriver("p310", {"framing": "usb"})
    with pytest.raises(ConfigurationError, match="p310\\[\\+extended\\]\\[\\+mag\\]"):
        EpclDriver("p310+duo", {})


@pytest.mark.parametrize(("ids", "model"), [
    ({"MFG": "Zebra", "MDL": "P330i"}, "p330i"), ({"mfg": "Eltron", "mdl": "P310 C"}, "p310"),
    ({"vid": "0a5f", "mfg": "Zebra", "mdl": "LP2844"}, None), ({"vid": "0a5f"}, None),
    ({"mfg": "Canon", "mdl": "P310"}, None),
])
def test_a_label_printer_of_the_same_maker_is_not_taken(ids: dict[str, str], model: str | None) -> None:
    found = printserver_probe("usb", "", ids)
    assert (None if found is None else found.model) == model


# hostile bytes


@given(st.binary(max_size=300), st.integers(1, 40))
def test_compression_is_undone(data: bytes, line: int) -> None:
    packed = squeeze(data, line)
    assert expand(packed, len(data)) == data
    assert all(squeeze(data[at : at + line], line)[0] & 0x80 for at in range(0, len(data), line))


@given(st.binary(max_size=200), st.integers(0, 100))
def test_hostile_compression_is_the_size_or_refused(data: bytes, size: int) -> None:
    try:
        assert len(expand(data, size)) == size
    except BadImage:
        return


@given(st.binary(max_size=200))
def test_escaped_data_ends_no_command(data: bytes) -> None:
    assert unescape(escape(data)) == data
    assert Tokeniser().feed(command("Z", data)) == [Command("Z", escape(data))]


@given(st.binary(max_size=200), st.lists(st.integers(1, 20), max_size=10))
def test_commands_do_not_depend_on_the_pieces(data: bytes, sizes: list[int]) -> None:
    whole, pieces = Tokeniser(), Tokeniser()
    expected, found, at = whole.feed(data), [], 0
    for size in sizes:
        found += pieces.feed(data[at : at + size])
        at += size
    found += pieces.feed(data[at:])
    stray = ("no command", "prefix")
    assert [each for each in found if getattr(each, "what", "") not in stray] == [
        each for each in expected if getattr(each, "what", "") not in stray
    ]


WORDS = st.sampled_from([
    "GS 0 32 0 0 2 3 ", "GS 0 30 0 0 1 4 ", "PS 1 32 ", "G 0 0 0 1 2 1", "G 9 9 12 99999 2 2", "Z", "O", "vO",
    "vL 0 0 9 9 1", "L 0 0 0 0 0", "F", "$F", "&B 1 ", "&B12 ", "&E*", "&E 2", "IS 0", "IS 9", "I", "IV 1", "M 3 IS 0[",
    "M 999 ", "m 0 MO", "MO", "MC", "A", "V", "XX",
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORDS, st.binary(max_size=12))), st.binary(max_size=6))
def test_hostile_jobs_are_read_to_their_end(parts: list[tuple[str, bytes]], rest: bytes) -> None:
    job = b"".join(command(word, data) for word, data in parts) + rest
    found = decode("p310+mag", job)
    assert all(panel.plane.shape == (624, 1008) for one in found.cards for panel in one.panels(Side.FRONT))
    printer = desk(EpclEmulator, "p310+mag", can("p310").geometry, None)
    printer.connect()
    printer.write(job)
    printer.pass_time(60)


@given(st.integers(0, 70_000), st.integers(0, 70_000), st.integers(0, 70_000), st.integers(0, 70_000))
def test_no_image_reaches_beyond_the_memory(x: int, y: int, width: int, height: int) -> None:
    memory = ImageMemory(16, 12)
    (said,) = Tokeniser().feed(command(f"vL {x} {y} {width} {height} 1"))
    assert isinstance(said, Command)
    try:
        memory.take(said)
    except BadImage:
        assert not (0 < width <= 16 - x and 0 < height <= 12 - y)
    else:
        assert int(memory.panel(PanelName.O).plane.sum()) == width * height
