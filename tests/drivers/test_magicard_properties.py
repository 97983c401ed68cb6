"""What holds for every plane, every chunking and every hostile byte of the Magicard language."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.driver import Driver, EncodesMagstripe, PrintableCard
from printserver.errors import BadTicket, ConfigurationError, PrintServerError, UnsupportedByPrinter
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver_magicard import printserver_probe
from printserver_magicard.codec import PlaneData, SideEnd, SideHead, Token, Tokeniser, plane_end, reply_frame, request
from printserver_magicard.driver import MagicardDriver
from printserver_magicard.emulator import MagicardEmulator
from printserver_magicard.header import KNOWN, read
from printserver_magicard.info import Line
from printserver_magicard.layout import BadPlane, layout_of, pack, unpack
from printserver_magicard.options import OPTIONS
from printserver_magicard.recorded import decode
from printserver_magicard.replies import parse_error, parse_information, parse_parameter
from printserver_magicard.ribbons import by_name
from tests.drivers.bench import Desk, desk
from tests.drivers.magicard_kit import ramped


@given(st.sampled_from(Line), st.integers(1, 5), st.sampled_from([PanelName.Y, PanelName.K]), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_a_packed_plane_comes_back(line: Line, width: int, name: PanelName, seed: int) -> None:
    levels = 64 if name.is_dye else 2
    plane = np.random.default_rng(seed).integers(0, levels, (642, width), dtype=np.uint8)
    wire = pack(Panel(name, plane, levels), layout_of(line))
    assert len(wire) == layout_of(line).size(name, width)
    np.testing.assert_array_equal(unpack("B" if name.is_dye else "K", wire, layout_of(line), width).plane, plane)


@pytest.mark.parametrize("size", [0, 1, 95, 97, 575])
def test_a_plane_that_has_no_whole_lines_is_refused(size: int) -> None:
    with pytest.raises(BadPlane, match="lines of"):
        unpack("K", bytes(size), layout_of(Line.ENDURO), 1016)


def test_a_plane_with_fewer_lines_leaves_the_rest_blank_and_one_with_more_is_cut() -> None:
    short = unpack("K", b"\xff" * 96, layout_of(Line.ENDURO), 3).plane
    assert short[:, 0].all()
    assert not short[:, 1:].any()
    assert unpack("K", b"\xff" * 96 * 9, layout_of(Line.ENDURO), 3).plane.shape == (642, 3)


TOKENS = st.lists(st.one_of(
    st.sampled_from([request("INF"), request("STA", "MDL", comma=False), b"\x01TST,\x1c\x03", b"\x05" * 64, b"\0\r\n"]),
    st.binary(max_size=40).map(
        lambda data: b"\x01,NOC1,SZK%d,PAG1\x1c" % len(data) + data + plane_end("K") + b"\x03"
    ),
), max_size=6).map(b"".join)


@given(TOKENS, st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_tokens_do_not_depend_on_how_their_bytes_arrive(wire: bytes, sizes: list[int]) -> None:
    whole, tokens, turn = Tokeniser(), Tokeniser(), 0
    wanted, found, rest = whole.feed(wire), list[Token](), wire
    while rest:
        size = sizes[turn % len(sizes)]
        found += tokens.feed(rest[:size])
        rest, turn = rest[size:], turn + 1
    assert found == wanted
    assert tokens.pending == whole.pending == 0


HOSTILE = st.lists(st.one_of(
    st.binary(max_size=40),
    st.sampled_from([
        b"\x01", b"\x03", b"\x05" * 9, b"\x1c", b",", b"\x01,NOC1,KGE2,PAG1,SZK96\x1c", bytes(96) + b"\x1cK:\x03",
        b"\x01,NOC9,DPXON,PAG1,MAG1,%A?,SZK0\x1c\x1cK:\x03", b"\x01,REQ,CAN,\x1c\x03", b"\x01,REQ,OKY,\x1c\x03",
        b"\x01,REQ,CLN,\x1c\x03", b"\x01EJT,\x1c\x03", b"\x01,NOC1,PAG2,PCT0,0,9\x1c\x03", b"\x01,NOC1,SZB99999999\x1c",
    ]),
), max_size=30).map(b"".join)


@given(HOSTILE)
@settings(deadline=None)
def test_no_bytes_break_emulator_or_reader(data: bytes) -> None:
    decode("enduro", data)
    printer = printer_of("enduro+duo+mag")
    printer.write(data)
    printer.pass_time(20)
    printer.cut()
    printer.connect()
    printer.pass_time(20)
    printer.write(b"\x01,REQ,CAN,\x1c\x03")
    printer.pass_time(20)
    printer.inbox.clear()
    printer.write(request("INF"))
    told = parse_information(bytes(printer.inbox)[:-1])
    assert told is not None
    assert told.condition is not None
    assert told.condition.alerts == ()


@given(st.binary(max_size=200))
def test_no_reply_breaks_the_parsers(data: bytes) -> None:
    framed = reply_frame(data, True)
    if framed is not None:
        assert 0 < framed.used <= len(data)
    for message in (data, b"\x01STA" + data, b"\x01STA$$" + data + b","):
        told = parse_error(message)
        assert told is None or told.text.isprintable()
        information = parse_information(message)
        assert information is None or all(each.isprintable() for each in information.fields)
        value = parse_parameter(message)
        assert value is None or value.isprintable()


@given(st.lists(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters=","), max_size=8), max_size=12))
def test_no_words_break_the_header_reader(words: list[str]) -> None:
    found = read(words, 1016)
    assert 1 <= found.copies <= 255


# every byte value in every field


def printer_of(name: str) -> Desk:
    printer = desk(MagicardEmulator, name, ramped(name.split("+")[0], "K").geometry)
    printer.connect()
    return printer


def tokens_of(card: PrintableCard, name: str, **options: str) -> list[Token]:
    tokens = Tokeniser()
    found = tokens.feed(b"".join(block.data for block in MagicardDriver(name, options).encode(card)))
    assert tokens.pending == 0
    return found


def complaint_of(card: PrintableCard) -> str:
    try:
        MagicardDriver("enduro+mag", {}).check_tracks(card.tracks)
    except BadTicket as error:
        return error.sentence()
    return ""


@pytest.mark.parametrize("track", [0, 1, 2])
def test_no_character_of_a_track_makes_another_command(track: int) -> None:
    """Each is refused, or stands in the printer's stripe as it was given, in a header with the same commands."""
    card = ramped("enduro", "K")
    plain = tokens_of(replace(card, tracks=(*[""] * track, "1")), "enduro+mag")[0]
    assert isinstance(plain, SideHead)
    taken = 0
    for code in range(256):
        text = "1" + chr(code) + "1"
        wanted = replace(card, tracks=(*[""] * track, text))
        complaint = complaint_of(wanted)
        if complaint:
            assert f"track {track + 1}, position 2" in complaint
            with pytest.raises(BadTicket):
                MagicardDriver("enduro+mag", {}).encode(wanted)
            continue
        taken += 1
        head, plane, end = tokens_of(wanted, "enduro+mag")
        assert isinstance(head, SideHead)
        assert isinstance(plane, PlaneData)
        assert end == SideEnd()
        assert len(head.words) == len(plain.words)
        assert read(head.words, 1016).tracks == {track + 1: text}
        assert read(head.words, 1016).unknown == []
    assert taken == (61 if track == 0 else 14)


