"""Pages to panels: colour and resin, ribbons without colour, backs, overlay windows, levels, refusals."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from printserver.driver import Capabilities, Confirms
from printserver.errors import PluginBroken, UnsupportedByPrinter
from printserver.model.card import Geometry, Panel, PanelName, Ribbon, Side, SidePanels
from printserver.model.ticket import Dither, KMode, Overlay, Ticket
from printserver.raster.depth import resin_levels, tone_levels
from printserver.raster.pipeline import panels_of_card

Pixels = npt.NDArray[np.uint8]

Y, M, C, K, O, S, W = (PanelName(letter) for letter in "YMCKOSW")  # noqa: E741 - overlay's own letter
CARD = Geometry(1016, 648)

YMCKO = Ribbon("YMCKO", (Y, M, C, K, O))
YMCKOK = Ribbon("YMCKOK", (Y, M, C, K, O), (K,))
BOTH = Ribbon("YMCKO-YMCKO", (Y, M, C, K, O), (Y, M, C, K, O))
KO = Ribbon("KO", (K, O))
MONO = Ribbon("K", (K,), (K,))
WHITE = Ribbon("W", (W,))
SILVER = Ribbon("YMCSKO", (Y, M, C, S, K, O))
YMCO = Ribbon("YMCO", (Y, M, C, O))


@dataclass
class Printer:
    """What panels depend on; a driver's Capabilities satisfy the same."""

    title: str = "Card printer"
    geometry: Geometry = CARD
    levels: dict[PanelName, int] = field(default_factory=dict)
    duplex: bool = True


