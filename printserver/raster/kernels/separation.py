"""Pixels to grey, pixels to inks."""

from __future__ import annotations

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import check_apart, check_array, check_pixels, check_plane, check_range
from printserver.raster.kernels.constants import constant

PURE_BLACK = 0
LINEAR_TONES = constant([range(256), range(256), range(256), [1] * 256])


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


def brightest(pixels: Plane, plane: Plane) -> None:
    """Write `max(R, G, B)` of each pixel: what K extraction judges by. Raises BadPlane."""
    check_pixels(pixels)
    check_plane("plane", plane, pixels.shape[:2])
    check_apart(pixels, plane)
    _kernels.brightest(pixels, plane)


def separate(
    pixels: Plane,
    yellow: Plane,
    magenta: Plane,
    cyan: Plane,
    black: Plane | None = None,
    overlay: Plane | None = None,
    *,
    tones: Plane = LINEAR_TONES,
    black_limit: int | None = PURE_BLACK,
    excluded: Plane | None = None,
    keep_colour: bool = False,
    spare_resin: bool = False,
) -> None:
    """Separate pixels into ink planes in one pass: complement, K extraction, tone, overlay.

    Yellow is `tones[0][255 - B]`, magenta `tones[1][255 - G]`, cyan `tones[2][255 - R]`. A pixel goes to black when
    none of its channels exceeds `black_limit` (0: pure black only; None: nothing does) and `excluded` (height, width;
    a photograph, or all that is not text) is zero there. Its black is then `tones[3][255 - max(R, G, B)]`, which is 1
    in LINEAR_TONES, and its colour is removed unless `keep_colour`; every other pixel has black 0. Without a `black`
    plane nothing goes to black. `overlay` is 1 everywhere, or with `spare_resin` where no pixel went to black. Raises
    BadPlane.
    """
    check_pixels(pixels)
    inks = {"yellow": yellow, "magenta": magenta, "cyan": cyan}
    inks |= {name: plane for name, plane in (("black", black), ("overlay", overlay)) if plane is not None}
    for name, plane in inks.items():
        check_plane(name, plane, pixels.shape[:2])
    check_apart(pixels, *inks.values())
    check_array("tones", tones, 2, (4, 256))
    if excluded is not None:
        check_array("excluded", excluded, 2, pixels.shape[:2])
        check_apart(excluded, *inks.values())
    check_range("black_limit", black_limit or 0, 0, 255)
    limit = -1 if black_limit is None or black is None else black_limit
    by_light = tones[:, ::-1].copy()  # ink is counted from the other end than light
    _kernels.separate(
        pixels, yellow, magenta, cyan, black, overlay, by_light, limit, excluded, keep_colour, spare_resin
    )
