"""Recorded jobs that this driver would not write: what is in them is shown, what is not known is counted."""

from __future__ import annotations

import numpy as np
import pytest

from printserver.driver import DecodedCard
from printserver.errors import ConfigurationError
from printserver.model.card import PanelName, Side
from printserver_fargo.packets import packet, packets
from printserver_fargo.recorded import decode
from printserver_fargo.rows import Rows, pack_rows
from printserver_fargo.sections import (
    END_SECTION,
    START,
    Configuration,
    PanelHead,
    configuration,
    order,
    panel_section,
)

MODEL = "dtc4500e"
END = packets(END_SECTION)


def lines(count: int, density: int = 255, *, ragged: bool = False) -> Rows:
    """Lines full of one density within the card's columns; ragged = each line begins elsewhere."""
    rows = np.zeros((count, 768), dtype=np.uint8)
    rows[:, 127:761] = density
    if ragged:
        rows[np.arange(count), 127 + np.arange(count) % 634] = 3
    return rows


def section(panel: int, rows: Rows, *, index: int = 0, side: int = 1, first: int = 0) -> bytes:
    return packets(panel_section(PanelHead(index, side, panel, first, len(rows)), pack_rows(rows)))


def job(*sections: bytes, ribbon: int = 7) -> bytes:
    return START + packets(configuration(Configuration(ribbon))) + b"".join(sections) + END


def only(data: bytes) -> DecodedCard:
    """Read a job of one card that has nothing strange in it."""
    found = decode(MODEL, data)
    assert (found.unknown_commands, found.trailing_bytes) == ((), 0)
    [card] = found.cards
    return card


def shapes(card: DecodedCard, side: Side = Side.FRONT) -> list[tuple[str, tuple[int, ...]]]:
    return [(panel.name.value, panel.plane.shape) for panel in card.panels(side)]


@pytest.mark.parametrize(("number", "name"), [
    (1, "K"), (2, "K"), (3, "K"), (4, "K"), (5, "KO"), (6, "YMCKK"), (7, "YMCKO"), (8, "YMCKOK"), (9, "BO"),
    (13, "YMCKO-half"), (19, "YMCFKO"), (20, "YMCFKOK"), (0, None), (10, None), (65535, None),
])
def test_the_ribbon_is_read_from_the_configuration(number: int, name: str | None) -> None:
    found = only(job(section(4, lines(1009)), ribbon=number)).ribbon
    assert (found and found.name) == name


@pytest.mark.parametrize("count", [1009, 1011])
def test_a_panel_of_1009_or_1011_lines_is_whole(count: int) -> None:
    card = only(job(section(1, lines(count, 9)), section(7, lines(1009, 0x80))))
    assert shapes(card) == [("Y", (634, count)), ("O", (634, count))]
    yellow, overlay = card.panels(Side.FRONT)
    assert (yellow.plane == 9).all()
    assert (yellow.levels, overlay.levels) == (256, 2)
    assert overlay.plane[:, :1009].all()
    assert not overlay.plane[:, 1009:].any()


def test_lines_behind_the_image_that_are_blank_do_not_make_it_wider() -> None:
    rows = lines(1011)
    rows[1009:] = 0
    assert shapes(only(job(section(4, rows)))) == [("K", (634, 1009))]


@pytest.mark.parametrize("count", [814, 816, 94])
def test_a_panel_whose_blank_lines_were_left_out_is_filled_up(count: int) -> None:
    [black] = only(job(section(4, lines(count)))).panels(Side.FRONT)
    assert black.plane.shape == (634, 1009)
    assert (black.plane[:, :count] == 255).all()
    assert not black.plane[:, count:].any()


def test_black_of_the_back_begins_at_line_50_and_keeps_every_line() -> None:
    back = lines(978, ragged=True)
    card = only(job(section(4, lines(1011)), section(4, back, side=2, first=50), ribbon=8))
    assert shapes(card) == [("K", (634, 1011))]
    [black] = card.panels(Side.BACK)
    assert black.plane.shape == (634, 1028)
    assert not black.plane[:, :50].any()
    # the first line of the card is its left edge, column 127 its lower one
    np.testing.assert_array_equal(black.plane[:, 50:], back[:, 127:761].T[::-1])


def test_a_half_panel_says_2236_and_is_shown_from_the_beginning() -> None:
    half = [section(number, lines(302, 7), index=number - 1, first=2236) for number in (1, 2, 3)]
    card = only(job(*half, section(4, lines(1009)), ribbon=13))
    assert shapes(card) == [(name, (634, 1009)) for name in "YMCK"]
    assert (card.panels(Side.FRONT)[0].plane[:, :302] == 7).all()
    assert not card.panels(Side.FRONT)[0].plane[:, 302:].any()


def test_the_rewritable_card_is_erased_without_ink_and_written_black() -> None:
    erase = lines(1011)
    erase[:, 761:764], erase[:, 764:] = 0, 0x66
    card = only(job(section(11, erase), section(12, lines(1011), index=1), ribbon=0))
    assert (shapes(card), card.ribbon) == ([("K", (634, 1011))], None)


