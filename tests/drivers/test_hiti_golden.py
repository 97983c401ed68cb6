"""HiTi bytes, worked out by hand from the frames of Gutenprint's backend_hiti.c, and what is done with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from printserver.dialogue import Ask, Framed, Listen
from printserver.driver import Evidence, MaintenanceAction, Unknown
from printserver.errors import ConfigurationError, DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import AlertKind
from printserver.model.card import PanelName, Side
from printserver.model.printer import Identity, PrinterConfig
from printserver.model.ticket import Ticket
from printserver.queue.admission import Candidate, check_ticket
from printserver.testing import DialoguePlayer, sample_card, script
from printserver_hiti import printserver_probe
from printserver_hiti.codec import Broken, Command, Image, Reply, Token, Tokeniser, command, parse_reply, reply_frame
from printserver_hiti.driver import GUESSED, REFUSAL, HitiDriver
from printserver_hiti.emulator import HitiEmulator
from printserver_hiti.recorded import decode
from tests.drivers.bench import LINK, Desk, desk

ASK_SUMMARY, ASK_STATUS = bytes.fromhex("a5 0003 50 0100"), bytes.fromhex("a5 0003 50 0400")
WELL = bytes.fromhex("a5 0006 50 0400 000000")


def read(*pieces: bytes) -> list[Token]:
    tokens = Tokeniser()
    return [token for piece in pieces for token in tokens.feed(piece)]


def printer_of(*faults: str) -> Desk:
    return desk(HitiEmulator, "cs-200e", GUESSED, None, *faults)


def page(*planes: bytes) -> bytes:
    """A page: 8200, the planes, 8201."""
    return bytes.fromhex("a5 0003 50 8200") + b"".join(planes) + bytes.fromhex("a5 0003 50 8201")


# frames


def test_a_command_counts_what_follows_its_length() -> None:
    assert command(0x0400) == ASK_STATUS
    assert command(0x0500, bytes.fromhex("00 0001")) == bytes.fromhex("a5 0006 50 0500 00 0001")


def test_an_image_counts_its_bytes_and_eight_in_three_bytes() -> None:
    """12 bytes: 20 = 00 00 14; 300 bytes: 308 = 00 01 34. The lowest byte stands after the command."""
    assert read(bytes.fromhex("a5 0000 50 8309 14 0003 0002") + bytes(range(12))) == [Image(3, 2, bytes(range(12)))]
    assert read(bytes.fromhex("a5 0001 50 8309 34 0000 0001") + bytes(300)) == [Image(0, 1, bytes(300))]


def test_frames_do_not_depend_on_the_pieces_and_strays_are_dropped() -> None:
    said = ASK_SUMMARY + bytes.fromhex("a5 0000 50 8309 0a 0000 0001 a5a5") + ASK_STATUS
    whole = [Command(0x0100), Image(0, 1, b"\xa5\xa5"), Command(0x0400)]
    assert read(said) == read(*(bytes([byte]) for byte in said)) == whole
    assert read(b"xx" + ASK_STATUS) == [Broken("no frame"), Command(0x0400)]
    assert read(bytes.fromhex("a5 0003 51 0400") + ASK_STATUS) == [Broken("no frame"), Command(0x0400)]
    assert read(bytes.fromhex("a5 ffff 50 0400") + ASK_STATUS) == [Broken("no frame"), Command(0x0400)]


@given(st.binary(max_size=200))
def test_hostile_bytes_are_read_to_their_end(data: bytes) -> None:
    tokens = Tokeniser()
    tokens.feed(data)
    assert 0 <= tokens.pending <= len(data)
    found = decode("cs-200e", data)
    assert found.trailing_bytes == tokens.pending


def test_where_a_reply_ends() -> None:
    assert reply_frame(WELL + b"\xa5", False) == Framed(WELL, 9)
    assert [reply_frame(WELL[:length], False) for length in range(9)] == [None] * 9
    assert parse_reply(WELL) == Reply(0x50, 0x0400, bytes(3))
    assert parse_reply(WELL[:-1]) is None
    assert [Reply(status, 0).good for status in (0x50, 0x51, 0x53, 0xD8, 0xDB, 0x52)] == [True] * 3 + [False] * 3


# who and how


def test_a_printer_says_who_it_is() -> None:
    printer = printer_of()
    assert printer.play(HitiDriver("cs-200e", {}).identify(LINK)) == Identity(
        family="hiti", model="cs-200e", firmware="HiTi CS-200e EMULATED 1.0 SN1"
    )
    assert [bytes(each.data) for each in printer.effects if isinstance(each, Ask)] == [ASK_SUMMARY]


@pytest.mark.parametrize(("fault", "kind", "words"), [
    ("jam", AlertKind.CARD_JAM, "jam 00030000"), ("hopper-empty", AlertKind.FEEDER, "input 00008000"),
    ("ribbon-out", AlertKind.OTHER, "supplies"), ("cover-open", AlertKind.OTHER, "operator"),
])
def test_a_printer_says_how_it_is(fault: str, kind: AlertKind, words: str) -> None:
    status = printer_of(fault).play(HitiDriver("cs-200e", {}).status(LINK))
    assert [(alert.kind, alert.verbatim) for alert in status.alerts[1:]] == [(kind, words)]


def test_a_well_printer_is_not_ready_and_says_why() -> None:
    status = printer_of().play(HitiDriver("cs-200e", {}).status(LINK))
    assert (status.ready, [alert.verbatim for alert in status.alerts]) == (False, [f"nothing is printed: {REFUSAL}"])


@pytest.mark.parametrize(("code", "kind"), [
    ("00050001", AlertKind.COVER_OPEN), ("00080004", AlertKind.RIBBON_EMPTY), ("00080103", AlertKind.RIBBON_EMPTY),
    ("000806fe", AlertKind.RIBBON_WRONG), ("12345678", AlertKind.OTHER),
])
def test_a_code_is_known_or_shown(code: str, kind: AlertKind) -> None:
    device = script(
        (ASK_STATUS, bytes.fromhex("a5 0006 50 0400 000800")),
        (bytes.fromhex("a5 0003 50 0403"), bytes.fromhex(f"a5 0007 51 0403 {code}")),
    )
    status = DialoguePlayer(device, Clock()).play(HitiDriver("cs-200e", {}).status(LINK))
    assert [(alert.kind, alert.verbatim) for alert in status.alerts[1:]] == [(kind, f"input {code}")]


def test_a_bit_that_nobody_knows_is_shown() -> None:
    device = script((ASK_STATUS, bytes.fromhex("a5 0006 50 0400 004000")))
    status = DialoguePlayer(device, Clock()).play(HitiDriver("cs-200e", {}).status(LINK))
    assert [alert.verbatim for alert in status.alerts[1:]] == ["status 004000"]


@pytest.mark.parametrize("said", [
    "a5 0003 d8 0400", "a5 0006 50 0100 000000", "a5 0005 50 0400 0000", "00 0006 50 0400 000000",
])
def test_what_is_no_status_is_told_as_such(said: str) -> None:
    player = DialoguePlayer(script((ASK_STATUS, bytes.fromhex(said))), Clock())
    with pytest.raises(DeviceReplyUnknown):
        player.play(HitiDriver("cs-200e", {}).status(LINK))


# nothing is printed


def test_a_card_is_refused_before_a_byte_of_it_is_made() -> None:
    driver = HitiDriver("cs-290e", {})
    can = driver.capabilities(Identity(family="hiti", model="cs-290e"))
    with pytest.raises(UnsupportedByPrinter, match="page sizes"):
        driver.encode(sample_card(can))
    printer = printer_of()
    with pytest.raises(UnsupportedByPrinter, match="page sizes"):
        printer.play(driver.print_card(None, [], LINK))
    assert printer.effects == []


def test_a_job_is_refused_when_it_is_handed_in() -> None:
    driver = HitiDriver("cs-200e", {})
    can = driver.capabilities(Identity(family="hiti", model="cs-200e"))
    config = PrinterConfig(name="desk", driver="hiti", model="cs-200e", device="loop:", ribbon="YMCKO")
    with pytest.raises(UnsupportedByPrinter, match=f"nothing is printed on desk: {REFUSAL}") as refused:
        check_ticket(Ticket(), 1, [Candidate(config, driver, can)])
    assert refused.value.where == "printer"


def test_nothing_is_sent_to_bring_it_back_or_to_find_out() -> None:
    printer, driver = printer_of("jam"), HitiDriver("cs-200e", {})
    for alert in printer.play(driver.status(LINK)).alerts:
        printer.play(driver.recover(alert, LINK))
    assert isinstance(printer.play(driver.reconcile(Evidence(()), LINK)), Unknown)
    for action in MaintenanceAction:
        with pytest.raises(UnsupportedByPrinter):
            printer.play(driver.maintain(action, LINK))
    sent = [bytes(each.data) for each in printer.effects if isinstance(each, Ask)]
    assert sent == [ASK_STATUS, bytes.fromhex("a5 0003 50 0405")]
    assert all(isinstance(each, Ask | Listen) for each in printer.effects)


def test_the_emulator_refuses_a_job_and_moves_no_card() -> None:
    printer = printer_of()
    printer.connect()
    printer.write(page(bytes.fromhex("a5 0003 50 8202"), bytes.fromhex("a5 0000 50 8309 0a 0000 0001 ffff")))
    printer.pass_time(600)
    refused = bytes.fromhex("a5 0003 d8 8200 a5 0003 d8 8202 a5 0003 d8 8201")
    assert (bytes(printer.inbox), printer.machine.loaded) == (refused, False)


@pytest.mark.parametrize(("ids", "model"), [
    ({"vid": "0d16", "pid": "0309"}, "cs-200e"), ({"VID": "0D16", "PID": "030D"}, "cs-290e"),
    ({"vid": "0d16", "pid": "0502"}, None), ({}, None),
])
def test_a_printer_is_known_by_its_usb_ids(ids: dict[str, str], model: str | None) -> None:
    found = printserver_probe("usb", "", ids)
    assert (None if found is None else found.model) == model


def test_a_wrong_model_and_any_option_are_named() -> None:
    with pytest.raises(ConfigurationError, match="cs-200e, cs-220e"):
        HitiDriver("cs-999", {})
    with pytest.raises(ConfigurationError, match=r"options\.speed"):
        HitiDriver("cs-200e", {"speed": "1"})


# recorded jobs


def test_a_page_is_a_card_with_its_panels_as_they_were_sent() -> None:
    """Two lines of three dots: yellow in one block, resin in two, overcoat with a line left out."""
    job = bytes.fromhex("a5 0006 50 0500 00 0000") + page(
        bytes.fromhex("a5 0003 50 8202 a5 0000 50 8309 0e 0000 0002 01 02 03 04 05 06"),
        bytes.fromhex("a5 0003 50 8206 a5 0000 50 8309 0b 0000 0001 ff 00 ff a5 0000 50 8309 0b 0001 0001 00 ff 00"),
        bytes.fromhex("a5 0003 50 8208 a5 0000 50 8309 0b 0001 0001 07 08 09"),
    ) + bytes.fromhex("a5 0006 50 0501 00 0000")
    found = decode("cs-200e", job)
    assert (found.unknown_commands, found.trailing_bytes, len(found.cards)) == ((), 0, 1)
    yellow, black, overcoat = found.cards[0].panels(Side.FRONT)
    assert [panel.name for panel in (yellow, black, overcoat)] == [PanelName.Y, PanelName.K, PanelName.O]
    assert yellow.plane.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert black.plane.tolist() == [[255, 0, 255], [0, 255, 0]]
    assert overcoat.plane.tolist() == [[0, 0, 0], [7, 8, 9]]
    assert {panel.levels for panel in (yellow, black, overcoat)} == {256}
    assert yellow.plane.dtype == np.uint8


def test_both_sides_and_panels_without_a_name() -> None:
    """8205 dye black, 8207 lamination; 820D is the resin of the other side."""
    line = bytes.fromhex("a5 0000 50 8309 09 0000 0001 2a")
    frames = [bytes.fromhex(f"a5 0003 50 {code}") + line for code in ("8203", "8204", "8205", "8207", "820d")]
    found = decode("cs-290e", page(*frames) + page(frames[0]))
    assert found.unknown_commands == ("dye black", "lamination")
    assert [panel.name for panel in found.cards[0].panels(Side.FRONT)] == [PanelName.M, PanelName.C]
    assert [panel.name for panel in found.cards[0].panels(Side.BACK)] == [PanelName.K]
    assert len(found.cards) == 2


@pytest.mark.parametrize(("planes", "unknown"), [
    ("a5 0000 50 8309 0a 0000 0001 ffff", ("8309",)),  # before a plane
    ("a5 0003 50 8202 a5 0000 50 8309 0b 0000 0002 ffffff", ("8309",)),  # three bytes in two lines
    ("a5 0003 50 8202 a5 0000 50 8309 0a ffff 0001 ffff", ("8309",)),  # beyond any card
    ("a5 0003 50 8202 a5 0000 50 8309 08 0000 0000", ("8309",)),  # no lines
    ("a5 0003 50 9999", ("9999",)), ("a5 0003 50 e037", ("e037",)),
])
def test_what_fits_no_plane_is_counted(planes: str, unknown: tuple[str, ...]) -> None:
    found = decode("cs-200e", page(bytes.fromhex(planes)))
    assert (found.cards, found.unknown_commands) == ((), unknown)


def test_planes_of_several_sizes_are_no_card() -> None:
    planes = "a5 0003 50 8202 a5 0000 50 8309 0a 0000 0001 0102 a5 0003 50 8203 a5 0000 50 8309 09 0000 0001 01"
    assert decode("cs-200e", page(bytes.fromhex(planes))).unknown_commands == ("panels of several sizes",)


def test_a_job_that_is_cut_short_gives_what_is_whole() -> None:
    job = page(bytes.fromhex("a5 0003 50 8202 a5 0000 50 8309 09 0000 0001 01"))
    found = decode("cs-200e", job + bytes.fromhex("a5 0003 50 82"))
    assert (len(found.cards), found.trailing_bytes) == (1, 5)
