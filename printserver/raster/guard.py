"""What is not printed unless somebody says that it is meant: a card that is black all over, a picture that lies across.

Laws kept here:

1. What is refused is named: the side, and the panels where it is one. Nothing is changed in silence.
2. The whole card in full ink heats the ribbon over its whole width at once; it may stick to the card and tear (snap).
   Nearly the whole counts: a thin white rim does not cool it.
3. A picture that has the card's own dots once it is turned by a quarter was turned by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from printserver.errors import PanelRefused
from printserver.model.card import DYES, Geometry, Panel, PanelName, Side, SidePanels
from printserver.model.ticket import Rotation
from printserver.raster.place import is_card, turns

# Of all dots of a panel; a frame of a millimetre round a black card leaves 94 per cent.
NEARLY_ALL = 0.93
FORCED = "or the same with force, when it is meant so"


def check_panels(sides: Iterable[SidePanels]) -> None:
    """Raise PanelRefused for a side that resin, or all three dyes together, cover nearly all over in full ink."""
    for side in sides:
        _check_side(side.side, side.panels)


def _check_side(side: Side, panels: Sequence[Panel]) -> None:
    shares = [(panel.name, _share(panel)) for panel in panels if panel.name is PanelName.K or panel.name in DYES]
    dyes = [share for name, share in shares if name in DYES]
    for name, share in shares:
        if name is PanelName.K and share >= NEARLY_ALL:
            _refuse(side, "panel K", share)
    if len(dyes) == len(DYES) and min(dyes) >= NEARLY_ALL:
        _refuse(side, "panels Y, M and C", min(dyes))


def _share(panel: Panel) -> float:
    """Return how much of all the ink that a panel could hold is laid down, 0 to 1."""
    return float(panel.plane.mean()) / (panel.levels - 1)


def _refuse(side: Side, what: str, share: float) -> None:
    allowed = f"less than {NEARLY_ALL:.0%}, {FORCED}"
    raise PanelRefused(f"full ink covers {share:.0%} of the card", where=f"{side}, {what}", allowed=allowed)


def check_turned(pages: Mapping[Side, npt.NDArray[np.uint8]], geometry: Geometry, rotation: Rotation) -> None:
    """Raise PanelRefused for a page (any size) that would fit the card dot for dot, were it not turned as it is."""
    for side, page in pages.items():
        height, width = page.shape[:2]
        across = turns((width, height), geometry, rotation) % 2 == 1
        lies, other = ((height, width), (width, height)) if across else ((width, height), (height, width))
        if is_card(other, geometry) and not is_card(lies, geometry):
            raise PanelRefused(
                f"the picture of {width} x {height} dots lies across the card with rotation {rotation}", where=side,
                allowed=f"rotation auto, {FORCED}",
            )  # fmt: skip
