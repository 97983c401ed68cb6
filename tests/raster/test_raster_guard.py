"""Cards that are black all over, or whose picture lies across, are refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import PanelRefused
from printserver.model.card import Geometry, Panel, PanelName, Side, SidePanels
from printserver.model.ticket import Rotation
from printserver.raster.guard import NEARLY_ALL, check_panels, check_turned
from printserver.raster.place import is_card, turn

CARD = Geometry(1016, 648)


def panel(name: PanelName, share: float, levels: int) -> Panel:
    plane = np.zeros((100, 100), dtype=np.uint8)
    plane.flat[: round(share * plane.size)] = levels - 1
    return Panel(name, plane, levels)


def side(k: float = 0.0, dyes: tuple[float, float, float] = (0.0, 0.0, 0.0), where: Side = Side.FRONT) -> SidePanels:
    colours = (panel(name, share, 128) for name, share in zip(map(PanelName, "YMC"), dyes, strict=True))
    return SidePanels(where, (*colours, panel(PanelName.K, k, 2), panel(PanelName.O, 1.0, 2)))


@pytest.mark.parametrize(("given", "words"), [
    (side(1.0), "front, panel K: full ink covers 100% of the card"),
    (side(0.93), "front, panel K: full ink covers 93% of the card"),
    (side(dyes=(1.0, 1.0, 0.95), where=Side.BACK), "back, panels Y, M and C: full ink covers 95% of the card"),
])  # fmt: skip
def test_nearly_the_whole_card_in_full_ink_is_refused(given: SidePanels, words: str) -> None:
    with pytest.raises(PanelRefused) as refused:
        check_panels((side(), given))
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize("given", [
    side(0.92), side(dyes=(1.0, 1.0, 0.92)), side(dyes=(1.0, 0.0, 0.0)), side(0.5, (0.5, 0.5, 0.5)),
])  # fmt: skip
def test_less_is_printed(given: SidePanels) -> None:
    check_panels((given,))


def test_half_of_the_levels_is_no_full_ink() -> None:
    grey = Panel(PanelName.K, np.full((10, 10), 100, dtype=np.uint8), 256)
    check_panels((SidePanels(Side.FRONT, (grey,)),))


SIZES = st.sampled_from([(1016, 648), (648, 1016), (1011, 638), (638, 1011), (1050, 675), (300, 200), (800, 800)])


@given(SIZES, st.sampled_from(Rotation))
def test_what_fits_only_when_turned_by_a_quarter_is_refused(size: tuple[int, int], rotation: Rotation) -> None:
    page = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    turned = turn(page, CARD, rotation)
    height, width = turned.shape[:2]
    wrong = is_card((height, width), CARD) and not is_card((width, height), CARD)
    if not wrong:
        check_turned({Side.BACK: page}, CARD, rotation)
        return
    assert rotation is not Rotation.AUTO
    with pytest.raises(PanelRefused) as refused:
        check_turned({Side.BACK: page}, CARD, rotation)
    assert refused.value.where == "back"


def test_a_rim_of_a_millimetre_round_black_is_refused_too() -> None:
    plane = np.zeros((648, 1016), dtype=np.uint8)
    plane[12:-12, 12:-12] = 1
    assert plane.mean() >= NEARLY_ALL
    with pytest.raises(PanelRefused):
        check_panels((SidePanels(Side.FRONT, (Panel(PanelName.K, plane, 2),)),))
