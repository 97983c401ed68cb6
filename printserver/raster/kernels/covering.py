"""Where varnish is laid down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from printserver.model.card import Plane
from printserver.raster.arrays import BadPlane, check_plane, check_range


class Rectangle(NamedTuple):
    """A rectangle in dots; what lies outside the plane is cut off."""

    left: int
    top: int
    width: int
    height: int


def overlay(plane: Plane, windows: Sequence[Rectangle] = (), *, cover: bool = True, level: int = 1) -> None:
    """Fill an overlay plane: all of it but the windows, or with `cover` false only the windows.

    Full overlay is `overlay(plane)`, none is `overlay(plane, cover=False)`; a window over chip, stripe or signature
    stays free of varnish. Windows are in dots, cut at the plane's edges, and may overlap. Raises BadPlane.
    """
    check_plane("plane", plane)
    check_range("level", level, 0, 255)
    if any(window.width < 0 or window.height < 0 for window in windows):
        raise BadPlane("a rectangle turned inside out", where="windows", allowed="width and height from 0")
    plane[:] = level if cover else 0
    for left, top, width, height in windows:
        plane[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = 0 if cover else level
