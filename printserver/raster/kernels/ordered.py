"""Ordered dither: a tile of limits laid over a grey plane, each dot for itself."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
from PIL import Image

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import BadPlane, check_array, check_dither, check_range
from printserver.raster.kernels.constants import constant


def _bayer_8() -> Plane:
    """Grow Bayer's index matrix (IEEE ICC 1973) to 8 x 8 and centre its 64 thresholds in 0..255."""
    index = np.zeros((1, 1), dtype=np.int64)
    for _ in range(3):
        index = np.block([[4 * index, 4 * index + 2], [4 * index + 3, 4 * index + 1]])
    return constant(4 * index + 2)


def _void_and_cluster_64() -> Plane:
    """Read the tile that scripts/void_and_cluster.py has made (Ulichney 1993)."""
    with files(__package__).joinpath("void-and-cluster-64.png").open("rb") as tile, Image.open(tile) as picture:
        return constant(np.asarray(picture))


BAYER_8 = _bayer_8()
VOID_AND_CLUSTER_64 = _void_and_cluster_64()


def ordered(grey: Plane, bits: Plane, tile: Plane = BAYER_8) -> None:
    """Put ink where grey is below the tile, which is repeated over the plane from its upper left corner.

    `tile` is 2-D with sides that are powers of two (BAYER_8, VOID_AND_CLUSTER_64) and values 0..255; with values 1..255
    black gets full ink and white none. Raises BadPlane.
    """
    check_dither(grey, bits)
    check_array("tile", tile, 2)
    if any(side & (side - 1) for side in tile.shape):
        raise BadPlane(f"shape {tile.shape}", where="tile", allowed="sides that are powers of two")
    high, wide = tile.shape
    # The kernel lays tiles side by side until they are 64 wide, where they are no higher than that.
    _kernels.ordered(grey, bits, np.tile(tile, (1, 64 // wide)) if wide < 64 < high else tile)


def threshold(grey: Plane, bits: Plane, level: int = 128) -> None:
    """Put ink where grey is below `level` (0..255). Raises BadPlane."""
    check_range("level", level, 0, 255)
    ordered(grey, bits, np.full((1, 1), level, dtype=np.uint8))