@pytest.mark.parametrize("hostile", [",", "\x1c", "\x03", "\x01", "\x05", "\0", "%", "?", "é", "a"])
def test_what_could_end_a_command_is_refused_with_its_place(hostile: str) -> None:
    with pytest.raises(BadTicket, match="track 1, position 3"):
        MagicardDriver("enduro+mag", {}).check_tracks(("AB" + hostile,))


@pytest.mark.parametrize("key", OPTIONS)
def test_no_option_takes_anything_but_its_values(key: str) -> None:
    card = ramped("enduro", "K")
    for code in range(256):
        value = OPTIONS[key][0] + chr(code)
        if value not in OPTIONS[key]:
            with pytest.raises(ConfigurationError):
                MagicardDriver("enduro", {key: value})
            with pytest.raises(ConfigurationError):
                MagicardDriver("enduro", {}).encode(replace(card, options={key: value}))


@pytest.mark.parametrize(("key", "model"), [(key, model) for key in OPTIONS for model in ("enduro", "rio", "alto")])
def test_every_value_of_an_option_makes_a_header_that_is_known(key: str, model: str) -> None:
    driver, card = MagicardDriver(model, {"holokote": "2"}), ramped(model, "K")
    for value in OPTIONS[key][:4]:
        found = decode(model, b"".join(b.data for b in driver.encode(replace(card, options={key: value}))))
        assert (found.unknown_commands, found.trailing_bytes, len(found.cards)) == ((), 0, 1)


