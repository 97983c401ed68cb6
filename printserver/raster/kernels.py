"""The facade of the compiled kernels: checks here, loops there.

Laws kept here:

1. The caller allocates every output; a kernel never does. Outputs lie apart from inputs and from each other.
2. Arrays are uint8 and C-contiguous; nothing is converted or copied behind the caller's back, a wrong one is refused.
3. Every result is an exact integer function of its input, the same on every machine and code path.
4. The compiled loops run without the GIL and keep nothing between calls: one thread a card is safe.
5. A call that breaks these laws raises BadPlane, and no kernel is entered.

| plane  | shape                      | meaning                                                    |
|--------|----------------------------|------------------------------------------------------------|
| pixels | (height, width, 3 or 4)    | R, G, B and an ignored fourth sample                       |
| grey   | (height, width)            | *light*: 0 black, 255 white. Dithers read this one         |
| level  | (height, width)            | *ink*: 0 none, levels - 1 full. Panels are this one        |
| bits   | (height, (width + 7) // 8) | packed ink, 1 = ink, MSB first, rows filled up with zeros  |

A dither's `bits` become a level plane of 0 and 1 by `unpack(bits, plane, 1, align_rows=True)`; the ink of a level plane
is dithered by giving 255 - level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
    check_pixels,
    check_plane,
    check_range,
    check_writable,
)

PURE_BLACK = 0


class Rectangle(NamedTuple):
    """A rectangle in dots; what lies outside the plane is cut off."""

    left: int
    top: int
    width: int
    height: int


def _constant(values: npt.ArrayLike) -> Plane:
    array = np.array(values, dtype=np.uint8)
    array.setflags(write=False)
    return array


def _bayer_8() -> Plane:
    """Grow Bayer's index matrix (IEEE ICC 1973) to 8 x 8 and centre its 64 thresholds in 0..255."""
    index = np.zeros((1, 1), dtype=np.int64)
    for _ in range(3):
        index = np.block([[4 * index, 4 * index + 2], [4 * index + 3, 4 * index + 1]])
    return _constant(4 * index + 2)


BAYER_8 = _bayer_8()
LINEAR_TONES = _constant([range(256), range(256), range(256), [1] * 256])


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


def luma(pixels: Plane, grey: Plane, tone: Plane | None = None) -> None:
    """Turn pixels into a grey plane by ITU-R BT.601 luma, rounded exactly as Pillow's `convert("L")`.

    `tone` (256 entries), if given, then maps grey to grey. The way for ribbons without colour; a dither follows. Raises
    BadPlane.
    """
    check_pixels(pixels)
    check_plane("grey", grey, pixels.shape[:2])
    if tone is not None:
        check_array("tone", tone, 1, (256,))
    check_apart(pixels, grey)
    _kernels.luma(pixels, grey, tone)


def separate(
    pixels: Plane,
    yellow: Plane,
    magenta: Plane,
    cyan: Plane,
    black: Plane | None = None,
    *,
    tones: Plane = LINEAR_TONES,
    black_limit: int | None = PURE_BLACK,
    excluded: Plane | None = None,
    keep_colour: bool = False,
) -> None:
    """Separate pixels into ink planes in one pass: complement, K extraction, tone.

    Yellow is `tones[0][255 - B]`, magenta `tones[1][255 - G]`, cyan `tones[2][255 - R]`. A pixel goes to black when
    none of its channels exceeds `black_limit` (0: pure black only; None: nothing does) and `excluded` (height, width;
    a photograph, or all that is not text) is zero there. Its black is then `tones[3][255 - max(R, G, B)]`, which is 1
    in LINEAR_TONES, and its colour is removed unless `keep_colour`; every other pixel has black 0. Without a `black`
    plane nothing goes to black. Raises BadPlane.
    """
    check_pixels(pixels)
    inks = {"yellow": yellow, "magenta": magenta, "cyan": cyan} | ({} if black is None else {"black": black})
    for name, plane in inks.items():
        check_plane(name, plane, pixels.shape[:2])
    check_apart(pixels, *inks.values())
    check_array("tones", tones, 2, (4, 256))
    if excluded is not None:
        check_array("excluded", excluded, 2, pixels.shape[:2])
        check_apart(excluded, *inks.values())
    check_range("black_limit", black_limit or 0, 0, 255)
    limit = -1 if black_limit is None or black is None else black_limit
    _kernels.separate(pixels, yellow, magenta, cyan, black, tones, limit, excluded, keep_colour)


def overlay(plane: Plane, windows: Sequence[Rectangle] = (), *, cover: bool = True, level: int = 1) -> None:
    """Fill an overlay plane: all of it but the windows, or with `cover` false only the windows.

    Full overlay is `overlay(plane)`, none is `overlay(plane, cover=False)`; a window over chip, stripe or signature
    stays free of varnish. Windows are in dots, cut at the plane's edges, and may overlap. Raises BadPlane.
    """
    check_plane("plane", plane)
    check_range("level", level, 0, 255)
    if any(window.width < 0 or window.height < 0 for window in windows):
        raise BadPlane("a rectangle turned inside out", where="windows", allowed="width and height from 0")
    plane[:] = level if cover else 0
    for left, top, width, height in windows:
        plane[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = 0 if cover else level


def reduce_depth(values: Plane, levels: Plane, bits: int) -> None:
    """Map 0..255 to `round(value * (2**bits - 1) / 255)`, exactly (there are no ties), for 1 to 8 bits.

    May work in place, with one array for both. Raises BadPlane.
    """
    check_range("bits", bits, 1, 8)
    check_array("values", values, 2)
    check_plane("levels", levels, values.shape)
    _kernels.reduce_depth(values, levels, 2**bits - 1)


def expand_depth(levels: Plane, values: Plane, bits: int) -> None:
    """Map levels 0..2**bits - 1 back to `round(255 * level / (2**bits - 1))`, exactly, for 1 to 8 bits.

    May work in place, with one array for both. Raises BadPlane, also when a level does not fit the depth.
    """
    check_range("bits", bits, 1, 8)
    check_array("levels", levels, 2)
    check_plane("values", values, levels.shape)
    top = 2**bits - 1
    table = _constant([(510 * min(level, top) + top) // (2 * top) for level in range(256)])
    check_fit(_kernels.lookup(levels, values, table), bits)


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


def _check_dither(grey: Plane, bits: Plane) -> None:
    check_array("grey", grey, 2)
    height, width = grey.shape
    check_plane("bits", bits, (height, (width + 7) // 8))
    check_apart(grey, bits)


def _check_packed(packed: Plane, levels: Plane, bits: int, align_rows: bool) -> None:
    check_bytes("packed", packed)
    height, width = levels.shape
    size = packed_size(height, width, bits, align_rows=align_rows)
    if packed.size != size:
        raise BadPlane(f"{packed.size} bytes", where="packed", allowed=f"{size} bytes")
    check_apart(packed, levels)


def _no_errors(grey: Plane) -> npt.NDArray[np.int16]:
    return np.zeros(grey.shape[1] + 2, dtype=np.int16)
