"""A batch of planes gives each plane the bits that it would get alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.raster import kernels
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references, references_dither
from tests.raster.dithers import room_for_bits
from tests.raster.references import Plane

Reference = Callable[[Plane], Plane]

BATCHES: dict[str, tuple[Callable[..., None], Reference]] = {
    "Floyd and Steinberg": (kernels.floyd_steinberg_batch, partial(references.floyd_steinberg, serpentine=True)),
    "Sierra Lite": (kernels.sierra_lite_batch, partial(references_dither.sierra_lite, serpentine=True)),
}
every_batch = pytest.mark.parametrize(("batch", "reference"), BATCHES.values(), ids=BATCHES.keys())


def planes(count: int, height: int, width: int, seed: int = 1) -> list[Plane]:
    random = np.random.default_rng(seed)
    greys = random.integers(0, 256, (count, height, width), dtype=np.uint8)
    greys[random.random(greys.shape) < 0.2] = 0
    greys[random.random(greys.shape) < 0.2] = 255
    return list(greys)


def bits_of(batch: Callable[..., None], greys: Sequence[Plane], *, serpentine: bool = True) -> list[Plane]:
    bits = [room_for_bits(grey) for grey in greys]
    batch(greys, bits, serpentine=serpentine)
    return bits


def assert_batch(batch: Callable[..., None], greys: Sequence[Plane], expected: Sequence[Plane]) -> None:
    for path in code_paths():
        with on_code_path(path):
            np.testing.assert_array_equal(np.array(bits_of(batch, greys)), np.array(expected), err_msg=path)


@every_batch
def test_every_small_size(batch: Callable[..., None], reference: Reference) -> None:
    for height in (1, 2, 3, 7):
        for width in range(1, 36):
            greys = planes(4, height, width)
            assert_batch(batch, greys, [reference(grey) for grey in greys])


@every_batch
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 36, 67])
def test_every_number_of_planes(batch: Callable[..., None], reference: Reference, count: int) -> None:
    greys = planes(count, 5, 50)
    assert_batch(batch, greys, [reference(grey) for grey in greys])


@every_batch
@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 40), height=st.integers(1, 12), width=st.integers(1, 70), seed=st.integers(0, 2**32)
)  # fmt: skip
def test_any_batch(
    batch: Callable[..., None], reference: Reference, count: int, height: int, width: int, seed: int
) -> None:
    greys = planes(count, height, width, seed)
    assert_batch(batch, greys, [reference(grey) for grey in greys])


@every_batch
@pytest.mark.parametrize("shape", [(648, 1016), (1296, 2032)])
def test_cards(batch: Callable[..., None], reference: Reference, shape: tuple[int, int]) -> None:
    greys = planes(5, *shape)
    alone = kernels.floyd_steinberg if batch is kernels.floyd_steinberg_batch else kernels.sierra_lite
    expected = [room_for_bits(grey) for grey in greys]
    for grey, bits in zip(greys, expected, strict=True):
        alone(grey, bits, serpentine=True)
    np.testing.assert_array_equal(expected[0][:40], reference(greys[0][:40]))
    assert_batch(batch, greys, expected)


@every_batch
def test_a_batch_in_raster_scan(batch: Callable[..., None], reference: Reference) -> None:
    greys = planes(5, 20, 40)
    definition = references.floyd_steinberg if batch is kernels.floyd_steinberg_batch else references_dither.sierra_lite
    for grey, bits in zip(greys, bits_of(batch, greys, serpentine=False), strict=True):
        np.testing.assert_array_equal(bits, definition(grey))


@every_batch
def test_an_array_of_planes_is_a_batch(batch: Callable[..., None], reference: Reference) -> None:
    greys = np.array(planes(16, 6, 30))
    bits = np.full((16, 6, 4), 0xFF, dtype=np.uint8)
    batch(greys, bits, serpentine=True)
    for grey, packed in zip(greys, bits, strict=True):
        np.testing.assert_array_equal(packed, reference(grey))


def test_no_planes_are_a_batch() -> None:
    kernels.floyd_steinberg_batch([], [], serpentine=True)


@every_batch
def test_bits_of_neighbours_are_left_alone(batch: Callable[..., None], reference: Reference) -> None:
    for path in code_paths():
        with on_code_path(path):
            bits = np.full((18, 9, 4), 0xA5, dtype=np.uint8)
            batch(planes(16, 9, 27), bits[1:17], serpentine=True)
            assert (bits[0] == 0xA5).all()
            assert (bits[17] == 0xA5).all()


def test_batches_in_several_threads_come_out_as_one_by_one() -> None:
    batches = [planes(16, 60, 200 + n, seed=n) for n in range(12)]
    one = partial(bits_of, kernels.sierra_lite_batch)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(one, batches))
    for batch, found in zip(batches, together, strict=True):
        np.testing.assert_array_equal(np.array(found), np.array(one(batch)))
