"""How many levels an ink has, and how they are packed."""

from __future__ import annotations

import numpy as np

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import (
    DEPTHS,
    BadPlane,
    check_apart,
    check_array,
    check_bytes,
    check_depth,
    check_fit,
    check_plane,
    check_range,
    check_writable,
)
from printserver.raster.kernels.constants import constant


def reduce_depth(values: Plane, levels: Plane, bits: int) -> None:
    """Map 0..255 to `round(value * (2**bits - 1) / 255)`, exactly (there are no ties), for 1 to 8 bits.

    May work in place, with one array for both. Raises BadPlane.
    """
    check_range("bits", bits, 1, 8)
    check_array("values", values, 2)
    check_plane("levels", levels, values.shape)
    _kernels.reduce_depth(values, levels, 2**bits - 1)


def diffuse_depth(values: Plane, levels: Plane, bits: int) -> None:
    """Map 0..255 to levels of 1 to 8 bits with the rounding errors diffused, so that slow ramps show no bands.

    `v = value + ((7 west + 5 above + 3 above right + above left + 8) >> 4)` of the neighbours' errors, which are zero
    outside the plane; a value of 0 or 255 stays as it is, so that paper stays white and edges sharp. The level is that
    of `reduce_depth` for v, kept within 0..255, and the error is v less what `expand_depth` makes of the level. May
    not work in place. Raises BadPlane.
    """
    check_range("bits", bits, 1, 8)
    check_array("values", values, 2)
    check_plane("levels", levels, values.shape)
    check_apart(values, levels)
    every = np.arange(256, dtype=np.uint8).reshape(1, 256)
    level_of = np.empty_like(every)
    reduce_depth(every, level_of, bits)
    error = np.zeros(values.shape[1] + 2, dtype=np.int16)
    _kernels.diffuse_depth(values, levels, error, level_of.reshape(-1), _values_of(bits))


def expand_depth(levels: Plane, values: Plane, bits: int) -> None:
    """Map levels 0..2**bits - 1 back to `round(255 * level / (2**bits - 1))`, exactly, for 1 to 8 bits.

    May work in place, with one array for both. Raises BadPlane, also when a level does not fit the depth.
    """
    check_range("bits", bits, 1, 8)
    check_array("levels", levels, 2)
    check_plane("values", values, levels.shape)
    check_fit(_kernels.lookup(levels, values, _values_of(bits)), bits)


def _values_of(bits: int) -> Plane:
    top = 2**bits - 1
    return constant([(510 * min(level, top) + top) // (2 * top) for level in range(256)])


def depth(levels: int) -> int:
    """Give the bits of 2, 32, 64, 128 or 256 levels. Raises BadPlane for another count."""
    bits = (levels - 1).bit_length()
    if bits not in DEPTHS or levels != 2**bits:
        raise BadPlane(f"{levels}", where="levels", allowed=", ".join(str(2**known) for known in DEPTHS))
    return bits


def packed_size(height: int, width: int, bits: int, *, align_rows: bool = False) -> int:
    """Give the bytes that `pack` fills for a plane of that many dots. Raises BadPlane."""
    check_depth(bits)
    return height * ((width * bits + 7) // 8) if align_rows else (height * width * bits + 7) // 8


def pack(levels: Plane, packed: Plane, bits: int, *, align_rows: bool = False) -> None:
    """Concatenate levels of 1, 5, 6, 7 or 8 bits, MSB first, without gaps.

    Bits run on from row to row (Evolis: 8 dots in 7 bytes at 128 levels), or each row starts a byte with `align_rows`.
    Filling bits are zero. `packed` has `packed_size` bytes in any shape. Raises BadPlane, also when a level does not
    fit its bits; `packed` is then spoiled.
    """
    check_array("levels", levels, 2)
    _check_packed(packed, levels, bits, align_rows)
    check_writable("packed", packed)
    check_fit(_kernels.pack(levels, packed.reshape(-1), bits, align_rows), bits)


def unpack(packed: Plane, levels: Plane, bits: int, *, align_rows: bool = False) -> None:
    """Undo `pack`; filling bits are not looked at. Raises BadPlane, also when `packed` is not `packed_size` bytes."""
    check_plane("levels", levels)
    _check_packed(packed, levels, bits, align_rows)
    _kernels.unpack(packed.reshape(-1), levels, bits, align_rows)


def _check_packed(packed: Plane, levels: Plane, bits: int, align_rows: bool) -> None:
    check_bytes("packed", packed)
    height, width = levels.shape
    size = packed_size(height, width, bits, align_rows=align_rows)
    if packed.size != size:
        raise BadPlane(f"{packed.size} bytes", where="packed", allowed=f"{size} bytes")
    check_apart(packed, levels)
