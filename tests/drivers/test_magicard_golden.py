"""Bytes worked out by hand from the recorded jobs and the vendor's filter, never by our encoder."""

from __future__ import annotations

import numpy as np
import pytest

from printserver.dialogue import Framed
from printserver.driver import PrintableCard
from printserver.model.alert import AlertKind
from printserver.model.card import Panel, PanelName, Plane, Side, SidePanels
from printserver_magicard import header
from printserver_magicard.codec import (
    PlaneData,
    Request,
    SideEnd,
    SideHead,
    Tokeniser,
    plane_end,
    reply_frame,
    request,
)
from printserver_magicard.driver import MagicardDriver
from printserver_magicard.emulator import MagicardEmulator
from printserver_magicard.header import Extras, SideFacts
from printserver_magicard.info import Line
from printserver_magicard.layout import layout_of, pack, unpack
from printserver_magicard.overcoat import Box, Overcoat
from printserver_magicard.recorded import decode
from printserver_magicard.replies import parse_error, parse_information, parse_parameter
from printserver_magicard.ribbons import by_name
from tests.drivers.bench import desk
from tests.drivers.magicard_kit import holed, ramped, with_overlay

# A recorded Enduro job's header and a recorded Alto job's; <fw> stands for the firmware's text.
ENDURO = (
    "NOC1,VER1.0-<fw>,LANENG,TDT5362BAB5,RSPDEF,COEH,KGE2,DPXOFF,PAG1,IMFBGRK,XCO0,YCO0,WID1016,HGT642,OVRON,NNNOFF,"
    "USFON,HKT1,CKION,HKMFFFFFF,TRO0,PCT0,0,1015,641,ICC3,CPW50,DDD50,SZB585216,SZG585216,SZR585216,SZK97536"
)
ALTO = (
    "NOC1,VER1.7.2.0,LANDEU,TDT5362E668,KGE,PAG1,IMFBGRK,XCO0,YCO0,WID1000,HGT642,OVRON,NNNOFF,USFOFF,PCT0,0,999,641,"
    "ICC1,SZB576000,SZG576000,SZR576000"
)
WHOLE = Overcoat(True, (Box(0, 0, 1016, 642),))

# For one dot of the canvas: byte within a line's first bit-plane, and its value.
PLACES: list[tuple[int, tuple[int, int], tuple[int, int], tuple[int, int]]] = [
    (0, (0, 0x80), (24, 0x80), (27, 0x01)),
    (1, (0, 0x40), (24, 0x20), (27, 0x04)),
    (15, (1, 0x01), (27, 0x02), (24, 0x40)),
    (16, (2, 0x80), (28, 0x80), (31, 0x01)),
    (287, (35, 0x01), (95, 0x02), (92, 0x40)),
    (288, (36, 0x80), (0, 0x40), (3, 0x02)),
    (303, (37, 0x01), (3, 0x01), (0, 0x80)),
    (671, (83, 0x01), (95, 0x01), (92, 0x80)),
]
COLUMNS = (Line.RIO, Line.ENDURO, Line.AOTA)
BYTES = {Line.RIO: 84, Line.AVALON: 84, Line.ENDURO: 96, Line.AOTA: 96}


def dotted(*dots: tuple[int, int], width: int = 1016, value: int = 1) -> Plane:
    found: Plane = np.zeros((642, width), dtype=np.uint8)
    for row, column in dots:
        found[row, column] = value
    return found


def resin(*dots: tuple[int, int], width: int = 1016) -> Panel:
    return Panel(PanelName.K, dotted(*dots, width=width), 2)


@pytest.mark.parametrize(("line", "dot", "place"), [
    (line, row[0], place) for row in PLACES for line, place in zip(COLUMNS, row[1:], strict=True)
])
def test_a_dot_of_the_canvas_stands_where_the_table_says(line: Line, dot: int, place: tuple[int, int]) -> None:
    layout = layout_of(line)
    found = int(layout.places[dot])
    assert (found >> 3, 0x80 >> (found & 7)) == place
    assert layout.line_bytes == BYTES[line]


