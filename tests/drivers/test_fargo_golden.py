"""Bytes of the FRL stream, worked out by hand from the facts (others.md section A), never by this project's encoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from printserver.driver import PrintableCard
from printserver.model.card import Geometry, Panel, PanelName, Side, SidePanels
from printserver_fargo import replies
from printserver_fargo.driver import ORDERS, FargoDriver
from printserver_fargo.layout import panel_of, rows_of
from printserver_fargo.packets import packets
from printserver_fargo.ribbons import film
from printserver_fargo.rows import BadRows, pack_rows, unpack_rows
from printserver_fargo.sections import (
    CLEAN,
    END_SECTION,
    START,
    Configuration,
    PanelHead,
    configuration,
    order,
    panel_section,
)


def hexed(text: str) -> bytes:
    """Bytes out of hex in which `00x127` stands for a byte 127 times."""
    words = (word.split("x") for word in text.split())
    return b"".join(bytes.fromhex(digits) * int("".join(times) or 1) for digits, *times in words)


# packets (A2)


def test_a_job_begins_with_two_packets_s() -> None:
    assert hexed("46 73 0100 0000 65 50  46 73 0100 0800 00x8 65 50") == START


def test_a_stretch_is_cut_into_packets_of_512_and_not_padded() -> None:
    assert packets(b"\x07" * 513) == hexed("46 67 0100 0002 07x512 65 50  46 67 0100 0100 07 65 50")
    assert packets(b"\x07" * 512) == hexed("46 67 0100 0002 07x512 65 50")


# sections (A3)

# A3's template of a single ribbon, RRRR = 7 (YMCKO), 30 mil.
SINGLE_YMCKO = hexed(
    "01000000 28000000 2200 0100 0000 0700 0000 00000000 0003 0100 00x14 1e000000 00000000"
)
# A3's template of a dual ribbon, RRRR = 8 (YMCKOK), 30 mil.
DUAL_YMCKOK = hexed(
    "01000000 2a000000 2400 0100 0000 0800 0100 00000000 0003 0100 00x14 1e000000 0100 00000000"
)
END = hexed("63000000 06000000 0000 0000 0000")


def test_the_configuration_names_ribbon_row_and_thickness() -> None:
    assert (len(SINGLE_YMCKO), len(DUAL_YMCKOK)) == (48, 50)
    assert configuration(Configuration(7)) == SINGLE_YMCKO
    assert configuration(Configuration(8, dual=True)) == DUAL_YMCKOK
    thin = configuration(Configuration(0x0102, thickness=10))
    assert (thin[14:16], thin[40:44]) == (b"\x02\x01", b"\x0a\0\0\0")


def test_the_end_of_a_job() -> None:
    assert END == END_SECTION


# A4: every line of a whole overlay is 127 x 00, 634 x 80, 7 x 00; 634 = 4 x 128 + 122. Lines: 256 + 256 + 256 + 241.
OVERLAY_LINE = "7e00 7f80 7f80 7f80 7f80 7980 0600"
OVERLAY_RECORDS = hexed(
    f"10000000 00000000 0001 {OVERLAY_LINE} 10000000 00000000 0001 {OVERLAY_LINE}"
    f" 10000000 00000000 0001 {OVERLAY_LINE} 10000000 00000000 f100 {OVERLAY_LINE}"
)
# Panel 7, fifth of side 1, 1009 lines, 96 bytes in one packet.
OVERLAY_SECTION = hexed(
    "0f000000 16000000 1000 0400 0100 0700 0000 0000 f103 60000000 00000000"
) + OVERLAY_RECORDS


def test_a_whole_overlay_is_a_section_of_126_bytes() -> None:
    rows = rows_of(Panel(PanelName.O, np.ones((634, 1009), dtype=np.uint8), 2), 1009)
    assert pack_rows(rows) == OVERLAY_RECORDS
    section = panel_section(PanelHead(4, 1, 7, 0, 1009), OVERLAY_RECORDS)
    assert section == OVERLAY_SECTION
    assert len(section) == 126


@pytest.mark.parametrize(("length", "told"), [
    (482, "e2010000"),  # 30 + 482 = 512: one packet
    (483, "eb010000"),  # two packets: 483 + 8 = 491
    (994, "ea030000"),  # 30 + 994 = 1024, two packets: 994 + 8 = 1002
    (995, "f3030000"),  # three: 995 + 16 = 1011
])
def test_the_length_of_a_panel_counts_the_wrapping_of_later_packets(length: int, told: str) -> None:
    section = panel_section(PanelHead(2, 2, 4, 50, 978), bytes(length))
    head = hexed(f"0f000000 16000000 1000 0200 0200 0400 0000 3200 d203 {told} 00000000")
    assert section == head + bytes(length)


# row records (A3)


@pytest.mark.parametrize(("line", "packed"), [
    ("00x768", "7f00 7f00 7f00 7f00 7f00 7f00"),
    # a run of 129 is 128 and one more
    ("05x129 06x639", "7f05 0005 7f06 7f06 7f06 7f06 7e06"),
    # three bytes as they are, then a run
    ("01 02 03 00x765", "82 010203 7f00 7f00 7f00 7f00 7f00 7c00"),
    # a pair stays among the bytes as they are
    ("00x760 01 02 02 03 04 05 06 07", "7f00 7f00 7f00 7f00 7f00 7700 87 0102020304050607"),
])
def test_a_line_is_packed_in_runs_and_bytes_as_they_are(line: str, packed: str) -> None:
    row = np.frombuffer(hexed(line), dtype=np.uint8).reshape(1, 768)
    record = hexed(f"10000000 00000000 0100 {packed}")
    assert pack_rows(row) == record
    np.testing.assert_array_equal(unpack_rows(record, 1), row)


def test_bytes_as_they_are_come_in_pieces_of_128() -> None:
    row = np.tile(np.array([[1, 2]], dtype=np.uint8), 384)
    piece = "ff" + "0102" * 64
    assert pack_rows(row) == hexed("10000000 00000000 0100" + f" {piece}" * 6)


def test_equal_lines_are_told_once_and_256_times_at_most() -> None:
    rows = np.zeros((260, 768), dtype=np.uint8)
    rows[257:] = 9
    blank, nine = "7f00 " * 6, "7f09 " * 6
    assert pack_rows(rows) == hexed(
        f"10000000 00000000 0001 {blank} 10000000 00000000 0100 {blank} 10000000 00000000 0300 {nine}"
    )


def test_a_run_does_not_reach_into_the_next_line() -> None:
    rows = np.zeros((2, 768), dtype=np.uint8)
    rows[0, :765], rows[1, 3:] = 1, 1
    assert pack_rows(rows) == hexed(
        "10000000 00000000 0100 7f01 7f01 7f01 7f01 7f01 7c01 0200"
        " 10000000 00000000 0100 0200 7f01 7f01 7f01 7f01 7f01 7c01"
    )


def test_the_vendors_own_choice_of_runs_is_read_too() -> None:
    """A pair as a run, a run as bytes as they are, a literal of one byte: all are the language."""
    record = hexed("10000000 00000000 0200 0105 83 07070707 80 01 7f00 7f00 7f00 7f00 7f00 7800")
    row = np.zeros((2, 768), dtype=np.uint8)
    row[:, :2], row[:, 2:6], row[:, 6] = 5, 7, 1
    np.testing.assert_array_equal(unpack_rows(record, 2), row)


@pytest.mark.parametrize("record", [
    # 5 x 128 + 127 + 2: one byte too many
    "10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7e00 0100",
    # 5 x 128 + 127 + 2 as they are
    "10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7e00 81 0000",
    # one byte too few, and the record ends
    "10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7e00",
    # the last two bytes of a stretch of 128 are missing
    "10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 ff 05x126",
    # repeated no times, and once
    "10000000 00000000 0000 7f00 7f00 7f00 7f00 7f00 7f00  10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7f00",
    # another type, and reserved bytes that are not zero
    "11000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7f00",
    "10000000 01000000 0100 7f00 7f00 7f00 7f00 7f00 7f00",
    # half a record
    "10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7f00 10000000",
    "",
])
def test_a_line_that_is_not_exactly_768_bytes_is_refused(record: str) -> None:
    with pytest.raises(BadRows):
        unpack_rows(hexed(record), 1)


# where a dot stands (A4)


def test_the_card_lies_in_columns_127_to_760_its_left_edge_first_its_lower_edge_to_the_left() -> None:
    plane = np.zeros((634, 1009), dtype=np.uint8)
    plane[0, 0], plane[633, 0], plane[0, 1008] = 10, 20, 30
    rows = rows_of(Panel(PanelName.Y, plane, 256), 1011)
    assert rows.shape == (1011, 768)
    assert {(line, column): int(rows[line, column]) for line, column in np.argwhere(rows).tolist()} == {
        (0, 127): 20, (0, 760): 10, (1008, 760): 30,
    }
    turned = rows_of(Panel(PanelName.Y, plane, 256), 1009, clockwise=False)
    assert {(line, column): int(turned[line, column]) for line, column in np.argwhere(turned).tolist()} == {
        (1008, 760): 20, (1008, 127): 10, (0, 127): 30,
    }


@pytest.mark.parametrize(("name", "level", "density"), [("O", 1, 0x80), ("F", 1, 0xFF), ("K", 255, 255), ("C", 7, 7)])
def test_a_byte_is_a_density(name: str, level: int, density: int) -> None:
    panel = PanelName(name)
    plane = np.full((634, 1009), level, dtype=np.uint8)
    rows = rows_of(Panel(panel, plane, 2 if name in "OF" else 256), 1009)
    assert set(np.unique(rows[:, 127:761])) == {density}
    back = panel_of(panel, rows)
    np.testing.assert_array_equal(back.plane, plane)


# ids (A5)


@pytest.mark.parametrize(("ribbon", "number", "panels", "lines"), [
    ("K", 1, [4], 1009),
    ("KO", 5, [4, 7], 1009),
    ("YMCKK", 6, [1, 2, 3, 4], 1011),
    ("YMCKO", 7, [1, 2, 3, 4, 7], 1009),
    ("YMCKOK", 8, [1, 2, 3, 4, 7], 1011),
    ("BO", 9, [5, 7], 1009),
    ("YMCFKO", 19, [1, 2, 3, 9, 4, 7], 1011),
    ("YMCFKOK", 20, [1, 2, 3, 9, 4, 7], 1011),
])
def test_ribbons_and_panels_have_their_numbers(ribbon: str, number: int, panels: list[int], lines: int) -> None:
    found = film(ribbon)
    assert (found.number, found.lines) == (number, lines)
    assert [found.panel_id(name) for name in found.ribbon.front] == panels


# a whole job, byte for byte


def card_of(ribbon: str, **inks: int) -> PrintableCard:
    """A card whose panels are blank, or full of one level."""
    chosen = film(ribbon).ribbon

    def panel(name: PanelName) -> Panel:
        plane = np.full((634, 1009), inks.get(name, 0), dtype=np.uint8)
        return Panel(name, plane, 2 if name in (PanelName.O, PanelName.F) else 256)

    sides = [Side.FRONT, Side.BACK] if chosen.back else [Side.FRONT]
    panels = tuple(SidePanels(side, tuple(map(panel, chosen.panels(side)))) for side in sides)
    return PrintableCard(panels, chosen, Geometry(1009, 634))


@pytest.mark.parametrize(("word", "number"), [("standard", 1), ("premium", 2), ("colour", 3), ("metallic", 4)])
def test_a_single_colour_ribbon_is_named_by_an_option(word: str, number: int) -> None:
    driver = FargoDriver("dtc4500e", {"black-ribbon": word, "thickness": "20"})
    start = next(iter(driver.encode(card_of("K"))))
    assert start.data == START + hexed(
        f"46 67 0100 3000  01000000 28000000 2200 0100 0000 {number:02x}00 0000 00000000 0003 0100"
        " 00x14 14000000 00000000  65 50"
    )


def test_a_card_of_black_and_overlay_byte_for_byte() -> None:
    full = "7e00 7fff 7fff 7fff 7fff 79ff 0600"
    blocks = list(FargoDriver("dtc4500e", {}).encode(card_of("KO", K=255, O=1)))
    assert [(block.name, block.feeds) for block in blocks] == [
        ("start", True), ("front-K", True), ("front-O", True), ("end", True),
    ]
    assert b"".join(block.data for block in blocks) == hexed(
        # Fs, Fs of eight zeros, configuration of ribbon 5
        "46 73 0100 0000 65 50  46 73 0100 0800 00x8 65 50"
        " 46 67 0100 3000 01000000 28000000 2200 0100 0000 0500 0000 00000000 0003 0100 00x14 1e000000 00000000 65 50"
        # panel 4, index 0, side 1, 1009 lines, 96 bytes; 126 = 7e
        " 46 67 0100 7e00 0f000000 16000000 1000 0000 0100 0400 0000 0000 f103 60000000 00000000"
        f" 10000000 00000000 0001 {full} 10000000 00000000 0001 {full}"
        f" 10000000 00000000 0001 {full} 10000000 00000000 f100 {full} 65 50"
        # panel 7, index 1
        " 46 67 0100 7e00 0f000000 16000000 1000 0100 0100 0700 0000 0000 f103 60000000 00000000"
        f" 10000000 00000000 0001 {OVERLAY_LINE} 10000000 00000000 0001 {OVERLAY_LINE}"
        f" 10000000 00000000 0001 {OVERLAY_LINE} 10000000 00000000 f100 {OVERLAY_LINE} 65 50"
        # end
        " 46 67 0100 0e00 63000000 06000000 0000 0000 0000 65 50"
    )


def test_the_second_side_counts_its_panels_anew_and_lines_behind_the_image_are_blank() -> None:
    blank = "7f00 7f00 7f00 7f00 7f00 7f00"
    start, *_, overlay, back, end = FargoDriver("dtc4500e+duo", {}).encode(card_of("YMCKOK", O=1))
    assert start.data == START + hexed("46 67 0100 3200") + DUAL_YMCKOK + b"eP"
    # 1009 lines of overlay and two blank ones: 4 x 24 + 22 = 118 = 76, with the header 148 = 94; 1011 = 3f3
    assert overlay.data == hexed(
        "46 67 0100 9400 0f000000 16000000 1000 0400 0100 0700 0000 0000 f303 76000000 00000000"
        f" 10000000 00000000 0001 {OVERLAY_LINE} 10000000 00000000 0001 {OVERLAY_LINE}"
        f" 10000000 00000000 0001 {OVERLAY_LINE} 10000000 00000000 f100 {OVERLAY_LINE}"
        f" 10000000 00000000 0200 {blank} 65 50"
    )
    # black of side 2: 1011 = 3 x 256 + 243 blank lines: 4 x 22 = 88 = 58, with the header 118 = 76
    assert (back.name, back.data) == ("back-K", hexed(
        "46 67 0100 7600 0f000000 16000000 1000 0000 0200 0400 0000 0000 f303 58000000 00000000"
        f" 10000000 00000000 0001 {blank} 10000000 00000000 0001 {blank}"
        f" 10000000 00000000 0001 {blank} 10000000 00000000 f300 {blank} 65 50"
    ))
    assert end.name == "end"


def test_a_front_alone_has_the_configuration_of_its_ribbon() -> None:
    card = card_of("YMCKOK")
    start = next(iter(FargoDriver("dtc4500e", {}).encode(replace(card, sides=card.sides[:1]))))
    assert start.data == START + hexed("46 67 0100 3200") + DUAL_YMCKOK + b"eP"


def test_a_panel_of_many_packets() -> None:
    """Every second line full of yellow 1: 505 x 22 + 504 x 24 = 23206 bytes; with the header 45 times 512 and 196."""
    card = card_of("YMCKO")
    card.sides[0].panels[0].plane[:, 1::2] = 1
    yellow = list(FargoDriver("dtc4500e", {}).encode(card))[1]
    blank = hexed("10000000 00000000 0100 7f00 7f00 7f00 7f00 7f00 7f00")
    full = hexed("10000000 00000000 0100 7e00 7f01 7f01 7f01 7f01 7901 0600")
    # 23206 + 8 x 45 = 23566 = 5c0e
    section = hexed("0f000000 16000000 1000 0000 0100 0100 0000 0000 f103 0e5c0000 00000000")
    section += (blank + full) * 504 + blank
    assert len(section) == 23236
    wire = b"".join(hexed("46 67 0100 0002") + section[at : at + 512] + b"eP" for at in range(0, 23040, 512))
    assert yellow.data == wire + hexed("46 67 0100 c400") + section[23040:] + b"eP"


# status and commands (A1, A6)


def test_a_printer_is_cleaned_by_the_golden_forty_bytes() -> None:
    clean = hexed("46 67 0000 2000  01000000 00000000 14000000 08000000 00x16  65 50")
    assert len(clean) == 40
    assert order(CLEAN, 8) == clean
    assert list(ORDERS.values()) == [
        clean, hexed("46 67 0000 2000  01000000 00000000 11000000 00000000 00x16  65 50"),
    ]


def test_the_question_how_it_is_has_43_bytes() -> None:
    assert hexed("000000 46 67 0000 2000 00x32 65 50") == replies.QUESTION
    assert len(replies.QUESTION) == 43
    ask, hear = replies.ASK, replies.HEAR
    assert (ask.request_type, ask.request, ask.value, ask.index, ask.data) == (0x41, 0, 0, 0, replies.QUESTION)
    assert (hear.request_type, hear.request, hear.value, hear.index, hear.length) == (0xC1, 0, 0, 0, 520)


FLAGS = b"DH:1;IH:0;LM:0;FL:1;MG:0;SM:0;SG:0;DS:0;SC:0;MF:0;HD:0;IC:0;PE:0;"


def test_the_recorded_answer_is_a_printer_that_is_well() -> None:
    # 19 + 66 bytes of text = 85 = 0x55
    answer = hexed("46 67 0000 5500") + b"USR_CMD_SUCCESSFUL\0" + FLAGS + b"\0" + b"eP"
    told = replies.parse(answer)
    assert told is not None
    assert (told.well, told.flags, told.alerts) == (True, FLAGS.decode(), ())
    assert replies.answer_of("USR_CMD_SUCCESSFUL", FLAGS.decode()) == answer
