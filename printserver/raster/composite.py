"""Panels back to a picture: what the preview shows and the emulator writes.

Laws kept here:

1. There is one compositing for preview, `render` and emulator, and it sees only the panels that a printer gets.
2. Dyes take light away, each its own third of the spectrum; resin lies over them; overlay is not seen.
3. It is a picture for people, not a colour proof: an ideal dye, an ideal white card.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from printserver.model.card import Panel, PanelName

Picture = npt.NDArray[np.uint8]

# The channel (0 red, 1 green, 2 blue) whose light a dye swallows.
SWALLOWS = {PanelName.C: 0, PanelName.M: 1, PanelName.Y: 2}
# Resins cover what lies below with a colour of their own.
RESIN = {PanelName.K: (0, 0, 0), PanelName.W: (255, 255, 255), PanelName.S: (192, 192, 192)}


def composite(panels: Sequence[Panel], *, shape: tuple[int, int] = (0, 0)) -> Picture:
    """Return the printed side as RGB, uint8, shape (height, width, 3); 255 = white card.

    Panels lie on each other in their order. Without panels the card is blank and has `shape` (height, width).
    """
    height, width = panels[0].plane.shape if panels else shape
    picture = np.full((height, width, 3), 255, dtype=np.uint8)
    for panel in panels:
        _lay(picture, panel)
    return picture


def as_grey(panel: Panel) -> Picture:
    """Return one panel as a grey picture, uint8, shape (height, width): 255 - round(255 * level / (levels - 1))."""
    grey: Picture = light_of_levels(panel.levels)[panel.plane]
    return grey


def light_of_levels(levels: int) -> Picture:
    """Return the light that each level leaves, uint8, 256 entries; levels beyond the last leave none."""
    ink = np.minimum(np.arange(256), levels - 1)
    return (255 - np.rint(255 * ink / (levels - 1))).astype(np.uint8)


def _lay(picture: Picture, panel: Panel) -> None:
    if panel.name in SWALLOWS:
        channel = picture[:, :, SWALLOWS[panel.name]]
        np.minimum(channel, as_grey(panel), out=channel)
    elif panel.name in RESIN:
        _cover(picture, panel.plane, panel.levels, RESIN[panel.name])


def _cover(picture: Picture, plane: Picture, levels: int, colour: tuple[int, int, int]) -> None:
    """Blend the resin's colour over the picture, in proportion to its level (full for one-bit panels)."""
    inked = np.nonzero(plane)
    share = np.minimum(plane[inked], levels - 1).astype(np.uint32)[:, None]
    below, whole = picture[inked].astype(np.uint32), levels - 1
    picture[inked] = ((below * (whole - share) + np.array(colour, dtype=np.uint32) * share) // whole).astype(np.uint8)