@pytest.mark.parametrize(("dot", "byte", "value"), [
    (0, 3, 0x01), (7, 3, 0x80), (8, 2, 0x01), (31, 0, 0x80), (32, 7, 0x01),
])
def test_avalon_turns_each_word_of_four_bytes(dot: int, byte: int, value: int) -> None:
    place = int(layout_of(Line.AVALON).places[dot])
    assert (place >> 3, 0x80 >> (place & 7)) == (byte, value)


@pytest.mark.parametrize("line", Line)
def test_no_two_dots_share_a_place(line: Line) -> None:
    places = layout_of(line).places
    assert len(set(places.tolist())) == 672
    assert 0 <= places.min() <= places.max() < layout_of(line).bits


@pytest.mark.parametrize(("line", "row", "byte", "value"), [
    # the lower edge is the image's first dot: canvas 15, on KEE heads canvas 16
    (Line.ENDURO, 641, 27, 0x02),
    (Line.AOTA, 641, 24, 0x40),
    (Line.RIO, 641, 2, 0x80),
    # the dot above it is canvas 16: the first place of word 7
    (Line.ENDURO, 640, 28, 0x80),
    # the upper edge: canvas 15 + 641 = 656, which is 368 behind 288: word 23, place 1 from its high end
    (Line.ENDURO, 0, 92, 0x40),
])
def test_the_card_stands_on_the_canvas(line: Line, row: int, byte: int, value: int) -> None:
    wire = pack(resin((row, 1), width=3), layout_of(line))
    size = BYTES[line]
    assert wire == bytes(size + byte) + bytes([value]) + bytes(2 * size - byte - 1)


@pytest.mark.parametrize(("position", "byte", "value"), [(50, 27, 0x02), (65, 24, 0x80), (35, 31, 0x08)])
def test_the_head_position_moves_the_image(position: int, byte: int, value: int) -> None:
    # 65 - 65 = canvas 0; 65 - 35 = canvas 30: word 7, place 28
    wire = pack(resin((641, 0), width=1), layout_of(Line.ENDURO), head_position=position)
    assert wire == bytes(byte) + bytes([value]) + bytes(95 - byte)


def test_colour_is_six_bit_planes_a_line_lowest_bit_first() -> None:
    # level 37 = 100101: bits 0, 2 and 5
    wire = pack(Panel(PanelName.C, dotted((641, 1), width=2, value=37), 64), layout_of(Line.ENDURO))
    inked = bytes(27) + b"\x02" + bytes(68)
    assert wire == bytes(576) + inked + bytes(96) + inked + bytes(96) * 2 + inked
    found = unpack("R", wire, layout_of(Line.ENDURO), 2)
    np.testing.assert_array_equal(found.plane, dotted((641, 1), width=2, value=37))


def test_the_picture_may_be_turned_round() -> None:
    wire = pack(resin((0, 0), width=1), layout_of(Line.ENDURO), bottom_first=False)
    assert wire == bytes(27) + b"\x02" + bytes(68)


def test_the_header_of_an_enduro_is_the_recorded_one() -> None:
    extras = Extras(
        version="1.0-<fw>", stamp="5362BAB5", resin="DEF", head="KGE2", colour="3", tail=("CPW50", "DDD50"),
        watermark=("USFON", "HKT1", "CKION", "HKMFFFFFF", "TRO0"),
    )
    planes = (("B", 585_216), ("G", 585_216), ("R", 585_216), ("K", 97_536))
    facts = SideFacts(line=Line.ENDURO, width=1016, duplex=False, planes=planes, overcoat=WHOLE)
    assert header.write(facts, extras) == [*ENDURO.split(",")[:21], "PCT0,0,1015,641", *ENDURO.split(",")[25:]]


