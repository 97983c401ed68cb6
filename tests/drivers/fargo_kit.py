"""Cards for Fargo printers that are quick to pack and to read: wide stripes, other ones in each panel."""

from __future__ import annotations

import numpy as np

from printserver.driver import PrintableCard
from printserver.model.card import Geometry, Panel, PanelName, Side, SidePanels
from printserver_fargo.layout import levels_of
from printserver_fargo.ribbons import film

GEOMETRY = Geometry(1009, 634)


def striped(ribbon: str, *, two_sided: bool = False) -> PrintableCard:
    """A card whose panels neither turning nor mirroring leaves as they are, in blocks of 97 by 61 dots and more."""
    chosen = film(ribbon).ribbon
    sides = (Side.FRONT, Side.BACK) if two_sided else (Side.FRONT,)
    panels = tuple(
        SidePanels(side, tuple(
            _panel(name, number + 7 * (side is Side.BACK))
            for number, name in enumerate(chosen.panels(side), start=1)
        ))
        for side in sides
    )  # fmt: skip
    return PrintableCard(panels, chosen, GEOMETRY)


def _panel(name: PanelName, number: int) -> Panel:
    rows = np.arange(GEOMETRY.height).reshape(-1, 1) // 61
    columns = np.arange(GEOMETRY.width).reshape(1, -1) // 97
    levels = levels_of(name)
    return Panel(name, ((rows * (1 + number) + columns * 11 * number) % levels).astype(np.uint8), levels)