def page(colour: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    return np.full((648, 1016, 3), colour, dtype=np.uint8)


def card(
    front: Pixels, ribbon: Ribbon, back: Pixels | None = None, printer: Printer | None = None, **options: object
) -> tuple[SidePanels, ...]:
    return panels_of_card(front, back, ribbon, printer or Printer(), Ticket(**options))  # type: ignore[arg-type]  # names


def panel(sides: tuple[SidePanels, ...], name: PanelName, side: Side = Side.FRONT) -> Panel:
    (panels,) = [each for each in sides if each.side is side]
    (found,) = [each for each in panels.panels if each.name is name]
    return found


def ink(sides: tuple[SidePanels, ...], name: PanelName, side: Side = Side.FRONT) -> Pixels:
    return panel(sides, name, side).plane


def test_panels_come_in_the_ribbon_s_order_as_contiguous_planes_of_levels() -> None:
    (front,) = card(page((10, 20, 30)), YMCKO)
    assert front.side is Side.FRONT
    assert [(each.name, each.levels) for each in front.panels] == [(Y, 256), (M, 256), (C, 256), (K, 2), (O, 2)]
    for each in front.panels:
        assert each.plane.shape == (648, 1016)
        assert each.plane.dtype == np.uint8
        assert each.plane.flags.c_contiguous


def test_a_driver_s_capabilities_are_what_panels_depend_on() -> None:
    capabilities = Capabilities(
        title="Primacy", geometry=CARD, ribbons=(YMCKO,), levels={Y: 128}, confirms=Confirms.DEVICE
    )
    (front,) = panels_of_card(page((0, 0, 0)), None, YMCKO, capabilities, Ticket(k_mode=KMode.NONE))
    assert [int(each.plane.max()) for each in front.panels] == [127, 255, 255, 0, 1]


def test_colours_are_the_complement() -> None:
    sides = card(page((255, 155, 55)), YMCKO)
    assert {int(ink(sides, name)[0, 0]) for name in (C,)} == {0}
    assert (int(ink(sides, M)[0, 0]), int(ink(sides, Y)[0, 0])) == (100, 200)


def test_black_text_is_sharp_in_resin_and_has_no_colour_under_it() -> None:
    image = Image.new("1", (1016, 648), 1)
    ImageDraw.Draw(image).text((40, 40), "JANE DOE 0042", fill=0, font_size=60)
    text = np.asarray(image.convert("RGB")).copy()
    drawn = (text == 0).all(axis=2)
    sides = card(text, YMCKO)
    assert drawn.sum() > 1000
    assert np.array_equal(ink(sides, K) == 1, drawn)
    assert all(not ink(sides, name).any() for name in (Y, M, C))


def test_near_black_is_dye_unless_the_threshold_takes_it() -> None:
    dark = page((25, 20, 0))
    assert not ink(card(dark, YMCKO), K).any()
    sides = card(dark, YMCKO, k_mode=KMode.THRESHOLD)
    assert ink(sides, K).all()
    assert not ink(sides, C).any()
    assert not ink(card(page((26, 0, 0)), YMCKO, k_mode=KMode.THRESHOLD), K).any()
    assert ink(card(page((60, 0, 0)), YMCKO, k_mode=KMode.THRESHOLD, k_threshold=60), K).all()


@pytest.mark.parametrize(("ribbon", "mode"), [(YMCKO, KMode.NONE), (YMCO, KMode.BLACK)])
def test_black_without_resin_is_all_three_dyes(ribbon: Ribbon, mode: KMode) -> None:
    sides = card(page((0, 0, 0)), ribbon, k_mode=mode)
    assert all((ink(sides, name) == 255).all() for name in (Y, M, C))
    assert K not in ribbon.front or not ink(sides, K).any()


@pytest.mark.parametrize("ribbon", [MONO, KO])
@pytest.mark.parametrize("dither", Dither)
def test_a_ribbon_without_colour_takes_the_whole_picture_as_dithered_grey(ribbon: Ribbon, dither: Dither) -> None:
    shade = np.repeat(np.arange(1016) // 4, 3).reshape(1, 1016, 3).repeat(648, axis=0).astype(np.uint8)
    plane = ink(card(shade, ribbon, dither=dither), K)
    assert set(np.unique(plane)) == {0, 1}
    dark, light = plane[:, 100:150].mean(), plane[:, 850:900].mean()
    match dither:
        case Dither.THRESHOLD:
            expected = (1.0, 0.0)
        case Dither.ATKINSON:  # drops a quarter of the error: dark comes out darker, light lighter
            expected = (0.985, 0.035)
        case _:
            expected = (1 - 31 / 255, 1 - 218 / 255)
    assert abs(dark - expected[0]) < 0.02
    assert abs(light - expected[1]) < 0.02


def test_each_dither_is_its_own() -> None:
    grey = page((90, 120, 100))
    planes = [ink(card(grey, MONO, dither=dither), K).tobytes() for dither in Dither]
    assert len(set(planes)) == len(Dither)


def test_grey_is_the_light_of_the_colours() -> None:
    plane = ink(card(page((0, 255, 0)), MONO), K)
    assert abs(plane.mean() - (1 - 150 / 255)) < 0.01


def test_a_ribbon_of_one_other_colour_carries_the_picture() -> None:
    assert ink(card(page((0, 0, 0)), WHITE), W).all()


def test_a_panel_that_nothing_is_drawn_for_is_there_and_empty() -> None:
    sides = card(page((0, 0, 0)), SILVER)
    assert [each.name for each in sides[0].panels] == [Y, M, C, S, K, O]
    assert not ink(sides, S).any()
    assert ink(sides, K).all()


def test_the_back_of_ymckok_is_grey_in_resin() -> None:
    front, back = page((255, 255, 255)), page((128, 128, 128))
    back[:300] = 0
    sides = card(front, YMCKOK, back)
    assert [side.side for side in sides] == [Side.FRONT, Side.BACK]
    assert not ink(sides, K).any()
    plane = ink(sides, K, Side.BACK)
    assert plane[:300].all()
    assert abs(plane[300:].mean() - 0.5) < 0.02


def test_a_back_in_colour_is_separated_like_a_front() -> None:
    sides = card(page(), BOTH, page((0, 0, 0)))
    assert ink(sides, K, Side.BACK).all()
    assert not ink(sides, C, Side.BACK).any()


def test_a_card_without_a_back_page_has_no_back() -> None:
    assert [side.side for side in card(page(), YMCKOK)] == [Side.FRONT]


def test_two_pages_on_a_ribbon_without_back_panels_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter, match="YMCKO has no panel for the back"):
        card(page(), YMCKO, page())


def test_two_pages_on_a_printer_of_one_side_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter, match="prints one side"):
        card(page(), YMCKOK, page(), Printer(duplex=False))


