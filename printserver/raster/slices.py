"""What a profile does with colours, in figures and as a picture: corners, slices, the difference of two tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from printserver.raster import kernels
from printserver.raster.kernels import Nodes

Picture = npt.NDArray[np.uint8]

SLICES = 8
SIDE = 64  # dots of a slice's edge
GAP = 4

CORNERS = {
    "white": (255, 255, 255), "yellow": (255, 255, 0), "magenta": (255, 0, 255), "cyan": (0, 255, 255),
    "red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "black": (0, 0, 0), "grey": (128, 128, 128),
}  # fmt: skip


class Deviation(NamedTuple):
    """How far the dyes of two ways lie apart, in codes of 0..255."""

    mean: float
    rms: float
    most: int


def dyes_of(nodes: Nodes, colours: Picture) -> Picture:
    """Return yellow, magenta and cyan for a picture of colours, shape (height, width, 3)."""
    planes = tuple(np.empty(colours.shape[:2], dtype=np.uint8) for _ in range(3))
    kernels.tetrahedral(colours, planes, nodes)
    return np.stack(planes, axis=-1)


def corners(nodes: Nodes) -> dict[str, tuple[int, int, int]]:
    """Return yellow, magenta and cyan of the corners of the RGB cube, and of its middle."""
    found = dyes_of(nodes, np.array([list(CORNERS.values())], dtype=np.uint8))[0]
    return {name: (int(y), int(m), int(c)) for name, (y, m, c) in zip(CORNERS, found, strict=True)}


def slices(nodes: Nodes) -> Picture:
    """Return slices through the RGB cube, red across, green up, blue from slice to slice.

    Above they are as asked for, below as the light that ideal dyes would leave.
    """
    steps = np.linspace(0, 255, SIDE).astype(np.uint8)
    picture = np.full((2 * SIDE + 3 * GAP, SLICES * (SIDE + GAP) + GAP, 3), 128, dtype=np.uint8)
    for number, blue in enumerate(np.linspace(0, 255, SLICES).astype(np.uint8)):
        red, green = np.meshgrid(steps, steps[::-1])
        asked = np.stack([red, green, np.full_like(red, blue)], axis=-1)
        left = GAP + number * (SIDE + GAP)
        picture[GAP : GAP + SIDE, left : left + SIDE] = asked
        picture[2 * GAP + SIDE : 2 * (GAP + SIDE), left : left + SIDE] = 255 - dyes_of(nodes, asked)[..., ::-1]
    return picture


def random_colours(count: int, seed: int) -> Picture:
    """Return colours drawn evenly from the RGB cube, shape (1, count, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (1, count, 3), dtype=np.uint8)


def deviation(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> Deviation:
    """Return how far two arrays of dyes lie apart."""
    apart = np.abs(one.astype(np.float64) - other.astype(np.float64))
    return Deviation(float(apart.mean()), float(np.sqrt((apart**2).mean())), int(np.ceil(apart.max())))