def test_the_header_of_an_alto_is_the_recorded_one_but_for_the_black_that_it_announced_and_did_not_send() -> None:
    extras = Extras(version="1.7.2.0", language="DEU", stamp="5362E668", head="KGE", colour="1")
    planes = (("B", 576_000), ("G", 576_000), ("R", 576_000))
    facts = SideFacts(line=Line.AOTA, width=1000, planes=planes, overcoat=Overcoat(True, (Box(0, 0, 1000, 642),)))
    assert ",".join(header.write(facts, extras)) == ALTO.replace("IMFBGRK", "IMFBGR")


def test_the_drivers_own_enduro_job_begins_as_the_recorded_one_but_for_version_and_time() -> None:
    options = {"holokote": "1", "custom-key": "on"}
    card = with_overlay(ramped("enduro", "YMCKO"), holed(1016))
    first = next(iter(MagicardDriver("enduro", options).encode(card)))
    wanted = ENDURO.replace("VER1.0-<fw>", "VER1.0").replace("TDT5362BAB5", "TDT0")
    assert first.data == b"\x05" * 64 + b"\x01," + wanted.encode() + b"\x1c"
    assert first.feeds


def test_planes_follow_each_other_with_their_letters() -> None:
    card = ramped("enduro", "YMCKO")
    blocks = list(MagicardDriver("enduro", {}).encode(card))
    assert [(block.name, len(block.data)) for block in blocks[1:]] == [
        ("front-Y", 585_219), ("front-M", 585_219), ("front-C", 585_219), ("front-K", 97_540),
    ]
    ends = [block.data[-4:] for block in blocks[1:]]
    assert [end[-3:] for end in ends[:3]] == [b"\x1cB:", b"\x1cG:", b"\x1cR:"]
    assert ends[3] == b"\x1cK:\x03"


def header_of(model: str, card: PrintableCard, side: int = 0, **options: str) -> str:
    heads = [block for block in MagicardDriver(model, options).encode(card) if block.name.endswith("header")]
    return heads[side].data.removeprefix(b"\x05" * 64 + b"\x01,").removesuffix(b"\x1c").decode()


def test_rio_and_avalon_have_the_head_kee() -> None:
    rio = header_of("rio", with_overlay(ramped("rio", "YMCKO"), holed(1016)))
    assert rio == (
        "NOC1,VER1.0,LANENG,TDT0,KEE,RT2,DPXOFF,PAG1,IMFBGRK,XCO0,YCO0,WID1016,HGT642,OVRON,NNNOFF,USFOFF,"
        "PCT0,0,1025,641,SZB512064,SZG512064,SZR512064,SZK85344"
    )
    avalon = header_of("avalon", ramped("avalon", "K"))
    assert avalon == (
        "NOC1,VER1.0,LANENG,TDT0,KEE,PAG1,IMFK,XCO0,YCO0,WID1016,HGT642,OVROFF,NNNOFF,USFOFF,SZK85344"
    )


def test_two_sides_are_two_blocks_and_the_first_tells_of_the_second() -> None:
    card = ramped("enduro+duo", "YMCKOK", two_sided=True)
    front, back = (header_of("enduro+duo", card, side) for side in (0, 1))
    assert ",DPXON,BACK,PAG1,IMFBGRK," in front
    assert ",DPXON,PAG2,IMFK," in back
    assert ",OVROFF,NNNOFF,USFOFF,ICC3," in back
    wire = b"".join(block.data for block in MagicardDriver("enduro+duo", {}).encode(card))
    assert wire.count(b"\x05" * 64 + b"\x01,NOC1,") == 2


@pytest.mark.parametrize(("ribbon", "format_of_back"), [("YMCKO", "BACCKO"), ("KO", "BACKO"), ("K", "BACK,")])
def test_the_second_sides_format(ribbon: str, format_of_back: str) -> None:
    assert f",{format_of_back}" in header_of("tango+duo", ramped("tango+duo", ribbon, two_sided=True))


