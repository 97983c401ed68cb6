"""Overlays as areas with holes: exact, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.driver import DecodedCard, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model.card import Plane, Side
from printserver.model.ticket import Overlay, Ticket
from printserver.raster.mask import overlay_plane
from printserver_magicard.driver import MagicardDriver
from printserver_magicard.header import SideFacts, read, write
from printserver_magicard.info import Line, variant
from printserver_magicard.job import geometry_of
from printserver_magicard.options import chosen, extras_of
from printserver_magicard.overcoat import Box, Overcoat, cover, overcoat_of, plane_of
from printserver_magicard.recorded import decode
from tests.drivers.magicard_kit import ramped, with_overlay

WIDTH, HEIGHT = 30, 20
BOX = st.builds(
    lambda left, top, wide, high: Box(left, top, min(WIDTH, left + wide), min(HEIGHT, top + high)),
    st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, WIDTH), st.integers(1, HEIGHT),
)


def filled(*boxes: Box) -> Plane:
    plane: Plane = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    for box in boxes:
        plane[box.top : box.bottom, box.left : box.right] = 1
    return plane


@given(BOX, BOX)
def test_any_two_rectangles_are_found_again(first: Box, second: Box) -> None:
    plane = filled(first, second)
    found = cover(plane != 0)
    assert found is not None
    assert len(found) <= 2
    np.testing.assert_array_equal(filled(*found), plane)


@given(BOX, BOX)
def test_any_two_windows_in_a_whole_overcoat_can_be_said(first: Box, second: Box) -> None:
    plane = 1 - filled(first, second)
    np.testing.assert_array_equal(plane_of(overcoat_of(plane), WIDTH, HEIGHT), plane)


@given(st.binary(min_size=WIDTH * HEIGHT // 8, max_size=WIDTH * HEIGHT // 8), st.integers(0, 5))
@settings(deadline=None)
def test_what_is_not_refused_is_exact(bits: bytes, coarseness: int) -> None:
    spread = np.unpackbits(np.frombuffer(bits, dtype=np.uint8)).reshape(HEIGHT, WIDTH)
    scale = 2**coarseness
    plane: Plane = np.ascontiguousarray(spread.repeat(scale, axis=0).repeat(scale, axis=1)[:HEIGHT, :WIDTH])
    try:
        said = overcoat_of(plane)
    except UnsupportedByPrinter:
        return
    assert len(said.areas) <= 2
    assert len(said.holes) <= 2
    np.testing.assert_array_equal(plane_of(said, WIDTH, HEIGHT), plane)


@pytest.mark.parametrize(("plane", "said"), [
    (filled(), Overcoat(False, (Box(0, 0, WIDTH, HEIGHT),))),
    (filled(Box(0, 0, WIDTH, HEIGHT)), Overcoat(True, (Box(0, 0, WIDTH, HEIGHT),))),
    (filled(Box(3, 4, 9, 8)), Overcoat(True, (Box(3, 4, 9, 8),))),
    # two areas, and a window in one of two
    (filled(Box(1, 1, 5, 5), Box(20, 10, 29, 19)), Overcoat(True, (Box(1, 1, 5, 5), Box(20, 10, 29, 19)))),
    (
        filled(Box(0, 0, 9, 9), Box(20, 10, 30, 20)) - filled(Box(2, 3, 4, 5)),
        Overcoat(True, (Box(0, 0, 9, 9), Box(20, 10, 30, 20)), (Box(2, 3, 4, 5),)),
    ),
])
def test_the_plainest_words_are_chosen(plane: Plane, said: Overcoat) -> None:
    assert overcoat_of(plane) == said


@pytest.mark.parametrize("plane", [
    filled(Box(0, 0, 3, 3), Box(5, 5, 8, 8), Box(10, 10, 13, 13), Box(15, 15, 18, 18)),
    np.eye(HEIGHT, WIDTH, dtype=np.uint8),
    np.array(np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2, dtype=np.uint8),
])
def test_what_cannot_be_said_is_refused(plane: Plane) -> None:
    with pytest.raises(UnsupportedByPrinter, match="windows"):
        overcoat_of(plane)


def test_a_card_whose_overlay_cannot_be_said_is_refused_before_a_byte_is_made() -> None:
    card = ramped("enduro", "YMCKO")
    scattered: Plane = np.zeros((642, 1016), dtype=np.uint8)
    scattered[::9, ::7] = 1
    with pytest.raises(UnsupportedByPrinter, match="overlay"):
        MagicardDriver("enduro", {}).encode(with_overlay(card, scattered))


def round_trip(model: str, card: PrintableCard) -> DecodedCard:
    wire = b"".join(block.data for block in MagicardDriver(model, {}).encode(card))
    [found] = decode(model, wire).cards
    return found


@pytest.mark.parametrize("model", ["enduro", "alto", "rio", "avalon"])
@pytest.mark.parametrize("ticket", [
    *(Ticket(overlay=each) for each in (Overlay.FULL, Overlay.NONE, Overlay.CHIP)),
    Ticket(overlay=Overlay.FULL, overlay_windows=("10,10,20,10", "30,20,55.6,10")),
    Ticket(overlay=Overlay.CHIP, overlay_windows=("60,0,25.6,53.98",)),
    Ticket(overlay=Overlay.AREAS, overlay_areas=("0,0,40,53.98", "50,0,35.6,53.98")),
], ids=repr)
def test_what_a_ticket_wishes_comes_back_exactly(model: str, ticket: Ticket) -> None:
    card = ramped(model, "KO")
    overlay = overlay_plane(Side.FRONT, geometry_of(variant(model)), ticket)
    found = round_trip(model, with_overlay(card, overlay)).panels(Side.FRONT)[-1]
    assert found.name == "O"
    np.testing.assert_array_equal(found.plane, overlay)


@pytest.mark.parametrize("wanted", [
    Overlay.STRIPE, Overlay.SIGNATURE, Overlay.STRIPE_SIGNATURE, Overlay.CHIP_STRIPE_SIGNATURE,
])
def test_stripe_and_signature_on_the_back_come_back_too(wanted: Overlay) -> None:
    card = ramped("enduro+duo", "KO", two_sided=True)
    overlay = overlay_plane(Side.BACK, card.geometry, Ticket(overlay=wanted))
    found = round_trip("enduro+duo", with_overlay(card, overlay)).panels(Side.BACK)[-1]
    np.testing.assert_array_equal(found.plane, overlay)


@given(BOX, st.sampled_from(Line))
def test_a_rectangle_comes_back_from_its_numbers(box: Box, line: Line) -> None:
    extras = extras_of(chosen({}), variant("enduro"), Side.FRONT)
    facts = SideFacts(line=line, width=WIDTH, planes=(("K", 1),), overcoat=Overcoat(True, (box,), (box,)))
    found = read(",".join(write(facts, extras)).split(","), WIDTH)
    assert found.unknown == []
    assert found.overcoat == Overcoat(True, (box,), (box,))


@pytest.mark.parametrize(("words", "unknown"), [
    ("PCT0,0,5", ["PCT"]), ("NCTa,0,5,5", ["NCT", "0", "5", "5"]), ("PCT9,9,1,1", []), ("OVRMAYBE", ["OVR"]),
    ("PCT99999999,1,2,3", ["PCT", "1", "2", "3"]),
])
def test_numbers_that_are_none_are_counted_and_left_out(words: str, unknown: list[str]) -> None:
    found = read(words.split(","), 1016)
    assert found.overcoat is None
    assert found.unknown[:1] == unknown[:1]