def test_overlay_covers_all_or_nothing() -> None:
    assert (ink(card(page(), YMCKO), O) == 1).all()
    assert not ink(card(page(), YMCKO, overlay=Overlay.NONE), O).any()


@pytest.mark.parametrize("overlay", [Overlay.CHIP, Overlay.CHIP_STRIPE])
def test_the_chip_stays_free_on_the_front_alone(overlay: Overlay) -> None:
    sides = card(page(), BOTH, page(), overlay=overlay)
    expected = np.ones((648, 1016), dtype=np.uint8)
    expected[193:347, 90:260] = 0  # 7.6 .. 22.0 mm from the left, 16.3 .. 29.4 mm from the top, at 300 dpi
    assert np.array_equal(ink(sides, O), expected)
    assert ink(sides, O, Side.BACK)[193:347, 90:260].all()


@pytest.mark.parametrize("overlay", [Overlay.STRIPE, Overlay.CHIP_STRIPE])
def test_the_stripe_stays_free_on_the_back_alone(overlay: Overlay) -> None:
    sides = card(page(), BOTH, page(), overlay=overlay)
    expected = np.ones((648, 1016), dtype=np.uint8)
    expected[65:188] = 0  # 5.54 .. 15.95 mm from the top, at 300 dpi
    assert np.array_equal(ink(sides, O, Side.BACK), expected)
    assert ink(sides, O)[65:188].all()


def test_windows_grow_with_the_resolution() -> None:
    printer = Printer(geometry=Geometry(2032, 1296, 600))
    plane = ink(card(page(), YMCKO, printer=printer, overlay=Overlay.CHIP), O)
    assert plane.shape == (1296, 2032)
    assert not plane[385:694, 180:519].any()
    assert plane.sum() == 1296 * 2032 - (694 - 385) * (520 - 180)


@pytest.mark.parametrize("levels", [2, 32, 64, 128, 256])
def test_dye_is_sent_with_the_levels_that_the_printer_has(levels: int) -> None:
    shade = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3).repeat(16, axis=0)
    printer = Printer(geometry=Geometry(256, 16), levels={Y: levels, M: levels, C: levels})
    found = panel(card(shade, YMCKO, printer=printer, k_mode=KMode.NONE), C, Side.FRONT)
    assert found.levels == levels
    assert found.plane[0].tolist() == [int((255 - value) * (levels - 1) / 255 + 0.5) for value in range(256)]


def test_resin_is_on_or_off_however_finely_a_printer_counts() -> None:
    printer = Printer(levels={K: 256, O: 256})
    sides = card(page((0, 0, 0)), YMCKO, printer=printer)
    assert (panel(sides, K).levels, panel(sides, O).levels) == (256, 256)
    assert set(np.unique(ink(sides, K))) == {255}
    grey = ink(card(page((128, 128, 128)), MONO, printer=printer), K)
    assert set(np.unique(grey)) == {0, 255}


@pytest.mark.parametrize("levels", [0, 1, 3, 100, 257, 512])
def test_levels_that_no_driver_may_state_are_its_fault(levels: int) -> None:
    plane = np.zeros((2, 2), dtype=np.uint8)
    for bring in (tone_levels, resin_levels):
        with pytest.raises(PluginBroken, match=f"{levels} levels"):
            bring(plane, levels)


def test_the_same_page_gives_the_same_panels() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    one, other = (card(noise, YMCKO)[0] for _ in range(2))
    for left, right in zip(one.panels, other.panels, strict=True):
        assert np.array_equal(left.plane, right.plane)
