"""Error diffusion: grey planes to packed bits, each dot's error given on to the dots that follow it.

Laws kept here:

1. Errors from outside the plane are zero, and each row begins without an error from the west.
2. `above` is what the row above gives. A row pushes its shares along its own scan, so in serpentine scan the next row,
   which runs the other way, finds them on swapped sides.
3. One plane and a batch of planes give the same bits.

Which one to take: `sierra_lite` in serpentine scan for photographs, `floyd_steinberg` in raster scan where speed
counts, `floyd_steinberg_pillow` only where identity with Pillow is asked for. `docs/raster.md` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import BadPlane, check_apart, check_dither

# As many planes in the lanes of a batch cost what this many cost one after another.
FEWEST_IN_LANES = 4


def floyd_steinberg(grey: Plane, bits: Plane, *, serpentine: bool = False) -> None:
    """Diffuse a grey plane into packed bits: the project's form of Floyd and Steinberg (1976).

    `v = grey + ((7 west + above + 8) >> 4)`, ink if v < 128, error `v - (0 or 255)`, never clipped; `above` is 5 of the
    dot straight above, 3 of the next one and 1 of the last one along that row's scan. `serpentine` turns the scan round
    on every second row, the first going right. Raises BadPlane.
    """
    check_dither(grey, bits)
    _kernels.floyd_steinberg(grey, bits, _scratch(grey), serpentine)


def floyd_steinberg_pillow(grey: Plane, bits: Plane) -> None:
    """Diffuse a grey plane into packed bits, bit for bit as Pillow's `convert("1")` does from mode L.

    `v = clip(grey + trunc((7 west + above) / 16))`, ink if v <= 128. Clipping loses error at hard edges: prefer
    `floyd_steinberg` unless identity with Pillow is asked for. Raises BadPlane.
    """
    check_dither(grey, bits)
    _kernels.floyd_steinberg_pillow(grey, bits, _scratch(grey))


def sierra_lite(grey: Plane, bits: Plane, *, serpentine: bool = False) -> None:
    """Diffuse a grey plane into packed bits: Sierra's smallest filter, "Filter Lite" (1990), in exact integers.

    An error gives two quarters to the next dot of its row, one to the dot below and one to the dot below the last one:
    `s = 4 grey + 2 west + above + rest`, `v = s >> 2`, ink if v < 128, error `v - (0 or 255)`, never clipped. `rest` is
    `s & 3` of the dot before, 0 at the beginning of a row: nothing is lost by rounding. `serpentine` turns the scan
    round on every second row, the first going right. Raises BadPlane.
    """
    check_dither(grey, bits)
    _kernels.sierra_lite(grey, bits, _scratch(grey), serpentine)


def atkinson(grey: Plane, bits: Plane) -> None:
    """Diffuse a grey plane into packed bits as Bill Atkinson did: high contrast, and tone is not kept.

    An eighth of the error goes to each of six dots, the next two of the row, three below, one two rows below; the rest
    goes nowhere: `v = grey + ((their sum + 4) >> 3)`, ink if v < 128, error `v - (0 or 255)`. Raster scan. Raises
    BadPlane.
    """
    check_dither(grey, bits)
    _kernels.atkinson(grey, bits, _scratch(grey))


def floyd_steinberg_batch(greys: Sequence[Plane], bits: Sequence[Plane], *, serpentine: bool = False) -> None:
    """Do `floyd_steinberg` for several planes of one shape: in serpentine scan several times as fast as one by one.

    Raises BadPlane.
    """
    _check_batch(greys, bits)
    _batch(greys, bits, floyd_steinberg, serpentine)


def sierra_lite_batch(greys: Sequence[Plane], bits: Sequence[Plane], *, serpentine: bool = False) -> None:
    """Do `sierra_lite` for several planes of one shape: in serpentine scan several times as fast as one by one.

    Raises BadPlane.
    """
    _check_batch(greys, bits)
    _batch(greys, bits, sierra_lite, serpentine)


def _batch(greys: Sequence[Plane], bits: Sequence[Plane], one: Callable[..., None], serpentine: bool) -> None:
    lanes = _kernels.lanes() if serpentine else 0
    for first in range(0, len(greys), max(lanes, 1)):
        some, their_bits = list(greys[first : first + max(lanes, 1)]), list(bits[first : first + max(lanes, 1)])
        if len(some) < FEWEST_IN_LANES:
            for grey, packed in zip(some, their_bits, strict=True):
                one(grey, packed, serpentine=serpentine)
        else:
            owed = np.zeros(lanes * (some[0].shape[1] + 2), dtype=np.int16)
            _kernels.serpentine_batch(some, their_bits, owed, one is sierra_lite)


def _check_batch(greys: Sequence[Plane], bits: Sequence[Plane]) -> None:
    if len(greys) != len(bits):
        raise BadPlane(f"{len(greys)} planes and {len(bits)} for their bits", where="bits", allowed="as many as greys")
    for grey, packed in zip(greys, bits, strict=True):
        check_dither(grey, packed)
        if grey.shape != greys[0].shape:
            raise BadPlane(f"shapes {greys[0].shape} and {grey.shape}", where="greys", allowed="planes of one shape")
    for grey in greys:
        check_apart(grey, *bits)


def _scratch(grey: Plane) -> npt.NDArray[np.int16]:
    return np.zeros(2 * grey.shape[1] + 128, dtype=np.int16)