@pytest.mark.parametrize(("model", "hole", "words"), [
    # the vendor's own presets, for chip and stripe; 642 dots, so row 191 is 450 from below
    ("rio", (90, 191, 261, 347), "PCT0,0,1025,641,NCT90,295,260,450"),
    ("rio", (0, 51, 1016, 222), "PCT0,0,1025,641,NCT0,420,1025,590"),
    ("enduro", (75, 171, 281, 367), "PCT0,0,1015,641,NCT75,275,280,470"),
    ("alto", (0, 31, 1000, 242), "PCT0,0,999,641,NCT0,400,999,610"),
])
def test_windows_for_chip_and_stripe_are_counted_from_below(
    model: str, hole: tuple[int, int, int, int], words: str
) -> None:
    card = ramped(model, "KO")
    found = header_of(model, with_overlay(card, holed(card.geometry.width, hole)))
    assert f",OVRON,NNNOFF,USFOFF,{words}," in found


def test_tracks_carry_their_sentinels() -> None:
    card = ramped("enduro+mag", "K", tracks=("HELLO", "123=456", ""))
    assert ",COEH,MAG1,BPI210,MPC7,%HELLO?,MAG2,BPI75,MPC5,;123=456?,KGE2," in header_of("enduro+mag", card)
    card = ramped("alto+mag", "K", tracks=("HELLO", "", "7"))
    wanted = ",TDT0,MAG1,BPI210,MPC7,COEL,%HELLO?,MAG3,BPI210,MPC5,COEL,;7?,KGE,PAG1,"
    assert wanted in header_of("alto+mag", card, coercivity="low")


@pytest.mark.parametrize(("model", "wire"), [
    ("enduro+mag", b"NOC1,VER1.0,LANENG,TDT0,RSPDEF,COEH,MAG2,BPI75,MPC5,;1?,KGE2\x1c\x03"),
    ("rio+mag", b"NOC0,BBB1,VER1.0,LANENG,TDT0,MAG2,BPI75,MPC5,COEH,;1?,KEE\x1c\x03"),
])
def test_a_card_that_is_only_encoded_ends_with_the_heads_name(model: str, wire: bytes) -> None:
    card = PrintableCard((), by_name("K"), ramped(model, "K").geometry, ("", "1"))
    [block] = MagicardDriver(model, {}).encode(card)
    assert block.data == b"\x05" * 64 + b"\x01," + wire
    [found] = decode(model, block.data).cards
    assert (found.sides, found.tracks) == ((), ("", "1", ""))


def test_requests() -> None:
    assert request("INF") == b"\x05" * 9 + bytes.fromhex("01 2C 52 45 51 2C 49 4E 46 2C 1C 03")
    assert request("STA", "MDL", comma=False) == b"\x05" * 9 + b"\x01REQ,STA,MDL,\x1c\x03"


@pytest.mark.parametrize(("wire", "words"), [
    (bytes.fromhex("01 2C 52 45 51 2C 49 4E 46 2C 1C 03"), ("INF",)),
    (b"\x05" * 9 + b"\x01REQ,STA,MDL,\x1c\x03", ("STA", "MDL")),
    (b"\x05" * 9 + b"\x01TST,\x1c\x03", ("TST",)),
])
def test_both_forms_of_a_request_are_read(wire: bytes, words: tuple[str, ...]) -> None:
    tokens = Tokeniser()
    assert tokens.feed(wire) == [Request(words)]
    assert tokens.pending == 0


def test_the_recorded_replies() -> None:
    ready = b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
    assert len(ready) == 36
    framed = reply_frame(ready, False)
    assert framed == Framed(ready[:-1], 36)
    told = parse_error(ready[:-1])
    assert told is not None
    assert told.alerts == ()
    text = "Karte wurde nicht in den Drucker eingezogen. Versuchen Sie es erneut."
    told = parse_error(b"\x01STA" + text.encode() + b"\nFehlercode - 11:01\n(c0201)")
    assert told is not None
    [alert] = told.alerts
    assert (alert.kind, alert.verbatim) == (AlertKind.FEEDER, f"{text} Fehlercode - 11:01")


@pytest.mark.parametrize("code", ["00:01", "01:00", "11:02", "12:01", "42:00"])
def test_no_other_code_is_well_or_known(code: str) -> None:
    told = parse_error(f"\x01STAWhatever\n{code}\n(c0300)".encode())
    assert told is not None
    assert [alert.kind for alert in told.alerts] == [AlertKind.OTHER]


