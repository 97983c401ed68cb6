"""The overlay mask: where varnish is laid down, and where chip and stripe stay free of it.

Laws kept here:

1. Windows are measured in millimetres on the card and become dots here, from the upper left corner of the image.
2. The chip is on the front, the stripe on the back; the stripe runs the whole length of the card, so that mirroring
   the front view (in which both are given) changes nothing but the side.
"""

from __future__ import annotations

import numpy as np

from printserver.model.card import (
    CHIP_BOTTOM_MM,
    CHIP_LEFT_MM,
    CHIP_RIGHT_MM,
    CHIP_TOP_MM,
    STRIPE_BOTTOM_MM,
    STRIPE_TOP_MM,
    Geometry,
    Plane,
    Side,
)
from printserver.model.ticket import Overlay
from printserver.raster.kernels import Rectangle, overlay

WITH_CHIP = frozenset({Overlay.CHIP, Overlay.CHIP_STRIPE})
WITH_STRIPE = frozenset({Overlay.STRIPE, Overlay.CHIP_STRIPE})


def overlay_plane(side: Side, geometry: Geometry, wanted: Overlay) -> Plane:
    """Return the overlay of a side: 1 = varnish, `uint8`, shape (height, width)."""
    plane = np.zeros((geometry.height, geometry.width), dtype=np.uint8)
    overlay(plane, windows(side, geometry, wanted), cover=wanted is not Overlay.NONE)
    return plane


def windows(side: Side, geometry: Geometry, wanted: Overlay) -> tuple[Rectangle, ...]:
    """Return what must stay free of varnish on a side, in dots."""
    match side:
        case Side.FRONT if wanted in WITH_CHIP:
            return (chip_window(geometry),)
        case Side.BACK if wanted in WITH_STRIPE:
            return (stripe_window(geometry),)
        case _:
            return ()


def chip_window(geometry: Geometry) -> Rectangle:
    """Return the keep-out round the ISO/IEC 7816-2 contacts, on the front."""
    left, top = geometry.dots(CHIP_LEFT_MM), geometry.dots(CHIP_TOP_MM)
    return Rectangle(left, top, geometry.dots(CHIP_RIGHT_MM) - left, geometry.dots(CHIP_BOTTOM_MM) - top)


def stripe_window(geometry: Geometry) -> Rectangle:
    """Return the band of the magnetic stripe (ISO/IEC 7811-6, three tracks), on the back."""
    top = geometry.dots(STRIPE_TOP_MM)
    return Rectangle(0, top, geometry.width, geometry.dots(STRIPE_BOTTOM_MM) - top)
