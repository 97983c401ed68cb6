"""What holds for every line, every chunking and every hostile byte of the FRL stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.driver import Driver, EncodesMagstripe, PrintableCard
from printserver.errors import ConfigurationError, UnsupportedByPrinter
from printserver.model.card import Geometry, Panel, PanelName, Ribbon, Side, SidePanels
from printserver_fargo import printserver_probe
from printserver_fargo.driver import FargoDriver
from printserver_fargo.emulator import FargoEmulator
from printserver_fargo.layout import levels_of, panel_of, rows_of
from printserver_fargo.options import OPTIONS
from printserver_fargo.packets import PAYLOAD, Junk, Packet, PacketReader, packet, packets
from printserver_fargo.recorded import decode
from printserver_fargo.replies import answer_of, parse
from printserver_fargo.ribbons import PANEL_IDS, film
from printserver_fargo.rows import BadRows, Rows, pack_rows, unpack_rows
from printserver_fargo.sections import (
    END_SECTION,
    START,
    Configuration,
    PanelHead,
    PanelSection,
    SectionReader,
    Token,
    configuration,
    order,
    panel_section,
)
from tests.drivers.bench import Desk, desk

GEOMETRY = Geometry(1009, 634)


# lines


@st.composite
def rows_with_runs(draw: st.DrawFn) -> Rows:
    """A few lines of runs of every length, some lines alike."""
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        seed, longest = draw(st.integers(0, 2**32)), draw(st.sampled_from([1, 2, 3, 4, 40, 130, 300, 768]))
        random = np.random.default_rng(seed)
        lengths = random.integers(1, longest + 1, 768)
        line = np.repeat(random.integers(0, draw(st.sampled_from([2, 256])), 768, dtype=np.uint8), lengths)[:768]
        lines += [line] * draw(st.sampled_from([1, 1, 2, 256, 257]))
    return np.array(lines, dtype=np.uint8)


@given(rows_with_runs())
@settings(max_examples=60, deadline=None)
def test_lines_come_back(rows: Rows) -> None:
    np.testing.assert_array_equal(unpack_rows(pack_rows(rows), len(rows)), rows)


@given(rows_with_runs())
@settings(max_examples=60, deadline=None)
def test_every_record_holds_768_bytes_and_repeats_256_times_at_most(rows: Rows) -> None:
    """Read apart from the module's own reader: the code as others.md A3 tells it."""
    data, at, total = pack_rows(rows), 0, 0
    while at < len(data):
        assert data[at : at + 8] == b"\x10\0\0\0\0\0\0\0"
        repeat, at, size = int.from_bytes(data[at + 8 : at + 10], "little"), at + 10, 0
        assert 1 <= repeat <= 256
        total += repeat
        while size < 768:
            control = data[at]
            size += (control & 0x7F) + 1
            at += 2 if control < 0x80 else (control & 0x7F) + 2
        assert size == 768
    assert (at, total) == (len(data), len(rows))


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_packing_never_makes_a_line_much_longer(seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 256, (4, 768), dtype=np.uint8)
    assert len(pack_rows(rows)) <= 4 * (10 + 768 + 6 + 12)


@given(st.binary(max_size=60), st.integers(0, 3))
def test_no_records_break_the_reader(data: bytes, lines: int) -> None:
    for records in (data, b"\x10\0\0\0\0\0\0\0\x01\0" + b"\x7f\0" * 5 + data):
        try:
            found = unpack_rows(records, lines)
        except BadRows:
            continue
        assert found.shape == (lines, 768)


@given(rows_with_runs(), st.data())
@settings(max_examples=40, deadline=None)
def test_records_that_are_cut_or_go_on_are_refused(rows: Rows, data: st.DataObject) -> None:
    whole = pack_rows(rows)
    with pytest.raises(BadRows):
        unpack_rows(whole[: data.draw(st.integers(0, len(whole) - 1))], len(rows))
    with pytest.raises(BadRows):
        unpack_rows(whole + data.draw(st.binary(min_size=1, max_size=9)), len(rows))
    for wrong in (len(rows) - 1, len(rows) + 1):
        with pytest.raises(BadRows):
            unpack_rows(whole, wrong)


