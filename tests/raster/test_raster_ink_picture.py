"""A panel as its ink: no ink is bare card, full ink is the ink's colour, and each level lies between."""

from __future__ import annotations

import numpy as np
import pytest

from printserver.model.card import Panel, PanelName
from printserver.raster.ink_picture import DARK, INKS, ink_palette, ink_picture


@pytest.mark.parametrize("name", list(PanelName))
@pytest.mark.parametrize("levels", [2, 64, 128, 256])
def test_levels_go_from_bare_card_to_full_ink(name: PanelName, levels: int) -> None:
    plane = np.array([[0, levels - 1]], dtype=np.uint8)
    bare, full = ink_picture(Panel(name, plane, levels))[0].tolist()
    assert tuple(full) == INKS[name]
    assert tuple(bare) == (DARK if name is PanelName.W else (255, 255, 255))
    assert bare != full


def test_a_level_between_is_mixed_of_both() -> None:
    assert ink_palette(PanelName.K, 256)[100].tolist() == [155, 155, 155]
    assert ink_palette(PanelName.Y, 128)[64].tolist() == [255, 255, round(255 * 63 / 127)]


def test_a_level_beyond_the_last_is_full_ink() -> None:
    assert ink_palette(PanelName.C, 64)[200].tolist() == list(INKS[PanelName.C])
