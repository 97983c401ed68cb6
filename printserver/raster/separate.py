"""A card's picture taken apart into the panels of one side of a ribbon.

Laws kept here:

1. Where a side has dye, black goes to resin and its colour is removed as the ticket says; all else is dye.
2. Where a side has resin only, the whole picture is that resin: grey, dithered. Where a ticket wants grey of dye, all
   but the colour keys is made grey first, and then printed as any picture.
3. A panel that nothing is drawn for (silver, fluorescent, white beside colour) is there, and empty.
4. Black is found by the picture alone; what then happens to the dyes holds for any dyes, also those of a profile.
5. A panel that the job brings ready drawn is that panel; nothing of the picture is added to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from printserver.model.card import Geometry, Panel, PanelName, Plane, Ribbon, Side, SidePanels
from printserver.model.ticket import Depth, Dither, Overlay, Ticket
from printserver.raster import kernels
from printserver.raster.carrier import carrier_of, has_dye
from printserver.raster.depth import FULL_LEVELS, resin_levels, tone_levels
from printserver.raster.dyeing import dye_by
from printserver.raster.half import keep_to_half
from printserver.raster.mask import overlay_plane
from printserver.raster.resin import (
    NO_BLACK,
    BlackRule,
    excluded_dots,
    grey_for_black,
    photographs,
    rule_of,
    thin_below,
)
from printserver.raster.ribbon_profile import RibbonProfile
from printserver.raster.spot import KEYED, lifted

Pixels = npt.NDArray[np.uint8]

COLOURED = (PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O)


def separate_side(
    picture: Pixels, side: Side, ribbon: Ribbon, geometry: Geometry, levels: dict[PanelName, int], ticket: Ticket,
    profile: RibbonProfile | None = None, own: Mapping[PanelName, Plane] = MappingProxyType({}),
) -> SidePanels:
    """Return the panels of a side, in the ribbon's order, from an RGB picture of the geometry's size.

    `levels` maps panels to how many levels they are sent with; dye not named has 256, resin and overlay 2. Without a
    profile dyes are the complement. `own` are panels that are drawn already (`raster.own`), 1 = ink. Raises BadTicket,
    and UnsupportedByPrinter for colour outside a half ribbon's half.
    """
    names = ribbon.panels(side)
    picture, planes = lifted(picture, keyed(names), ticket)
    image = planes.pop(PanelName.O, None)
    planes |= inks(picture, names, side, geometry, ticket, profile, PanelName.K in own)
    laid = planes.pop(PanelName.O, None)
    planes |= own_resin(own, side, geometry, ticket)
    resin = planes.get(carrier_of(names) or PanelName.K)
    if PanelName.K in own:
        laid = None  # it was made without that black
    if PanelName.O in own:
        laid = own[PanelName.O].copy()
    if ribbon.half and has_dye(names):
        # with grey replacement resin lies over what is coloured, not over what is black alone
        hidden = None if ticket.gcr else planes.get(PanelName.K)
        keep_to_half(planes, geometry, ticket.colour_half, ribbon.name, hidden)
    if PanelName.O in names:
        planes[PanelName.O] = overlay_plane(side, geometry, ticket, laid=laid, resin=resin, image=image)
    return SidePanels(side, tuple(panel(name, planes.get(name), geometry, levels, ticket.depth) for name in names))


def keyed(names: tuple[PanelName, ...]) -> tuple[PanelName, ...]:
    """Return the panels of a side that a colour of the picture may stand for."""
    carrier = carrier_of(names)
    return tuple(name for name in names if name in KEYED and name is not carrier)


def panel(
    name: PanelName, plane: Plane | None, geometry: Geometry, levels: dict[PanelName, int], depth: Depth = Depth.PLAIN
) -> Panel:
    """Return one panel at its levels, empty when nothing was drawn for it."""
    count = levels.get(name, FULL_LEVELS if name.is_dye else 2)
    if plane is None:
        plane = np.zeros((geometry.height, geometry.width), dtype=np.uint8)
    return Panel(name, tone_levels(plane, count, depth) if name.is_dye else resin_levels(plane, count), count)


def inks(
    picture: Pixels, names: tuple[PanelName, ...], side: Side, geometry: Geometry, ticket: Ticket,
    profile: RibbonProfile | None = None, own_black: bool = False,
) -> dict[PanelName, Plane]:
    """Return what is drawn with ink: dye as 0..255, resin as 0 and 1; with `own_black` no black of the picture."""
    if has_dye(names):
        light = greyed(picture) if ticket.grey else picture
        return colour_inks(light, names, side, geometry, ticket, profile, own_black)
    carrier = carrier_of(names)
    return {} if carrier is None else {carrier: dithered(grey_of(picture), ticket.dither)}


def colour_inks(
    picture: Pixels, names: tuple[PanelName, ...], side: Side, geometry: Geometry, ticket: Ticket,
    profile: RibbonProfile | None = None, own_black: bool = False,
) -> dict[PanelName, Plane]:
    """Return yellow, magenta and cyan, and of black and overlay (all of it, or all but the black) what there is."""
    with_black, spares = PanelName.K in names and not own_black, ticket.overlay is Overlay.WITHOUT_RESIN
    rule = rule_of(ticket) if with_black else NO_BLACK
    photos = photographs(side, geometry, ticket) if with_black else None
    yellow, magenta, cyan, black, overlay = (np.empty(picture.shape[:2], dtype=np.uint8) for _ in range(5))
    dyes = yellow, magenta, cyan
    kernels.separate(
        picture, *dyes, black, overlay, spare_resin=spares, black_limit=rule.limit, keep_colour=rule.keeps_colour,
        excluded=excluded_dots(picture, photos, geometry, ticket) if with_black else None,
    )  # fmt: skip
    dye_by(profile, picture, *dyes)
    if rule.thins:
        thin_below(dyes, black, rule)
    if rule.replaced:
        black |= black_for_grey(dyes, black, photos, rule, ticket.dither)
        overlay &= (black == 0) | (not spares)
    planes = zip(COLOURED, (*dyes, black, overlay), strict=True)
    return {name: plane for name, plane in planes if name in names or name.is_dye}


def own_resin(
    own: Mapping[PanelName, Plane], side: Side, geometry: Geometry, ticket: Ticket
) -> dict[PanelName, Plane]:
    """Return the panels of a job's own but the overlay, without a dot in a declared photograph."""
    photos = photographs(side, geometry, ticket) if own else None
    return {
        name: plane if photos is None else plane & (photos == 0)
        for name, plane in own.items() if name is not PanelName.O
    }  # fmt: skip


def black_for_grey(
    dyes: tuple[Plane, Plane, Plane], black: Plane, photos: Plane | None, rule: BlackRule, dither: Dither
) -> Plane:
    """Return the dots of black that make up for grey taken out of the dyes; no error strays into a photograph."""
    dots = dithered(grey_for_black(dyes, black, photos, rule), dither)
    return dots if photos is None else dots & (photos == 0)


def grey_of(picture: Pixels) -> Plane:
    """Return the light of a picture, 0 black to 255 white."""
    grey = np.empty(picture.shape[:2], dtype=np.uint8)
    kernels.luma(picture, grey)
    return grey


def greyed(picture: Pixels) -> Pixels:
    """Return the light of a picture as a picture without colour, shape (height, width, 3)."""
    return np.repeat(grey_of(picture)[:, :, np.newaxis], 3, axis=2)


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
