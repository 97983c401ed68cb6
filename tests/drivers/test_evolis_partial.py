"""Partial downloads and half-panel ribbons: bytes worked out by hand from A5013 (2.1 to 2.3), never by our encoder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.driver import DecodedJob, Done, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model.card import Panel, PanelName, Plane, Side, SidePanels
from printserver_evolis.bitmap import read_panel, write_panel, write_part
from printserver_evolis.codec import Command, Tokeniser, command
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.half import first_line
from printserver_evolis.job import GEOMETRY
from printserver_evolis.packing import BadDownload
from printserver_evolis.recorded import decode
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import LINK, desk

HALF = by_name("half-YMCKO")
# 420 lines of 648 dots: 272 160 dots, at 7 bits 238 140 bytes, at 8 bits as many bytes as dots.
DOTS = 272_160
SE = b"\x1bSe\r"


def plane(*dots: tuple[int, int], value: int = 1) -> Plane:
    found: Plane = np.zeros((648, 1016), dtype=np.uint8)
    for row, column in dots:
        found[row, column] = value
    return found


def only(wire: bytes) -> Command:
    [found] = Tokeniser().feed(wire)
    return found


# what is written


def test_the_left_half_is_lines_0_to_419_of_the_card() -> None:
    # The lower left dot is the first of line 0; that of column 419 the first of line 419.
    wire = write_part(Panel(PanelName.Y, plane((647, 0), (647, 419), value=255), 256), 0)
    expected = bytearray(DOTS)
    expected[0] = expected[419 * 648] = 255
    assert wire == b"\x1bDbp;y;256;0;420;" + bytes(expected) + b"\r"


def test_the_right_half_begins_with_line_596() -> None:
    wire = write_part(Panel(PanelName.C, plane((647, 596), (0, 1015), value=64), 128), 596)
    # Level 64 of 7 bits is 1000000: 80 at the very first dot; the last dot ends the last byte: 40.
    payload = b"\x80" + bytes(238_138) + b"\x40"
    assert wire == b"\x1bDbp;c;128;596;420;" + payload + b"\r"


def test_a_compressed_half_is_sent_where_it_is_wanted_and_smaller() -> None:
    panel = Panel(PanelName.M, plane((647, 598), value=5), 32)
    # Lines 596 and 597 blank; line 598 begins with one dot of level 5, the rest blank; 417 more blank lines.
    payload = bytes.fromhex("80 00 80 00 05 80 00") + bytes.fromhex("80 00") * 417
    assert len(payload) == 841
    assert write_part(panel, 596, squeeze_colour=True) == b"\x1bDbpc;m;32;596;841;" + payload + b"\r"
    assert write_part(panel, 596).startswith(b"\x1bDbp;m;32;596;420;")


def test_whole_colour_is_compressed_where_it_is_wanted() -> None:
    panel = Panel(PanelName.Y, plane((647, 0), (646, 0), (645, 0), value=9), 64)
    # Three dots of level 9 as a run: 80h + 9, 3; then blank. 1015 blank lines.
    payload = bytes.fromhex("89 03 80 00") + bytes.fromhex("80 00") * 1015
    assert write_panel(panel, squeeze_colour=True) == b"\x1bDbc;y;64;2034;" + payload + b"\r"


def test_256_levels_have_no_compression() -> None:
    blank = Panel(PanelName.Y, plane(), 256)
    assert write_panel(blank, squeeze_colour=True) == b"\x1bDb;y;256;" + bytes(658_368) + b"\r"


def test_a_partial_resin_panel_is_compressed_by_itself() -> None:
    # Line 10 of the part: 00 white, so 01 00; the only dot is the second of line 12.
    payload = bytes.fromhex("01 00") * 2 + bytes.fromhex("01 40") + bytes.fromhex("01 00") * 417
    assert write_part(Panel(PanelName.K, plane((646, 12)), 2), 10) == b"\x1bDbpc;k;2;10;840;" + payload + b"\r"


# what is read


@pytest.mark.parametrize(("wire", "panel"), [
    # one line of 81 bytes from line 1015 on: its first dot is the lower right corner
    (b"\x1bDbp;k;2;1015;1;\x80" + bytes(80) + b"\r", Panel(PanelName.K, plane((647, 1015)), 2)),
    # two lines at 5 bits: 405 bytes each; 10000 0.. is level 16 in the first dot of line 100
    (b"\x1bDbp;y;32;100;2;\x80" + bytes(809) + b"\r", Panel(PanelName.Y, plane((647, 100), value=16), 32)),
    # the manual's other codes of 64 levels
    (b"\x1bDbp;m;65;3;1;\xfc" + bytes(485) + b"\r", Panel(PanelName.M, plane((647, 3), value=63), 64)),
    (b"\x1bDbp;c;66;3;1;\xfc" + bytes(485) + b"\r", Panel(PanelName.C, plane((647, 3), value=63), 64)),
    # compressed: a white line, then one dot; what follows stays blank
    (b"\x1bDbpc;k;2;7;3;\x00\x01\x80\r", Panel(PanelName.K, plane((647, 8)), 2)),
    # compressed colour: a blank line, then a dot of level 100 and the rest blank
    (b"\x1bDbpc;y;128;7;5;\x80\x00\x64\x80\x00\r", Panel(PanelName.Y, plane((647, 8), value=100), 128)),
    # the long form of Dbc, of colour too
    (b"\x1bDbc;k;2;500;2;\x01\x80\r", Panel(PanelName.K, plane((647, 500)), 2)),
    (b"\x1bDbc;c;64;500;3;\x3f\x80\x00\r", Panel(PanelName.C, plane((647, 500), value=63), 64)),
])
def test_partial_downloads_are_read_to_the_byte(wire: bytes, panel: Panel) -> None:
    found = read_panel(only(wire))
    assert (found.name, found.levels) == (panel.name, panel.levels)
    np.testing.assert_array_equal(found.plane, panel.plane)


@pytest.mark.parametrize("download", [
    Command("Dbp", ("y", "32", "1015", "2"), bytes(810)),  # beyond the card
    Command("Dbp", ("y", "32", "0", "421"), bytes(170_505)),  # more than a half panel
    Command("Dbp", ("y", "32", "x", "1"), bytes(405)),
    Command("Dbp", ("y", "32", "0", "1"), bytes(404)),
    Command("Dbpc", ("k", "2", "1015", "4"), b"\x01\x80\x01\x80"),
    Command("Dbpc", ("k", "2", "0", "842"), b"\x01\x80" * 421),
    Command("Dbpc", ("k", "2", "0", "1"), b"\x02"),
    Command("Dbpc", ("y", "256", "0", "2"), b"\x80\x00"),
    Command("Dbpc", ("z", "2", "0", "2"), b"\x01\x80"),
    Command("Dbc", ("k", "2", "2032"), b"\x01\x80" * 1015),
    Command("Dbmp", ("k", "0", "0", "0"), b"BM\x06\0\0\0"),
])
def test_a_partial_download_that_does_not_fit_is_refused(download: Command) -> None:
    with pytest.raises(BadDownload):
        read_panel(download)


@given(st.sampled_from([2, 32, 64, 128, 256]), st.integers(0, 596), st.booleans(), st.data())
def test_a_part_comes_back_where_it_was(levels: int, first: int, squeeze: bool, data: st.DataObject) -> None:
    drawn = plane()
    for _ in range(data.draw(st.integers(0, 6))):
        row, column = data.draw(st.integers(0, 647)), first + data.draw(st.integers(0, 419))
        drawn[row, column : column + data.draw(st.integers(1, 60))] = data.draw(st.integers(0, levels - 1))
    drawn[:, first + 420 :] = 0
    found = read_panel(only(write_part(Panel(PanelName.Y, drawn, levels), first, squeeze_colour=squeeze)))
    assert found.levels == levels
    np.testing.assert_array_equal(found.plane, drawn)


@pytest.mark.parametrize("count", ["-1", "", "x", "\u0661", "421"])
def test_a_count_of_lines_that_is_none_is_refused(count: str) -> None:
    with pytest.raises(BadDownload):
        read_panel(Command("Dbp", ("k", "2", "0", count), bytes(81)))


@given(
    st.sampled_from(["Db", "Dbc", "Dbp", "Dbpc"]), st.sampled_from("ymckoz"),
    st.lists(st.sampled_from(["2", "32", "64", "128", "256", "0", "1", "420", "1015", "-1", "", "\u0661"]),
             min_size=1, max_size=3),
    st.binary(max_size=300),
)
def test_hostile_downloads_are_a_whole_panel_or_refused(
    name: str, letter: str, rest: list[str], payload: bytes
) -> None:
    try:
        panel = read_panel(Command(name, (letter, *rest), payload))
    except BadDownload:
        return
    assert panel.plane.shape == (648, 1016)
    assert int(panel.plane.max()) < panel.levels


# which half


def colour(*spans: tuple[int, int], side: Side = Side.FRONT) -> SidePanels:
    panels = []
    for name, span in zip((PanelName.Y, PanelName.M, PanelName.C), (*spans, None, None, None), strict=False):
        drawn = plane()
        if span is not None:
            drawn[:, span[0] : span[1]] = 7
        panels.append(Panel(name, drawn, 256))
    whole: Plane = np.ones((648, 1016), dtype=np.uint8)
    return SidePanels(side, (*panels, Panel(PanelName.K, whole, 2), Panel(PanelName.O, whole, 2)))


@pytest.mark.parametrize(("spans", "first"), [
    ([], 0), ([(0, 420)], 0), ([(419, 420)], 0), ([(596, 1016)], 596), ([(600, 700)], 596),
    ([(300, 421)], 300), ([(0, 10), (400, 420)], 0), ([(595, 1015)], 595), ([(700, 701), (596, 597)], 596),
])
def test_all_dyes_of_a_side_share_their_lines(spans: list[tuple[int, int]], first: int) -> None:
    assert first_line(colour(*spans)) == first


@pytest.mark.parametrize("spans", [[(0, 421)], [(0, 1), (420, 421)], [(0, 1), (5, 6), (1015, 1016)]])
def test_colour_that_is_wider_than_the_half_is_refused(spans: list[tuple[int, int]]) -> None:
    card = PrintableCard((colour(*spans),), HALF, GEOMETRY)
    with pytest.raises(UnsupportedByPrinter, match="420 dots"):
        EvolisDriver("pebble", {}).encode(card)


@pytest.mark.parametrize("spans", [[(0, 420), (10, 20), (0, 5)], [(600, 1016)], []])
def test_a_half_card_is_sent_in_parts_and_comes_out_whole(spans: list[tuple[int, int]]) -> None:
    card, driver = PrintableCard((colour(*spans),), HALF, GEOMETRY), EvolisDriver("primacy", {"settle": "5"})
    blocks = list(driver.encode(card))
    wire = b"".join(block.data for block in blocks)
    assert wire.startswith(b"\x1bPr;ymckos\r")
    assert [wire.count(b"\x1b%s;%s;" % (name, letter)) for name, letter in (
        (b"Dbp", b"y"), (b"Dbp", b"m"), (b"Dbp", b"c"), (b"Db", b"k"), (b"Db", b"o"),
    )] == [1] * 5
    [found] = decode("primacy", wire).cards
    assert found.ribbon == HALF
    for sent, got in zip(card.sides[0].panels, found.panels(Side.FRONT), strict=True):
        np.testing.assert_array_equal(sent.plane, got.plane)
    printer = desk(EvolisEmulator, "primacy", GEOMETRY, ribbon="half-YMCKO")
    assert printer.play(driver.print_card(None, blocks, LINK)) == Done({"cards": "1"})
    assert printer.machine.counter("panels") == 5


def test_a_half_ribbon_has_no_room_for_a_whole_download() -> None:
    printer = desk(EvolisEmulator, "pebble", GEOMETRY)
    printer.connect()
    whole = command("Db", "y", 32, payload=bytes(411_480))
    part = command("Dbp", "y", 32, 0, 1, payload=bytes(405))
    assert printer.port.receive(b"\x1bPr;ymckos\r\x1bPem;4\r" + whole + part) == bytes.fromhex("06 15 32 06")


# recorded jobs as they come


def job(*parts: bytes) -> DecodedJob:
    return decode("dualys", b"".join(parts))


def bmp(size: int) -> bytes:
    return b"BM" + size.to_bytes(4, "little") + b"\r\x1bSe\r" * 3 + bytes(size - 21)


def test_a_bitmap_file_is_taken_whole_and_counted_for_no_source_says_which_way_it_lies() -> None:
    found = job(b"\x1bPr;k\r\x1bSs\r\x1bDbmp;k;10;20;0;", bmp(200), b"\r", SE, bytes(64))
    assert (found.cards, found.unknown_commands, found.trailing_bytes) == ((), ("Dbmp",), 0)


@pytest.mark.parametrize("at", [1, 5, 6, 7, 100])
def test_a_bitmap_file_that_is_cut_short_is_left_over_to_the_byte(at: int) -> None:
    head = b"\x1bDbmp;k;10;20;0;"
    found = job(head, bmp(200)[:at])
    assert (found.unknown_commands, found.trailing_bytes) == ((), len(head) + at)


def test_what_says_that_it_is_a_bitmap_file_and_is_none_ends_after_its_head() -> None:
    found = job(b"\x1bDbmp;o;0;0;0;ABCDEF\r\x1bPr;k\r\x1bSs\r\x1bDbc;k;2;1015;2;\x01\x80\r", SE)
    assert len(found.cards) == 1
    assert found.unknown_commands == ("Dbmp",)


def test_a_filled_overlay_is_printed_by_its_letter() -> None:
    found = job(b"\x1bPr;ko\r\x1bWcb;o;255\r\x1bSs\r\x1bSr\r\x1bDbc;k;2;1015;2;\x01\x80\r\x1bSp;k\r\x1bSp;o\r", SE)
    [card] = found.cards
    assert [panel.name for panel in card.panels(Side.FRONT)] == [PanelName.K, PanelName.O]
    assert int(card.panels(Side.FRONT)[1].plane.min()) == 1
    assert (found.unknown_commands, found.trailing_bytes) == ((), 0)


@pytest.mark.parametrize("wire", [b"\x1bSp;y\r", b"\x1bWcb;q;1\r", b"\x1bWcb;k;256\r", b"\x1bWcb;k;\xb2\r"])
def test_what_cannot_be_printed_is_counted_and_not_fatal(wire: bytes) -> None:
    found = job(b"\x1bPr;k\r", wire, b"\x1bSs\r\x1bDbc;k;2;1015;2;\x01\x80\r", SE)
    assert len(found.cards) == 1
    assert len(found.unknown_commands) == 1


def test_a_repeated_sequence_is_a_second_card_in_reader_and_emulator() -> None:
    wire = b"\x1bPr;k\r\x1bSs\r\x1bSr\r\x1bDbc;k;2;1015;2;\x01\x80\r\x1bSe\r\x1bSc\r"
    first, second = job(wire).cards
    assert first is second
    printer = desk(EvolisEmulator, "dualys", GEOMETRY)
    printer.connect()
    printer.write(wire)
    printer.pass_time(30)
    assert (printer.machine.counter("cards"), printer.machine.counter("panels")) == (2, 2)


def test_resident_drawing_and_settings_nobody_knows_are_counted_once_each() -> None:
    found = job(
        b"\x1bPneb;1\r\x1bWt;10;20;0;40;NAMA\r\x1bWl;0;0;5;5;1\r\x1bWb;0;0;c39;2;10;1;A;B\r\x1bPwb;k\r",
        b"\x1bPr;k\r\x1bSs\r\x1bDbc;k;2;1015;2;\x01\x80\r", bytes(4096), b"\x1bSe;1\r", bytes(64), b"\r\n\0",
    )
    assert len(found.cards) == 1
    assert found.unknown_commands == ("Pneb", "Wt", "Wl", "Wb")
    assert found.trailing_bytes == 0


def splits(wire: bytes) -> Iterator[tuple[bytes, bytes]]:
    yield from ((wire[:at], wire[at:]) for at in range(len(wire) + 1))


def test_a_bitmap_file_does_not_depend_on_how_its_bytes_arrive() -> None:
    wire = b"\x1bDbmp;k;1;2;0;" + bmp(40) + b"\r\x1bSs\r"
    for first, second in splits(wire):
        tokens = Tokeniser()
        found = [*tokens.feed(first), *tokens.feed(second)]
        assert [each.name for each in found] == ["Dbmp", "Ss"]
        assert found[0].payload == bmp(40)
        assert tokens.pending == 0
