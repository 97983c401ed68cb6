"""A card job to panels: the same as its pictures give alone, and panels of its own in place of those made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from printserver.driver.capabilities import Capabilities, Confirms
from printserver.errors import (
    BadCardjob,
    BadTicket,
    DocumentBroken,
    DocumentFormatUnsupported,
    DocumentTooLarge,
    PrintServerError,
    UnsupportedByPrinter,
)
from printserver.model.card import Geometry, PanelName, Plane, Ribbon, Side, SidePanels
from printserver.model.ticket import KMode, Overlay, Placement, Ticket
from printserver.raster.composite import composite
from printserver.sandbox.render import panels_of_documents
from tests.documents.cardjob_kit import card, zipped
from tests.documents.pdf_kit import pdf
from tests.documents.pictures import encoded, quarters

GEOMETRY = Geometry(1016, 648)
Y, M, C, K, O, F, S, W = PanelName  # noqa: E741 - the field's own letters
COLOUR = Ribbon("YMCKO-YMCKO", front=(Y, M, C, K, O), back=(Y, M, C, K, O))
MIXED = Ribbon("YMCKOK", front=(Y, M, C, K, O), back=(K,))
SPECIAL = Ribbon("YMCFKO", front=(Y, M, C, F, K, O), back=(K, S, W))
CAN = Capabilities(
    title="Duplex", geometry=GEOMETRY, ribbons=(COLOUR,), levels={}, confirms=Confirms.NOTHING, duplex=True
)


def picture(seed: int) -> bytes:
    """A picture of the card's size with black, colour and white in it."""
    pixels = np.random.default_rng(seed).integers(0, 2, (648, 1016, 3), dtype=np.uint8) * 255
    return encoded(Image.fromarray(pixels), "PNG")


def mask(left: int, *, size: tuple[int, int] = (1016, 648)) -> tuple[bytes, Plane]:
    """A white picture with a black square, and where its ink is."""
    dots = np.zeros((size[1], size[0]), dtype=np.uint8)
    dots[100:200, left : left + 100] = 1
    return encoded(Image.fromarray((1 - dots) * 255), "PNG"), dots


FRONT, BACK = picture(1), picture(2)


def made(
    document: bytes, ribbon: Ribbon = COLOUR, back: bytes | None = None,
    **keys: Any,  # noqa: ANN401 - a ticket's keys
) -> tuple[SidePanels, ...]:  # fmt: skip
    return panels_of_documents(document, back, ribbon, CAN, Ticket(**keys))


def planes(side: SidePanels) -> dict[PanelName, Plane]:
    return {panel.name: panel.plane for panel in side.panels}


def same(ours: tuple[SidePanels, ...], theirs: tuple[SidePanels, ...]) -> bool:
    assert [side.side for side in ours] == [side.side for side in theirs]
    return all(
        one.name is other.name and np.array_equal(one.plane, other.plane)
        for one_side, other_side in zip(ours, theirs, strict=True)
        for one, other in zip(one_side.panels, other_side.panels, strict=True)
    )


@pytest.mark.parametrize("ribbon", [COLOUR, MIXED])
def test_a_card_job_gives_the_panels_of_its_pictures(ribbon: Ribbon) -> None:
    both = zipped(card(front=FRONT, back=BACK))
    assert same(made(both, ribbon), made(FRONT, ribbon, BACK))
    assert same(made(zipped(card(front=FRONT)), ribbon), made(FRONT, ribbon))
    assert not same(made(both, ribbon), made(BACK, ribbon, FRONT))


def test_a_member_may_be_any_document_of_one_page() -> None:
    drawn = pdf(b"1 0 0 rg 0 0 300 300 re f")
    assert same(made(zipped({"job.toml": b"", "front.pdf": drawn})), made(drawn))
    with pytest.raises(DocumentTooLarge, match=r"front.png: the document has 2 pages") as refused:
        made(zipped(card(front=pdf(b"", b""))))
    assert refused.value.allowed == "1 page"


def test_own_black_is_the_black_panel_and_the_picture_s_black_stays_in_the_dyes() -> None:
    own, dots = mask(300)
    (front,) = made(zipped(card(front=FRONT, front__k=own)))
    (plain,) = made(FRONT, k_mode=KMode.NONE)
    assert np.array_equal(planes(front)[K], dots)
    assert planes(made(FRONT)[0])[K].any()
    for name in (Y, M, C, O):
        assert np.array_equal(planes(front)[name], planes(plain)[name])


def test_own_overlay_is_the_overlay_but_for_places_that_stay_free() -> None:
    own, dots = mask(120)
    (front,) = made(zipped(card(front=FRONT, front__o=own)))
    assert np.array_equal(planes(front)[O], dots)
    assert same((SidePanels(Side.FRONT, front.panels[:4]),), (SidePanels(Side.FRONT, made(FRONT)[0].panels[:4]),))
    for overlay in (Overlay.CHIP, Overlay.FULL):
        (front,) = made(zipped(card(front=FRONT, front__o=own)), overlay=overlay, overlay_windows=("front:10,8,5,5",))
        free = planes(front)[O]
        assert not free[100:150, 120:170].any()
        assert not (free & (1 - dots)).any()
        assert free[193:200].any() == (overlay is Overlay.FULL)
        assert free[160:190].any()


def test_an_overlay_without_resin_leaves_own_black_out() -> None:
    own, dots = mask(300)
    (front,) = made(zipped(card(front=FRONT, front__k=own)), overlay=Overlay.WITHOUT_RESIN)
    assert np.array_equal(planes(front)[O], 1 - dots)


