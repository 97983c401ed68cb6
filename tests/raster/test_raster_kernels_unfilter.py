"""PNG's filters are undone exactly, on every code path, at every size; and what is transparent shows white."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printserver.raster import kernels
from printserver.raster.arrays import BadPlane
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references_png as references
from tests.raster.references import Plane

GUARD = 0xA5
PIXELS = (1, 2, 3, 4, 6, 8)
# A group of the widest path: 16 rows, 2 pixels apart. Sizes on both sides of it, and of one vector.
HEIGHTS = (1, 2, 4, 5, 8, 9, 16, 17, 18, 33, 40)
WIDTHS = (1, 2, 3, 5, 6, 7, 8, 13, 14, 15, 29, 30, 31, 32, 33, 35, 50)


def unfiltered(rows: Plane, pixel_bytes: int) -> Plane:
    """What the kernel makes of the rows; what lies round its place must stay as it was."""
    height, size = rows.shape[0], rows.shape[1] - 1
    room = np.full(height * size + 128, GUARD, dtype=np.uint8)
    kernels.unfilter(rows, room[64 : 64 + height * size].reshape(height, size), pixel_bytes)
    assert (room[:64] == GUARD).all()
    assert (room[-64:] == GUARD).all()
    return room[64:-64].reshape(height, size)


def noise(height: int, size: int, filters: list[int], extremes: bool = False) -> Plane:
    random = np.random.default_rng([height, size, extremes])
    rows = random.choice(np.array([0, 1, 127, 128, 255], dtype=np.uint8), (height, 1 + size))
    if not extremes:
        rows = random.integers(0, 256, (height, 1 + size), dtype=np.uint8)
    rows[:, 0] = [filters[y % len(filters)] for y in range(height)]
    return rows


ROWS = {
    "none": [0], "sub": [1], "up": [2], "average": [3], "paeth": [4], "all": [4, 3, 2, 1, 0],
    "seldom chained": [2, 2, 2, 4, 2, 0, 2, 2, 2], "mostly chained": [4, 4, 1, 3, 2, 4, 4],
}  # fmt: skip


@pytest.mark.parametrize("path", code_paths())
@pytest.mark.parametrize("filters", ROWS.values(), ids=ROWS.keys())
def test_rows_round_the_size_of_a_group_equal_the_definition(path: str, filters: list[int]) -> None:
    for height in HEIGHTS:
        for width in WIDTHS[:: 1 if height in (16, 17, 18) else 4]:
            for pixel_bytes in PIXELS if height == 17 else (3,):
                rows = noise(height, width * pixel_bytes, filters, extremes=width % 2 == 0)
                with on_code_path(path):
                    found = unfiltered(rows, pixel_bytes)
                np.testing.assert_array_equal(found, references.unfilter(rows, pixel_bytes))


@pytest.mark.parametrize("path", code_paths())
@given(data=st.data())
def test_any_rows_equal_the_definition(path: str, data: st.DataObject) -> None:
    pixel_bytes = data.draw(st.sampled_from(PIXELS))
    size = pixel_bytes * data.draw(st.integers(1, 40))
    filters = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=40))
    rows = noise(len(filters), size, filters, data.draw(st.booleans()))
    with on_code_path(path):
        found = unfiltered(rows, pixel_bytes)
    np.testing.assert_array_equal(found, references.unfilter(rows, pixel_bytes))


@pytest.mark.parametrize("path", code_paths())
def test_the_nearest_neighbour_is_paeths_for_all_near_and_far_values(path: str) -> None:
    values = [*range(0, 256, 17), 1, 2, 3, 126, 127, 128, 129, 252, 253, 254]
    corner, above, left = (
        each.astype(np.uint8).reshape(-1) for each in np.meshgrid(values, values, values, indexing="ij")
    )
    # Each combination is a picture of two pixels by two that stands sixteen times below itself, so that it flies.
    samples = np.zeros((32, 2 * corner.size), dtype=np.uint8)
    samples[0::2, 0::2], samples[0::2, 1::2], samples[1::2, 0::2] = corner, above, left
    rows = np.zeros((32, 1 + samples.shape[1]), dtype=np.uint8)
    rows[:, 0] = 4
    rows[:, 1:] = samples - paeth_of(samples)
    with on_code_path(path):
        np.testing.assert_array_equal(unfiltered(rows, 1), samples)


def paeth_of(samples: Plane) -> Plane:
    """What each byte's three neighbours predict, by the specification's own distances."""
    whole = np.pad(samples.astype(np.int16), ((1, 0), (1, 0)))
    left, above, corner = whole[1:, :-1], whole[:-1, 1:], whole[:-1, :-1]
    near = np.stack([left, above, corner])
    chosen = np.abs(left + above - corner - near).argmin(axis=0)  # of equals the first
    nearest: Plane = np.take_along_axis(near, chosen[np.newaxis], axis=0)[0].astype(np.uint8)
    return nearest


@pytest.mark.parametrize("path", code_paths())
@pytest.mark.parametrize("pixel_bytes", [1, 2, 3, 4])
def test_a_whole_card_comes_back_from_its_filters(path: str, pixel_bytes: int) -> None:
    samples = np.random.default_rng(pixel_bytes).integers(0, 256, (70, 101 * pixel_bytes), dtype=np.uint8)
    rows = references.filtered(samples, [4, 4, 4, 1, 4, 3, 4, 2, 4, 4, 0], pixel_bytes)
    with on_code_path(path):
        np.testing.assert_array_equal(unfiltered(rows, pixel_bytes), samples)


# On white --------------------------------------------------------------------------------------------------------


def whitened(samples: Plane) -> Plane:
    pixels = np.full((*samples.shape[:2], 3), GUARD, dtype=np.uint8)
    kernels.on_white(samples, pixels)
    return pixels


def test_every_light_under_every_alpha_is_pillows() -> None:
    light, alpha = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    samples = np.stack([light, 255 - light, light // 2, alpha], axis=2)
    image = Image.fromarray(samples)
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image.convert("RGB"), mask=image.getchannel("A"))
    np.testing.assert_array_equal(whitened(samples), np.asarray(paper))
    grey = np.ascontiguousarray(samples[:, :, [0, 3]])
    np.testing.assert_array_equal(whitened(grey)[:, :, 2], np.asarray(paper)[:, :, 0])


@given(st.sampled_from([1, 2, 4]), st.integers(1, 9), st.integers(1, 40), st.integers(0, 99))
def test_any_samples_on_white_equal_the_definition(count: int, height: int, width: int, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(0, 256, (height, width, count), dtype=np.uint8)
    np.testing.assert_array_equal(whitened(samples), references.on_white(samples))


# Refusals --------------------------------------------------------------------------------------------------------


def rows(size: int = 12, filtering: int = 0) -> Plane:
    return np.full((4, 1 + size), filtering, dtype=np.uint8)


def plane(*shape: int) -> Plane:
    return np.zeros(shape, dtype=np.uint8)


def frozen(array: Plane) -> Plane:
    array.setflags(write=False)
    return array


REFUSED: dict[str, tuple[str, Callable[[], None]]] = {
    "five bytes a pixel": ("pixel_bytes", lambda: kernels.unfilter(rows(), plane(4, 12), 5)),
    "half a pixel": ("samples", lambda: kernels.unfilter(rows(13), plane(4, 13), 3)),
    "a row too few": ("samples", lambda: kernels.unfilter(rows(), plane(3, 12), 3)),
    "no room for filters": ("samples", lambda: kernels.unfilter(rows(), plane(4, 13), 1)),
    "a filter of its own": ("rows", lambda: kernels.unfilter(rows(filtering=5), plane(4, 12), 3)),
    "rows with gaps": ("rows", lambda: kernels.unfilter(rows(25)[:, ::2], plane(4, 12), 3)),
    "three samples on white": ("samples", lambda: kernels.on_white(plane(4, 5, 3), plane(4, 5, 3))),
    "grey from white": ("pixels", lambda: kernels.on_white(plane(4, 5, 1), plane(4, 5, 4))),
    "white read-only": ("pixels", lambda: kernels.on_white(plane(4, 5, 1), frozen(plane(4, 5, 3)))),
}


@pytest.mark.parametrize(("where", "call"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_as_agreed_is_refused_by_name(where: str, call: Callable[[], None]) -> None:
    with pytest.raises(BadPlane) as refusal:
        call()
    assert refusal.value.where == where
    assert refusal.value.allowed


def test_rows_do_not_lie_on_their_samples() -> None:
    memory = np.zeros(100, dtype=np.uint8)
    with pytest.raises(BadPlane, match="share memory"):
        kernels.unfilter(memory[:52].reshape(4, 13), memory[52 - 12 : 88].reshape(4, 12), 3)
