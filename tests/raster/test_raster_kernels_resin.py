"""Text goes to resin and dark areas do not; colour below black is choked, thinned or kept; each exactly as defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw, ImageFont

from printserver.raster import kernels
from printserver.raster.arrays import BadPlane
from printserver.raster.kernels import Lettering
from tests.raster import references_resin as references
from tests.raster.references import Plane

shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20)
# Few levels, so that components are found, grow together and lie on edges of the decision.
lights = shapes.flatmap(
    lambda shape: hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 10, 11, 60, 128, 200, 255]))
)
CARD = Lettering(limit=25, stroke=24, size=300)


def found_text(light: Plane, lettering: Lettering, excluded: Plane | None = None) -> Plane:
    elsewhere = np.full_like(light, 0xA5)
    kernels.text(light, elsewhere, lettering, excluded)
    return elsewhere


def mask(shape: tuple[int, ...], seed: int) -> Plane:
    return (np.random.default_rng(seed).random(shape) < 0.3).astype(np.uint8)


@given(
    light=lights, limit=st.sampled_from([0, 10, 60]), stroke=st.integers(0, 6), size=st.integers(0, 12),
    contrast=st.sampled_from([0, 60, 128, 200, 255]), seed=st.one_of(st.none(), st.integers(0, 99)),
)  # fmt: skip
def test_text_of_any_plane_equals_the_definition(
    light: Plane, limit: int, stroke: int, size: int, contrast: int, seed: int | None
) -> None:
    excluded = None if seed is None else mask(light.shape, seed)
    found = found_text(light, Lettering(limit, stroke, size, contrast), excluded)
    expected = references.text(light, excluded, limit=limit, stroke=stroke, size=size, contrast=contrast)
    np.testing.assert_array_equal(found, expected)


def test_text_of_every_small_size_equals_the_definition() -> None:
    for height in range(1, 9):
        for width in range(1, 12):
            light = np.random.default_rng(height * 64 + width).choice([0, 90, 255], (height, width)).astype(np.uint8)
            expected = references.text(light, None, limit=0, stroke=2, size=4, contrast=128)
            np.testing.assert_array_equal(found_text(light, Lettering(0, 2, 4)), expected)


@pytest.mark.parametrize("density", [0.1, 0.4, 0.6, 0.9])
def test_tangled_runs_are_joined_as_defined(density: float) -> None:
    light = np.where(np.random.default_rng(8).random((40, 70)) < density, 0, 255).astype(np.uint8)
    for stroke in (1, 2, 3):
        expected = references.text(light, None, limit=0, stroke=stroke, size=15, contrast=1)
        np.testing.assert_array_equal(found_text(light, Lettering(0, stroke, 15, 1)), expected)


def test_a_spiral_is_one_component() -> None:
    light = np.full((9, 9), 255, dtype=np.uint8)
    light[1, 1:8] = light[1:8, 7] = light[7, 1:8] = light[3:8, 1] = light[3, 1:6] = light[3:6, 5] = 0
    assert not found_text(light, Lettering(0, 2, 7))[light == 0].any()
    assert found_text(light, Lettering(0, 2, 6)).all()


@pytest.mark.parametrize("size", [12, 14, 30, 60, 110])
def test_letters_of_every_size_are_text(size: int) -> None:
    image = Image.new("L", (1016, 200), 255)
    draw = ImageDraw.Draw(image)
    draw.text((10, 10), "Jane Doe 0042 ij%&", 0, ImageFont.load_default(size))
    light = np.array(image, dtype=np.uint8)
    assert (light == 0).any()
    assert not found_text(light, CARD)[light == 0].any()


def test_bars_and_rules_are_text_and_areas_are_not() -> None:
    light = np.full((648, 1016), 255, dtype=np.uint8)
    light[500:620, 100:400:8] = 0  # bars
    light[480:483] = 0  # a rule across the card
    assert not found_text(light, CARD)[light == 0].any()
    area = light.copy()
    area[100:300, 200:500] = 0
    found = found_text(area, CARD)
    assert found[100:300, 200:500].all()
    assert not found[500:620, 100:400:8].any()


def test_a_card_that_is_black_all_over_is_no_text() -> None:
    assert found_text(np.zeros((30, 40), dtype=np.uint8), Lettering(0, 1 << 20, 1 << 20, 0)).all()


def test_dark_speckles_on_dark_ground_are_no_text() -> None:
    light = np.random.default_rng(2).integers(0, 90, (100, 120), dtype=np.uint8)
    assert found_text(light, CARD).all()


@given(
    black=shapes.flatmap(lambda shape: hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 1, 1, 255]))),
    reach=st.integers(0, 6),
)  # fmt: skip
def test_shrinking_any_plane_equals_the_definition(black: Plane, reach: int) -> None:
    core = np.full_like(black, 0xA5)
    kernels.shrink(black, core, reach)
    np.testing.assert_array_equal(core, references.shrink(black, reach))


def test_a_card_s_edge_is_no_edge_of_the_ink_however_far_the_reach() -> None:
    black = np.ones((300, 270), dtype=np.uint8)
    core = np.zeros_like(black)
    kernels.shrink(black, core, 127)
    assert core.all()
    black[0, 0] = 0
    kernels.shrink(black, core, 127)
    assert core.sum() == 300 * 270 - 128 * 128


@given(inks=shapes.flatmap(lambda shape: hnp.arrays(np.uint8, (3, *shape))), removed=st.integers(0, 100),
       seed=st.integers(0, 99), choked=st.booleans())  # fmt: skip
def test_colour_under_black_equals_the_definition(inks: Plane, removed: int, seed: int, choked: bool) -> None:
    shape = inks.shape[1:]
    black, core = mask(shape, seed), mask(shape, seed + 1) if choked else None
    expected = [references.under_black(ink, black, core, removed) for ink in inks]
    kernels.under_black(inks[0], inks[1], inks[2], black, removed=removed, core=core)
    np.testing.assert_array_equal(inks, expected)


@given(inks=shapes.flatmap(lambda shape: hnp.arrays(np.uint8, (3, *shape))), replaced=st.integers(0, 100),
       seed=st.one_of(st.none(), st.integers(0, 99)))  # fmt: skip
def test_replacing_the_grey_component_equals_the_definition(inks: Plane, replaced: int, seed: int | None) -> None:
    excluded, light = None if seed is None else mask(inks.shape[1:], seed), np.full(inks.shape[1:], 7, dtype=np.uint8)
    expected, taken = references.grey_component(inks, excluded, replaced)
    kernels.replace_grey_component(inks[0], inks[1], inks[2], light, replaced=replaced, excluded=excluded)
    np.testing.assert_array_equal(inks, expected)
    np.testing.assert_array_equal(light, taken)


def test_all_of_grey_goes_and_colour_stays() -> None:
    yellow, magenta, cyan, light = (np.array([[value]], dtype=np.uint8) for value in (200, 120, 90, 0))
    kernels.replace_grey_component(yellow, magenta, cyan, light, replaced=100)
    assert (yellow.item(), magenta.item(), cyan.item(), light.item()) == (110, 30, 0, 165)


@pytest.mark.parametrize("samples", [3, 4])
@given(seed=st.integers(0, 999), tolerance=st.sampled_from([0, 1, 40, 255]))
def test_dots_of_a_colour_are_lifted(samples: int, seed: int, tolerance: int) -> None:
    random = np.random.default_rng(seed)
    pixels = random.choice([0, 1, 39, 40, 41, 254, 255], (5, 7, samples)).astype(np.uint8)
    key, before, found = (40, 0, 255), pixels.copy(), np.full((5, 7), 0xA5, dtype=np.uint8)
    kernels.lift_colour(pixels, found, key, tolerance)
    for y, x in np.ndindex(5, 7):
        near = all(abs(int(before[y, x, n]) - key[n]) <= tolerance for n in range(3))
        assert found[y, x] == near
        assert pixels[y, x].tolist() == [255] * 3 + before[y, x, 3:].tolist() if near else before[y, x].tolist()


@pytest.mark.parametrize(("where", "lettering"), [
    ("limit", Lettering(256, 1, 1)), ("stroke", Lettering(0, -1, 1)), ("size", Lettering(0, 1, 1 << 21)),
    ("contrast", Lettering(0, 1, 1, 256)),
])  # fmt: skip
def test_letters_that_cannot_be_are_refused_by_name(where: str, lettering: Lettering) -> None:
    with pytest.raises(BadPlane) as refusal:
        found_text(np.zeros((3, 3), dtype=np.uint8), lettering)
    assert refusal.value.where == where
