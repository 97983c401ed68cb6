"""All that is found out about a card's panels, put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from printserver.model.card import Geometry, Panel, PanelName, Plane, Ribbon, SidePanels
from printserver.model.inspection import Inspection, PanelWarning, WarningCode
from printserver.raster.composite import RESIN
from printserver.raster.inspection.coverage import panel_inks
from printserver.raster.inspection.fine import fine_parts
from printserver.raster.inspection.pages import shape_of, stands
from printserver.raster.inspection.places import places_of
from printserver.raster.kernels import Rectangle

Mask = npt.NDArray[np.bool_]

# A print line is full when so much of its ink is laid down. A printed picture, however dark, has lighter parts in every
# line; a line beyond this is an area filled on purpose or by mistake.
FULL_LINE = 0.95
# A panel is full when so many of its lines are. Reported by users: a full black panel snapped the ribbon (qzind/tray
# 879). The whole head heats on every line then, and the film sticks to the card; half a card of it is already rare.
FULL_LINES = 0.5

# Varnish is full by design and says nothing of the picture.
SILENT = frozenset({PanelName.O})


def inspect_card(
    sides: Sequence[SidePanels], ribbon: Ribbon, geometry: Geometry, half_panel: Rectangle,
    pages: Sequence[PanelWarning] = (),
) -> Inspection:  # fmt: skip
    """Return coverage, ribbon use and warnings of a card's panels.

    `half_panel` is where a half-panel ribbon has colour, in dots; `pages` are warnings that the pages gave already.
    """
    found = [*pages, *(warning for side in sides for warning in side_warnings(side, ribbon, geometry, half_panel))]
    order = [side.side for side in sides]
    width, height = (round(dots * 25.4 / geometry.dpi, 1) for dots in (geometry.width, geometry.height))
    return Inspection(
        ribbon=ribbon.name, width_mm=width, height_mm=height, half=ribbon.half,
        panels=panel_inks(sides, ribbon, half_panel),
        warnings=tuple(sorted(found, key=lambda warning: order.index(warning.side))),
    )  # fmt: skip


def side_warnings(
    side: SidePanels, ribbon: Ribbon, geometry: Geometry, half_panel: Rectangle
) -> Iterator[PanelWarning]:
    """Yield what may go wrong on one side."""
    if not any(panel.plane.any() for panel in side.panels if panel.name not in SILENT):
        yield PanelWarning(code=WarningCode.BLANK_SIDE, side=side.side)
    for panel in side.panels:
        yield from panel_warnings(side, panel, geometry)
    if ribbon.half:
        yield from outside(side, geometry, half_panel)


def panel_warnings(side: SidePanels, panel: Panel, geometry: Geometry) -> Iterator[PanelWarning]:
    """Yield what may go wrong with one panel, whatever the others hold."""
    if stands(panel.plane.shape) is not stands(shape_of(geometry)):
        yield PanelWarning(code=WarningCode.WRONG_ORIENTATION, side=side.side, panel=panel.name)
    if panel.name.is_dye or panel.name is PanelName.K:
        yield from full(side, panel, geometry)
    if panel.name in RESIN:
        yield from fine(side, panel, geometry)


def full(side: SidePanels, panel: Panel, geometry: Geometry) -> Iterator[PanelWarning]:
    """Yield a warning for a panel that is full over most of its print lines.

    The head lies across the short side of the card, so a print line is a column of a card that lies (Evolis programming
    guide A5013: 1016 lines of 648 dots).
    """
    axis = 0 if panel.plane.shape[1] >= panel.plane.shape[0] else 1
    ink: npt.NDArray[np.int64] = np.minimum(panel.plane, panel.levels - 1).sum(axis=axis, dtype=np.int64)
    lines = ink >= FULL_LINE * panel.plane.shape[axis] * (panel.levels - 1)
    if lines.mean() < FULL_LINES:
        return
    mask = np.broadcast_to(lines[None, :] if axis == 0 else lines[:, None], panel.plane.shape)
    yield _warning(WarningCode.FULL_PANEL, side, panel.name, 100 * float(lines.mean()), mask, geometry)


def fine(side: SidePanels, panel: Panel, geometry: Geometry) -> Iterator[PanelWarning]:
    """Yield a warning where resin has strokes or gaps that do not hold (`fine.py` defines them)."""
    found = fine_parts(panel.plane > 0, geometry)
    if found.parts:
        yield _warning(WarningCode.FINE_RESIN, side, panel.name, found.parts, found.dots, geometry)


def outside(side: SidePanels, geometry: Geometry, half_panel: Rectangle) -> Iterator[PanelWarning]:
    """Yield a warning where dye is wanted outside the half panel: there is none on the ribbon."""
    dyes = [panel.plane for panel in side.panels if panel.name.is_dye]
    if not dyes:
        return
    mask = _anywhere(dyes)
    left, top, width, height = half_panel
    mask[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = False
    if mask.any():
        square = round(float(mask.sum()) * (25.4 / geometry.dpi) ** 2, 1)
        yield _warning(WarningCode.OUTSIDE_HALF_PANEL, side, None, square, mask, geometry)


def _anywhere(planes: Sequence[Plane]) -> Mask:
    mask = planes[0] > 0
    for plane in planes[1:]:
        mask |= plane > 0
    return mask


def _warning(
    code: WarningCode, side: SidePanels, panel: PanelName | None, measure: float, mask: Mask, geometry: Geometry
) -> PanelWarning:
    largest, more = places_of(mask, geometry)
    return PanelWarning(
        code=code, side=side.side, panel=panel, measure=round(measure, 1), places=largest, more=more
    )
