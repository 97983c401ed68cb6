"""Dyes by a ribbon's profile, in the place of the picture's complement.

Laws kept here:

1. What goes to black resin is decided by the picture (sRGB), never by the profile: pure black stays pure black.
2. What separation took away from the complement of a dot, it takes away from the profile's dyes in the same share.
3. The neutral profile changes nothing, and takes no time.
"""

from __future__ import annotations

import numpy as np

from printserver.model.card import Plane
from printserver.raster import kernels
from printserver.raster.ribbon_profile import RibbonProfile


def dye_by(profile: RibbonProfile | None, picture: Plane, yellow: Plane, magenta: Plane, cyan: Plane) -> None:
    """Replace the complement of `picture` (RGB or RGBX) in separated dye planes by a profile's dyes, in place."""
    if profile is None or profile.is_neutral:
        return
    complement = 255 - picture[..., :3]
    changed = (yellow != complement[..., 2]) | (magenta != complement[..., 1]) | (cyan != complement[..., 0])
    left = yellow[changed].astype(np.uint32) + magenta[changed] + cyan[changed]
    whole = complement[changed].sum(axis=1, dtype=np.uint32)
    planes = (yellow, magenta, cyan)
    kernels.tetrahedral(picture, planes, profile.nodes)
    for plane in planes:
        plane[changed] = (plane[changed] * left // whole).astype(np.uint8)
