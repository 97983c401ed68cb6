"""How much ink a panel takes, and how much of a ribbon that is.

Laws kept here:

1. Coverage is the mean of `level / (levels - 1)` over the whole panel: exact, from the very levels that are sent.
2. A ribbon gives one panel of each name for a side and winds on past it, printed or not: that is how the printers of
   every family here count their ribbons. Some spare a panel that stays blank, so the use is an estimate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from printserver.model.card import Panel, Ribbon, SidePanels
from printserver.model.inspection import PanelInk
from printserver.raster.kernels import Rectangle

WHOLE, HALF = 1.0, 0.5


def coverage_of(panel: Panel) -> float:
    """Return a panel's mean ink, 0 to 100 per cent; a level beyond the last counts as full."""
    counts = np.bincount(panel.plane.ravel(), minlength=256)
    ink = int(counts @ np.minimum(np.arange(256), panel.levels - 1))
    return 100.0 * ink / (panel.plane.size * (panel.levels - 1))


def panel_inks(sides: Sequence[SidePanels], ribbon: Ribbon, half_panel: Rectangle) -> tuple[PanelInk, ...]:
    """Return what each panel takes of ink and ribbon; `half_panel` is where dye of a half-panel ribbon can be."""
    return tuple(ink for side in sides for ink in _of_side(side, ribbon, half_panel))


def _of_side(side: SidePanels, ribbon: Ribbon, half_panel: Rectangle) -> list[PanelInk]:
    seen: Counter[str] = Counter()
    inks = []
    for panel in side.panels:
        seen[panel.name] += 1
        inks.append(_ink(side, panel, seen[panel.name], half_panel if ribbon.half and panel.name.is_dye else None))
    return inks


def _ink(side: SidePanels, panel: Panel, number: int, half_panel: Rectangle | None) -> PanelInk:
    height, width = panel.plane.shape
    coverage = coverage_of(panel)
    part = 1.0 if half_panel is None else half_panel.width * half_panel.height / panel.plane.size
    return PanelInk(
        side=side.side, panel=panel.name, number=number, width=width, height=height, levels=panel.levels,
        coverage=round(coverage, 2), ribbon_panels=WHOLE if half_panel is None else HALF,
        ink_share=round(min(100.0, coverage / part), 2),
    )  # fmt: skip
