"""A card to try a driver with."""

from __future__ import annotations

import numpy as np

from printserver.driver import Capabilities, PrintableCard
from printserver.model.card import HALF_PANEL_MM, Geometry, Panel, PanelName, Ribbon, Side, SidePanels


def sample_card(
    capabilities: Capabilities, ribbon: str = "", *, two_sided: bool = False, tracks: tuple[str, ...] = ()
) -> PrintableCard:
    """Return a card whose every panel differs, with the first ribbon or the one that is named.

    Each panel holds every level that the printer takes, in ramps that neither turning nor mirroring leaves as it is.
    Half panels of dye hold them on as much of the card, at its right end, as such a ribbon covers.
    """
    chosen = capabilities.ribbon(ribbon) if ribbon else capabilities.ribbons[0]
    assert chosen is not None, f"no ribbon {ribbon}"
    sides = (Side.FRONT, Side.BACK) if two_sided else (Side.FRONT,)
    return PrintableCard(
        tuple(_side(side, chosen, capabilities) for side in sides), chosen, capabilities.geometry, tracks
    )


def _side(side: Side, ribbon: Ribbon, capabilities: Capabilities) -> SidePanels:
    names = ribbon.panels(side)
    return SidePanels(
        side,
        tuple(
            _panel(name, number, capabilities, side, half=ribbon.half and name.is_dye)
            for number, name in enumerate(names, start=1)
        ),
    )


def _panel(name: PanelName, number: int, capabilities: Capabilities, side: Side, *, half: bool) -> Panel:
    levels, geometry = capabilities.levels[name], capabilities.geometry
    plane = _ramp(geometry, levels, number + 7 * (side is Side.BACK))
    if half:
        plane[:, : -geometry.dots(HALF_PANEL_MM)] = 0
    return Panel(name, plane, levels)


def _ramp(geometry: Geometry, levels: int, number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rows = np.arange(geometry.height).reshape(-1, 1) // (3 + number)
    columns = np.arange(geometry.width).reshape(1, -1) // (1 + number)
    return np.ascontiguousarray((rows * number + columns) % levels, dtype=np.uint8)