# what a Magicard printer is, and what is refused before a byte is made


def test_firmware_commands_are_no_words_of_this_driver() -> None:
    assert KNOWN.isdisjoint({"FRM", "UPG"})


def test_the_driver_keeps_its_contract() -> None:
    assert isinstance(MagicardDriver("enduro", {}), Driver)
    assert isinstance(MagicardDriver("enduro", {}), EncodesMagstripe)


@pytest.mark.parametrize(("model", "options", "part"), [
    ("neo", {}, "enduro"), ("enduro+lamination", {}, "enduro"), ("alto+duo", {}, "alto"),
    ("enduro", {"head": "XXX"}, "options.head"), ("enduro", {"colour": "1"}, "settle"),
])
def test_a_wrong_configuration_names_what_is_allowed(model: str, options: dict[str, str], part: str) -> None:
    with pytest.raises(ConfigurationError, match=part):
        MagicardDriver(model, options)


def side_of(*panels: Panel, side: Side = Side.FRONT) -> SidePanels:
    return SidePanels(side, panels)


def blank(name: PanelName, width: int = 1016, levels: int = 2, value: int = 0) -> Panel:
    return Panel(name, np.full((642, width), value, dtype=np.uint8), levels)


@pytest.mark.parametrize(("sides", "ribbon", "complaint"), [
    ((side_of(blank(PanelName.K)), side_of(blank(PanelName.K), side=Side.BACK)), "K", "one-sided"),
    ((side_of(blank(PanelName.Y, levels=64)),), "K", "no panel Y"),
    ((side_of(blank(PanelName.K, width=1000)),), "K", "1016 x 642"),
    ((side_of(blank(PanelName.K, levels=4)),), "K", "4 levels"),
    ((side_of(blank(PanelName.K, value=2)),), "K", "levels"),
    ((side_of(blank(PanelName.O)),), "KO", "planes none"),
    ((side_of(blank(PanelName.Y, levels=64)),), "YMCKO", "planes B"),
    ((side_of(blank(PanelName.K), side=Side.BACK),), "K", "one"),
    ((), "K", "front"),
])
def test_what_the_printer_cannot_do_is_refused(sides: tuple[SidePanels, ...], ribbon: str, complaint: str) -> None:
    card = PrintableCard(sides, by_name(ribbon), ramped("enduro", "K").geometry)
    with pytest.raises(UnsupportedByPrinter, match=complaint):
        MagicardDriver("enduro", {}).encode(card)


def test_a_ribbon_that_the_model_does_not_take_is_refused() -> None:
    card = ramped("enduro+duo", "YMCKOK")
    with pytest.raises(UnsupportedByPrinter, match="YMCKOK"):
        MagicardDriver("pronto", {}).encode(card)


def test_tracks_without_an_encoder_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter, match="encoder"):
        MagicardDriver("enduro", {}).encode(replace(ramped("enduro", "K"), tracks=("A",)))
    with pytest.raises(UnsupportedByPrinter, match="encoder"):
        MagicardDriver("enduro", {}).check_tracks(("A",))
    with pytest.raises(PrintServerError, match="up to 3"):
        MagicardDriver("enduro+mag", {}).check_tracks(("", "", "", "1"))


@pytest.mark.parametrize(("ids", "model"), [
    ({"vid": "0c1f", "pid": "4800"}, "enduro"),
    ({"vid": "0c1f", "pid": "2800"}, ""),
    ({"mfg": "Magicard ", "mdl": "RioTango2D"}, "tango"),
    ({"mfg": "Magicard", "mdl": "Rio Pro"}, "riopro"),
])
def test_a_found_device_is_known_by_its_ids(ids: dict[str, str], model: str) -> None:
    found = printserver_probe(transport="usb", address="", ids=ids)
    assert found is not None
    assert (found.family, found.model) == ("magicard", model)


def test_another_makers_device_is_none_of_ours() -> None:
    assert printserver_probe(transport="usb", address="", ids={"vid": "0f49", "mfg": "Evolis"}) is None
