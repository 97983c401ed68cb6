"""Looking colours up in a table is exact: equal to the walk through fractions, at every size, on every code path."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from printserver.raster import kernels
from printserver.raster.arrays import BadPlane
from printserver.raster.kernels import FULL_NODE, Nodes
from printserver.raster.kernels.paths import code_paths, on_code_path
from printserver.raster.ribbon_profile import complement_nodes
from tests.raster import references_colour
from tests.raster.references import Plane

PATHS = code_paths()
BLOCK = 32  # dots that the kernel handles together

# Where cells end for either grid, where parts are equal, and anywhere.
samples = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 15, 16, 127, 128, 239, 240, 247, 248, 254, 255]))


def random_nodes(grid: int, seed: int = 1) -> Nodes:
    """Return a table in which no two nodes are alike, its extremes among them."""
    nodes = np.random.default_rng(seed).integers(0, FULL_NODE + 1, (grid, grid, grid, 4), dtype=np.uint16)
    nodes[0, 0, 0], nodes[-1, -1, -1] = 0, FULL_NODE
    return nodes


NODES = {grid: random_nodes(grid) for grid in kernels.GRIDS}


def looked_up(pixels: Plane, nodes: Nodes, count: int = 4) -> Plane:
    # Filled with a value, so that a dot which the kernel leaves alone is seen.
    inks = tuple(np.full(pixels.shape[:2], 0xA5, dtype=np.uint8) for _ in range(count))
    kernels.tetrahedral(pixels, inks, nodes)
    return np.stack(inks, axis=-1)


def picture(height: int, width: int, count: int = 3) -> Plane:
    return np.random.default_rng(height * 4096 + width).integers(0, 256, (height, width, count), dtype=np.uint8)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("grid", kernels.GRIDS)
@given(
    pixels=hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12).flatmap(
        lambda shape: st.sampled_from([3, 4]).flatmap(
            lambda count: hnp.arrays(np.uint8, (*shape, count), elements=samples)
        )
    )
)
@settings(max_examples=30)
def test_any_picture_equals_the_definition(path: str, grid: int, pixels: Plane) -> None:
    with on_code_path(path):
        found = looked_up(pixels, NODES[grid])
    np.testing.assert_array_equal(found, references_colour.tetrahedral(pixels, NODES[grid]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("count", [3, 4])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, BLOCK - 1), (1, BLOCK), (1, BLOCK + 1), (3, 21), (1, 3 * BLOCK + 5), (7, BLOCK)]
)
def test_every_size_equals_the_definition(path: str, count: int, size: tuple[int, int]) -> None:
    pixels = picture(*size, count)
    with on_code_path(path):
        found = looked_up(pixels, NODES[17])
    np.testing.assert_array_equal(found, references_colour.tetrahedral(pixels, NODES[17]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("count", [3, 4])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_odd_dot_in_a_flat_stretch_is_seen_wherever_it_stands(path: str, count: int, channel: int) -> None:
    pixels = np.full((BLOCK, 2 * BLOCK, count), 200, dtype=np.uint8)
    for row in range(BLOCK):
        pixels[row, BLOCK + row, channel] = 7
    with on_code_path(path):
        found = looked_up(pixels, NODES[17])
    np.testing.assert_array_equal(found, references_colour.tetrahedral(pixels, NODES[17]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_flat_stretch_beside_one_of_another_colour_has_its_own(path: str, channel: int) -> None:
    pixels = np.full((1, 4 * BLOCK + 3, 3), 200, dtype=np.uint8)
    pixels[0, : 2 * BLOCK, channel] = 90
    with on_code_path(path):
        found = looked_up(pixels, NODES[17])
    np.testing.assert_array_equal(found, references_colour.tetrahedral(pixels, NODES[17]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_every_code_of_every_channel_equals_the_definition(path: str, grid: int) -> None:
    codes = np.arange(256, dtype=np.uint8)
    columns = [codes, codes[::-1], np.roll(codes, 85), np.zeros(256, np.uint8), np.full(256, 255, np.uint8)]
    pixels = np.stack([np.stack(each, axis=-1) for each in product(columns, repeat=3)][::7])
    with on_code_path(path):
        found = looked_up(np.ascontiguousarray(pixels), NODES[grid])
    np.testing.assert_array_equal(found, references_colour.tetrahedral(pixels, NODES[grid]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_the_neutral_table_gives_the_complement_of_every_colour(path: str, grid: int) -> None:
    red, green, blue = np.meshgrid(np.arange(256), np.arange(256), np.arange(0, 256, 5), indexing="ij")
    pixels = np.stack([red, green, blue], axis=-1).reshape(256, -1, 3).astype(np.uint8)
    with on_code_path(path):
        found = looked_up(pixels, complement_nodes(grid), 3)
    np.testing.assert_array_equal(found, 255 - pixels[..., ::-1])


@pytest.mark.parametrize("path", PATHS)
def test_three_planes_are_the_first_three_of_four(path: str) -> None:
    pixels = picture(5, 77)
    with on_code_path(path):
        np.testing.assert_array_equal(looked_up(pixels, NODES[33], 3), looked_up(pixels, NODES[33])[..., :3])


def test_the_fourth_sample_of_a_pixel_is_ignored() -> None:
    pixels = picture(4, 70, 4)
    other = pixels.copy()
    other[..., 3] ^= 0xFF
    np.testing.assert_array_equal(looked_up(pixels, NODES[17]), looked_up(other, NODES[17]))


def plane(height: int = 4, width: int = 10) -> Plane:
    return np.zeros((height, width), dtype=np.uint8)


def wrong(change: str) -> Nodes:
    nodes: Nodes = random_nodes(17)
    match change:
        case "too full":
            nodes[3, 4, 5, 2] = FULL_NODE + 1
        case "sixteen":
            nodes = nodes[:16, :16, :16].copy()
        case "three inks":
            nodes = nodes[..., :3].copy()
        case "gaps":
            nodes = nodes[:, :, ::-1]
        case "signed":
            nodes = nodes.astype(np.int16)
        case "not cubic":
            nodes = nodes.reshape(17 * 17, 17, 1, 4)
    return nodes


@pytest.mark.parametrize("change", ["too full", "sixteen", "three inks", "gaps", "signed", "not cubic"])
def test_a_table_that_is_not_as_agreed_is_refused(change: str) -> None:
    with pytest.raises(BadPlane) as refusal:
        kernels.tetrahedral(picture(4, 10), (plane(), plane(), plane()), wrong(change))
    assert refusal.value.where == "nodes"
    assert refusal.value.allowed


shared = plane()


@pytest.mark.parametrize(
    ("where", "inks"),
    [
        ("inks", (plane(), plane())),
        ("inks", (plane(), plane(), plane(), plane(), plane())),
        ("inks", (plane(), plane(4, 11), plane())),
        ("inks", (plane(), plane(), plane(), plane(5, 10))),
        ("", (shared, plane(), shared)),
    ],
)
def test_planes_that_are_not_as_agreed_are_refused(where: str, inks: tuple[Plane, ...]) -> None:
    with pytest.raises(BadPlane) as refusal:
        kernels.tetrahedral(picture(4, 10), inks, NODES[17])
    assert refusal.value.where == where
