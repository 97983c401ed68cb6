"""Cards of one design come out as if each had been taken apart whole, whatever of them has changed."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.card import Geometry, PanelName, Ribbon, Side, SidePanels
from printserver.model.ticket import Dither, KMode, Overlay, Placement, Rotation, Sides, Ticket
from printserver.raster.background import ANY_VALUE, Background, Separate, changed, is_pointwise, within
from printserver.raster.separate import separate_side

Pixels = npt.NDArray[np.uint8]

Y, M, C, K, O, F = (PanelName(letter) for letter in "YMCKOF")  # noqa: E741 - the field's own letters
RIBBONS = [Ribbon("YMCKO", (Y, M, C, K, O)), Ribbon("YMCO", (Y, M, C, O)), Ribbon("YMCFKO", (Y, M, C, F, K, O))]
LEVELS = {Y: 128, M: 64, K: 2}


def separation(ribbon: Ribbon, ticket: Ticket, side: Side = Side.FRONT) -> Separate:
    def separate(picture: Pixels) -> SidePanels:
        height, width = picture.shape[:2]
        return separate_side(picture, side, ribbon, Geometry(width, height), LEVELS, ticket)

    return separate


def picture(seed: int, height: int, width: int, samples: int = 3) -> Pixels:
    """Few colours, black among them, so that dots go to resin."""
    shades = np.array([0, 0, 20, 25, 26, 255], dtype=np.uint8)
    return np.random.default_rng(seed).choice(shades, (height, width, samples))


def assert_same(found: SidePanels, expected: SidePanels) -> None:
    assert found.side is expected.side
    for one, other in zip(found.panels, expected.panels, strict=True):
        assert (one.name, one.levels) == (other.name, other.levels)
        np.testing.assert_array_equal(one.plane, other.plane, err_msg=one.name)
        assert one.plane.flags.c_contiguous


tickets = st.builds(
    Ticket,
    k_mode=st.sampled_from([KMode.NONE, KMode.BLACK, KMode.THRESHOLD]),
    k_threshold=st.sampled_from([0, 20, 25, 255]),
    overlay=st.sampled_from([Overlay.FULL, Overlay.NONE, Overlay.CHIP, Overlay.STRIPE, Overlay.CHIP_STRIPE]),
    dither=st.sampled_from(list(Dither)),
)
patches = st.lists(st.tuples(*[st.integers(0, 39)] * 4, st.integers(0, 99)), max_size=4)


@given(
    ribbon=st.sampled_from(RIBBONS), ticket=tickets, patches=patches, width=st.integers(1, 40),
    height=st.integers(1, 40), samples=st.sampled_from([3, 4]),
)  # fmt: skip
def test_a_card_on_a_background_equals_the_whole_card(
    ribbon: Ribbon, ticket: Ticket, patches: list[tuple[int, ...]], width: int, height: int, samples: int
) -> None:
    assert is_pointwise(Side.FRONT, ribbon, ticket)
    separate = separation(ribbon, ticket)
    design = picture(0, height, width, samples)
    background = Background.of(design, separate)
    card = design.copy()
    for top, left, high, wide, seed in patches:
        place = card[top : top + high, left : left + wide]
        place[:] = picture(seed, *place.shape) if place.size else place
    assert_same(background.panels_of(card), separate(card))
    assert_same(background.panels_of(design), separate(design))


def test_only_what_has_changed_is_taken_apart() -> None:
    taken: list[tuple[int, ...]] = []
    separate = separation(RIBBONS[0], Ticket())

    def counted(picture: Pixels) -> SidePanels:
        taken.append(picture.shape)
        return separate(picture)

    design = picture(1, 60, 80)
    background = Background.of(design, counted)
    card = design.copy()
    card[3, 5] += 1
    card[50:52, 10:30, 1] ^= 1
    assert_same(background.panels_of(card), separate(card))
    assert taken == [(60, 80, 3), (1, 1, 3), (2, 20, 3)]
    background.panels_of(design)
    assert len(taken) == 3


def test_a_card_that_is_new_all_over_or_of_another_size_is_taken_apart_whole() -> None:
    separate = separation(RIBBONS[0], Ticket())
    background = Background.of(picture(1, 40, 50), separate)
    for card in (picture(2, 40, 50), picture(2, 41, 50), picture(2, 40, 50, 4)):
        assert_same(background.panels_of(card), separate(card))


@given(st.integers(1, 50), st.integers(1, 40), st.lists(st.tuples(st.integers(0, 49), st.integers(0, 39)), max_size=6))
def test_rectangles_hold_every_change_and_lie_apart(height: int, width: int, dots: list[tuple[int, int]]) -> None:
    one = picture(3, height, width)
    other = one.copy()
    for y, x in dots:
        other[y % height, x % width, (y + x) % 3] ^= 0x80
    held = np.zeros((height, width), dtype=np.uint8)
    for place in changed(one, other):
        held[within(place)] += 1
        assert (one[within(place)] != other[within(place)]).any()
    assert held.max() <= 1
    assert held[(one != other).any(axis=2)].all()


def test_a_background_is_not_changed_by_what_is_done_with_it() -> None:
    design = picture(4, 30, 30)
    background = Background.of(design, separation(RIBBONS[0], Ticket()))
    card = design.copy()
    card[4:8, 4:8] = 255
    first = background.panels_of(card)
    first.panels[0].plane[:] = 7
    design[:] = 9
    assert_same(background.panels_of(card), separation(RIBBONS[0], Ticket())(card))


@pytest.mark.parametrize("ticket", [
    Ticket(k_mode=KMode.TEXT), Ticket(k_mode=KMode.COMPOSITE),
])  # fmt: skip
def test_what_looks_round_is_not_pointwise(ticket: Ticket) -> None:
    assert not is_pointwise(Side.FRONT, RIBBONS[0], ticket)


def test_a_ribbon_without_dye_is_dithered_and_not_pointwise() -> None:
    assert not is_pointwise(Side.FRONT, Ribbon("KO", (K, O)), Ticket())
    assert not is_pointwise(Side.BACK, Ribbon("YMCKOK", (Y, M, C, K, O), (K,)), Ticket())
    assert not is_pointwise(Side.FRONT, Ribbon("half", (Y, M, C, K, O), half=True), Ticket())


def test_a_key_that_is_not_known_must_have_its_default() -> None:
    known = Ticket(
        placement=Placement.FIT, rotation=Rotation.HALF, sides=Sides.TWO, dither=Dither.ORDERED, queue="q", copies=3,
        tracks=("A",), hold=True, retention=5, k_threshold=9,
    )  # fmt: skip
    assert is_pointwise(Side.FRONT, RIBBONS[0], known)
    fields = {field.name for field in msgspec.structs.fields(Ticket)}
    assert set(ANY_VALUE) <= fields
    for key in fields - set(ANY_VALUE) - {"k_mode", "overlay"}:
        assert not is_pointwise(Side.FRONT, RIBBONS[0], msgspec.structs.replace(Ticket(), **{key: "other"}))
