"""What holds for every panel, every chunking and every hostile byte of the Evolis language."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.driver import DecodedCard, Driver, EncodesMagstripe, PrintableCard
from printserver.errors import BadTicket, ConfigurationError, UnsupportedByPrinter
from printserver.model.card import Panel, PanelName, Plane, Side, SidePanels
from printserver.model.printer import Identity
from printserver_evolis.codec import Command, Tokeniser, command, parse_reply, reply_frame
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.job import GEOMETRY
from printserver_evolis.packing import BadDownload, expand_bits, expand_levels, squeeze_bits, squeeze_levels
from printserver_evolis.recorded import decode
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import card_of, desk

IDENTITY = Identity(family="evolis", model="primacy")


def assert_same_sides(found: DecodedCard, sent: PrintableCard) -> None:
    assert [side.side for side in found.sides] == [side.side for side in sent.sides]
    for side in sent.sides:
        got = found.panels(side.side)
        assert [(panel.name, panel.levels) for panel in got] == [(panel.name, panel.levels) for panel in side.panels]
        for one, other in zip(got, side.panels, strict=True):
            np.testing.assert_array_equal(one.plane, other.plane)


def striped(card: PrintableCard) -> PrintableCard:
    """The same panels with long runs, blank lines and full lines."""
    def draw(panel: Panel) -> Panel:
        plane: Plane = np.zeros_like(panel.plane)
        plane[:, 100:300] = panel.levels - 1
        plane[200:210, :] = panel.levels // 2
        return Panel(panel.name, plane, panel.levels)

    sides = tuple(SidePanels(side.side, tuple(map(draw, side.panels))) for side in card.sides)
    return PrintableCard(sides, card.ribbon, card.geometry, card.tracks)


@pytest.mark.parametrize(("model", "ribbon", "back", "levels"), [
    ("primacy", "YMCKO", False, 256),
    ("primacy", "YMCKOK", True, 256),
    ("primacy", "KO", True, 256),
    ("primacy", "K", True, 256),
    ("zenius", "K", False, 256),
    ("dualys", "YMCKOK", True, 128),
    ("pebble", "YMCKO", False, 128),
    ("pebble", "YMCKO", False, 64),
    ("pebble", "YMCKO", False, 32),
])
@pytest.mark.parametrize("structured", [False, True], ids=["random", "structured"])
def test_decoding_a_job_gives_back_exactly_the_panels(
    model: str, ribbon: str, back: bool, levels: int, structured: bool
) -> None:
    card = card_of(by_name(ribbon), GEOMETRY, levels, back=back)
    card = striped(card) if structured else card
    found = decode(model, b"".join(block.data for block in EvolisDriver(model, {}).encode(card)))
    [got] = found.cards
    assert_same_sides(got, card)
    assert got.ribbon == card.ribbon
    assert (found.unknown_commands, found.trailing_bytes) == ((), 0)


def test_tracks_come_back_too() -> None:
    card = card_of(by_name("K"), GEOMETRY, 2, tracks=(" CARD 1 ", "", "3:<=>"))
    [got] = decode("primacy+mag", b"".join(b.data for b in EvolisDriver("primacy+mag", {}).encode(card))).cards
    assert got.tracks == (" CARD 1 ", "", "3:<=>")


COMMANDS = st.lists(st.one_of(
    st.sampled_from([Command("Ss"), Command("Pr", ("ymcko",)), Command("Pc", ("k", "=", "10")), Command("Rlr")]),
    st.binary(min_size=81, max_size=81).map(lambda data: Command("Dbp", ("k", "2", "5", "1"), data)),
    st.binary(min_size=1016, max_size=1100).map(lambda data: Command("Dbc", ("k", "2", str(len(data))), data)),
), max_size=6)


def wire_of(commands: Sequence[Command]) -> bytes:
    return b"".join(command(each.name, *each.parameters, payload=each.payload or None) for each in commands)


@given(COMMANDS, st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_commands_do_not_depend_on_how_their_bytes_arrive(commands: list[Command], sizes: list[int]) -> None:
    wire, tokens, found, turn = wire_of(commands), Tokeniser(), [], 0
    while wire:
        size = sizes[turn % len(sizes)]
        found += tokens.feed(wire[:size])
        wire, turn = wire[size:], turn + 1
    assert found == commands
    assert tokens.pending == 0


@given(st.lists(st.binary(min_size=81, max_size=81), max_size=5))
def test_squeezed_resin_comes_back(lines: list[bytes]) -> None:
    packed = b"".join(lines)
    assert expand_bits(squeeze_bits(packed), len(lines)) == packed


@given(st.sampled_from([32, 64, 128]), st.data())
def test_squeezed_colour_comes_back(levels: int, data: st.DataObject) -> None:
    runs = data.draw(st.lists(st.tuples(st.integers(0, levels - 1), st.integers(1, 648)), max_size=30))
    dots = [value for value, count in runs for _ in range(count)][:648]
    line = np.array([dots + [0] * (648 - len(dots))], dtype=np.uint8)
    np.testing.assert_array_equal(expand_levels(squeeze_levels(line, levels), levels, 1), line)


@given(st.binary(max_size=400), st.sampled_from([2, 32, 64, 128]))
def test_damaged_compression_is_refused_and_nothing_else(data: bytes, levels: int) -> None:
    with contextlib.suppress(BadDownload):
        if levels == 2:
            assert len(expand_bits(data, 3)) == 3 * 81
        else:
            assert expand_levels(data, levels, 2).max() < levels


HOSTILE = st.lists(st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\x1b", b"\r", b";", b"Db;k;2;", b"Dbc;k;2;1016;", b"Dbc;k;2;5;9;", b"\x1bSs\r", b"\x1bSe\r",
                     b"Dbp;k;64;0;420;", b"\x1bWcb;a;255\r", b"\x1bSp;k\r", b"\x1bSv\r", b"\x1bPem;4\r", b"\x1bScp\r"]),
), max_size=30).map(b"".join)


@given(HOSTILE)
@settings(deadline=None)
def test_no_bytes_break_emulator_or_reader(data: bytes) -> None:
    decode("primacy", data)
    printer = desk(EvolisEmulator, "primacy+mag+chip", GEOMETRY)
    printer.connect()
    printer.write(data)
    printer.pass_time(5)
    printer.cut()
    printer.connect()
    printer.pass_time(5)
    printer.inbox.clear()
    printer.write(b"\r\x1bScs\r\x1bPem;0\r\x1bRlr\r")
    printer.pass_time(5)
    assert bytes(printer.inbox).endswith(b"OK\0")


@given(st.binary(max_size=200))
def test_no_reply_breaks_the_framer(data: bytes) -> None:
    framed = reply_frame(data, True)
    if framed is not None:
        assert 0 < framed.used <= len(data)
        reply = parse_reply(framed.message)
        assert reply.text is None or reply.text.isprintable()


# what an Evolis printer is, and what is refused before a byte is made


def test_capabilities_are_the_models() -> None:
    primacy = EvolisDriver("Primacy", {}).capabilities(IDENTITY)
    assert (primacy.duplex, primacy.magnetic_tracks, primacy.levels[PanelName.Y]) == (True, 0, 256)
    assert (primacy.geometry.width, primacy.geometry.height) == (1016, 648)
    assert [ribbon.name for ribbon in primacy.ribbons] == ["YMCKO", "half-YMCKO", "YMCKOK", "KO", "K"]
    pebble = EvolisDriver("pebble+mag", {}).capabilities(IDENTITY)
    assert (pebble.duplex, pebble.magnetic_tracks, pebble.levels[PanelName.Y]) == (False, 3, 128)


def test_the_driver_keeps_its_contract() -> None:
    driver = EvolisDriver("primacy", {})
    assert isinstance(driver, Driver)
    assert isinstance(driver, EncodesMagstripe)


@pytest.mark.parametrize(("model", "options", "part"), [
    ("agilia", {}, "pebble"),
    ("primacy+lamination", {}, "primacy"),
    ("primacy", {"contrast": "99"}, "options.contrast"),
    ("primacy", {"colour": "1"}, "settle"),
])
def test_a_wrong_configuration_names_what_is_allowed(model: str, options: dict[str, str], part: str) -> None:
    with pytest.raises(ConfigurationError, match=part):
        EvolisDriver(model, options)


def test_two_sides_on_a_one_sided_printer_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter, match="one-sided"):
        EvolisDriver("zenius", {}).encode(card_of(by_name("K"), GEOMETRY, 2, back=True))


def test_a_panel_that_the_ribbon_has_not_is_refused() -> None:
    card = card_of(by_name("YMCKO"), GEOMETRY, 256)
    wrong = PrintableCard(card.sides, by_name("K"), GEOMETRY)
    with pytest.raises(UnsupportedByPrinter, match="no panel Y"):
        EvolisDriver("primacy", {}).encode(wrong)


def test_a_panel_of_another_size_is_refused() -> None:
    small = SidePanels(Side.FRONT, (Panel(PanelName.K, np.zeros((647, 1016), dtype=np.uint8), 2),))
    with pytest.raises(UnsupportedByPrinter, match="1016 x 648"):
        EvolisDriver("primacy", {}).encode(PrintableCard((small,), by_name("K"), GEOMETRY))


def test_tracks_without_an_encoder_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter, match="encoder"):
        EvolisDriver("primacy", {}).encode(card_of(by_name("K"), GEOMETRY, 2, tracks=("A",)))


@pytest.mark.parametrize(("tracks", "where"), [
    (("A\rB",), "track 1, position 2"),
    (("AB\x1bC",), "track 1, position 3"),
    (("A;B",), "track 1, position 2"),
    (("%A",), "track 1, position 1"),
    (("", "12A"), "track 2, position 3"),
    (("", "1" * 38), "track 2"),
    (("", "", "", ""), "tracks"),
])
def test_a_character_that_could_end_a_command_is_refused_with_its_place(tracks: tuple[str, ...], where: str) -> None:
    with pytest.raises(BadTicket, match=where):
        EvolisDriver("primacy+mag", {}).check_tracks(tracks)