def test_the_fields_of_an_enduro() -> None:
    words = ["3", "Enduro", "0", "12E0001", "H1", "P1", "1.33"] + [str(number) for number in range(7, 35)]
    told = parse_information(b"\x01STA$$" + ",".join(words).encode() + b",")
    assert told is not None
    assert (told.text(1), told.text(3), told.text(6)) == ("Enduro", "12E0001", "1.33")
    assert (told.number(9), told.number(19), told.number(20)) == (9, 19, 20)
    assert told.condition is not None
    assert told.condition.code == "19:20"
    # fields may also be parted by colons
    assert parse_information(b"\x01STA$$" + ":".join(words).encode() + b",") == told


def test_a_value_of_a_rio() -> None:
    assert parse_parameter(b"\x01STA,MDLTango,") == "Tango"


def test_a_job_as_the_vendors_driver_sends_it_is_read() -> None:
    plane = bytes(27) + b"\x02" + bytes(96 * 1016 - 28)
    job = (
        bytes(3) + b"\x05" * 64 + b"\x01," + ENDURO.replace("SZB585216,SZG585216,SZR585216,", "").encode()
        + b",ZZZ9\x1c" + plane + b"\x1cK:\x03" + bytes(500)
    )
    found = decode("enduro", job)
    [card] = found.cards
    black, overlay = card.panels(Side.FRONT)
    np.testing.assert_array_equal(black.plane, dotted((641, 0)))
    assert overlay.plane.all()
    assert (found.unknown_commands, found.trailing_bytes) == (("ZZZ",), 0)


def test_a_side_that_is_cut_short_is_left_over_to_the_byte() -> None:
    start = b"\x01,NOC1,KGE2,PAG1,SZK97536\x1c"
    found = decode("enduro", start + bytes(1000))
    assert found.cards == ()
    assert found.trailing_bytes == len(start) + 1000
    assert decode("enduro", start + bytes(97_536) + b"\x1cK:").trailing_bytes == len(start) + 97_539


def test_tokens() -> None:
    tokens = Tokeniser()
    head = SideHead(("NOC1", "SZK4"))
    assert tokens.feed(b"\x05\x05\x01,NOC1,SZK4\x1c\x01\x03\x1c") == [head]
    assert tokens.in_side
    assert tokens.feed(b"K" + plane_end("K")) == [PlaneData("K", b"\x01\x03\x1cK")]
    assert tokens.feed(b"\x03\0\x01,REQ,ERR,\x1c") == [SideEnd()]
    assert tokens.feed(b"\x03") == [Request(("ERR",))]
    assert tokens.pending == 0


def test_what_the_emulated_printers_say() -> None:
    alto = desk(MagicardEmulator, "alto", ramped("alto", "K").geometry)
    alto.connect()
    assert alto.port.receive(b"\x01,REQ,ERR,\x1c\x03") == b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
    assert alto.port.receive(b"\x01,REQ,FRM64,\x1c\x03") == b""
    rio = desk(MagicardEmulator, "rio", ramped("rio", "K").geometry)
    rio.connect()
    assert rio.port.receive(b"\x05" * 9 + b"\x01REQ,STA,MDL,\x1c\x03") == b"\x01STA,MDLRio 2,\x03"


def test_sides_of_a_decoded_card_are_those_of_the_job() -> None:
    sides = SidePanels(Side.FRONT, (resin((0, 0)),)), SidePanels(Side.BACK, (resin((641, 1015)),))
    card = PrintableCard(sides, by_name("K"), ramped("enduro", "K").geometry)
    wire = b"".join(block.data for block in MagicardDriver("enduro+duo", {}).encode(card))
    [found] = decode("enduro+duo", wire).cards
    assert [side.side for side in found.sides] == [Side.FRONT, Side.BACK]
    np.testing.assert_array_equal(found.panels(Side.BACK)[0].plane, dotted((641, 1015)))
