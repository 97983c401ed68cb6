"""PNG's rows to samples, and samples to opaque pixels."""

from __future__ import annotations

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import BadPlane, check_apart, check_array, check_plane, check_writable

PIXEL_BYTES = (1, 2, 3, 4, 6, 8)
LAST_FILTER = 4  # Paeth


def unfilter(rows: Plane, samples: Plane, pixel_bytes: int) -> None:
    """Undo PNG's filters (ISO/IEC 15948, clause 9): None, Sub, Up, Average, Paeth.

    `rows` is (height, 1 + size), each row after its filter byte; `samples` is (height, size). A pixel has 1, 2, 3, 4, 6
    or 8 bytes, and rows have whole pixels; where pixels are smaller than a byte, `pixel_bytes` is 1. Raises BadPlane,
    also for a filter that PNG does not have.
    """
    if pixel_bytes not in PIXEL_BYTES:
        raise BadPlane(f"{pixel_bytes} bytes a pixel", where="pixel_bytes", allowed=", ".join(map(str, PIXEL_BYTES)))
    check_array("rows", rows, 2)
    check_plane("samples", samples, (rows.shape[0], rows.shape[1] - 1))
    if samples.shape[1] % pixel_bytes:
        raise BadPlane(f"rows of {samples.shape[1]} bytes", where="samples", allowed=f"pixels of {pixel_bytes} bytes")
    if int(rows[:, 0].max()) > LAST_FILTER:
        raise BadPlane(f"filter {rows[:, 0].max()}", where="rows", allowed=f"0..{LAST_FILTER}")
    check_apart(rows, samples)
    _kernels.unfilter(rows, samples, pixel_bytes)


def on_white(samples: Plane, pixels: Plane) -> None:
    """Turn grey (height, width, 1), grey with alpha (2 samples) or RGB with alpha (4) into RGB (height, width, 3).

    Alpha shows the white of the card: `(sample * alpha + 255 * (255 - alpha)) / 255`, rounded, exactly as Pillow's
    `paste` with a mask. Raises BadPlane.
    """
    check_array("samples", samples, 3)
    if samples.shape[2] not in (1, 2, 4):
        raise BadPlane(f"shape {samples.shape}", where="samples", allowed="1, 2 or 4 samples a pixel")
    check_array("pixels", pixels, 3, (*samples.shape[:2], 3))
    check_writable("pixels", pixels)
    check_apart(samples, pixels)
    _kernels.on_white(samples, pixels)
