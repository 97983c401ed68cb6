"""Bytes worked out by hand from the Evolis Programming Guide A5013 (framing, 2.1, 2.2, 3), never by our encoder."""

from __future__ import annotations

import numpy as np
import pytest

from printserver.dialogue import Framed
from printserver.driver import PrintableCard
from printserver.model.card import Panel, PanelName, Plane, Side, SidePanels
from printserver_evolis.bitmap import write_panel
from printserver_evolis.codec import Command, Reply, Tokeniser, command, parse_reply, reply_frame
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.job import GEOMETRY
from printserver_evolis.packing import expand_bits, expand_levels, pack_lines, squeeze_bits, squeeze_levels
from printserver_evolis.recorded import decode
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import desk

BLANK_LINE = bytes.fromhex("01 00")
K_HEAD = bytes.fromhex(
    "1B 50 72 3B 6B 0D"  # ESC Pr;k CR
    "1B 50 6D 69 3B 46 0D"  # ESC Pmi;F CR
    "1B 50 63 3B 6B 3B 3D 3B 31 30 0D"  # ESC Pc;k;=;10 CR
    "1B 53 73 0D"  # ESC Ss CR
    "1B 53 72 0D"  # ESC Sr CR
)
DBC_2032 = bytes.fromhex("1B 44 62 63 3B 6B 3B 32 3B 32 30 33 32 3B")  # ESC Dbc;k;2;2032;
SV = bytes.fromhex("1B 53 76 0D")
SE = bytes.fromhex("1B 53 65 0D")


def plane(*dots: tuple[int, int], value: int = 1) -> Plane:
    found: Plane = np.zeros((648, 1016), dtype=np.uint8)
    for row, column in dots:
        found[row, column] = value
    return found


def resin(*dots: tuple[int, int]) -> Panel:
    return Panel(PanelName.K, plane(*dots), 2)


@pytest.mark.parametrize(("words", "wire"), [
    (("Ss",), "1B 53 73 0D"),
    (("Pr", "ymcko"), "1B 50 72 3B 79 6D 63 6B 6F 0D"),
    (("Pem", 4), "1B 50 65 6D 3B 34 0D"),
])
def test_a_command_is_framed(words: tuple[str | int, ...], wire: str) -> None:
    name, *parameters = words
    assert command(str(name), *parameters) == bytes.fromhex(wire)


@pytest.mark.parametrize(("levels", "dots", "wire"), [
    # 1 0 1 1 0 0 0 1
    (2, [1, 0, 1, 1, 0, 0, 0, 1], "B1"),
    # 11111 000|00 00001 0|0010 1000|0 01000 00|100 10101
    (32, [31, 0, 1, 2, 16, 8, 4, 21], "F8 02 28 20 95"),
    # 111111 00|0000 0000|01 100001
    (64, [63, 0, 1, 33], "FC 00 61"),
    # 1111111 0|000000 00|00001 100|0000 0000|010 10101|01 010101|0 1111111
    (128, [127, 0, 1, 64, 2, 85, 42, 127], "FE 00 0C 00 55 55 7F"),
    (256, [0, 1, 128, 255], "00 01 80 FF"),
])
def test_dots_are_packed_without_gaps(levels: int, dots: list[int], wire: str) -> None:
    assert pack_lines(np.array([dots], dtype=np.uint8), levels) == bytes.fromhex(wire)


@pytest.mark.parametrize(("levels", "size"), [(32, 411_480), (64, 493_776), (128, 576_072), (256, 658_368)])
def test_a_colour_download_has_the_size_of_the_formula(levels: int, size: int) -> None:
    wire = write_panel(Panel(PanelName.Y, plane(), levels))
    assert wire.startswith(b"\x1bDb;y;%d;" % levels)
    assert len(wire) == len(b"\x1bDb;y;%d;" % levels) + size + 1
    assert wire.endswith(b"\r")


def test_a_full_resin_panel_is_sent_plain_because_compression_would_not_help() -> None:
    wire = write_panel(Panel(PanelName.K, np.ones((648, 1016), dtype=np.uint8), 2))
    assert wire == b"\x1bDb;k;2;" + b"\xff" * 82_296 + b"\r"


