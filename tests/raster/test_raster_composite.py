"""Panels back to a picture: dyes take light away, resin covers, overlay is not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.card import Panel, PanelName
from printserver.raster.composite import as_grey, composite


def dot(name: PanelName, level: int, levels: int) -> Panel:
    return Panel(name, np.array([[level]], dtype=np.uint8), levels)


def colour(*panels: Panel) -> list[int]:
    return [int(value) for value in composite(panels)[0, 0]]


@pytest.mark.parametrize(("name", "seen"), [
    (PanelName.C, [0, 255, 255]),
    (PanelName.M, [255, 0, 255]),
    (PanelName.Y, [255, 255, 0]),
    (PanelName.K, [0, 0, 0]),
    (PanelName.W, [255, 255, 255]),
    (PanelName.S, [192, 192, 192]),
    (PanelName.O, [255, 255, 255]),
    (PanelName.F, [255, 255, 255]),
])
def test_each_panel_alone(name: PanelName, seen: list[int]) -> None:
    levels = 256 if name.is_dye else 2
    assert colour(dot(name, levels - 1, levels)) == seen
    assert colour(dot(name, 0, levels)) == [255, 255, 255]


def test_dyes_mix_and_resin_covers_them() -> None:
    red = [dot(PanelName.Y, 127, 128), dot(PanelName.M, 127, 128)]
    assert colour(*red) == [255, 0, 0]
    assert colour(*red, dot(PanelName.K, 1, 2), dot(PanelName.O, 1, 2)) == [0, 0, 0]
    assert colour(dot(PanelName.Y, 127, 128), dot(PanelName.W, 1, 2)) == [255, 255, 255]


def test_a_blank_card_has_the_size_that_is_asked_for() -> None:
    assert composite((), shape=(3, 5)).shape == (3, 5, 3)
    assert composite((), shape=(3, 5)).min() == 255


@given(st.sampled_from([2, 32, 64, 128, 256]), st.data())
def test_a_level_is_shown_by_the_documented_formula(levels: int, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, levels - 1))
    expected = 255 - round(255 * level / (levels - 1))
    assert as_grey(dot(PanelName.C, level, levels))[0, 0] == expected
    assert colour(dot(PanelName.C, level, levels)) == [expected, 255, 255]


def test_the_panels_are_left_as_they_were() -> None:
    panel = dot(PanelName.K, 1, 2)
    composite([panel])
    assert panel.plane[0, 0] == 1
