"""Dark dots that are letters, lines and bars, told from dark areas and photographs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import check_apart, check_array, check_plane, check_range

FIELDS_OF_A_RUN = 11
LARGEST = 1 << 20


class Lettering(NamedTuple):
    """What text is: how dark, how thin and how small, and how light the ground it stands on; lengths in dots."""

    limit: int
    stroke: int
    size: int
    contrast: int = 128


def text(light: Plane, elsewhere: Plane, lettering: Lettering, excluded: Plane | None = None) -> None:
    """Write 0 to `elsewhere` where a dot is text, else 255, so that it can be given to `separate` as `excluded`.

    `light` is the brightest channel of each dot. A dot is *dark* when its light is at most `limit` and `excluded` (a
    photograph) is zero there; dark dots that touch, also at corners, are one component. An *edge* is a side of a dark
    dot behind which a dot of the picture follows that is not dark; its light is that dot's, or the light of the dot
    behind that one where there is a lighter one, so that soft edges of letters count as the ground beyond them. With
    `dots` and `edges` of the component counted, it is text when

    - its ground is light: it has edges, and the sum of their lights is at least `contrast * edges`;
    - it is thin: `2 * dots <= stroke * edges`, for a stroke of width w and length n has n w dots and about 2 n edges;
    - it is small: the shorter side of the rectangle round it is at most `size`.

    Raises BadPlane.
    """
    check_array("light", light, 2)
    check_plane("elsewhere", elsewhere, light.shape)
    check_apart(light, elsewhere)
    if excluded is not None:
        check_array("excluded", excluded, 2, light.shape)
        check_apart(excluded, elsewhere)
    check_range("limit", lettering.limit, 0, 255)
    check_range("stroke", lettering.stroke, 0, LARGEST)
    check_range("size", lettering.size, 0, LARGEST)
    check_range("contrast", lettering.contrast, 0, 255)
    height, width = light.shape
    runs = np.empty((height * ((width + 1) // 2), FIELDS_OF_A_RUN), dtype=np.int64)
    _kernels.text(light, excluded, elsewhere, runs, *lettering)
