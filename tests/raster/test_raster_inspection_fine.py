"""What is too fine for resin: found where the definition says, and nowhere in what holds."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image, ImageDraw, ImageFont

from printserver.model.card import Geometry
from printserver.model.ticket import Dither
from printserver.raster.inspection.fine import dithered_cells, fine_parts, fine_runs, opened, runs, specks
from printserver.raster.separate import dithered
from tests.raster.references_inspection import fine_dots, is_speck

Mask = npt.NDArray[np.bool_]
CARD = Geometry(1016, 648)
MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14))


def found(ink: Mask, least: int, run: int) -> set[tuple[int, int]]:
    """All fine runs, as `fine_parts` puts them together, without what it leaves out."""
    rim = max(least, run)
    wide, inside = np.pad(ink, rim), (slice(rim, -rim), slice(rim, -rim))
    dots = np.zeros_like(ink)
    for plane in (wide, ~wide):
        for axis in (0, 1):
            dots |= fine_runs(plane, axis, least, run)[inside]
    return set(zip(*(each.tolist() for each in np.nonzero(dots)), strict=True))


@given(MASKS, st.integers(1, 4), st.integers(1, 6))
@settings(max_examples=150)
def test_runs_are_those_of_the_definition(ink: Mask, least: int, run: int) -> None:
    assert found(ink, least, run) == fine_dots(ink.tolist(), least, run)


@given(MASKS)
def test_specks_are_those_of_the_definition(ink: Mask) -> None:
    rows, columns = ink.shape
    expected = [[is_speck(ink.tolist(), row, column) for column in range(columns)] for row in range(rows)]
    assert specks(ink).tolist() == expected


@given(MASKS, st.integers(1, 5))
def test_cells_reach_over_the_edge(ink: Mask, cell: int) -> None:
    marked = dithered_cells(ink, cell)
    rows, columns = range(0, ink.shape[0], cell), range(0, ink.shape[1], cell)
    dithered = {
        (row, column) for row in rows for column in columns
        if specks(ink)[row : row + cell, column : column + cell].sum() > 0.15 * cell * cell
    }  # fmt: skip
    for row in rows:
        for column in columns:
            near = {(row + down, column + right) for down in (-cell, 0, cell) for right in (-cell, 0, cell)}
            assert (marked[row : row + cell, column : column + cell] == bool(near & dithered)).all()


def test_a_line_shorter_than_a_run_has_none() -> None:
    assert not opened(np.ones((3, 4), dtype=bool), 1, 5).any()
    assert opened(np.ones((3, 5), dtype=bool), 1, 5).all()
    assert runs(np.array([[1, 1, 0, 1], [0, 1, 0, 0]], dtype=bool), 1) == 3
    assert runs(np.array([[1, 1, 0, 1], [0, 1, 0, 0]], dtype=bool), 0) == 3


def card() -> Mask:
    return np.zeros((CARD.height, CARD.width), dtype=bool)


def test_a_line_of_one_dot_is_fine_and_one_of_two_dots_holds() -> None:
    ink = card()
    ink[100, 200:260] = True
    parts = fine_parts(ink, CARD)
    assert (parts.parts, int(parts.dots.sum())) == (1, 60)
    ink[101, 200:260] = True
    assert fine_parts(ink, CARD).parts == 0


def test_a_gap_of_one_dot_is_fine_and_the_rim_of_the_card_is_none() -> None:
    ink = card()
    ink[:, 300:] = True
    assert fine_parts(ink, CARD).parts == 0
    ink[40:240, 500] = False
    parts = fine_parts(ink, CARD)
    assert (parts.parts, int(parts.dots.sum())) == (1, 200)
    ink[40:240, 501] = False
    assert fine_parts(ink, CARD).parts == 0


def test_at_twice_the_resolution_lines_are_twice_as_wide() -> None:
    fine_card, ink = Geometry(2032, 1296, 600), np.zeros((1296, 2032), dtype=bool)
    ink[100:103, 200:400] = True
    assert fine_parts(ink, fine_card).parts == 3  # three rows, each a run
    ink[103, 200:400] = True
    assert fine_parts(ink, fine_card).parts == 0


def test_where_two_letters_meet_is_no_small_print() -> None:
    ink = card()
    ink[100, 200:223] = True  # 23 dots: less than two millimetres
    assert fine_parts(ink, CARD).parts == 0
    ink[100, 223] = True
    assert fine_parts(ink, CARD).parts == 1


def text(points: float, *, smooth: bool) -> Mask:
    picture = Image.new("L", (CARD.width, CARD.height), 255)
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "L" if smooth else "1"
    with as_file(files("printserver.documents") / "fonts" / "Vazirmatn-Regular.ttf") as path:
        font = ImageFont.truetype(path, points * 300 / 72)
    for line in range(6):
        draw.text((60, 60 + line * 70), "Nomor induk 0123456789, illicit limit", font=font, fill=0)
    black: Mask = np.asarray(picture) == 0
    return black


# Of smoothed print only the dots that are wholly black go to resin, which makes its strokes thinner still.
@pytest.mark.parametrize(("points", "smooth"), [(3, False), (4, True)])
def test_small_print_is_too_small_and_print_of_nine_points_is_not(points: float, smooth: bool) -> None:
    assert fine_parts(text(points, smooth=smooth), CARD).parts > 3
    assert fine_parts(text(9, smooth=smooth), CARD).parts == 0


@pytest.mark.parametrize("dither", list(Dither))
def test_a_dithered_picture_is_no_small_print(dither: Dither) -> None:
    rows, columns = np.mgrid[0 : CARD.height, 0 : CARD.width]
    waves = np.sin(columns / 90) * np.cos(rows / 70) * 100 + 128
    grain = np.random.default_rng(5).normal(0, 4, waves.shape)
    grey = np.clip(waves + (grain if dither is not Dither.THRESHOLD else 0), 0, 255).astype(np.uint8)
    assert fine_parts(dithered(grey, dither) > 0, CARD).parts == 0


@pytest.mark.parametrize("dither", list(Dither))
def test_the_rim_of_a_dithered_shape_is_no_small_print(dither: Dither) -> None:
    picture = Image.new("L", (CARD.width, CARD.height), 255)
    ImageDraw.Draw(picture).ellipse((600, 100, 900, 400), fill=120)
    assert fine_parts(dithered(np.array(picture), dither) > 0, CARD).parts == 0


def test_print_beside_a_dithered_picture_is_still_seen() -> None:
    ink = card()
    ink[:, 500:] = dithered(np.full((CARD.height, CARD.width - 500), 128, dtype=np.uint8), Dither.SERPENTINE) > 0
    ink[100, 100:200] = True
    parts = fine_parts(ink, CARD)
    assert (parts.parts, int(parts.dots[:, :480].sum()), bool(parts.dots[:, 510:].any())) == (1, 100, False)
