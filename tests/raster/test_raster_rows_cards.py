"""The cards to measure with: each number another one, always the same, with what each kind is for."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from benches.rows.cards import KINDS, Kind, card_picture, jpeg_of, png_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_is_one_card_and_another_number_another(kind: Kind) -> None:
    first, again, other = (card_picture(kind, number, 120, 200) for number in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (63, 101)])
def test_every_size_and_also_the_round_that_warms_up_is_drawn(kind: Kind, size: tuple[int, int]) -> None:
    picture = card_picture(kind, -1, *size)
    assert picture.shape == (*size, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous


def test_a_photograph_packs_badly_and_text_well() -> None:
    photo, badge, white = (8 * len(png_of(card_picture(kind, 3))) / (648 * 1016) for kind in KINDS)
    assert 9 < photo < 17
    assert 1.5 < badge < 4
    assert white < 1.5


def test_badge_and_text_have_pure_black_and_a_photograph_many_shades() -> None:
    for kind in ("badge", "white"):
        assert 0.02 < (card_picture(kind, 4).max(axis=2) == 0).mean() < 0.2
    assert len(np.unique(card_picture("photo", 4)[:, :, 1])) > 200


def test_png_is_exact_and_jpeg_near() -> None:
    picture = card_picture("badge", 5, 108, 170)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png_of(picture)))), picture)
    read = np.asarray(Image.open(io.BytesIO(jpeg_of(picture)))).astype(int)
    assert np.abs(read - picture).mean() < 8