@given(st.sampled_from(sorted(PANEL_IDS)), st.integers(0, 2**32), st.booleans(), st.sampled_from([1009, 1011]))
@settings(max_examples=20, deadline=None)
def test_a_panel_comes_back(name: PanelName, seed: int, clockwise: bool, lines: int) -> None:
    levels = levels_of(name)
    plane = np.random.default_rng(seed).integers(0, levels, (634, 1009), dtype=np.uint8)
    rows = rows_of(Panel(name, plane, levels), lines, clockwise=clockwise)
    assert rows.shape == (lines, 768)
    assert not rows[:, :127].any()
    assert not rows[:, 761:].any()
    assert not rows[1009:].any()
    back = panel_of(name, rows)
    assert back.levels == levels
    np.testing.assert_array_equal(back.plane if clockwise else np.rot90(back.plane, 2), plane)


# packets and sections


@given(st.binary(max_size=3 * PAYLOAD))
def test_a_stretch_comes_back_out_of_its_packets(payload: bytes) -> None:
    reader = PacketReader()
    found = reader.feed(packets(payload))
    assert b"".join(each.payload for each in found if isinstance(each, Packet)) == payload
    assert all(isinstance(each, Packet) and each.kind == "g" and each.version == 1 for each in found)
    assert all(len(each.payload) == PAYLOAD for each in found[:-1] if isinstance(each, Packet))
    assert reader.held == 0


def small_panel(data: bytes) -> bytes:
    return packets(panel_section(PanelHead(0, 1, 4, 0, 1), data))


PIECES = st.one_of(
    st.sampled_from([
        START, packets(END_SECTION), packets(configuration(Configuration(7))), order(0x14, 8), packet("s", b"abc"),
        packet("g", b"\x10\0\0\0\x04\0\0\0abcd"), packets(b"\x11\0\0\0\x58\x02\0\0" + bytes(600)), b"\0\0F", b"Fg\x01",
    ]),
    st.integers(0, 1500).map(lambda size: small_panel(b"\x07" * size)),
)


@given(st.lists(PIECES, max_size=6).map(b"".join), st.lists(st.integers(1, 700), min_size=1, max_size=20))
def test_tokens_do_not_depend_on_how_their_bytes_arrive(wire: bytes, sizes: list[int]) -> None:
    whole, reader, turn = SectionReader(), SectionReader(), 0
    wanted, found, rest = whole.feed(wire), list[Token](), wire
    while rest:
        size = sizes[turn % len(sizes)]
        found += reader.feed(rest[:size])
        rest, turn = rest[size:], turn + 1
    assert found == wanted
    assert reader.pending == whole.pending


@given(st.integers(0, 3000))
def test_a_panel_of_any_length_is_whole_with_its_last_byte_and_not_before(size: int) -> None:
    wire = small_panel(bytes(size))
    reader = SectionReader()
    assert reader.feed(wire[:-1]) == []
    assert reader.pending == len(wire) - 1
    assert reader.feed(wire[-1:]) == [PanelSection(PanelHead(0, 1, 4, 0, 1), bytes(size))]
    assert reader.pending == 0


@given(st.binary(max_size=200))
def test_bytes_outside_of_packets_are_told_once_and_the_next_packet_is_read(junk: bytes) -> None:
    """Junk may hold the beginning of a packet; what follows it is then found behind."""
    reader = PacketReader()
    found = reader.feed(junk + packet("g", b"ab") * 400)
    assert found.count(Junk()) <= len([each for each in found if isinstance(each, Packet)])
    assert Packet("g", 1, b"ab") in found
    assert reader.held < 600


HOSTILE = st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=12).map(b"".join)


