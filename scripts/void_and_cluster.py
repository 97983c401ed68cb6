"""Makes the void-and-cluster tile of the ordered dither, the same on every machine.

    .venv/bin/python scripts/void_and_cluster.py printserver/raster/kernels/void-and-cluster-64.png

R. Ulichney, "The void-and-cluster method for dither array generation", Proc. SPIE 1913, 1993. Dots repel each other
with a Gaussian that runs on over the tile's edges. Its weights are integers, so that sums are exact and no tie depends
on how a machine rounds; the first dots are put by Python's Mersenne Twister, whose `random()` is the same in every
release.
"""

from __future__ import annotations

import sys
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 64
SEED = 1993
SIGMA = 1.5
UNIT = 2**24  # what the Gaussian weighs in its middle
FIRST_SHARE = 10  # one dot in ten is put at random

Ints = npt.NDArray[np.int64]


def gaussian(side: int) -> Ints:
    """Return how strongly a dot in the corner (0, 0) is felt at each place."""
    away = np.minimum(np.arange(side), side - np.arange(side)) ** 2
    felt: Ints = np.rint(UNIT * np.exp(-(away[:, np.newaxis] + away) / (2 * SIGMA**2))).astype(np.int64)
    return felt


class Pattern:
    """Dots on a tile, and how crowded each place is."""

    def __init__(self, side: int) -> None:
        self.side, self.weights = side, gaussian(side)
        self.dots = np.zeros((side, side), dtype=bool)
        self.crowd = np.zeros((side, side), dtype=np.int64)

    def turn(self, place: int) -> None:
        """Put a dot, or take it away."""
        y, x = divmod(place, self.side)
        self.dots[y, x] ^= True
        felt = np.roll(self.weights, (y, x), axis=(0, 1))
        self.crowd += felt if self.dots[y, x] else -felt

    def tightest_cluster(self) -> int:
        """Return the dot in the greatest crowd."""
        return int(np.where(self.dots, self.crowd, -1).argmax())

    def largest_void(self) -> int:
        """Return the free place with the least crowd."""
        return int(np.where(self.dots, np.iinfo(np.int64).max, self.crowd).argmin())

    def spread(self) -> None:
        """Move dots from clusters into voids until one would go back to where it was."""
        while True:
            cluster = self.tightest_cluster()
            self.turn(cluster)
            void = self.largest_void()
            self.turn(void)
            if void == cluster:
                return


def first_dots(side: int, seed: int) -> list[int]:
    """Return the places of the first dots, in order of chance."""
    random = Random(seed)
    chances = [random.random() for _ in range(side * side)]
    return sorted(range(side * side), key=chances.__getitem__)[: max(1, side * side // FIRST_SHARE)]


def ranks(side: int, seed: int) -> Ints:
    """Return the order in which the places of a tile get their dot, int64, shape (side, side)."""
    pattern, order = Pattern(side), np.zeros(side * side, dtype=np.int64)
    places = first_dots(side, seed)
    for place in places:
        pattern.turn(place)
    pattern.spread()
    first = pattern.dots.ravel().nonzero()[0].tolist()
    for rank in range(len(first) - 1, -1, -1):
        cluster = pattern.tightest_cluster()
        order[cluster] = rank
        pattern.turn(cluster)
    for place in first:
        pattern.turn(place)
    for rank in range(len(first), side * side):
        void = pattern.largest_void()
        order[void] = rank
        pattern.turn(void)
    return order.reshape(side, side)


def thresholds(order: Ints) -> npt.NDArray[np.uint8]:
    """Return the limit of each place: of a tone g, round(places * g / 255) stay white, those of the last ranks."""
    white = (2 * order.size * np.arange(256) + 255) // 510
    return np.searchsorted(white, order.size - 1 - order, side="right").astype(np.uint8)


def main(path: str) -> None:
    """Write the tile as a grey PNG."""
    Image.fromarray(thresholds(ranks(SIDE, SEED))).save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
