"""Ink values brought to the levels that a printer is sent."""

from __future__ import annotations

import numpy as np

from printserver.errors import PluginBroken
from printserver.model.card import Plane
from printserver.model.ticket import Depth
from printserver.raster.kernels import diffuse_depth, reduce_depth

FULL_LEVELS = 256


def bits_of(levels: int) -> int:
    """Return the bits of a number of levels (2, 4, 8, ... 256); raises PluginBroken for what no driver may state."""
    bits = (levels - 1).bit_length()
    if not 1 <= bits <= 8 or levels != 1 << bits:
        raise PluginBroken(f"the driver states {levels} levels", where="levels", allowed="2, 4, 8, ... 256")
    return bits


def tone_levels(plane: Plane, levels: int, depth: Depth = Depth.PLAIN) -> Plane:
    """Return a plane of 0..255 as 0..levels - 1; 256 levels are the plane itself.

    `diffused` hides the bands of slow ramps in a grain of single levels; white and full ink stay as they are.
    """
    bits = bits_of(levels)
    if levels == FULL_LEVELS:
        return plane
    reduced = np.empty_like(plane)
    reduce = diffuse_depth if depth is Depth.DIFFUSED else reduce_depth
    reduce(plane, reduced, bits)
    return reduced


def resin_levels(plane: Plane, levels: int) -> Plane:
    """Return a plane of 0 and 1 as 0 and levels - 1: resin is on or off, however finely a printer counts."""
    top = (1 << bits_of(levels)) - 1
    return plane if top == 1 else plane * np.uint8(top)