@given(HOSTILE)
@settings(deadline=None, max_examples=60)
def test_no_bytes_break_emulator_or_reader(data: bytes) -> None:
    assert 0 <= decode("dtc4500e", data).trailing_bytes <= len(data)
    printer = printer_of("dtc4500e+duo")
    printer.write(data)
    printer.pass_time(20)
    printer.cut()
    printer.connect()
    printer.pass_time(60)
    assert printer.inbox == b""
    before = printer.machine.counter("cards")
    for block in FargoDriver("dtc4500e", {}).encode(card_of("K")):
        printer.write(block.data)
    printer.pass_time(20)
    assert printer.machine.counter("cards") == before + 1
    assert not printer.machine.loaded


def printer_of(name: str) -> Desk:
    printer = desk(FargoEmulator, name, GEOMETRY)
    printer.connect()
    return printer


@given(st.binary(max_size=100))
def test_no_answer_breaks_the_parser_and_only_the_right_words_are_well(data: bytes) -> None:
    for answer in (data, packet("g", data, 0), packet("g", b"USR_CMD_SUCCESSFUL\0" + data, 0)):
        told = parse(answer)
        assert told is None or (told.verdict.isprintable() and told.flags.isprintable())
        if told is not None and told.well:
            assert answer[6:].startswith(b"USR_CMD_SUCCESSFUL")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
def test_words_are_told_as_they_come(words: str) -> None:
    told = parse(answer_of(words, "DH:1;"))
    assert told is not None
    assert told.verdict == words
    assert told.well is (words == "USR_CMD_SUCCESSFUL")


# what is refused before a byte is made


def blank(name: PanelName, *, width: int = 1009, levels: int = 0, value: int = 0) -> Panel:
    return Panel(name, np.full((634, width), value, dtype=np.uint8), levels or levels_of(name))


def card_of(ribbon: str, *sides: Side) -> PrintableCard:
    chosen = film(ribbon).ribbon
    return PrintableCard(
        tuple(SidePanels(side, tuple(map(blank, chosen.panels(side)))) for side in sides or (Side.FRONT,)),
        chosen, GEOMETRY,
    )  # fmt: skip


def front(*panels: Panel) -> tuple[SidePanels, ...]:
    return (SidePanels(Side.FRONT, panels),)


@pytest.mark.parametrize(("sides", "complaint"), [
    (front(blank(PanelName.K), blank(PanelName.O), blank(PanelName.O)), "panels KOO on the front"),
    (front(blank(PanelName.O), blank(PanelName.K)), "panels OK on the front"),
    (front(blank(PanelName.K)), "allowed: KO"),
    (front(), "panels none"),
    (front(blank(PanelName.K, width=1011), blank(PanelName.O)), "1009 x 634"),
    (front(blank(PanelName.K, levels=2), blank(PanelName.O)), "2 levels"),
    (front(blank(PanelName.K), blank(PanelName.O, levels=256)), "256 levels"),
    (front(blank(PanelName.K), blank(PanelName.O, value=2)), "levels"),
    ((SidePanels(Side.BACK, (blank(PanelName.K),)),), "prints one side"),
    ((), "front"),
])
def test_what_the_printer_cannot_do_is_refused(sides: tuple[SidePanels, ...], complaint: str) -> None:
    with pytest.raises(UnsupportedByPrinter, match=complaint):
        FargoDriver("dtc4500e", {}).encode(PrintableCard(sides, film("KO").ribbon, GEOMETRY))


