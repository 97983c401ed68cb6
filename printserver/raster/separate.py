"""A card's picture taken apart into the panels of one side of a ribbon.

Laws kept here:

1. Where a side has dye, black goes to resin as the ticket says, its colour removed under it; all else is dye.
2. Where a side has resin only, the whole picture is that resin: grey, dithered.
3. A panel that nothing is drawn for (silver, fluorescent, white beside colour) is there, and empty.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from printserver.errors import BadTicket
from printserver.model.card import Geometry, Panel, PanelName, Plane, Ribbon, Side, SidePanels
from printserver.model.ticket import Dither, KMode, Ticket
from printserver.raster import kernels
from printserver.raster.depth import FULL_LEVELS, resin_levels, tone_levels
from printserver.raster.dyeing import dye_by
from printserver.raster.mask import overlay_plane
from printserver.raster.ribbon_profile import RibbonProfile

Pixels = npt.NDArray[np.uint8]

K_MODES = (KMode.NONE, KMode.BLACK, KMode.THRESHOLD)

# Which resin carries the picture of a side without dye: black, else the ribbon's one colour.
CARRIERS = (PanelName.K, PanelName.W, PanelName.S)


def check_k_mode(ticket: Ticket) -> None:
    """Raise BadTicket for a way of taking out black that is not offered."""
    if ticket.k_mode not in K_MODES:
        raise BadTicket(
            f"black cannot be taken out by {ticket.k_mode.value!r}", where="k-mode", allowed=", ".join(K_MODES)
        )


def separate_side(
    picture: Pixels, side: Side, ribbon: Ribbon, geometry: Geometry, levels: dict[PanelName, int], ticket: Ticket,
    profile: RibbonProfile | None = None,
) -> SidePanels:
    """Return the panels of a side, in the ribbon's order, from an RGB picture of the geometry's size.

    `levels` maps panels to how many levels they are sent with; dye not named has 256, resin and overlay 2. Without a
    profile dyes are the complement.
    """
    names = ribbon.panels(side)
    planes = inks(picture, names, ticket, profile)
    if PanelName.O in names:
        planes[PanelName.O] = overlay_plane(side, geometry, ticket.overlay)
    return SidePanels(side, tuple(panel(name, planes.get(name), geometry, levels) for name in names))


def panel(name: PanelName, plane: Plane | None, geometry: Geometry, levels: dict[PanelName, int]) -> Panel:
    """Return one panel at its levels, empty when nothing was drawn for it."""
    count = levels.get(name, FULL_LEVELS if name.is_dye else 2)
    if plane is None:
        plane = np.zeros((geometry.height, geometry.width), dtype=np.uint8)
    return Panel(name, tone_levels(plane, count) if name.is_dye else resin_levels(plane, count), count)


def inks(
    picture: Pixels, names: tuple[PanelName, ...], ticket: Ticket, profile: RibbonProfile | None = None
) -> dict[PanelName, Plane]:
    """Return what is drawn with ink: dye as 0..255, resin as 0 and 1."""
    if any(name.is_dye for name in names):
        return colour_inks(picture, PanelName.K in names, ticket, profile)
    carrier = next((name for name in CARRIERS if name in names), None)
    return {} if carrier is None else {carrier: dithered(grey_of(picture), ticket.dither)}


def colour_inks(
    picture: Pixels, with_black: bool, ticket: Ticket, profile: RibbonProfile | None = None
) -> dict[PanelName, Plane]:
    """Return yellow, magenta and cyan, and black where the ribbon has it."""
    yellow, magenta, cyan, black = (np.empty(picture.shape[:2], dtype=np.uint8) for _ in range(4))
    limit = black_limit(ticket) if with_black else None
    kernels.separate(picture, yellow, magenta, cyan, black, black_limit=limit)
    dye_by(profile, picture, yellow, magenta, cyan)
    found = {PanelName.Y: yellow, PanelName.M: magenta, PanelName.C: cyan}
    return found | {PanelName.K: black} if with_black else found


def black_limit(ticket: Ticket) -> int | None:
    """Return the brightest channel value that still goes to resin, None when nothing does."""
    match ticket.k_mode:
        case KMode.BLACK:
            return kernels.PURE_BLACK
        case KMode.THRESHOLD:
            return ticket.k_threshold
        case _:
            return None


def grey_of(picture: Pixels) -> Plane:
    """Return the light of a picture, 0 black to 255 white."""
    grey = np.empty(picture.shape[:2], dtype=np.uint8)
    kernels.luma(picture, grey)
    return grey


def dithered(grey: Plane, dither: Dither) -> Plane:
    """Return a grey plane as a plane of 0 and 1, 1 = ink."""
    height, width = grey.shape
    bits = np.empty((height, (width + 7) // 8), dtype=np.uint8)
    match dither:
        case Dither.FLOYD_STEINBERG | Dither.SERPENTINE:
            kernels.floyd_steinberg(grey, bits, serpentine=dither is Dither.SERPENTINE)
        case Dither.PILLOW:
            kernels.floyd_steinberg_pillow(grey, bits)
        case Dither.SIERRA_LITE | Dither.SIERRA_LITE_SERPENTINE:
            kernels.sierra_lite(grey, bits, serpentine=dither is Dither.SIERRA_LITE_SERPENTINE)
        case Dither.ATKINSON:
            kernels.atkinson(grey, bits)
        case Dither.ORDERED:
            kernels.ordered(grey, bits)
        case Dither.VOID_AND_CLUSTER:
            kernels.ordered(grey, bits, kernels.VOID_AND_CLUSTER_64)
        case Dither.THRESHOLD:
            kernels.threshold(grey, bits)
    plane = np.empty_like(grey)
    kernels.unpack(bits, plane, 1, align_rows=True)
    return plane
