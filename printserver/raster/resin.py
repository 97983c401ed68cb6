"""What goes to black resin beside colour, and how much colour stays below it.

Laws kept here:

1. A declared photograph gets no dot of resin, whatever else a ticket says.
2. What is black is judged by the picture's own light, never by what a profile makes of it.
3. How much colour stays below black is the ticket's to say (`model.black`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from printserver.model.area import read_areas
from printserver.model.black import removed_below
from printserver.model.card import Geometry, Plane, Side
from printserver.model.ticket import KMode, Ticket
from printserver.raster import kernels
from printserver.raster.mask import rectangles
from printserver.raster.place import Pixels

# Letters of 10 mm in bold have strokes of 2 mm; an inch holds every code that is read by machines.
TEXT_STROKE_MM = 2.0
TEXT_SIZE_MM = 25.4

NEVER = 255


@dataclass(frozen=True, slots=True)
class BlackRule:
    """How black is made: the brightest channel that goes to it, and percentages of colour.

    `removed` of the colour goes from under black, `replaced` of the grey component elsewhere becomes dots of black;
    colour that stays under black ends `choke` dots inside its edge.
    """

    limit: int | None
    removed: int = kernels.WHOLE
    choke: int = 0
    replaced: int = 0

    @property
    def keeps_colour(self) -> bool:
        """Tell whether any colour stays under black."""
        return self.limit is not None and self.removed < kernels.WHOLE

    @property
    def thins(self) -> bool:
        """Tell whether of the colour that stays any part is removed."""
        return self.keeps_colour and (self.removed > 0 or self.choke > 0)


NO_BLACK = BlackRule(None)


def rule_of(ticket: Ticket) -> BlackRule:
    """Return how a ticket wants black to be made."""
    if ticket.k_mode is KMode.NONE:
        return NO_BLACK
    limit = kernels.PURE_BLACK if ticket.k_mode is KMode.BLACK else ticket.k_threshold
    return BlackRule(limit, removed_below(ticket), ticket.k_choke, ticket.gcr)


def photographs(side: Side, geometry: Geometry, ticket: Ticket) -> Plane | None:
    """Return where resin must not go, not zero in declared photographs; None when there is none on this side."""
    places = rectangles(side, geometry, read_areas("photo-areas", ticket.photo_areas))
    if not places:
        return None
    plane = np.empty((geometry.height, geometry.width), dtype=np.uint8)
    kernels.overlay(plane, places, cover=False, level=NEVER)
    return plane


def excluded_dots(picture: Pixels, photos: Plane | None, geometry: Geometry, ticket: Ticket) -> Plane | None:
    """Return where nothing of the picture goes to black: photographs, and in mode `text` all that is no text."""
    if ticket.k_mode is not KMode.TEXT:
        return photos
    light, elsewhere = (np.empty(picture.shape[:2], dtype=np.uint8) for _ in range(2))
    kernels.brightest(picture, light)
    stroke, size = geometry.dots(TEXT_STROKE_MM), geometry.dots(TEXT_SIZE_MM)
    kernels.text(light, elsewhere, kernels.Lettering(ticket.k_threshold, stroke, size), photos)
    return elsewhere


def thin_below(dyes: tuple[Plane, Plane, Plane], black: Plane, rule: BlackRule) -> None:
    """Remove the colour under black that a rule removes."""
    core = None
    if rule.choke:
        core = np.empty_like(black)
        kernels.shrink(black, core, rule.choke)
    kernels.under_black(*dyes, black, removed=rule.removed, core=core)


def grey_for_black(dyes: tuple[Plane, Plane, Plane], black: Plane, photos: Plane | None, rule: BlackRule) -> Plane:
    """Take grey out of the dyes where there is neither black nor a photograph; return it as light for a dither."""
    light = np.empty_like(black)
    excluded = black if photos is None else black | photos
    kernels.replace_grey_component(*dyes, light, replaced=rule.replaced, excluded=excluded)
    return light