@pytest.mark.parametrize(("dot", "place"), [
    ((647, 0), 0),  # lower left: the first dot of the first line
    ((0, 0), 647),  # upper left: the last dot of the first line
    ((640, 1), 648 + 7),  # second column, seven dots up
    ((647, 1015), 1015 * 648),  # lower right: the first dot of the last line
])
def test_the_card_is_turned_by_270_degrees(dot: tuple[int, int], place: int) -> None:
    wire = write_panel(Panel(PanelName.C, plane(dot, value=255), 256))
    payload = wire[len(b"\x1bDb;c;256;") : -1]
    assert payload == bytes(place) + b"\xff" + bytes(648 * 1016 - place - 1)


def test_a_whole_black_card_is_like_the_captured_ones() -> None:
    card = PrintableCard((SidePanels(Side.FRONT, (resin((647, 0)),)),), by_name("K"), GEOMETRY)
    wire = b"".join(block.data for block in EvolisDriver("primacy", {}).encode(card))
    assert wire == K_HEAD + DBC_2032 + bytes.fromhex("01 80") + BLANK_LINE * 1015 + b"\r" + SE


def test_two_black_sides_are_parted_by_sv() -> None:
    # Front: the upper left dot is the last bit of line 0, so 81 bytes; back: the second line's first dot.
    sides = SidePanels(Side.FRONT, (resin((0, 0)),)), SidePanels(Side.BACK, (resin((647, 1)),))
    wire = b"".join(
        block.data for block in EvolisDriver("primacy", {}).encode(PrintableCard(sides, by_name("K"), GEOMETRY))
    )
    front = bytes.fromhex("51") + bytes(80) + b"\x01" + BLANK_LINE * 1015
    back = BLANK_LINE + bytes.fromhex("01 80") + BLANK_LINE * 1014
    assert wire == (
        K_HEAD + b"\x1bDbc;k;2;2112;" + front + b"\r" + SV + DBC_2032 + back + b"\r" + SE
    )


def test_only_what_moves_a_card_is_said_to_feed() -> None:
    card = PrintableCard((SidePanels(Side.FRONT, (resin(),)),), by_name("K"), GEOMETRY)
    blocks = list(EvolisDriver("primacy", {}).encode(card))
    assert [(block.name, block.feeds) for block in blocks] == [
        ("settings", False), ("start", True), ("front-K", True), ("end", True),
    ]


def test_speed_contrast_and_insertion_are_settings() -> None:
    driver = EvolisDriver("primacy", {"contrast": "12", "speed": "3", "insertion": "manual"})
    card = PrintableCard((SidePanels(Side.FRONT, (resin(),)),), by_name("K"), GEOMETRY)
    assert next(iter(driver.encode(card))).data == b"\x1bPr;k\r\x1bPmi;M\r\x1bPc;k;=;12\r\x1bPs;k;=;3\r"


def test_short_lines_of_resin() -> None:
    data = bytes.fromhex("00 FF 03 AA BB CC 01 00")
    assert expand_bits(data, 4) == bytes(81) + b"\xff" * 81 + bytes.fromhex("AA BB CC") + bytes(78) + bytes(81)
    assert squeeze_bits(bytes(81) + b"\xff" * 81) == BLANK_LINE + b"\x51" + b"\xff" * 81


@pytest.mark.parametrize(("levels", "runs", "wire"), [
    (128, [(5, 1), (7, 3)], "05 87 03 80 00"),
    (128, [(127, 648)], "FF FF FF FF FF 8A"),  # 255 + 255 + 138
    (64, [(9, 300)], "C9 2C 80 00"),  # bit 6 adds 256: 256 + 44
    (32, [(31, 648)], "FF 88"),  # bits 6 and 5 add 512: 512 + 136
    (32, [(0, 648)], "80 00"),
])
def test_runs_of_colour(levels: int, runs: list[tuple[int, int]], wire: str) -> None:
    dots = [value for value, count in runs for _ in range(count)]
    line = np.array([dots + [0] * (648 - len(dots))], dtype=np.uint8)
    assert squeeze_levels(line, levels) == bytes.fromhex(wire)
    np.testing.assert_array_equal(expand_levels(bytes.fromhex(wire), levels, 1), line)


