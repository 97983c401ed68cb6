"""Cards for Magicard printers: an overlay of theirs is areas with holes, never a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from printserver.driver import PrintableCard
from printserver.model.card import Panel, PanelName, Plane, SidePanels
from printserver.model.printer import Identity
from printserver.testing import sample_card
from printserver_magicard.driver import MagicardDriver


def holed(width: int, *holes: tuple[int, int, int, int]) -> Plane:
    """A whole overcoat with holes, each (left, top, right, bottom), the last two being the first dot without."""
    plane: Plane = np.ones((642, width), dtype=np.uint8)
    for left, top, right, bottom in holes:
        plane[top:bottom, left:right] = 0
    return plane


def with_overlay(card: PrintableCard, overlay: Plane) -> PrintableCard:
    """The same card with another overlay on each side that has one."""
    def changed(panel: Panel) -> Panel:
        return Panel(PanelName.O, overlay, 2) if panel.name is PanelName.O else panel

    sides = tuple(SidePanels(side.side, tuple(map(changed, side.panels))) for side in card.sides)
    return replace(card, sides=sides)


def ramped(model: str, ribbon: str, *, two_sided: bool = False, tracks: tuple[str, ...] = ()) -> PrintableCard:
    """The kit's sample card with an overlay that has the windows for chip and stripe."""
    can = MagicardDriver(model, {}).capabilities(Identity(family="magicard", model=model))
    card = sample_card(can, ribbon, two_sided=two_sided, tracks=tracks)
    return with_overlay(card, holed(can.geometry.width, (90, 192, 261, 347), (0, 52, can.geometry.width, 222)))