def test_fluorescent_and_dye_black_are_known() -> None:
    card = only(job(section(9, lines(94)), section(5, lines(1009, 77), index=1)))
    fluorescent, black = card.panels(Side.FRONT)
    assert (fluorescent.name, fluorescent.levels, int(fluorescent.plane.max())) == (PanelName.F, 2, 1)
    assert (black.name, black.levels, int(black.plane.max())) == (PanelName.K, 256, 77)


def test_an_overlay_of_another_heat_keeps_its_densities() -> None:
    [overlay] = only(job(section(7, lines(1009, 0x70)))).panels(Side.FRONT)
    assert (overlay.levels, int(overlay.plane.max())) == (256, 0x70)


def test_two_starts_and_any_thickness_are_no_matter() -> None:
    thick = packets(configuration(Configuration(7, thickness=50)))
    assert only(packet("s") + START + thick + section(1, lines(1009)) + END).ribbon is not None


# what is not known


def test_sections_that_are_not_known_are_counted_and_the_panels_behind_them_kept() -> None:
    short = packet("g", bytes.fromhex("10000000 04000000 01020304"))
    long = packets(bytes.fromhex("11000000 e8030000") + bytes(1000))
    found = decode(MODEL, job(short, section(1, lines(1009)), long, section(2, lines(1009)), order(0x14, 8)))
    assert found.unknown_commands == ("section 16", "section 17", "command 0x14")
    assert [shapes(card) for card in found.cards] == [[("Y", (634, 1009)), ("M", (634, 1009))]]
    assert found.trailing_bytes == 0


@pytest.mark.parametrize(("bad", "told"), [
    (section(6, lines(1009)), "panel 6"),
    (section(1, lines(1009), side=3), "side 3"),
    (packets(panel_section(PanelHead(0, 1, 1, 0, 1009), pack_rows(lines(1008)))), "rows of panel 1"),
    (packets(panel_section(PanelHead(0, 1, 1, 0, 1009), pack_rows(lines(1010)))), "rows of panel 1"),
    (packets(panel_section(PanelHead(0, 1, 1, 0, 1), bytes.fromhex("10000000 00000000 0100 7f00"))), "rows of panel 1"),
    (packets(panel_section(PanelHead(0, 1, 1, 0, 5000), b"")), "panel header"),
    (packet("g", b"\x0f\0\0\0"), "section without length"),
    (packet("g", bytes.fromhex("01000000 02000000 0000")), "section 1 of 2 bytes"),
    (b"Fgarbage", "bytes outside of a packet"),
    (packet("s", b"12345"), "packet Fs of 5 bytes"),
    (packet("g", b"1", 0), "command of 1 bytes"),
    (packet("g", b"\x02" + bytes(31), 0), "command type 2"),
])
def test_what_cannot_be_read_is_counted_and_costs_nothing_else(bad: bytes, told: str) -> None:
    found = decode(MODEL, job(bad, section(2, lines(1009))))
    assert found.unknown_commands == (told,)
    assert [shapes(card) for card in found.cards] == [[("M", (634, 1009))]]
    assert found.trailing_bytes == 0


def test_a_panel_that_is_longer_than_it_says_is_none() -> None:
    whole = section(1, lines(2))
    longer = whole[:4] + (len(whole) - 8 + 1).to_bytes(2, "little") + whole[6:-2] + b"\0eP"
    found = decode(MODEL, job(longer, section(2, lines(1009))))
    assert found.unknown_commands == ("panel 1 too long",)
    assert [shapes(card) for card in found.cards] == [[("M", (634, 1009))]]


# jobs that are cut


def test_a_job_that_is_cut_short_shows_what_is_whole_and_counts_the_rest() -> None:
    first, second = section(1, lines(1009)), section(2, lines(1009, ragged=True))
    head = START + packets(configuration(Configuration(7)))
    assert len(second) > 4 * 520
    for cut in (0, 1, 519, 520, 1000, 1040, len(second) - 1):
        found = decode(MODEL, head + first + second[:cut])
        assert [shapes(card) for card in found.cards] == [[("Y", (634, 1009))]]
        assert (found.unknown_commands, found.trailing_bytes) == ((), cut)


def test_a_job_that_begins_within_another_ends_it() -> None:
    second = section(2, lines(1009, ragged=True))
    found = decode(MODEL, job(section(1, lines(1009)), second[:520]) [: -len(END)] + job(section(4, lines(1009))))
    assert found.unknown_commands == ("panel 2 cut short",)
    assert [shapes(card) for card in found.cards] == [[("Y", (634, 1009))], [("K", (634, 1009))]]


@pytest.mark.parametrize("rest", [b"\0\0\0", b"Fg", b"F", b"Fg\x01\0\x04\0ab"])
def test_bytes_behind_the_last_job_are_counted(rest: bytes) -> None:
    found = decode(MODEL, job(section(4, lines(1009))) + rest)
    assert (len(found.cards), found.unknown_commands, found.trailing_bytes) == (1, (), len(rest))


def test_a_job_without_a_panel_is_no_card_and_two_jobs_are_two() -> None:
    assert decode(MODEL, job()).cards == ()
    assert len(decode(MODEL, job(section(4, lines(1009))) * 2).cards) == 2


def test_a_model_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"dtc4500e\[\+duo\]"):
        decode("dtc9000", b"")