def test_panels_with_a_colour_of_their_own_are_drawn_by_the_job() -> None:
    own = {name: mask(left) for name, left in (("f", 0), ("s", 100), ("w", 200))}
    document = zipped(card(front=FRONT, front__f=own["f"][0], back=BACK, back__s=own["s"][0], back__w=own["w"][0]))
    front, back = made(document, SPECIAL)
    assert np.array_equal(planes(front)[F], own["f"][1])
    assert np.array_equal(planes(back)[S], own["s"][1])
    assert np.array_equal(planes(back)[W], own["w"][1])
    assert planes(back)[K].any()


def test_a_side_may_be_an_own_panel_alone() -> None:
    own, dots = mask(300)
    front, back = made(zipped(card(front=FRONT, back__k=own)), MIXED)
    assert np.array_equal(planes(back)[K], dots)
    assert same((front,), made(FRONT, MIXED))
    (front,) = made(zipped(card(front__k=own)))
    assert [bool(plane.any()) for plane in planes(front).values()] == [False, False, False, True, True]


def test_an_own_panel_is_laid_down_as_its_side_s_picture_is() -> None:
    upright = encoded(Image.new("L", (648, 1016), 0), "PNG")
    (front,) = made(zipped(card(front=FRONT, front__k=upright)))
    assert planes(front)[K].all()
    small = encoded(Image.new("L", (100, 100), 0), "PNG")
    (front,) = made(zipped(card(front=FRONT, front__k=small)), placement=Placement.FIT)
    columns = np.flatnonzero(planes(front)[K].any(axis=0))
    assert (columns[0], columns[-1]) == (184, 831)


def test_dark_is_ink_from_half_on() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8), 4)[:1016]
    own = encoded(Image.fromarray(np.tile(levels, (648, 1))), "PNG")
    (front,) = made(zipped(card(front=FRONT, front__k=own)))
    assert np.array_equal(planes(front)[K][0], (levels < 128).astype(np.uint8))


def test_a_declared_photograph_gets_no_dot_of_own_black() -> None:
    own, dots = mask(120)
    (front,) = made(zipped(card(front=FRONT, front__k=own)), photo_areas=("front:0,0,15,54",))
    black = planes(front)[K]
    assert not black[:, :177].any()
    assert np.array_equal(black[:, 177:], dots[:, 177:])


def test_the_composite_shows_own_black() -> None:
    own, dots = mask(300)
    (front,) = made(zipped(card(front=encoded(Image.new("RGB", (1016, 648), "white"), "PNG"), front__k=own)))
    assert np.array_equal(composite(front.panels).max(axis=2) < 128, dots == 1)


REFUSED: list[tuple[dict[str, bytes], Ribbon, dict[str, Any], type[PrintServerError], str, str]] = [
    (card(front=FRONT, front__s=mask(0)[0]), COLOUR, {}, UnsupportedByPrinter, "front.s", "K, O"),
    (card(front=FRONT, back=BACK, back__o=mask(0)[0]), MIXED, {}, UnsupportedByPrinter, "back.o", "K"),
    (card(front=FRONT, back=BACK, back__k=mask(0)[0]), MIXED, {}, UnsupportedByPrinter, "back.*", "back.* or back.k.*"),
    (card(front=FRONT, front__o=mask(0)[0]), COLOUR, {"overlay": Overlay.NONE}, BadTicket, "overlay", "full, chip"),
    (card(front=FRONT, front__o=mask(0)[0]), COLOUR, {"overlay": Overlay.WITHOUT_RESIN}, BadTicket, "overlay", "full"),
    (card(front=FRONT, front__o=mask(0)[0]), COLOUR, {"overlay": Overlay.IMAGE, "colour_keys": ("O=#00FF00",)},
     BadTicket, "colour-keys", "no"),
    (card(front=FRONT, front__f=mask(0)[0]), SPECIAL, {"colour_keys": ("F=#00FF00",)}, BadTicket, "colour-keys", "no"),
    (card(front=FRONT, front__k=b"no picture"), COLOUR, {}, DocumentFormatUnsupported, "front.k.png", "image/png"),
    (card(front=FRONT[:-20]), COLOUR, {}, DocumentBroken, "front.png", ""),
    (card(front=zipped(card(front=FRONT))), COLOUR, {}, DocumentFormatUnsupported, "front.png", "image/png"),
    (card(front=FRONT) | {"job.toml": b'chip = [{send = "00A40400"}]'}, COLOUR, {}, UnsupportedByPrinter, "chip", "no"),
]


@pytest.mark.parametrize(("members", "ribbon", "keys", "kind", "where", "allowed"), REFUSED)
def test_what_cannot_be_printed_as_it_is_is_refused_by_name(
    members: dict[str, bytes], ribbon: Ribbon, keys: dict[str, Any], kind: type[PrintServerError], where: str,
    allowed: str,
) -> None:
    with pytest.raises(kind) as refused:
        made(zipped(members), ribbon, **keys)
    assert refused.value.where == where
    assert refused.value.allowed.startswith(allowed)


def test_no_back_goes_beside_a_card_job() -> None:
    with pytest.raises(BadCardjob) as refused:
        made(zipped(card(front=FRONT)), COLOUR, BACK)
    assert refused.value.where == "back"


def test_a_half_ribbon_judges_own_black_as_it_judges_black() -> None:
    half = replace(COLOUR, half=True)
    left = Image.fromarray(np.pad(quarters().repeat(10, 0).repeat(10, 1), ((0, 488), (0, 696), (0, 0)),
                                  constant_values=255))  # fmt: skip
    own, dots = mask(900)
    (front,) = made(zipped(card(front=encoded(left, "PNG"), front__k=own)), half)
    assert np.array_equal(planes(front)[K], dots)