def test_a_job_as_the_vendors_driver_sends_it_is_read() -> None:
    job = (
        b"\x1bPr;k\r\x1bPmi;F;s\r\x1bPc;k;=;10\r\x1bPdt;DU\r\x1bMr;s\r\x1bPpws;1281732635\r\x1bSs\rSr\r"
        + DBC_2032 + bytes.fromhex("01 80") + BLANK_LINE * 1015 + b"\r" + bytes(300) + b"\x1bSe;1\r" + bytes(64)
    )
    found = decode("dualys", job)
    [card] = found.cards
    [panel] = card.panels(Side.FRONT)
    assert (panel.name, panel.levels) == (PanelName.K, 2)
    np.testing.assert_array_equal(panel.plane, plane((647, 0)))
    assert card.ribbon == by_name("K")
    assert found.unknown_commands == ("Pdt", "Mr", "Ppws")
    assert found.trailing_bytes == 0


def test_the_form_that_names_its_first_line_is_read_too() -> None:
    [card] = decode("primacy", b"\x1bSs\r\x1bDbc;k;2;1015;2;\x01\x80\r\x1bSe\r").cards
    np.testing.assert_array_equal(card.panels(Side.FRONT)[0].plane, plane((647, 1015)))


def test_a_download_that_is_cut_short_is_left_over_to_the_byte() -> None:
    found = decode("primacy", K_HEAD + b"\x1bDb;k;2;" + bytes(1000))
    assert found.cards == ()
    assert found.trailing_bytes == 8 + 1000


def test_tokens() -> None:
    tokens = Tokeniser()
    assert tokens.feed(b"\0\0\x1bPc;k;=;10\rRsn\r\x1bDm;1;A;B\r\x1bDbp;k;2;0;1;") == [
        Command("Pc", ("k", "=", "10")), Command("Rsn"), Command("Dm", ("1", "A;B")),
    ]
    assert tokens.feed(b"\r" * 81 + b"\r\x1bSe") == [Command("Dbp", ("k", "2", "0", "1"), b"\r" * 81)]
    assert tokens.pending == 3
    assert tokens.feed(b"\x1bSs\r") == [Command("Se"), Command("Ss")]


@pytest.mark.parametrize(("wire", "framed", "reply"), [
    ("4F 4B 00", 3, Reply("OK")),
    ("06 06 4F 4B 00 06", 5, Reply("OK")),
    ("15 43 4F 4B 00", 5, Reply("OK", ("C",))),
    ("15 31 4F 4B 00", 2, Reply(None, ("1",))),  # a refused command has no text: the next one's text follows
    ("00", 1, Reply("")),
])
def test_replies(wire: str, framed: int, reply: Reply) -> None:
    data = bytes.fromhex(wire)
    assert reply_frame(data, False) == Framed(data[:framed], framed)
    assert parse_reply(data[:framed]) == reply


def test_what_the_emulated_printer_says() -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY)
    printer.connect()
    assert printer.port.receive(b"\x1bRlr\r") == bytes.fromhex("4F 4B 00")
    assert printer.port.receive(b"\x1bNo\r") == b""
    assert printer.port.receive(b"\x1bRlr\r") == b"ERR 1\0"
    assert printer.port.receive(b"\x1bScs\r\x1bPem;4\r\x1bRr\r") == b"\x06ymcko\0"
    # an unknown word, a count of levels that does not exist, an encoder that is not there
    assert printer.port.receive(b"\x1bNo\r\x1bDb;k;3;\r\x1bSmw\r") == bytes.fromhex("15 31 15 32 15 31")


def test_the_emulated_printer_tells_of_the_ribbon_that_was_put_in() -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY, ribbon="ymckok")
    printer.connect()
    assert printer.port.receive(b"\x1bRr\r") == b"ymckok\0"
