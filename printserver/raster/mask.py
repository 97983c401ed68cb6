"""The overlay mask: where varnish is laid down, and where chip, stripe and signature stay free of it.

Laws kept here:

1. Windows are measured in millimetres on the card and become dots here, from the upper left corner of the image.
2. The chip is on the front, stripe and signature on the back; the stripe runs the whole length of the card, so that
   mirroring the front view (in which both are given) changes nothing but the side.
3. Windows that a ticket names stay free of varnish whatever else it wants.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from printserver.model.area import Area, read_areas
from printserver.model.card import (
    CHIP_BOTTOM_MM,
    CHIP_LEFT_MM,
    CHIP_RIGHT_MM,
    CHIP_TOP_MM,
    SIGNATURE_BOTTOM_MM,
    SIGNATURE_LEFT_MM,
    SIGNATURE_RIGHT_MM,
    SIGNATURE_TOP_MM,
    STRIPE_BOTTOM_MM,
    STRIPE_TOP_MM,
    Geometry,
    Plane,
    Side,
)
from printserver.model.ticket import Overlay, Ticket
from printserver.raster.kernels import Rectangle, overlay

CHIP, STRIPE, SIGNATURE = "chip", "stripe", "signature"
PLACES = {CHIP: Side.FRONT, STRIPE: Side.BACK, SIGNATURE: Side.BACK}


def overlay_plane(
    side: Side, geometry: Geometry, ticket: Ticket, *,
    laid: Plane | None = None, resin: Plane | None = None, image: Plane | None = None,
) -> Plane:  # fmt: skip
    """Return the overlay of a side: 1 = varnish, `uint8`, shape (height, width).

    `laid` is the whole overlay (less the resin where that is wished) if separation has made it; it is written to.
    `resin` is the side's black, or the resin that carries its picture, not zero where there is ink; `image` is what the
    picture gives for the overlay. Raises BadTicket.
    """
    if laid is None:
        laid = np.ones((geometry.height, geometry.width), dtype=np.uint8)
        if ticket.overlay is Overlay.WITHOUT_RESIN and resin is not None:
            laid[resin != 0] = 0
    match ticket.overlay:
        case Overlay.NONE:
            overlay(laid, cover=False)
        case Overlay.AREAS:
            overlay(laid, rectangles(side, geometry, read_areas("overlay-areas", ticket.overlay_areas)), cover=False)
        case Overlay.IMAGE if image is not None:
            laid = image
        case _:
            laid = free_of(laid, windows(side, geometry, ticket.overlay))
    return free_of(laid, rectangles(side, geometry, read_areas("overlay-windows", ticket.overlay_windows)))


def windows(side: Side, geometry: Geometry, wanted: Overlay) -> tuple[Rectangle, ...]:
    """Return which of the places that have names must stay free of varnish on a side, in dots."""
    named = wanted.value.split("+")
    return tuple(WINDOWS[name](geometry) for name, where in PLACES.items() if name in named and where is side)


def chip_window(geometry: Geometry) -> Rectangle:
    """Return the keep-out round the ISO/IEC 7816-2 contacts, on the front."""
    return between(geometry, CHIP_LEFT_MM, CHIP_TOP_MM, CHIP_RIGHT_MM, CHIP_BOTTOM_MM)


def stripe_window(geometry: Geometry) -> Rectangle:
    """Return the band of the magnetic stripe (ISO/IEC 7811-6, three tracks), on the back."""
    top = geometry.dots(STRIPE_TOP_MM)
    return Rectangle(0, top, geometry.width, geometry.dots(STRIPE_BOTTOM_MM) - top)


def signature_window(geometry: Geometry) -> Rectangle:
    """Return the usual place of a signature panel, on the back."""
    return between(geometry, SIGNATURE_LEFT_MM, SIGNATURE_TOP_MM, SIGNATURE_RIGHT_MM, SIGNATURE_BOTTOM_MM)


WINDOWS = {CHIP: chip_window, STRIPE: stripe_window, SIGNATURE: signature_window}


def rectangles(side: Side, geometry: Geometry, areas: Iterable[Area]) -> tuple[Rectangle, ...]:
    """Return the areas of one side in dots."""
    return tuple(
        between(geometry, each.left_mm, each.top_mm, each.left_mm + each.width_mm, each.top_mm + each.height_mm)
        for each in areas
        if each.side is side
    )


def between(geometry: Geometry, left: float, top: float, right: float, bottom: float) -> Rectangle:
    """Return the rectangle between edges in millimetres, in dots."""
    first, upper = geometry.dots(left), geometry.dots(top)
    return Rectangle(first, upper, geometry.dots(right) - first, geometry.dots(bottom) - upper)


def free_of(plane: Plane, places: tuple[Rectangle, ...]) -> Plane:
    """Return the plane with nothing in some rectangles."""
    for left, top, width, height in places:
        plane[top : top + height, left : left + width] = 0
    return plane

