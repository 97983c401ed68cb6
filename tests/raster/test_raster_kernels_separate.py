"""Separation is exact, in every black mode; and black text goes to the resin panel whole, a photograph not at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from printserver.raster import kernels
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references
from tests.raster.references import Plane

Inks = tuple[Plane, Plane, Plane, Plane, Plane]


@pytest.fixture(params=code_paths(), scope="module", autouse=True)
def _path(request: pytest.FixtureRequest) -> Iterator[None]:
    with on_code_path(request.param):
        yield


# Near black, where the extraction decides, and anywhere.
samples = st.one_of(st.integers(0, 255), st.integers(0, 3), st.sampled_from([24, 25, 26]))
pixel_arrays = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24).flatmap(
    lambda shape: st.sampled_from([3, 4]).flatmap(lambda count: hnp.arrays(np.uint8, (*shape, count), elements=samples))
)
tone_tables = hnp.arrays(np.uint8, (4, 256))


def separated(
    pixels: Plane,
    tones: Plane = kernels.LINEAR_TONES,
    *,
    black_limit: int | None = 0,
    excluded: Plane | None = None,
    keep_colour: bool = False,
    has_black: bool = True,
    spare_resin: bool = False,
) -> Inks:
    # Filled with a value, so that a dot which the kernel leaves alone is seen.
    yellow, magenta, cyan, black, overlay = (np.full(pixels.shape[:2], 0xA5, dtype=np.uint8) for _ in range(5))
    kernels.separate(
        pixels,
        yellow,
        magenta,
        cyan,
        black if has_black else None,
        overlay,
        tones=tones,
        black_limit=black_limit,
        excluded=excluded,
        keep_colour=keep_colour,
        spare_resin=spare_resin,
    )
    return yellow, magenta, cyan, black if has_black else np.zeros_like(black), overlay


def assert_inks(found: Inks, expected: Inks) -> None:
    for name, ours, theirs in zip("YMCKO", found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs, err_msg=name)


def picture(height: int, width: int, count: int = 3) -> Plane:
    return np.random.default_rng(height * 4096 + width).integers(0, 256, (height, width, count), dtype=np.uint8)


@given(
    pixels=pixel_arrays,
    tones=tone_tables,
    black_limit=st.sampled_from([None, 0, 1, 25, 254, 255]),
    keep_colour=st.booleans(),
    has_black=st.booleans(),
    spare_resin=st.booleans(),
    mask_seed=st.one_of(st.none(), st.integers(0, 99)),
)
def test_any_picture_equals_the_definition(
    pixels: Plane, tones: Plane, black_limit: int | None, keep_colour: bool, has_black: bool, spare_resin: bool,
    mask_seed: int | None,
) -> None:  # fmt: skip
    shape = pixels.shape[:2]
    excluded = None if mask_seed is None else np.random.default_rng(mask_seed).integers(0, 3, shape, dtype=np.uint8)
    found = separated(
        pixels, tones, black_limit=black_limit, excluded=excluded, keep_colour=keep_colour, has_black=has_black,
        spare_resin=spare_resin,
    )  # fmt: skip
    expected = references.separate(
        pixels, tones, black_limit=black_limit, excluded=excluded, keep_colour=keep_colour, has_black=has_black,
        spare_resin=spare_resin,
    )  # fmt: skip
    assert_inks(found, expected)


@pytest.mark.parametrize("count", [3, 4])
@pytest.mark.parametrize("width", [30, 31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 200])
@pytest.mark.parametrize("limit", [None, 0, 140])
def test_whole_vectors_and_what_is_left_over_equal_the_definition(count: int, width: int, limit: int | None) -> None:
    random = np.random.default_rng(width)
    pixels, tones = picture(3, width, count) // 20 * 20, random.integers(0, 256, (4, 256), dtype=np.uint8)
    excluded = random.integers(0, 2, (3, width), dtype=np.uint8)
    for mask in (None, excluded):
        for flat in (False, True):
            if flat:
                tones[3] = 1
            expected = references.separate(
                pixels, tones, black_limit=limit, excluded=mask, keep_colour=False, has_black=True, spare_resin=True
            )
            found = separated(pixels, tones, black_limit=limit, excluded=mask, spare_resin=True)
            assert_inks(found, expected)
            grey = np.empty((3, width), dtype=np.uint8)
            kernels.luma(pixels, grey, tones[0])
            np.testing.assert_array_equal(grey, references.luma(pixels, tones[0].tolist()))


def test_every_tone_of_every_ink_is_looked_up() -> None:
    light = np.arange(256, dtype=np.uint8)
    pixels = np.stack([light, np.roll(light, 85), np.roll(light, 170)], axis=1).reshape(1, 256, 3)
    tones = np.random.default_rng(4).integers(0, 256, (4, 256), dtype=np.uint8)
    found = separated(np.ascontiguousarray(pixels), tones, black_limit=255, keep_colour=True)
    expected = references.separate(
        pixels, tones, black_limit=255, excluded=None, keep_colour=True, has_black=True
    )
    assert_inks(found, expected)


@given(pixels=pixel_arrays)
def test_the_brightest_channel_of_any_picture_equals_the_definition(pixels: Plane) -> None:
    plane = np.empty(pixels.shape[:2], dtype=np.uint8)
    kernels.brightest(pixels, plane)
    np.testing.assert_array_equal(plane, references.brightest(pixels))


def test_overlay_covers_all_or_spares_the_resin() -> None:
    pixels = np.full((2, 40, 3), 9, dtype=np.uint8)
    pixels[1, 3:37] = 0
    *_, black, overlay = separated(pixels)
    assert (overlay == 1).all()
    *_, overlay = separated(pixels, spare_resin=True)
    np.testing.assert_array_equal(overlay, 1 - black)


@pytest.mark.parametrize("count", [3, 4])
def test_every_small_size_equals_the_definition(count: int) -> None:
    for height in range(1, 6):
        for width in range(1, 20):
            pixels = picture(height, width, count) // 100 * 100
            expected = references.separate(
                pixels, kernels.LINEAR_TONES, black_limit=100, excluded=None, keep_colour=False, has_black=True
            )
            assert_inks(separated(pixels, black_limit=100), expected)


def test_the_inks_are_the_complements_of_their_lights() -> None:
    pixels = references.plane([[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]).reshape(1, 4, 3)
    yellow, magenta, cyan, black, _overlay = separated(pixels)
    assert yellow.tolist() == [[0, 255, 255, 0]]
    assert magenta.tolist() == [[0, 255, 0, 255]]
    assert cyan.tolist() == [[0, 0, 255, 255]]
    assert black.tolist() == [[0, 0, 0, 0]]


def test_pure_black_text_goes_to_resin_and_leaves_the_dyes_empty() -> None:
    pixels = np.full((20, 30, 3), 200, dtype=np.uint8)
    pixels[5:9, 3:25] = 0
    pixels[12, :] = (0, 0, 1)
    yellow, magenta, cyan, black, _overlay = separated(pixels)
    text = np.zeros((20, 30), dtype=bool)
    text[5:9, 3:25] = True
    np.testing.assert_array_equal(black, text.astype(np.uint8))
    assert not np.stack([yellow, magenta, cyan])[:, text].any()


def test_no_black_leaves_black_to_the_dyes() -> None:
    yellow, magenta, cyan, black, _overlay = separated(np.zeros((2, 3, 3), dtype=np.uint8), black_limit=None)
    assert (yellow == 255).all()
    assert (magenta == 255).all()
    assert (cyan == 255).all()
    assert not black.any()


def test_a_threshold_takes_what_no_channel_exceeds() -> None:
    pixels = references.plane([[25, 25, 25], [26, 0, 0], [0, 26, 0], [0, 0, 26], [0, 25, 3]]).reshape(1, 5, 3)
    assert separated(pixels, black_limit=25)[3].tolist() == [[1, 0, 0, 0, 1]]


def test_colour_may_stay_below_black() -> None:
    yellow, _magenta, _cyan, black, _overlay = separated(np.zeros((1, 1, 3), dtype=np.uint8), keep_colour=True)
    assert yellow.item() == 255
    assert black.item() == 1


def test_a_photograph_gives_no_dot_to_resin() -> None:
    pixels = picture(40, 60) // 200 * 200
    photograph = np.zeros((40, 60), dtype=np.uint8)
    photograph[10:30, 5:25] = 255
    black = separated(pixels, excluded=photograph)[3]
    np.testing.assert_array_equal(black, (pixels.max(axis=2) == 0) & (photograph == 0))
    assert black.any()
    assert not black[10:30, 5:25].any()


def test_the_fourth_sample_is_ignored() -> None:
    pixels = picture(9, 14, 4) // 128 * 128
    assert_inks(separated(pixels), separated(np.ascontiguousarray(pixels[:, :, :3])))


def test_luma_is_pillows_for_every_colour_there_is() -> None:
    colour = np.arange(2**24, dtype=np.uint32).view(np.uint8).reshape(4096, 4096, 4)
    grey = np.empty((4096, 4096), dtype=np.uint8)
    kernels.luma(colour, grey)
    pillow = np.asarray(Image.fromarray(np.ascontiguousarray(colour[:, :, :3])).convert("L"))
    np.testing.assert_array_equal(grey, pillow)


@given(pixels=pixel_arrays, tone=hnp.arrays(np.uint8, (256,)))
def test_luma_of_any_picture_equals_the_definition(pixels: Plane, tone: Plane) -> None:
    grey = np.empty(pixels.shape[:2], dtype=np.uint8)
    kernels.luma(pixels, grey, tone)
    np.testing.assert_array_equal(grey, references.luma(pixels, tone.tolist()))
