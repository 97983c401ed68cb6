"""A panel as its ink looks alone on a card: for people who check what a printer will lay down.

Laws kept here:

1. The picture shows the levels that are sent, one dot a dot; no other panel lies on it.
2. Ink without a colour of its own is given one: varnish, fluorescent ink, and white, which needs a dark ground.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from printserver.model.card import Panel, PanelName

Palette = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

CARD: Colour = (255, 255, 255)
DARK: Colour = (58, 64, 74)
INKS: dict[PanelName, Colour] = {
    PanelName.Y: (255, 255, 0), PanelName.M: (255, 0, 255), PanelName.C: (0, 255, 255), PanelName.K: (0, 0, 0),
    PanelName.O: (150, 178, 210), PanelName.F: (98, 70, 234), PanelName.S: (150, 154, 160), PanelName.W: CARD,
}  # fmt: skip
GROUNDS: dict[PanelName, Colour] = {PanelName.W: DARK}


def ink_palette(name: PanelName, levels: int) -> Palette:
    """Return the colour of each level, uint8, shape (256, 3); levels beyond the last look like it."""
    ground = np.array(GROUNDS.get(name, CARD), dtype=np.float64)
    share = np.minimum(np.arange(256), levels - 1)[:, None] / (levels - 1)
    return np.rint(ground + (np.array(INKS[name]) - ground) * share).astype(np.uint8)


def ink_picture(panel: Panel) -> npt.NDArray[np.uint8]:
    """Return a panel as RGB, uint8, shape (height, width, 3)."""
    picture: npt.NDArray[np.uint8] = ink_palette(panel.name, panel.levels)[panel.plane]
    return picture
