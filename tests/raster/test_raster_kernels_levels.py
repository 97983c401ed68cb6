"""Packing, depth and the overlay: exact, and what is packed comes back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from printserver.raster import kernels
from printserver.raster.kernels import Rectangle
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references, references_resin
from tests.raster.references import Plane

DEPTHS = (1, 5, 6, 7, 8)


@pytest.fixture(params=code_paths(), scope="module", autouse=True)
def _path(request: pytest.FixtureRequest) -> Iterator[None]:
    with on_code_path(request.param):
        yield


every_depth = pytest.mark.parametrize("bits", DEPTHS)
both_alignments = pytest.mark.parametrize("align_rows", [False, True])

shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)
levels_with_depth = st.sampled_from(DEPTHS).flatmap(
    lambda bits: st.tuples(hnp.arrays(np.uint8, shapes, elements=st.integers(0, 2**bits - 1)), st.just(bits))
)
rectangles = st.builds(Rectangle, st.integers(-30, 50), st.integers(-30, 50), st.integers(0, 60), st.integers(0, 60))


def packed(levels: Plane, bits: int, *, align_rows: bool = False) -> Plane:
    height, width = levels.shape
    size = kernels.packed_size(height, width, bits, align_rows=align_rows)
    out = np.full(size, 0xFF, dtype=np.uint8)
    kernels.pack(levels, out, bits, align_rows=align_rows)
    return out


def unpacked(data: Plane, shape: tuple[int, int], bits: int, *, align_rows: bool = False) -> Plane:
    levels = np.full(shape, 0xA5, dtype=np.uint8)
    kernels.unpack(data, levels, bits, align_rows=align_rows)
    return levels


def test_eight_dots_of_128_levels_fill_seven_bytes() -> None:
    levels = references.plane([[1, 2, 4, 8, 16, 32, 64, 127]])
    # 0000001 0|000010 00|00100 000|1000 0010|000 01000|00 100000|0 1111111
    assert packed(levels, 7).tolist() == [0x02, 0x08, 0x20, 0x82, 0x08, 0x20, 0x7F]


def test_resin_stands_eight_dots_to_a_byte_and_the_first_dot_in_the_highest_bit() -> None:
    assert packed(references.plane([[1, 0, 0, 0, 0, 0, 1, 1, 1]]), 1).tolist() == [0x83, 0x80]


@pytest.mark.parametrize(
    ("levels", "size"), [(2, 82_296), (32, 411_480), (64, 493_776), (128, 576_072), (256, 658_368)]
)
def test_a_card_of_648_by_1016_dots_has_the_sizes_of_recorded_jobs(levels: int, size: int) -> None:
    assert kernels.packed_size(1016, 648, kernels.depth(levels)) == size


@every_depth
@both_alignments
def test_every_small_size_packs_as_defined_and_comes_back(bits: int, align_rows: bool) -> None:
    for height in range(1, 10):
        for width in range(1, 35):
            levels = np.random.default_rng(width).integers(0, 2**bits, (height, width), dtype=np.uint8)
            data = packed(levels, bits, align_rows=align_rows)
            assert data.tobytes() == references.pack(levels, bits, align_rows=align_rows)
            np.testing.assert_array_equal(unpacked(data, (height, width), bits, align_rows=align_rows), levels)


@every_depth
@both_alignments
def test_whole_vectors_and_what_is_left_over_pack_as_defined(bits: int, align_rows: bool) -> None:
    for width in (39, 40, 47, 48, 49, 55, 63, 64, 65, 71, 72, 95, 96, 97, 128, 150, 191, 200):
        levels = np.random.default_rng(width).integers(0, 2**bits, (2, width), dtype=np.uint8)
        data = packed(levels, bits, align_rows=align_rows)
        assert data.tobytes() == references.pack(levels, bits, align_rows=align_rows), width
        np.testing.assert_array_equal(unpacked(data, (2, width), bits, align_rows=align_rows), levels)


@given(case=levels_with_depth, align_rows=st.booleans())
def test_any_plane_packs_as_defined_and_comes_back(case: tuple[Plane, int], align_rows: bool) -> None:
    levels, bits = case
    data = packed(levels, bits, align_rows=align_rows)
    assert data.tobytes() == references.pack(levels, bits, align_rows=align_rows)
    height, width = levels.shape
    np.testing.assert_array_equal(unpacked(data, (height, width), bits, align_rows=align_rows), levels)


@every_depth
@both_alignments
def test_filling_bits_are_not_looked_at(bits: int, align_rows: bool) -> None:
    levels = np.zeros((3, 5), dtype=np.uint8)
    ones = np.full(kernels.packed_size(3, 5, bits, align_rows=align_rows), 0xFF, dtype=np.uint8)
    kernels.unpack(ones, levels, bits, align_rows=align_rows)
    assert (levels == 2**bits - 1).all()


def test_dithered_bits_become_a_panel_of_levels() -> None:
    grey = np.random.default_rng(3).integers(0, 256, (7, 13), dtype=np.uint8)
    bits, resin = np.empty((7, 2), dtype=np.uint8), np.empty((7, 13), dtype=np.uint8)
    kernels.threshold(grey, bits)
    kernels.unpack(bits, resin, 1, align_rows=True)
    np.testing.assert_array_equal(resin, grey < 128)


@pytest.mark.parametrize("bits", range(1, 9))
def test_every_value_is_reduced_and_expanded_to_the_nearest(bits: int) -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    levels = np.empty_like(every)
    kernels.reduce_depth(every, levels, bits)
    assert levels.reshape(-1).tolist() == [references.reduce_depth(value, bits) for value in range(256)]
    values = np.empty_like(every)
    kernels.expand_depth(levels, values, bits)
    assert values.reshape(-1).tolist() == [references.expand_depth(int(level), bits) for level in levels.reshape(-1)]


@pytest.mark.parametrize("bits", range(1, 9))
def test_a_level_survives_expansion_and_reduction(bits: int) -> None:
    levels = np.arange(2**bits, dtype=np.uint8).reshape(1, -1)
    plane = levels.copy()
    kernels.expand_depth(plane, plane, bits)
    kernels.reduce_depth(plane, plane, bits)
    np.testing.assert_array_equal(plane, levels)


@pytest.mark.parametrize("bits", [1, 5, 6, 7, 8])
@given(values=hnp.arrays(np.uint8, shapes, elements=st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 254, 255]))))
def test_depth_with_its_errors_diffused_equals_the_definition(bits: int, values: Plane) -> None:
    levels = np.full_like(values, 0xA5)
    kernels.diffuse_depth(values, levels, bits)
    np.testing.assert_array_equal(levels, references_resin.diffuse_depth(values, bits))


def test_a_slow_ramp_keeps_its_mean_where_plain_depth_makes_bands() -> None:
    ramp = np.repeat(np.linspace(60, 76, 1024).astype(np.uint8)[np.newaxis], 64, axis=0)
    plain, diffused = np.empty_like(ramp), np.empty_like(ramp)
    kernels.reduce_depth(ramp, plain, 5)
    kernels.diffuse_depth(ramp, diffused, 5)
    assert len(np.unique(plain[0])) == 3
    wide = [plane.astype(float).reshape(64, 32, 32).mean(axis=(0, 2)) * 255 / 31 for plane in (plain, diffused)]
    off = [np.abs(each - ramp[0].reshape(32, 32).mean(axis=1)).max() for each in wide]
    assert off[0] > 3
    assert off[1] < 0.7


def test_paper_and_full_ink_are_left_alone_by_diffusion() -> None:
    values = np.random.default_rng(3).integers(1, 255, (40, 60), dtype=np.uint8)
    values[10:20], values[25:30] = 0, 255
    levels = np.empty_like(values)
    kernels.diffuse_depth(values, levels, 6)
    assert not levels[10:20].any()
    assert (levels[25:30] == 63).all()


def test_a_full_overlay_covers_everything_and_none_covers_nothing() -> None:
    plane = np.full((5, 9), 0xA5, dtype=np.uint8)
    kernels.overlay(plane)
    assert (plane == 1).all()
    kernels.overlay(plane, cover=False)
    assert not plane.any()


def test_a_window_keeps_the_chip_free_of_varnish() -> None:
    plane = np.empty((6, 8), dtype=np.uint8)
    kernels.overlay(plane, [Rectangle(left=1, top=2, width=3, height=2)])
    assert plane[2:4, 1:4].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert plane.sum() == 6 * 8 - 6


@given(shape=shapes, windows=st.lists(rectangles, max_size=4), cover=st.booleans(), level=st.integers(0, 255))
def test_any_windows_equal_the_definition(
    shape: tuple[int, int], windows: list[Rectangle], cover: bool, level: int
) -> None:
    plane = np.full(shape, 0xA5, dtype=np.uint8)
    kernels.overlay(plane, windows, cover=cover, level=level)
    np.testing.assert_array_equal(plane, references.overlay(*shape, windows, cover=cover, level=level))
