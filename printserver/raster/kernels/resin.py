"""Black resin and the colour below it; dots of one colour for a panel of their own."""

from __future__ import annotations

import numpy as np

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import check_apart, check_array, check_pixels, check_plane, check_range, check_writable
from printserver.raster.kernels.constants import constant

WHOLE = 100
FARTHEST = 127


def shrink(black: Plane, core: Plane, reach: int) -> None:
    """Write 1 where every dot of the square of `2 reach + 1` dots round a dot has black, else 0.

    What lies outside the plane counts as black: the card's own edge is no edge of the ink. `reach` is 0..127. Raises
    BadPlane.
    """
    check_array("black", black, 2)
    check_plane("core", core, black.shape)
    check_apart(black, core)
    check_range("reach", reach, 0, FARTHEST)
    _kernels.shrink(black, core, np.empty((2, black.shape[1]), dtype=np.uint8), reach)


def under_black(
    yellow: Plane, magenta: Plane, cyan: Plane, black: Plane, *, removed: int = WHOLE, core: Plane | None = None
) -> None:
    """Remove colour under black: where black is not zero an ink becomes `ink - (ink * removed + 50) // 100`.

    `removed` is a percentage. With `core`, colour stays only where that is not zero, and is removed whole in the rest
    of black. Raises BadPlane.
    """
    _check_inks(yellow, magenta, cyan)
    check_array("black", black, 2, yellow.shape)
    check_apart(black, yellow, magenta, cyan)
    if core is not None:
        check_array("core", core, 2, yellow.shape)
        check_apart(core, yellow, magenta, cyan)
    check_range("removed", removed, 0, WHOLE)
    left = constant([ink - _share(ink, removed) for ink in range(256)])
    _kernels.under_black(yellow, magenta, cyan, black, core, left)


def replace_grey_component(
    yellow: Plane, magenta: Plane, cyan: Plane, light: Plane, *, replaced: int, excluded: Plane | None = None
) -> None:
    """Take a share of the grey component out of the inks, and write the light that black is to make in its place.

    The grey component is `g = min(yellow, magenta, cyan)`; `a = (g * replaced + 50) // 100` is taken from each ink and
    `light` becomes 255 - a, ready for a dither. Where `excluded` is not zero nothing is taken. `replaced` is a
    percentage. Raises BadPlane.
    """
    _check_inks(yellow, magenta, cyan)
    check_plane("light", light, yellow.shape)
    check_apart(light, yellow, magenta, cyan)
    if excluded is not None:
        check_array("excluded", excluded, 2, yellow.shape)
        check_apart(excluded, yellow, magenta, cyan, light)
    check_range("replaced", replaced, 0, WHOLE)
    taken = constant([_share(grey, replaced) for grey in range(256)])
    _kernels.replace_grey_component(yellow, magenta, cyan, excluded, light, taken)


def lift_colour(pixels: Plane, mask: Plane, key: tuple[int, int, int], tolerance: int = 0) -> None:
    """Write 1 to `mask` where a pixel has the key's colour, else 0, and make those pixels white.

    A pixel has the colour when each of R, G and B is at most `tolerance` (0..255) away from the key's. Raises BadPlane.
    """
    check_pixels(pixels)
    check_writable("pixels", pixels)
    check_plane("mask", mask, pixels.shape[:2])
    check_apart(pixels, mask)
    for channel in key:
        check_range("key", channel, 0, 255)
    check_range("tolerance", tolerance, 0, 255)
    _kernels.lift_colour(pixels, mask, constant(key), tolerance)


def _check_inks(yellow: Plane, magenta: Plane, cyan: Plane) -> None:
    check_array("yellow", yellow, 2)
    for name, plane in (("yellow", yellow), ("magenta", magenta), ("cyan", cyan)):
        check_plane(name, plane, yellow.shape)
    check_apart(yellow, magenta, cyan)


def _share(ink: int, percent: int) -> int:
    return (ink * percent + 50) // 100
