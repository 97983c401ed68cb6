"""The dithers are exact: equal to their definitions at every size, and to Pillow where Pillow is the definition."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from printserver.raster import kernels
from tests.raster import references
from tests.raster.references import Plane

Dither = Callable[[Plane], Plane]


def dithered(kernel: Callable[[Plane, Plane], None], grey: Plane) -> Plane:
    height, width = grey.shape
    # Filled with ones, so that a byte which the kernel leaves alone is seen.
    bits = np.full((height, (width + 7) // 8), 0xFF, dtype=np.uint8)
    kernel(grey, bits)
    return bits


def raster(grey: Plane) -> Plane:
    return dithered(kernels.floyd_steinberg, grey)


def serpentine(grey: Plane) -> Plane:
    return dithered(lambda plane, bits: kernels.floyd_steinberg(plane, bits, serpentine=True), grey)


def as_pillow(grey: Plane) -> Plane:
    return dithered(kernels.floyd_steinberg_pillow, grey)


def bayer(grey: Plane) -> Plane:
    return dithered(kernels.ordered, grey)


def halves(grey: Plane) -> Plane:
    return dithered(kernels.threshold, grey)


def with_pillow(grey: Plane) -> Plane:
    white = np.asarray(Image.fromarray(grey).convert("1"))
    return np.packbits(~white, axis=1)


PAIRS: dict[str, tuple[Dither, Dither]] = {
    "project form, raster": (raster, references.floyd_steinberg),
    "project form, serpentine": (serpentine, lambda grey: references.floyd_steinberg(grey, serpentine=True)),
    "Pillow form": (as_pillow, references.floyd_steinberg_pillow),
    "Pillow form and Pillow itself": (as_pillow, with_pillow),
    "Bayer 8 x 8": (bayer, lambda grey: references.ordered(grey, references.bayer_8())),
    "threshold": (halves, lambda grey: references.ordered(grey, references.plane([[128]]))),
}
every_pair = pytest.mark.parametrize(("kernel", "reference"), PAIRS.values(), ids=PAIRS.keys())

# Hard edges and values next to the decisions are where clipping, rounding and signs go wrong.
values = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 126, 127, 128, 129, 254, 255]))
greys = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40), elements=values)


def noise(height: int, width: int) -> Plane:
    return np.random.default_rng(height * 4096 + width).integers(0, 256, (height, width), dtype=np.uint8)


@every_pair
def test_every_small_size_equals_the_definition(kernel: Dither, reference: Dither) -> None:
    for height in range(1, 12):
        for width in range(1, 36):
            grey = noise(height, width)
            np.testing.assert_array_equal(kernel(grey), reference(grey), err_msg=f"{height} x {width}")


@every_pair
@pytest.mark.parametrize("shape", [(1, 1016), (70, 1), (40, 527), (36, 530), (5, 1016)])
def test_long_rows_and_high_columns_equal_the_definition(
    kernel: Dither, reference: Dither, shape: tuple[int, int]
) -> None:
    grey = noise(*shape)
    np.testing.assert_array_equal(kernel(grey), reference(grey))


@every_pair
@given(grey=greys)
def test_any_plane_equals_the_definition(kernel: Dither, reference: Dither, grey: Plane) -> None:
    np.testing.assert_array_equal(kernel(grey), reference(grey))


@every_pair
def test_flat_planes_of_every_tone_equal_the_definition(kernel: Dither, reference: Dither) -> None:
    for value in range(256):
        grey = np.full((9, 21), value, dtype=np.uint8)
        np.testing.assert_array_equal(kernel(grey), reference(grey), err_msg=f"tone {value}")


def test_a_whole_card_of_every_tone_is_bit_identical_to_pillow() -> None:
    ramp = np.linspace(0, 255, 1016)[np.newaxis, :] + np.random.default_rng(7).normal(0, 25, (648, 1016))
    ramp[200:260, 100:900] = 0
    ramp[300:320] = 255
    grey = np.clip(ramp, 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(as_pillow(grey), with_pillow(grey))


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


def test_serpentine_turns_the_scan_on_the_second_row() -> None:
    # 7/16 of 64 = 28 goes to the left in the second row, so that 110 beside it turns white there only.
    grey = references.plane([[255, 255, 255], [110, 64, 110]])
    assert serpentine(grey)[1, 0] >> 5 == 0b011
    assert raster(grey)[1, 0] >> 5 == 0b110


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 64])
def test_a_tile_of_any_power_of_two_is_laid_over_the_plane(side: int) -> None:
    tile, grey = noise(side, side), noise(70, 75)
    found = dithered(lambda plane, bits: kernels.ordered(plane, bits, tile), grey)
    np.testing.assert_array_equal(found, references.ordered(grey, tile))


def test_an_oblong_tile_is_laid_over_the_plane() -> None:
    tile, grey = noise(2, 16), noise(9, 37)
    found = dithered(lambda plane, bits: kernels.ordered(plane, bits, tile), grey)
    np.testing.assert_array_equal(found, references.ordered(grey, tile))


@pytest.mark.parametrize("level", [0, 1, 2, 127, 128, 129, 254, 255])
def test_threshold_inks_what_is_darker_than_the_level(level: int) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(1, 256)
    found = np.unpackbits(dithered(lambda plane, bits: kernels.threshold(plane, bits, level), grey))
    assert found.tolist() == [int(value < level) for value in range(256)]


@pytest.mark.parametrize("kernel", [raster, serpentine, as_pillow, bayer, halves])
def test_black_is_full_ink_and_white_is_none(kernel: Dither) -> None:
    assert (kernel(np.zeros((5, 16), dtype=np.uint8)) == 0xFF).all()
    assert (kernel(np.full((5, 16), 255, dtype=np.uint8)) == 0x00).all()


@pytest.mark.parametrize("kernel", [raster, serpentine, as_pillow, bayer, halves])
def test_filling_bits_are_zero(kernel: Dither) -> None:
    assert (kernel(np.zeros((4, 11), dtype=np.uint8))[:, 1] == 0b11100000).all()


@pytest.mark.parametrize("kernel", [raster, serpentine])
def test_the_project_form_keeps_the_tone(kernel: Dither) -> None:
    for value in range(0, 256, 5):
        ink = np.unpackbits(kernel(np.full((256, 256), value, dtype=np.uint8))).mean()
        assert abs(255 * (1 - ink) - value) < 0.5


def test_cards_in_several_threads_come_out_as_one_by_one() -> None:
    cards = [noise(200 + n, 300) for n in range(16)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(serpentine, cards))
    for card, found in zip(cards, together, strict=True):
        np.testing.assert_array_equal(found, serpentine(card))
