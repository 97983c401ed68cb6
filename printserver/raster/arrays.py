"""What a kernel may rely on: an array is checked here, before a pointer into it is taken.

Each check passes or raises BadPlane, which names the argument, what it was and what it may be.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from printserver.errors import PrintServerError
from printserver.model.card import Plane

DEPTHS = (1, 5, 6, 7, 8)


class BadPlane(PrintServerError):
    """A raster kernel was given an array or a number that it cannot work on."""

    code = "bad-plane"


def check_array(where: str, array: object, dimensions: int, shape: tuple[int, ...] | None = None) -> None:
    """Demand uint8, C-contiguous, not empty, of that many dimensions and, if given, of that shape."""
    found = check_bytes(where, array).shape
    if len(found) != dimensions:
        raise BadPlane(f"shape {found}", where=where, allowed=f"{dimensions} dimensions")
    if shape not in (None, found):
        raise BadPlane(f"shape {found}", where=where, allowed=f"shape {shape}")


def check_bytes(where: str, array: object) -> Plane:
    """Demand uint8, C-contiguous and not empty, of any shape; give it back as what it is now known to be."""
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        raise BadPlane(f"{type(array).__name__} {getattr(array, 'dtype', '')}".strip(), where=where, allowed="uint8")
    if not array.flags.c_contiguous:
        raise BadPlane("an array with gaps", where=where, allowed="C-contiguous")
    if array.size == 0:
        raise BadPlane(f"shape {array.shape}", where=where, allowed="at least one dot")
    return array


def check_plane(where: str, plane: Plane, shape: tuple[int, ...] | None = None) -> None:
    """Demand a plane that a kernel may write to."""
    check_array(where, plane, 2, shape)
    check_writable(where, plane)


def check_pixels(pixels: Plane) -> None:
    """Demand RGB or RGBX pixels."""
    check_array("pixels", pixels, 3)
    if pixels.shape[2] not in (3, 4):
        raise BadPlane(f"shape {pixels.shape}", where="pixels", allowed="3 or 4 samples a pixel")


def check_dither(grey: Plane, bits: Plane) -> None:
    """Demand a grey plane, and packed bits of its shape that may be written to."""
    check_array("grey", grey, 2)
    height, width = grey.shape
    check_plane("bits", bits, (height, (width + 7) // 8))
    check_apart(grey, bits)


def check_writable(where: str, array: Plane) -> None:
    """Demand an array that a kernel may write to."""
    if not array.flags.writeable:
        raise BadPlane("a read-only array", where=where, allowed="writable")


def check_apart(*arrays: Plane) -> None:
    """Demand arrays without a byte in common; contiguous ones whose bounds cross share bytes."""
    if any(np.may_share_memory(one, other) for one, other in combinations(arrays, 2)):
        raise BadPlane("arrays that share memory", allowed="outputs apart from inputs and from each other")


def check_range(where: str, value: int, lowest: int, highest: int) -> None:
    """Demand a number from a range, both ends included."""
    if not lowest <= value <= highest:
        raise BadPlane(f"{value}", where=where, allowed=f"{lowest}..{highest}")


def check_depth(bits: int) -> None:
    """Demand a depth that packing knows."""
    if bits not in DEPTHS:
        raise BadPlane(f"{bits} bits", where="bits", allowed=", ".join(map(str, DEPTHS)))


def check_fit(seen: int, bits: int) -> None:
    """Demand that `seen`, the OR of all levels, has no bit beyond the depth."""
    if seen >> bits:
        raise BadPlane("a level beyond the depth", where="levels", allowed=f"0..{2**bits - 1}")