def test_a_back_is_printed_only_by_a_printer_that_turns_cards_with_a_ribbon_that_has_one() -> None:
    two = card_of("YMCKOK", Side.FRONT, Side.BACK)
    assert list(FargoDriver("dtc4500e+duo", {}).encode(two))
    with pytest.raises(UnsupportedByPrinter, match="one-sided"):
        FargoDriver("dtc4500e", {}).encode(two)
    for ribbon in ("YMCKO", "YMCFKOK", "KO", "BO", "K"):
        card = card_of(ribbon)
        back = SidePanels(Side.BACK, (blank(PanelName.K),))
        with pytest.raises(UnsupportedByPrinter, match="panels K on the back"):
            FargoDriver("dtc4500e+duo", {}).encode(replace(card, sides=(*card.sides, back)))
    with pytest.raises(UnsupportedByPrinter, match="without a front"):
        FargoDriver("dtc4500e+duo", {}).encode(replace(two, sides=two.sides[1:]))


def test_ribbons_that_are_not_declared_are_refused() -> None:
    for name in ("YMCKO-half", "RW", "YMC"):
        card = replace(card_of("K"), ribbon=Ribbon(name, front=(PanelName.K,)))
        with pytest.raises(UnsupportedByPrinter, match="YMCFKOK, KO, BO, K"):
            FargoDriver("dtc4500e", {}).encode(card)


def test_tracks_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter, match="how this printer is given tracks is not known"):
        FargoDriver("dtc4500e", {}).encode(replace(card_of("K"), tracks=("A",)))


def test_the_driver_keeps_its_contract_and_writes_no_stripes() -> None:
    assert isinstance(FargoDriver("dtc4500e", {}), Driver)
    assert not isinstance(FargoDriver("dtc4500e", {}), EncodesMagstripe)


@pytest.mark.parametrize("key", OPTIONS)
def test_no_option_takes_anything_but_its_values(key: str) -> None:
    for value in OPTIONS[key]:
        card = replace(card_of("K"), options={key: value})
        found = decode("dtc4500e", b"".join(block.data for block in FargoDriver("dtc4500e", {}).encode(card)))
        assert (found.unknown_commands, found.trailing_bytes, len(found.cards)) == ((), 0, 1)
    for value in ("", "x", OPTIONS[key][0] + "0", OPTIONS[key][0].upper() + " "):
        with pytest.raises(ConfigurationError, match=f"options.{key}"):
            FargoDriver("dtc4500e", {key: value})
        with pytest.raises(ConfigurationError, match=f"options.{key}"):
            FargoDriver("dtc4500e", {}).encode(replace(card_of("K"), options={key: value}))


@pytest.mark.parametrize(("model", "options", "part"), [
    ("dtc1250e", {}, "dtc4500e"), ("dtc4500e+mag", {}, r"dtc4500e\[\+duo\]"), ("dtc4500e", {"heat": "1"}, "thickness"),
])
def test_a_wrong_configuration_names_what_is_allowed(model: str, options: dict[str, str], part: str) -> None:
    with pytest.raises(ConfigurationError, match=part):
        FargoDriver(model, options)


@pytest.mark.parametrize(("ids", "found_model"), [
    ({"vid": "09b0", "pid": "bf0c"}, "dtc4500e"),
    ({"vid": "09b0", "pid": "0001"}, ""),
    ({"vid": "076b", "pid": "bf00"}, ""),
    ({"vid": "076b", "pid": "bfff"}, ""),
    ({"mfg": "HID Global", "mdl": "DTC4500e"}, "dtc4500e"),
    ({"mfg": "Fargo", "mdl": "HDP5000"}, ""),
])
def test_a_found_device_is_known_by_its_ids(ids: dict[str, str], found_model: str) -> None:
    found = printserver_probe(transport="usb", address="", ids=ids)
    assert found is not None
    assert (found.family, found.model) == ("fargo", found_model)


@pytest.mark.parametrize("ids", [
    {"vid": "076b", "pid": "5321"}, {"vid": "076b", "pid": ""}, {"vid": "076b", "pid": "c000"},
    {"vid": "0c1f", "pid": "bf0c"}, {"mfg": "HID Global", "mdl": "OMNIKEY"}, {},
])
def test_another_makers_device_and_hids_readers_are_none_of_ours(ids: dict[str, str]) -> None:
    assert printserver_probe(transport="usb", address="", ids=ids) is None
