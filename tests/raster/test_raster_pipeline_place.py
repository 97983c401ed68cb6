"""A page on the card: which way up, how large, and what is left around it."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation
from printserver.raster.place import place

Pixels = npt.NDArray[np.uint8]

CARD = Geometry(1016, 648)
SMALL = Geometry(20, 12)
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def plain(width: int, height: int, colour: tuple[int, int, int] = RED) -> Pixels:
    return np.full((height, width, 3), colour, dtype=np.uint8)


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)


def quarters(width: int, height: int) -> Pixels:
    """Red upper left, green upper right, blue lower left, black lower right."""
    page = plain(width, height, BLACK)
    page[: height // 2, : width // 2], page[: height // 2, width // 2 :] = RED, GREEN
    page[height // 2 :, : width // 2] = BLUE
    return page


def corners(card: Pixels) -> list[tuple[int, ...]]:
    """Upper left, upper right, lower left, lower right."""
    return [tuple(int(value) for value in card[y, x]) for y in (1, -2) for x in (1, -2)]


@pytest.mark.parametrize("placement", Placement)
def test_the_card_s_own_size_passes_untouched(placement: Placement) -> None:
    page = noise(1016, 648)
    assert np.array_equal(place(page, CARD, placement, Rotation.AUTO), page)


@pytest.mark.parametrize("placement", Placement)
def test_the_card_s_own_size_standing_up_is_only_turned(placement: Placement) -> None:
    page = noise(648, 1016)
    card = place(page, CARD, placement, Rotation.AUTO)
    assert np.array_equal(card, np.rot90(page, 1))
    assert card.flags.c_contiguous


def test_the_top_of_a_portrait_comes_to_the_left_hand_edge() -> None:
    assert corners(place(quarters(648, 1016), CARD, Placement.CROP, Rotation.AUTO)) == [GREEN, BLACK, RED, BLUE]


def test_a_square_page_is_not_turned() -> None:
    assert corners(place(quarters(800, 800), CARD, Placement.STRETCH, Rotation.AUTO)) == [RED, GREEN, BLUE, BLACK]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (Rotation.NONE, [RED, GREEN, BLUE, BLACK]),
        (Rotation.RIGHT, [BLUE, RED, BLACK, GREEN]),
        (Rotation.HALF, [BLACK, BLUE, GREEN, RED]),
        (Rotation.LEFT, [GREEN, BLACK, RED, BLUE]),
    ],
)
def test_a_page_is_turned_clockwise_by_the_degrees_asked_for(
    rotation: Rotation, expected: list[tuple[int, int, int]]
) -> None:
    assert corners(place(quarters(800, 800), CARD, Placement.STRETCH, rotation)) == expected


def test_a_portrait_that_shall_not_turn_is_cropped_as_it_stands() -> None:
    assert corners(place(quarters(1000, 2000), CARD, Placement.CROP, Rotation.NONE)) == [RED, GREEN, BLUE, BLACK]


def test_crop_fills_the_card_and_cuts_evenly() -> None:
    page = plain(40, 12, GREEN)
    page[:, :10], page[:, 30:] = RED, BLUE  # what overhangs a card of 20 x 12, ten columns on either side
    assert np.array_equal(place(page, SMALL, Placement.CROP, Rotation.NONE), plain(20, 12, GREEN))


def test_fit_shows_all_and_leaves_white() -> None:
    card = place(plain(24, 24), SMALL, Placement.FIT, Rotation.NONE)
    assert np.array_equal(card[:, 4:16], plain(12, 12))
    assert np.array_equal(card[:, :4], plain(4, 12, WHITE))
    assert np.array_equal(card[:, 16:], plain(4, 12, WHITE))


def test_stretch_shows_all_and_leaves_nothing_white() -> None:
    assert corners(place(quarters(700, 70), CARD, Placement.STRETCH, Rotation.NONE)) == [RED, GREEN, BLUE, BLACK]


def test_id_1_at_the_printer_s_resolution_keeps_every_dot() -> None:
    page = noise(1011, 638)
    card = place(page, CARD, Placement.CROP, Rotation.AUTO)
    assert np.array_equal(card[5:643, 3:1014], page)
    assert np.array_equal(card[0, 3:1014], page[0])
    assert np.array_equal(card[647, 3:1014], page[-1])


def test_bleed_is_cut_off_and_every_other_dot_kept() -> None:
    page = noise(1050, 675)
    assert np.array_equal(place(page, CARD, Placement.CROP, Rotation.AUTO), page[13:661, 17:1033])


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from(Placement), st.sampled_from(Rotation))
def test_any_page_fills_the_card_s_image_and_a_plain_one_stays_plain(
    width: int, height: int, placement: Placement, rotation: Rotation
) -> None:
    card = place(plain(width, height), SMALL, placement, rotation)
    assert card.shape == (12, 20, 3)
    assert card.flags.c_contiguous
    shown = {tuple(dot) for dot in card.reshape(-1, 3).tolist()}
    assert shown <= ({RED, WHITE} if placement is Placement.FIT else {RED})
    assert RED in shown
