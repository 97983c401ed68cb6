"""The dithers are exact: equal to their definitions at every size, and to Pillow where Pillow is the definition."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from printserver.raster import kernels
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references, references_dither
from tests.raster.dithers import (
    Dither,
    as_pillow,
    atkinson,
    bayer,
    blue_noise,
    dithered,
    halves,
    noise,
    raster,
    serpentine,
    sierra_raster,
    sierra_serpentine,
    with_pillow,
)
from tests.raster.references import Plane

PAIRS: dict[str, tuple[Dither, Dither]] = {
    "project form, raster": (raster, references.floyd_steinberg),
    "project form, serpentine": (serpentine, lambda grey: references.floyd_steinberg(grey, serpentine=True)),
    "Pillow form": (as_pillow, references.floyd_steinberg_pillow),
    "Pillow form and Pillow itself": (as_pillow, with_pillow),
    "Sierra Lite, raster": (sierra_raster, references_dither.sierra_lite),
    "Sierra Lite, serpentine": (sierra_serpentine, lambda grey: references_dither.sierra_lite(grey, serpentine=True)),
    "Atkinson": (atkinson, references_dither.atkinson),
    "Bayer 8 x 8": (bayer, lambda grey: references.ordered(grey, references.bayer_8())),
    "void and cluster": (blue_noise, lambda grey: references.ordered(grey, kernels.VOID_AND_CLUSTER_64)),
    "threshold": (halves, lambda grey: references.ordered(grey, references.plane([[128]]))),
}
every_pair = pytest.mark.parametrize(("kernel", "reference"), PAIRS.values(), ids=PAIRS.keys())

# Hard edges and values next to the decisions are where clipping, rounding and signs go wrong.
values = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 126, 127, 128, 129, 254, 255]))
greys = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40), elements=values)


def assert_equal_on_every_path(kernel: Dither, grey: Plane, expected: Plane) -> None:
    for path in code_paths():
        with on_code_path(path):
            np.testing.assert_array_equal(kernel(grey), expected, err_msg=f"{path}, {grey.shape}")


@every_pair
def test_every_small_size_equals_the_definition(kernel: Dither, reference: Dither) -> None:
    for height in range(1, 12):
        for width in range(1, 36):
            grey = noise(height, width)
            assert_equal_on_every_path(kernel, grey, reference(grey))


@every_pair
@pytest.mark.parametrize("shape", [(1, 1016), (70, 1), (3, 527), (70, 67)])
def test_long_rows_and_high_columns_equal_the_definition(
    kernel: Dither, reference: Dither, shape: tuple[int, int]
) -> None:
    grey = noise(*shape)
    assert_equal_on_every_path(kernel, grey, reference(grey))


@every_pair
@given(grey=greys)
def test_any_plane_equals_the_definition(kernel: Dither, reference: Dither, grey: Plane) -> None:
    assert_equal_on_every_path(kernel, grey, reference(grey))


@every_pair
def test_flat_planes_of_every_tone_equal_the_definition(kernel: Dither, reference: Dither) -> None:
    for value in range(256):
        grey = np.full((9, 21), value, dtype=np.uint8)
        assert_equal_on_every_path(kernel, grey, reference(grey))


# A pixel of 64 is inked and leaves the error 64 to its neighbours. 235 takes exactly 5/16 of it and leaves none. 120
# then turns white with 3/16 (132) and stays ink with 1/16 (124): the picture tells which of the two it was given.
def test_the_row_below_a_rightward_row_gets_three_sixteenths_to_the_left() -> None:
    grey = references.plane([[255, 255, 64], [255, 120, 235]])
    expected = references.plane([[0b001_00000], [0b000_00000]])
    np.testing.assert_array_equal(serpentine(grey), expected)


def test_the_row_below_a_leftward_row_gets_three_sixteenths_to_the_right() -> None:
    grey = references.plane([[255, 255, 255], [64, 255, 255], [235, 120, 255]])
    expected = references.plane([[0], [0b100_00000], [0b000_00000]])
    np.testing.assert_array_equal(serpentine(grey), expected)


# 64 gives 16 straight down, to 239, which leaves no error, and 16 below the dot before it: 112 turns white.
def test_sierra_lite_gives_a_quarter_below_the_last_dot_of_a_row_that_ran_right() -> None:
    grey = references.plane([[255, 64, 255], [112, 239, 112]])
    np.testing.assert_array_equal(sierra_serpentine(grey), references.plane([[0b010_00000], [0b001_00000]]))


def test_sierra_lite_gives_a_quarter_below_the_last_dot_of_a_row_that_ran_left() -> None:
    grey = references.plane([[255, 255, 255], [255, 64, 255], [112, 239, 112]])
    np.testing.assert_array_equal(sierra_serpentine(grey), references.plane([[0], [0b010_00000], [0b100_00000]]))


def test_serpentine_turns_the_scan_on_the_second_row() -> None:
    # 7/16 of 64 = 28 goes to the left in the second row, so that 110 beside it turns white there only.
    grey = references.plane([[255, 255, 255], [110, 64, 110]])
    assert serpentine(grey)[1, 0] >> 5 == 0b011
    assert raster(grey)[1, 0] >> 5 == 0b110


def test_the_pillow_form_cuts_shares_towards_zero() -> None:
    # 254 leaves -1, of which 7/16 are nothing; rounded down it would be -1, and 129 beside it would be inked.
    assert as_pillow(references.plane([[254, 129]]))[0, 0] == 0
    # What is clipped is lost: 255 and 7/16 of 126 is 255, and leaves no error, so that 120 beside it stays inked.
    assert as_pillow(references.plane([[126, 255, 120]]))[0, 0] >> 5 == 0b101
    assert raster(references.plane([[126, 255, 120]]))[0, 0] >> 5 == 0b100


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 64, 128])
def test_a_tile_of_any_power_of_two_is_laid_over_the_plane(side: int) -> None:
    tile, grey = noise(side, side), noise(70, 203)
    laid = partial(dithered, partial(kernels.ordered, tile=tile))
    assert_equal_on_every_path(laid, grey, references.ordered(grey, tile))


@pytest.mark.parametrize("shape", [(2, 16), (64, 1), (128, 2), (128, 32), (1, 128), (256, 64)])
def test_an_oblong_tile_is_laid_over_the_plane(shape: tuple[int, int]) -> None:
    tile, grey = noise(*shape), noise(139, 137)
    laid = partial(dithered, partial(kernels.ordered, tile=tile))
    assert_equal_on_every_path(laid, grey, references.ordered(grey, tile))


@pytest.mark.parametrize("level", [0, 1, 2, 127, 128, 129, 254, 255])
def test_threshold_inks_what_is_darker_than_the_level(level: int) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(1, 256)
    found = np.unpackbits(dithered(lambda plane, bits: kernels.threshold(plane, bits, level), grey))
    assert found.tolist() == [int(value < level) for value in range(256)]


every_kernel = pytest.mark.parametrize("kernel", {kernel: None for kernel, _reference in PAIRS.values()})


@every_kernel
def test_black_is_full_ink_and_white_is_none(kernel: Dither) -> None:
    for shape in ((5, 16), (40, 528)):
        assert_equal_on_every_path(kernel, np.zeros(shape, np.uint8), np.full((shape[0], shape[1] // 8), 255, np.uint8))
        assert_equal_on_every_path(kernel, np.full(shape, 255, np.uint8), np.zeros((shape[0], shape[1] // 8), np.uint8))


@every_kernel
@pytest.mark.parametrize(("width", "last"), [(11, 0b11100000), (521, 0b10000000), (1019, 0b11100000)])
def test_filling_bits_are_zero(kernel: Dither, width: int, last: int) -> None:
    for path in code_paths():
        with on_code_path(path):
            assert (kernel(np.zeros((40, width), dtype=np.uint8))[:, -1] == last).all()


@pytest.mark.parametrize("kernel", [raster, serpentine, sierra_raster, sierra_serpentine, blue_noise])
def test_the_tone_is_kept(kernel: Callable[[Plane], Plane]) -> None:
    for value in range(0, 256, 5):
        ink = np.unpackbits(kernel(np.full((256, 256), value, dtype=np.uint8))).mean()
        assert abs(255 * (1 - ink) - value) < 0.5


@pytest.mark.parametrize("kernel", [serpentine, raster, sierra_raster, as_pillow, atkinson, blue_noise])
def test_cards_in_several_threads_come_out_as_one_by_one(kernel: Dither) -> None:
    cards = [noise(100 + n, 600) for n in range(16)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(kernel, cards))
    for card, found in zip(cards, together, strict=True):
        np.testing.assert_array_equal(found, kernel(card))
