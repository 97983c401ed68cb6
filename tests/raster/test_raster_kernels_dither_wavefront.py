"""Many rows in flight give the bits of one row after another: round the smallest planes for it, and on cards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.raster import kernels
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references, references_dither
from tests.raster.dithers import Dither, as_pillow, noise, raster, sierra_raster, with_pillow
from tests.raster.references import Plane

FLOYD_STEINBERG, SIERRA_LITE = (7, 3, 5, 1), (2, 1, 1, 0)


def by_floyd_steinberg(grey: Plane) -> Plane:
    return references_dither.diagonals(grey, FLOYD_STEINBERG, rounded=True)


def by_sierra_lite(grey: Plane) -> Plane:
    return references_dither.diagonals(grey, SIERRA_LITE, rounded=False)


PAIRS: dict[str, tuple[Dither, Dither]] = {
    "Floyd and Steinberg": (raster, by_floyd_steinberg),
    "as Pillow": (as_pillow, with_pillow),
    "Sierra Lite": (sierra_raster, by_sierra_lite),
}
every_pair = pytest.mark.parametrize(("kernel", "reference"), PAIRS.values(), ids=PAIRS.keys())

# Lanes are 16 or 32, a lane lags 16 dots, so 256 and 512 dots are the narrowest planes; 4 and 8 rows are the lowest.
WIDTHS = sorted({at + off for at in (256, 512) for off in (-16, -1, 0, 1, 7, 8, 9, 15, 16, 17)} | {1015, 1016, 1024})
HEIGHTS = (3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65, 97)


def hard(height: int, width: int, seed: int) -> Plane:
    """Draw noise on flat fields with hard edges, where clipping and rounding go wrong."""
    random = np.random.default_rng(seed)
    fields = np.repeat(random.choice([0, 255, 127, 128, 1, 254, 64], (height, width // 40 + 1)), 40, axis=1)[:, :width]
    noisy = np.clip(fields + random.integers(-60, 61, (height, width)), 0, 255)
    return np.where(random.random((height, 1)) < 0.3, fields, noisy).astype(np.uint8)


def assert_equal_on_every_path(kernel: Dither, grey: Plane, expected: Plane) -> None:
    for path in code_paths():
        with on_code_path(path):
            np.testing.assert_array_equal(kernel(grey), expected, err_msg=f"{path}, {grey.shape}")


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (23, 37), (40, 19)])
def test_diagonals_are_the_definition(shape: tuple[int, int]) -> None:
    grey = hard(*shape, seed=shape[0])
    np.testing.assert_array_equal(by_floyd_steinberg(grey), references.floyd_steinberg(grey))
    np.testing.assert_array_equal(by_sierra_lite(grey), references_dither.sierra_lite(grey))


@every_pair
@pytest.mark.parametrize("height", HEIGHTS)
def test_round_the_smallest_plane_with_rows_in_flight(kernel: Dither, reference: Dither, height: int) -> None:
    for width in WIDTHS:
        grey = noise(height, width)
        assert_equal_on_every_path(kernel, grey, reference(grey))


@every_pair
@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 140), width=st.integers(240, 1100), seed=st.integers(0, 2**32))
def test_any_plane_with_rows_in_flight(kernel: Dither, reference: Dither, height: int, width: int, seed: int) -> None:
    grey = hard(height, width, seed)
    assert_equal_on_every_path(kernel, grey, reference(grey))


@every_pair
@pytest.mark.parametrize("shape", [(648, 1016), (1016, 648), (1296, 2032)])
def test_cards(kernel: Dither, reference: Dither, shape: tuple[int, int]) -> None:
    grey = hard(*shape, seed=3)
    assert_equal_on_every_path(kernel, grey, reference(grey))


def test_a_card_in_slow_plain_python() -> None:
    grey = hard(648, 1016, seed=4)
    assert_equal_on_every_path(raster, grey, references.floyd_steinberg(grey))


def test_a_whole_card_of_every_tone_is_bit_identical_to_pillow() -> None:
    ramp = np.linspace(0, 255, 1016)[np.newaxis, :] + np.random.default_rng(7).normal(0, 25, (648, 1016))
    ramp[200:260, 100:900] = 0
    ramp[300:320] = 255
    grey = np.clip(ramp, 0, 255).astype(np.uint8)
    assert_equal_on_every_path(as_pillow, grey, with_pillow(grey))


@every_pair
def test_nothing_beside_the_plane_is_read_or_written(kernel: Dither, reference: Dither) -> None:
    # The same rows in the middle of another plane: what stands before and after them must not matter.
    for width in (513, 519, 1016):
        field = hard(80, width, seed=width)
        for first, last in ((0, 40), (17, 57), (40, 80)):
            rows = field[first:last]
            assert_equal_on_every_path(kernel, rows, reference(np.array(rows)))


def test_bits_are_written_where_they_belong_and_nowhere_else() -> None:
    for path in code_paths():
        with on_code_path(path):
            for width in (521, 1016):
                bits = np.full((60, (width + 7) // 8), 0xA5, dtype=np.uint8)
                kernels.floyd_steinberg(noise(40, width), bits[10:50])
                assert (bits[:10] == 0xA5).all()
                assert (bits[50:] == 0xA5).all()
