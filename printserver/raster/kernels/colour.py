"""Pixels to inks through a table of nodes: what a ribbon's profile is applied with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from printserver.model.card import Plane
from printserver.raster import _kernels
from printserver.raster.arrays import BadPlane, check_apart, check_pixels, check_plane

Nodes: TypeAlias = npt.NDArray[np.uint16]

GRIDS = (17, 33)
INKS = 4
PER_CODE = 128
FULL_NODE = 255 * PER_CODE


def check_nodes(nodes: Nodes) -> None:
    """Demand a table that `tetrahedral` takes: uint16, C-contiguous, (grid, grid, grid, 4), grid 17 or 33, 0..32640."""
    if nodes.dtype != np.uint16 or not nodes.flags.c_contiguous:
        raise BadPlane(f"{nodes.dtype}", where="nodes", allowed="uint16, C-contiguous")
    if nodes.shape not in [(grid, grid, grid, INKS) for grid in GRIDS]:
        raise BadPlane(f"shape {nodes.shape}", where="nodes", allowed="(17, 17, 17, 4) or (33, 33, 33, 4)")
    if nodes.max() > FULL_NODE:
        raise BadPlane(f"{nodes.max()}", where="nodes", allowed=f"0..{FULL_NODE}")


def tetrahedral(pixels: Plane, inks: tuple[Plane, ...], nodes: Nodes) -> None:
    """Turn pixels into three or four ink planes, by tetrahedral interpolation between nodes.

    `nodes[r, g, b]` holds four inks in 128ths of a code, 0..32640, for the colour whose channels are r, g and b times
    255 / (grid - 1). A channel c lies c * (grid - 1) / 255 nodes along its axis; with the parts of the three channels
    beyond a node in falling order a, b, c the ink is (1 - a) near + (a - b) second + (b - c) third + c last, where the
    nodes go from the near corner of the cell along the axis of a, then of b, then of c. It is exact, and rounded once,
    halves up. `inks` takes the first three or all four inks, in the table's order. Raises BadPlane.
    """
    check_pixels(pixels)
    if len(inks) not in (3, 4):
        raise BadPlane(f"{len(inks)} planes", where="inks", allowed="3 or 4")
    for plane in inks:
        check_plane("inks", plane, pixels.shape[:2])
    check_nodes(nodes)
    check_apart(pixels, *inks)
    first, second, third = inks[:3]
    _kernels.tetrahedral(pixels, first, second, third, inks[3] if len(inks) == INKS else None, nodes)
