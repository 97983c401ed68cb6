"""Grey planes to packed bits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import BadPlane, check_apart, check_array, check_plane, check_range
from printserver.raster.kernels.constants import constant


def _bayer_8() -> Plane:
    """Grow Bayer's index matrix (IEEE ICC 1973) to 8 x 8 and centre its 64 thresholds in 0..255."""
    index = np.zeros((1, 1), dtype=np.int64)
    for _ in range(3):
        index = np.block([[4 * index, 4 * index + 2], [4 * index + 3, 4 * index + 1]])
    return constant(4 * index + 2)


BAYER_8 = _bayer_8()


BAYER_8 = _bayer_8()


def floyd_steinberg(grey: Plane, bits: Plane, *, serpentine: bool = False) -> None:
    """Diffuse a grey plane into packed bits: the project's form of Floyd and Steinberg (1976).

    `v = grey + ((7 west + above + 8) >> 4)`, ink if v < 128, error `v - (0 or 255)`, never clipped; errors from outside
    the plane are zero and each row starts anew. `serpentine` turns the scan round on every second row, the first going
    right. Raises BadPlane.
    """
    _check_dither(grey, bits)
    _kernels.floyd_steinberg(grey, bits, _no_errors(grey), serpentine)


def floyd_steinberg_pillow(grey: Plane, bits: Plane) -> None:
    """Diffuse a grey plane into packed bits, bit for bit as Pillow's `convert("1")` does from mode L.

    `v = clip(grey + trunc((7 west + above) / 16))`, ink if v <= 128. Clipping loses error at hard edges: prefer
    `floyd_steinberg` unless identity with Pillow is asked for. Raises BadPlane.
    """
    _check_dither(grey, bits)
    _kernels.floyd_steinberg_pillow(grey, bits, _no_errors(grey))


def ordered(grey: Plane, bits: Plane, tile: Plane = BAYER_8) -> None:
    """Put ink where grey is below the tile, which is repeated over the plane from its upper left corner.

    `tile` is 2-D with sides that are powers of two (Bayer's 8 x 8 here; a 64 x 64 one fits) and values 0..255; with
    values 1..255 black gets full ink and white none. Raises BadPlane.
    """
    _check_dither(grey, bits)
    check_array("tile", tile, 2)
    if any(side & (side - 1) for side in tile.shape):
        raise BadPlane(f"shape {tile.shape}", where="tile", allowed="sides that are powers of two")
    # The kernel works in blocks of 64 dots.
    wide = tile if tile.shape[1] >= 64 else np.tile(tile, (1, 64 // tile.shape[1]))
    _kernels.ordered(grey, bits, wide)


def threshold(grey: Plane, bits: Plane, level: int = 128) -> None:
    """Put ink where grey is below `level` (0..255). Raises BadPlane."""
    check_range("level", level, 0, 255)
    ordered(grey, bits, np.full((1, 64), level, dtype=np.uint8))


def _check_dither(grey: Plane, bits: Plane) -> None:
    check_array("grey", grey, 2)
    height, width = grey.shape
    check_plane("bits", bits, (height, (width + 7) // 8))
    check_apart(grey, bits)


def _no_errors(grey: Plane) -> npt.NDArray[np.int16]:
    return np.zeros(grey.shape[1] + 2, dtype=np.int16)
