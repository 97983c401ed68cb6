"""What is told of a card: coverage and ribbon use as defined, each warning where its cause is, and no other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from printserver.model.card import Geometry, Panel, PanelName, Plane, Ribbon, Side, SidePanels
from printserver.model.inspection import Inspection, Place, WarningCode
from printserver.model.ticket import Placement, Rotation
from printserver.raster.inspection import coverage_of, half_panel, inspect_card, inspect_page
from printserver.raster.inspection.places import MAX_PLACES, places_of
from printserver.raster.kernels import Rectangle
from tests.raster.references_inspection import mean_ink

P, W = PanelName, WarningCode
CARD = Geometry(1016, 648)
YMCKO = Ribbon("YMCKO", (P.Y, P.M, P.C, P.K, P.O))
HALF = Ribbon("half", (P.Y, P.M, P.C, P.K, P.O), half=True)
K2 = Ribbon("YMCKOKK", (P.Y, P.K, P.O), (P.K, P.K))


def blank() -> Plane:
    return np.zeros((CARD.height, CARD.width), dtype=np.uint8)


def side(where: Side = Side.FRONT, /, **planes: Plane) -> SidePanels:
    """Panels of a side in the order of YMCKO; those that are not given are empty, the overlay is full."""
    full = {"O": blank() + 1} | planes
    return SidePanels(where, tuple(
        Panel(P(name), full.get(name, blank()), 256 if P(name).is_dye else 2) for name in "YMCKO"
    ))  # fmt: skip


def looked(*sides: SidePanels, ribbon: Ribbon = YMCKO) -> Inspection:
    return inspect_card(sides, ribbon, CARD, half_panel(CARD))


def told(inspection: Inspection) -> list[tuple[WarningCode, PanelName | None]]:
    return [(warning.code, warning.panel) for warning in inspection.warnings]


def square(level: int = 1, top: int = 100, left: int = 100, size: int = 100) -> Plane:
    plane = blank()
    plane[top : top + size, left : left + size] = level
    return plane


# coverage


@given(st.sampled_from([2, 32, 64, 128, 256]), st.data())
def test_coverage_is_the_mean_ink(levels: int, data: st.DataObject) -> None:
    shape = array_shapes(min_dims=2, max_dims=2, max_side=9)
    plane = data.draw(arrays(np.uint8, shape, elements=st.integers(0, 255)))
    assert coverage_of(Panel(P.Y, plane, levels)) == pytest.approx(mean_ink(plane.tolist(), levels), abs=1e-9)


def test_each_panel_is_told_with_its_part_of_the_ribbon() -> None:
    found = looked(side(Y=square(255), K=square(size=50)))
    assert [(ink.name, ink.levels, ink.ribbon_panels) for ink in found.panels] == [
        ("Y", 256, 1.0), ("M", 256, 1.0), ("C", 256, 1.0), ("K", 2, 1.0), ("O", 2, 1.0),
    ]  # fmt: skip
    area = CARD.width * CARD.height
    assert [ink.coverage for ink in found.panels] == [round(1e6 / area, 2), 0, 0, round(25e4 / area, 2), 100]
    assert [ink.ink_share for ink in found.panels] == [ink.coverage for ink in found.panels]
    assert (found.ribbon, found.half, found.width_mm, found.height_mm) == ("YMCKO", False, 86.0, 54.9)


def test_a_half_panel_is_half_a_panel_and_all_its_ink_is_in_that_half() -> None:
    plane = blank()
    plane[:, : half_panel(CARD).width] = 255
    found = looked(side(M=plane), ribbon=HALF)
    magenta, black = found.panels[1], found.panels[3]
    assert (magenta.ribbon_panels, magenta.ink_share, black.ribbon_panels) == (0.5, 100.0, 1.0)
    assert magenta.coverage == round(100 * half_panel(CARD).width / CARD.width, 2)


def test_a_second_panel_of_a_name_has_a_number() -> None:
    back = SidePanels(Side.BACK, (Panel(P.K, square(), 2), Panel(P.K, square(size=10), 2)))
    found = looked(side(K=square()), back, ribbon=K2)
    assert [(ink.side, ink.name) for ink in found.panels[-3:]] == [("front", "O"), ("back", "K"), ("back", "K2")]
    assert [ink.name for ink in found.of(Side.BACK)] == ["K", "K2"]


# what may go wrong


def test_a_plain_card_gives_no_warning() -> None:
    assert looked(side(Y=square(200), M=square(90, left=700), K=square(top=400))).warnings == ()


def test_panels_are_left_as_they_are() -> None:
    before = side(Y=square(255), K=square(top=300, size=1))
    copies = [panel.plane.copy() for panel in before.panels]
    looked(before, ribbon=HALF)
    assert all((panel.plane == copy).all() for panel, copy in zip(before.panels, copies, strict=True))


@pytest.mark.parametrize("panel", ["Y", "M", "C"])
def test_colour_outside_the_half_panel_is_told_with_its_place(panel: str) -> None:
    edge = half_panel(CARD).width
    inside = square(255, left=edge - 100)
    assert looked(side(**{panel: inside}), ribbon=HALF).warnings == ()
    [warning] = looked(side(**{panel: square(1, left=edge - 60)}, K=square(left=900)), ribbon=HALF).warnings
    assert (warning.code, warning.panel) == (W.OUTSIDE_HALF_PANEL, None)
    assert warning.measure == round(4000 * (25.4 / 300) ** 2, 1)
    [place] = warning.places
    assert place == Place(left_mm=round(edge * 25.4 / 300, 1), top_mm=8.5, width_mm=3.4, height_mm=8.5)
    assert looked(side(**{panel: square(1, left=edge - 60)})).warnings == ()


def test_the_half_panel_can_be_anywhere() -> None:
    panels = [side(C=square(9))]
    assert inspect_card(panels, HALF, CARD, Rectangle(100, 100, 100, 100)).warnings == ()
    assert told(inspect_card(panels, HALF, CARD, Rectangle(101, 100, 100, 100))) == [(W.OUTSIDE_HALF_PANEL, None)]


@pytest.mark.parametrize("name", ["Y", "M", "C", "K"])
def test_a_full_panel_is_told_when_half_of_its_lines_are_full(name: str) -> None:
    ink = 255 if P(name).is_dye else 1
    plane = blank()
    plane[20:, :508] = ink  # 628 of 648 dots: a full line; 508 of 1016 lines: half of them
    [warning] = looked(side(**{name: plane})).warnings
    assert (warning.code, warning.panel, warning.measure) == (W.FULL_PANEL, P(name), 50.0)
    assert warning.places == (Place(left_mm=0, top_mm=0, width_mm=43.0, height_mm=54.9),)
    plane[:, 507] = 0
    assert looked(side(**{name: plane})).warnings == ()


def test_lines_that_are_nearly_full_are_not_full() -> None:
    plane = blank()
    plane[:, :] = 1
    plane[:33] = 0  # 615 of 648 dots: less than 95 per cent
    assert looked(side(K=plane)).warnings == ()
    assert told(looked(side(M=np.full_like(plane, 242)))) == []
    assert told(looked(side(M=np.full_like(plane, 243)))) == [(W.FULL_PANEL, P.M)]


def test_full_varnish_is_no_full_panel_and_no_print() -> None:
    assert told(looked(side())) == [(W.BLANK_SIDE, None)]
    assert told(looked(side(K=square()), side(Side.BACK))) == [(W.BLANK_SIDE, None)]
    assert looked(side(K=square()), side(Side.BACK)).warnings[0].side is Side.BACK


def test_print_that_is_too_small_is_told_for_resin_and_not_for_dye() -> None:
    line = blank()
    line[300, 400:500] = 1
    [warning] = looked(side(K=line)).warnings
    assert (warning.code, warning.panel, warning.measure, warning.more) == (W.FINE_RESIN, P.K, 1.0, 0)
    assert warning.places == (Place(left_mm=33.9, top_mm=25.4, width_mm=8.5, height_mm=0.1),)
    assert looked(side(Y=line * 255)).warnings == ()


def test_a_panel_that_stands_is_told() -> None:
    standing = SidePanels(Side.FRONT, (Panel(P.K, np.ascontiguousarray(square().T), 2),))
    assert told(looked(standing)) == [(W.WRONG_ORIENTATION, P.K)]


def test_warnings_of_the_front_come_first() -> None:
    back = side(Side.BACK)
    pages = inspect_page(np.zeros((50, 80, 3), dtype=np.uint8), Side.BACK, CARD, Placement.CROP, Rotation.AUTO)
    found = inspect_card([side(), back], YMCKO, CARD, half_panel(CARD), pages)
    assert [(warning.side, warning.code) for warning in found.warnings] == [
        ("front", W.BLANK_SIDE), ("back", W.ENLARGED), ("back", W.BLANK_SIDE),
    ]  # fmt: skip


# pages


@pytest.mark.parametrize(
    ("width", "height", "rotation", "placement", "codes"),
    [
        (1016, 648, "0", "crop", []),
        (648, 1016, "auto", "crop", []),
        (648, 1016, "0", "crop", [W.WRONG_ORIENTATION, W.ENLARGED]),
        (1016, 648, "90", "fit", [W.WRONG_ORIENTATION]),
        (1100, 1000, "90", "crop", []),  # nearly square: nothing stands
        (678, 433, "0", "crop", []),  # 1.4985 times
        (676, 431, "0", "crop", [W.ENLARGED]),
        (600, 648, "0", "fit", []),
        (600, 648, "0", "crop", [W.ENLARGED]),
        (600, 648, "0", "stretch", [W.ENLARGED]),
        (1050, 675, "0", "crop", []),  # bleed: laid down dot for dot
    ],
)
def test_a_page_is_judged_as_it_is_laid_down(
    width: int, height: int, rotation: str, placement: str, codes: list[WarningCode]
) -> None:
    page = np.zeros((height, width, 3), dtype=np.uint8)
    found = inspect_page(page, Side.BACK, CARD, Placement(placement), Rotation(rotation))
    assert [warning.code for warning in found] == codes
    assert {warning.side for warning in found} <= {Side.BACK}


def test_the_enlargement_is_told() -> None:
    page = np.zeros((162, 254, 3), dtype=np.uint8)
    [warning] = inspect_page(page, Side.FRONT, CARD, Placement.CROP, Rotation.AUTO)
    assert warning.measure == 4.0


# places


def test_one_dot_is_a_place() -> None:
    mask = np.zeros((1296, 2032), dtype=bool)
    mask[0, 0] = True
    assert places_of(mask, Geometry(2032, 1296, 600)).largest == (
        Place(left_mm=0.0, top_mm=0.0, width_mm=0.1, height_mm=0.1),
    )


def test_dots_that_lie_apart_are_places_of_their_own_the_largest_first() -> None:
    mask = blank().astype(bool)
    mask[5:9, 10:20] = True
    mask[600:640, 900:1000] = True
    found = places_of(mask, CARD)
    assert found.more == 0
    assert found.largest == (
        Place(left_mm=76.2, top_mm=50.8, width_mm=8.5, height_mm=3.4),
        Place(left_mm=0.8, top_mm=0.4, width_mm=0.8, height_mm=0.3),
    )


def test_only_the_largest_places_are_told() -> None:
    mask = blank().astype(bool)
    for number in range(12):
        mask[100 : 101 + number, 80 * number] = True
    found = places_of(mask, CARD)
    assert (len(found.largest), found.more) == (MAX_PLACES, 4)
    assert found.largest[0].left_mm == round(880 * 25.4 / 300, 1)


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_every_dot_lies_in_a_place(mask: np.ndarray) -> None:
    tiny = Geometry(mask.shape[1], mask.shape[0], 25)  # a dot is 1.016 mm, a cell two dots
    found = places_of(mask, tiny)
    if found.more:
        return
    for row, column in zip(*np.nonzero(mask), strict=True):
        x, y = (column + 0.5) * 1.016, (row + 0.5) * 1.016
        assert any(
            place.left_mm <= x <= place.left_mm + place.width_mm and place.top_mm <= y <= place.top_mm + place.height_mm
            for place in found.largest
        )  # fmt: skip
