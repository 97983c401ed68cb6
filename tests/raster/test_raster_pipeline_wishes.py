"""What a ticket may wish of black, special panels, halves and overlay, from the picture to the panels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from benches.rows.cards import card_picture
from printserver.errors import BadTicket, UnsupportedByPrinter
from printserver.model.card import Geometry, PanelName, Ribbon
from printserver.model.inspection import WarningCode
from printserver.model.ticket import ColourHalf, Depth, Dither, KMode, Overlay, Ticket
from printserver.raster import kernels
from printserver.raster.inspection import half_panel, inspect_card
from printserver.raster.pipeline import panels_of_card
from tests.raster import references_colour, references_resin
from tests.raster.references import Plane
from tests.raster.test_raster_dyeing import profile
from tests.raster.test_raster_pipeline_panels import KO, MONO, YMCKO, YMCKOK, C, K, M, O, Printer, S, Y, page

F = PanelName.F
SILVER = Ribbon("YMCSKO", (Y, M, C, S, K, O))
UV = Ribbon("YMCFKOK", (Y, M, C, F, K, O), (K,))
HALF = Ribbon("half-YMCKO", (Y, M, C, K, O), half=True)
BOTH = Ribbon("YMCKO-YMCKO", (Y, M, C, K, O), (Y, M, C, K, O))


def panels(
    front: Plane, ribbon: Ribbon = YMCKO, back: Plane | None = None, printer: Printer | None = None, **wishes: Any  # noqa: ANN401 - the ticket's keys
) -> dict[PanelName, Plane]:  # fmt: skip
    """Return the panels of the front, or of the back where there is one."""
    sides = panels_of_card(front, back, ribbon, printer or Printer(), Ticket(**wishes))
    return {panel.name: panel.plane for panel in sides[-1].panels}


def badge() -> Plane:
    """Return a card with a dark head over its width, a photograph with black in it, and black text."""
    picture = card_picture("badge", 3).copy()
    picture[:92] = (5, 4, 3)
    picture[200:420, 60:200:3] = 0
    return picture


def black_of(picture: Plane, limit: int = 0) -> Plane:
    dark: Plane = (picture.max(axis=2) <= limit).astype(np.uint8)
    return dark


# grey


def test_grey_of_a_colour_ribbon_is_the_light_of_the_picture_in_all_three_dyes() -> None:
    picture = badge()
    light = np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))
    found, expected = panels(picture, grey=True), panels(light)
    assert all((found[name] == expected[name]).all() for name in YMCKO.front)
    assert (found[Y] == found[C]).all()
    assert (found[M] == found[C]).all()
    assert not (panels(picture)[Y] == panels(picture)[C]).all()


def test_a_colour_key_stays_what_it_stands_for_when_all_else_is_grey() -> None:
    picture = badge()
    picture[300:340, 600:700] = (192, 0, 0)
    silver = panels(picture, SILVER, grey=True, colour_keys=("S=#C00000",))[S]
    assert silver[300:340, 600:700].all()
    assert (silver == panels(picture, SILVER, colour_keys=("S=#C00000",))[S]).all()


def test_a_ribbon_without_colour_is_grey_already() -> None:
    assert (panels(badge(), MONO, grey=True)[K] == panels(badge(), MONO)[K]).all()


# black


def test_text_is_resin_and_a_dark_head_is_dye() -> None:
    picture = badge()
    picture[200:420, 60:200] = (120, 90, 60)
    found = panels(picture, k_mode=KMode.TEXT)
    pure = black_of(picture)
    assert pure.sum() > 2000
    assert found[K][pure == 1].all()
    assert not found[K][:92].any()
    assert (found[C][:92] == 250).all()
    assert not any(found[name][pure == 1].any() for name in (Y, M, C))


@pytest.mark.parametrize("mode", [KMode.BLACK, KMode.THRESHOLD, KMode.TEXT, KMode.COMPOSITE])
@pytest.mark.parametrize("gcr", [0, 80])
def test_a_declared_photograph_gets_no_resin_in_any_mode(mode: KMode, gcr: int) -> None:
    picture = badge()
    # 4.5 .. 17 mm and 16 .. 36 mm: dots 53 .. 201 and 189 .. 425
    found = panels(picture, k_mode=mode, gcr=gcr, photo_areas=("4.5,16,12.5,20",))
    assert not found[K][189:425, 53:201].any()
    text = black_of(picture)
    text[:, :201] = text[:93] = 0
    assert found[K][text == 1].all()
    inside = panels(picture, k_mode=KMode.NONE)
    np.testing.assert_array_equal(found[C][189:425, 53:201], inside[C][189:425, 53:201])


def test_a_photograph_of_the_back_is_none_of_the_front() -> None:
    picture = badge()
    found = panels(picture, photo_areas=("back:0,0,85,53",))
    np.testing.assert_array_equal(found[K], black_of(picture))


def test_composite_keeps_all_colour_below_black() -> None:
    picture = badge()
    found, dye = panels(picture, k_mode=KMode.COMPOSITE), panels(picture, k_mode=KMode.NONE)
    np.testing.assert_array_equal(found[K], black_of(picture, 25))
    for name in (Y, M, C):
        np.testing.assert_array_equal(found[name], dye[name])


def test_choked_colour_ends_inside_the_edge_of_black() -> None:
    picture = page((200, 40, 90))
    picture[100:200, 300:400] = 0
    found = panels(picture, k_mode=KMode.COMPOSITE, k_choke=3)
    expected = np.full((648, 1016), 55, dtype=np.uint8)
    expected[100:200, 300:400] = 0
    expected[103:197, 303:397] = 255
    np.testing.assert_array_equal(found[C], expected)


@pytest.mark.parametrize(("mode", "ucr", "left"), [
    (KMode.BLACK, None, 0), (KMode.BLACK, 40, 153), (KMode.COMPOSITE, 100, 0), (KMode.COMPOSITE, 1, 252),
    (KMode.THRESHOLD, 0, 255),
])  # fmt: skip
def test_so_much_colour_is_removed_under_black(mode: KMode, ucr: int | None, left: int) -> None:
    picture = page()
    picture[9:20, 9:20] = 0
    found = panels(picture, k_mode=mode, ucr=ucr)
    assert all((found[name][9:20, 9:20] == left).all() for name in (Y, M, C))
    assert not found[C][20:].any()


def test_grey_is_replaced_by_as_much_black() -> None:
    picture = page((100, 120, 140))
    found = panels(picture, gcr=60)
    taken = (115 * 60 + 50) // 100  # the grey component is the least ink, yellow
    assert (int(found[Y][0, 0]), int(found[M][0, 0]), int(found[C][0, 0])) == (115 - taken, 135 - taken, 155 - taken)
    assert abs(found[K].mean() - taken / 255) < 0.01


def test_a_default_job_replaces_no_grey() -> None:
    assert not panels(page((100, 120, 140)))[K].any()


def test_without_resin_in_the_ribbon_nothing_is_extracted() -> None:
    ymco = Ribbon("YMCO", (Y, M, C, O))
    found = panels(page((0, 0, 0)), ymco, k_mode=KMode.COMPOSITE, k_choke=2, gcr=100, photo_areas=("1,1,5,5",))
    assert all((found[name] == 255).all() for name in (Y, M, C))


@pytest.mark.parametrize(("wishes", "removed", "choke"), [
    ({"k_mode": KMode.COMPOSITE}, 0, 0), ({"k_mode": KMode.COMPOSITE, "k_choke": 2}, 0, 2),
    ({"k_mode": KMode.BLACK, "ucr": 30, "k_choke": 1}, 30, 1), ({"k_mode": KMode.BLACK}, 100, 0),
])  # fmt: skip
def test_what_is_wished_of_black_holds_for_the_dyes_of_a_profile(
    wishes: dict[str, Any], removed: int, choke: int
) -> None:
    picture = np.ascontiguousarray(card_picture("white", 2)[60:100, 63:363])
    printer = Printer(geometry=Geometry(300, 40))
    (side,) = panels_of_card(picture, None, YMCKO, printer, Ticket(**wishes), profile())
    found = {panel.name: panel.plane for panel in side.panels}
    dyes, core = references_colour.tetrahedral(picture, profile().nodes), np.ones((40, 300), dtype=np.uint8)
    if choke:
        core = references_resin.shrink(found[K], choke)
    for index, name in enumerate((Y, M, C)):
        expected = references_resin.under_black(dyes[..., index], found[K], core, removed)
        np.testing.assert_array_equal(found[name], expected)
    assert found[K].any()


# special panels


def test_a_colour_goes_to_the_panel_that_it_stands_for_and_leaves_white() -> None:
    picture = badge()
    picture[300:340, 700:900] = (192, 192, 192)
    picture[340:360, 700:900] = (198, 190, 192)
    found = panels(picture, SILVER, colour_keys=("S=#c0c0c0+8",))
    assert found[S][300:360, 700:900].all()
    assert not any(found[name][300:360, 700:900].any() for name in (Y, M, C, K))
    near = (np.abs(picture.astype(int) - 192) <= 8).all(axis=2)
    np.testing.assert_array_equal(found[S], near)
    exact = panels(picture, SILVER, colour_keys=("S=#C0C0C0",))
    assert not exact[S][340:360, 700:900].any()


def test_two_colours_may_stand_for_one_panel_and_each_for_its_own() -> None:
    both = Ribbon("YMCFSKO", (Y, M, C, F, S, K, O))
    picture = page()
    picture[10:20], picture[20:30], picture[30:40] = (0, 255, 0), (0, 0, 255), (255, 0, 0)
    found = panels(picture, both, colour_keys=("F=#00FF00", "S=#0000FF", "F=#FF0000"))
    assert np.flatnonzero(found[F].any(axis=1)).tolist() == [*range(10, 20), *range(30, 40)]
    assert np.flatnonzero(found[S].any(axis=1)).tolist() == list(range(20, 30))
    assert not any(found[name].any() for name in (Y, M, C, K))


def test_the_page_itself_is_left_as_it_was() -> None:
    picture = page((192, 192, 192))
    panels(picture, SILVER, colour_keys=("S=#C0C0C0",))
    assert (picture == 192).all()


def test_a_side_without_the_panel_keeps_the_colour() -> None:
    found = panels(page(), UV, page((0, 0, 255)), colour_keys=("F=#0000FF",))
    assert found[K].mean() > 0.5


def test_a_panel_that_the_ribbon_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedByPrinter, match="YMCSKO has no panel F") as refusal:
        panels(page(), SILVER, colour_keys=("F=#00FF00",))
    assert (refusal.value.where, refusal.value.allowed) == ("colour-keys", "S, O")


# half ribbons


def test_colour_in_one_half_prints_there_and_resin_everywhere() -> None:
    picture = page()
    picture[100:200, 600:700] = (255, 0, 0)
    picture[300:310, 50:1000] = 0
    found = panels(picture, HALF)
    assert (found[M][100:200, 600:700] == 255).all()
    assert found[K][300:310, 50:1000].all()
    np.testing.assert_array_equal(found[M], panels(picture)[M])


def test_noise_on_white_is_not_colour_and_is_emptied() -> None:
    picture = page((250, 251, 252))
    picture[100:200, 100:200] = (255, 0, 0)
    found = panels(picture, HALF)
    assert (found[C][:, :420] == panels(picture)[C][:, :420]).all()
    assert not any(found[name][:, 420:].any() for name in (Y, M, C))


def test_colour_outside_the_wanted_half_says_where_and_what_mends_it() -> None:
    picture = page()
    picture[118:236, 600:700] = (255, 0, 0)
    with pytest.raises(UnsupportedByPrinter) as refusal:
        panels(picture, HALF, colour_half=ColourHalf.LEFT)
    assert refusal.value.sentence() == (
        "colour-half: colour lies 50.8 to 59.3 mm from the left and 10.0 to 20.0 mm from the top, outside the left "
        "half that ribbon half-YMCKO colours (allowed: right, auto; left 0.0 to 35.6 mm, right 50.5 to 86.0 mm)"
    )


def test_colour_in_both_halves_needs_another_ribbon() -> None:
    picture = page()
    picture[10:20, 400:600] = (0, 0, 255)
    with pytest.raises(UnsupportedByPrinter, match=r"33\.9 to 50\.8 mm from the left") as refusal:
        panels(picture, HALF)
    assert refusal.value.where == "ribbon"
    assert "whole colour panels" in refusal.value.allowed


@pytest.mark.parametrize(("first", "last", "half"), [(0, 420, "left"), (596, 1016, "right")])
def test_colour_may_reach_to_the_end_of_its_half_and_is_inspected_there(first: int, last: int, half: str) -> None:
    picture = page()
    picture[10:20, first:last] = (0, 0, 255)
    for wanted in (ColourHalf(half), ColourHalf.AUTO):
        sides = panels_of_card(picture, None, HALF, Printer(), Ticket(colour_half=wanted))
        found = inspect_card(sides, HALF, Geometry(1016, 648), half_panel(Geometry(1016, 648), sides))
        assert WarningCode.OUTSIDE_HALF_PANEL not in {warning.code for warning in found.warnings}
    picture[10, last if half == "left" else first - 1] = (0, 0, 255)
    with pytest.raises(UnsupportedByPrinter, match="from the left"):
        panels(picture, HALF)


def test_dye_under_black_text_is_not_missed_outside_the_half() -> None:
    picture = page()
    picture[100:200, 100:200] = (255, 0, 0)
    picture[300:310, 50:1000] = 0
    found = panels(picture, HALF, k_mode=KMode.COMPOSITE)
    assert found[K][300:310, 50:1000].all()
    assert found[M][300:310, 50:420].all()
    assert not found[M][:, 420:].any()


def test_colour_under_the_dots_of_grey_replacement_is_still_told() -> None:
    picture = page()
    picture[300:310, 50:1000] = (60, 20, 20)
    with pytest.raises(UnsupportedByPrinter):
        panels(picture, HALF, gcr=100, dither=Dither.THRESHOLD)


def test_a_card_without_colour_fits_every_half() -> None:
    for half in ColourHalf:
        assert panels(page((0, 0, 0)), HALF, colour_half=half)[K].all()


# overlay


@pytest.mark.parametrize("overlay", [
    Overlay.SIGNATURE, Overlay.CHIP_SIGNATURE, Overlay.STRIPE_SIGNATURE, Overlay.CHIP_STRIPE_SIGNATURE,
])  # fmt: skip
def test_named_windows_stay_free_together(overlay: Overlay) -> None:
    back, front = panels(page(), BOTH, page(), overlay=overlay)[O], panels(page(), BOTH, overlay=overlay)[O]
    expected = np.ones((648, 1016), dtype=np.uint8)
    expected[219:337, 71:780] = 0  # 18.5 .. 28.5 mm, 6 .. 66 mm
    if "stripe" in overlay:
        expected[65:188] = 0
    np.testing.assert_array_equal(back, expected)
    chip = np.ones((648, 1016), dtype=np.uint8)
    if "chip" in overlay:
        chip[193:347, 90:260] = 0
    np.testing.assert_array_equal(front, chip)


def test_free_windows_are_cut_out_of_whatever_is_laid() -> None:
    found = panels(page(), overlay=Overlay.CHIP, overlay_windows=("50,5,10,10", "80,40,99,99", "back:0,0,85,53"))[O]
    expected = panels(page(), overlay=Overlay.CHIP)[O].copy()
    expected[59:177, 591:709] = 0
    expected[472:, 945:] = 0
    np.testing.assert_array_equal(found, expected)


def test_areas_alone_are_varnished() -> None:
    found = panels(page(), overlay=Overlay.AREAS, overlay_areas=("0,0,85.6,10",), overlay_windows=("0,5,85.6,2",))[O]
    assert np.flatnonzero(found.any(axis=1)).tolist() == [*range(59), *range(83, 118)]


@pytest.mark.parametrize("ribbon", [YMCKO, KO])
def test_overlay_may_spare_the_resin(ribbon: Ribbon) -> None:
    found = panels(badge(), ribbon, overlay=Overlay.WITHOUT_RESIN)
    assert found[K].any()
    np.testing.assert_array_equal(found[O], 1 - found[K])


@pytest.mark.parametrize("carrier", [PanelName.W, PanelName.S])
def test_overlay_may_spare_the_resin_that_carries_the_picture(carrier: PanelName) -> None:
    found = panels(badge(), Ribbon("resin", (carrier, O)), overlay=Overlay.WITHOUT_RESIN)
    assert 0 < found[carrier].mean() < 1
    np.testing.assert_array_equal(found[O], 1 - found[carrier])


def test_overlay_spares_the_resin_that_stands_for_grey_too() -> None:
    found = panels(page((90, 90, 90)), gcr=50, overlay=Overlay.WITHOUT_RESIN)
    assert 0 < found[K].mean() < 1
    np.testing.assert_array_equal(found[O], 1 - found[K])


def test_overlay_may_be_a_picture_of_its_own() -> None:
    picture = page()
    picture[100:110, 100:300] = (0, 255, 255)
    found = panels(picture, overlay=Overlay.IMAGE, colour_keys=("O=#00FFFF",), overlay_windows=("0,0,10,50",))
    assert found[O].sum() == 10 * (300 - 118)
    assert not any(found[name].any() for name in (Y, M, C, K))


# what cannot be read


@pytest.mark.parametrize(("where", "wishes"), [
    ("photo-areas", {"photo_areas": ("5,5,5",)}),
    ("photo-areas", {"photo_areas": ("5,5,5,0",)}),
    ("photo-areas", {"photo_areas": ("86,5,5,5",)}),
    ("photo-areas", {"photo_areas": ("side:1,1,1,1",)}),
    ("photo-areas", {"photo_areas": ("1,1,1,1\n",)}),
    ("overlay-windows", {"overlay_windows": ("-1,5,5,5",)}),
    ("overlay-areas", {"overlay": Overlay.AREAS}),
    ("overlay-areas", {"overlay_areas": ("1,1,1,1",)}),
    ("overlay-areas", {"overlay": Overlay.AREAS, "overlay_areas": ("x",)}),
    ("colour-keys", {"colour_keys": ("K=#000000",)}),
    ("colour-keys", {"colour_keys": ("S=#0000",)}),
    ("colour-keys", {"colour_keys": ("S=#000000+256",)}),
    ("colour-keys", {"overlay": Overlay.IMAGE}),
    ("colour-keys", {"colour_keys": ("O=#000000",)}),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_key_and_form(where: str, wishes: dict[str, Any]) -> None:
    with pytest.raises(BadTicket) as refusal:
        panels(page(), SILVER, **wishes)
    assert refusal.value.where == where
    assert refusal.value.allowed


# depth, and what a plain job gets


def test_depth_may_be_diffused_for_dye_and_never_for_resin() -> None:
    ramp = np.repeat(np.linspace(90, 110, 1016).astype(np.uint8)[:, np.newaxis], 3, axis=1)[np.newaxis].repeat(648, 0)
    printer = Printer(levels={Y: 32, M: 64, C: 128, K: 2})
    plain, diffused = (panels(ramp, printer=printer, depth=depth) for depth in (Depth.PLAIN, Depth.DIFFUSED))
    for name, bits in ((Y, 5), (M, 6), (C, 7)):
        expected = np.empty((648, 1016), dtype=np.uint8)
        kernels.diffuse_depth(255 - ramp[:, :, 0], expected, bits)
        np.testing.assert_array_equal(diffused[name], expected)
        assert (plain[name] != diffused[name]).any()
    np.testing.assert_array_equal(plain[K], diffused[K])


@pytest.mark.parametrize("kind", ["photo", "badge", "white"])
def test_a_plain_job_is_the_complement_with_pure_black_in_resin(kind: Any) -> None:  # noqa: ANN401 - one of the kinds
    picture = card_picture(kind, 5)
    found, black = panels(picture), black_of(picture)
    for name, channel in ((Y, 2), (M, 1), (C, 0)):
        np.testing.assert_array_equal(found[name], np.where(black, 0, 255 - picture[:, :, channel]))
    np.testing.assert_array_equal(found[K], black)
    assert (found[O] == 1).all()


@pytest.mark.parametrize("ribbon", [MONO, KO, YMCKOK])
def test_wishes_for_colour_mean_nothing_where_there_is_none(ribbon: Ribbon) -> None:
    front, back = page(), page((90, 90, 90))
    plain = panels(front, ribbon, back if ribbon is not KO else None)
    wished = panels(front, ribbon, back if ribbon is not KO else None, gcr=50, k_mode=KMode.TEXT, ucr=3, k_choke=2)
    np.testing.assert_array_equal(plain[K], wished[K])


def test_the_front_of_a_printer_with_finer_dots_has_finer_text() -> None:
    fine = Printer(geometry=Geometry(2032, 1296, 600))
    picture = np.full((1296, 2032, 3), 255, dtype=np.uint8)
    picture[100:400, 100:145] = 0  # a bar of 1.9 mm
    picture[500:900, 500:900] = 0  # an area of 17 mm
    found = panels(picture, printer=fine, k_mode=KMode.TEXT)[K]
    assert found[100:400, 100:145].all()
    assert found.sum() == 300 * 45
