"""A chart holds what its list says, where it says it; what is measured of it is read, a slip named by its line."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import BadProfile
from printserver.model.card import Geometry
from printserver.raster.chart import Patch, layout_of, letters, middle, patch_list, patches, pictures
from printserver.raster.colorimetry import lab_of_srgb, srgb_of_lab
from printserver.raster.measurements import LARGEST_TEXT, read_measurements
from tests.raster.virtual_ribbon import GEOMETRY, measured_csv, printed_lab

GEOMETRIES = [GEOMETRY, Geometry(2032, 1296, 600), Geometry(1016, 200), Geometry(60, 40), Geometry(640, 1000)]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("steps", [3, 5])
def test_each_patch_lies_where_the_list_says_with_its_colour(geometry: Geometry, steps: int) -> None:
    drawn = pictures(geometry, steps)
    every = patches(geometry, steps)
    assert len(every) == len({patch.name for patch in every}) == len({patch.colour for patch in every}) == steps**3
    assert {picture.shape for picture in drawn} == {(geometry.height, geometry.width, 3)}
    assert len(drawn) == every[-1].card
    for patch in every:
        x, y = middle(geometry, patch)
        if x < geometry.width and y < geometry.height:
            assert tuple(drawn[patch.card - 1][y, x]) == patch.colour, patch.name


def test_five_steps_find_room_on_one_card_and_an_instrument_on_each_patch() -> None:
    assert len(pictures(GEOMETRY, 5)) == 1
    assert layout_of(GEOMETRY).patch * 25.4 / GEOMETRY.dpi >= 4.5


def test_patches_do_not_touch_other_patches_or_the_edge() -> None:
    layout = layout_of(GEOMETRY)
    row = [patch for patch in patches(GEOMETRY, 5) if patch.row == 0]
    assert all(middle(GEOMETRY, b)[0] - middle(GEOMETRY, a)[0] == layout.patch for a, b in pairwise(row))
    last = max(patches(GEOMETRY, 5), key=lambda patch: (patch.row, patch.column))
    assert middle(GEOMETRY, last)[1] + layout.patch // 2 < GEOMETRY.height


def test_the_corners_of_the_cube_are_patches() -> None:
    colours = {patch.colour for patch in patches(GEOMETRY, 4)}
    assert {(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 255)} < colours


def test_the_list_names_every_patch_with_what_is_sent() -> None:
    lines = patch_list(GEOMETRY, 3, "YMCKO").splitlines()
    assert lines[0] == "CGATS.17"
    assert "NUMBER_OF_SETS 27" in lines
    begin, end = lines.index("BEGIN_DATA"), lines.index("END_DATA")
    rows = [line.split() for line in lines[begin + 1 : end]]
    assert rows[1] == ["1-A2", "0", "0", "128"]
    assert [(row[0], *map(int, row[1:])) for row in rows] == [(p.name, *p.colour) for p in patches(GEOMETRY, 3)]


@pytest.mark.parametrize(("row", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA")])
def test_rows_have_letters(row: int, name: str) -> None:
    assert letters(row) == name


def with_measured(kind: str, number: Callable[[Patch], tuple[float, ...]]) -> bytes:
    """Return the chart's own list with measured fields behind each patch, as a person would add them."""
    every = {patch.name: patch for patch in patches(GEOMETRY, 3)}
    lines = []
    for line in patch_list(GEOMETRY, 3, "YMCKO").replace("RGB_B\n", f"RGB_B {kind}\n").splitlines():
        patch = every.get(line.split(" ")[0])
        lines.append(line if patch is None else f"{line} {' '.join(f'{each:.4f}' for each in number(patch))}")
    return "\n".join(lines).encode()


def test_the_list_with_lab_or_srgb_is_read_alike() -> None:
    lab = read_measurements(
        with_measured("LAB_L LAB_A LAB_B", lambda patch: tuple(lab_of_srgb(np.array(patch.colour) / 255))), "a.txt"
    )
    srgb = read_measurements(with_measured("SRGB_R SRGB_G SRGB_B", lambda patch: patch.colour), "a.txt")
    assert [list(levels) for levels in lab.levels] == [[0, 128, 255]] * 3
    np.testing.assert_allclose(lab.lab, srgb.lab, atol=1e-3)
    np.testing.assert_allclose(lab.lab[2, 0, 1], lab_of_srgb(np.array([1, 0, 128 / 255])), atol=1e-3)


def test_csv_is_read_in_any_order_of_patches_and_the_mean_of_what_was_measured_twice() -> None:
    head, *rows = measured_csv(3).splitlines()
    twice = rows[0].rsplit(",", 3)[0] + ",90,0,0"
    found = read_measurements("\n".join([head, *reversed(rows), twice, ""]).encode(), "a.csv")
    np.testing.assert_allclose(found.lab[2, 2, 2], printed_lab(np.ones((1, 3)))[0], atol=0.06)
    assert found.lab[0, 0, 0, 0] == pytest.approx((printed_lab(np.zeros((1, 3)))[0, 0] + 90) / 2, abs=0.06)


GOOD = measured_csv(3)
HEAD, *ROWS = GOOD.splitlines()
CGATS = with_measured("LAB_L LAB_A LAB_B", lambda patch: (50, 0, 0)).decode()

SLIPS: dict[str, tuple[str, str | bytes]] = {
    "nothing": ("a.txt", ""),
    "not text": ("a.txt", b"\xff\xfe\x00"),
    "a field too few": ("a.txt", GOOD.replace("RGB_G", "GREEN")),
    "nothing measured": ("a.txt", GOOD.replace("LAB_A", "A")),
    "a value too few": ("a.txt: line 3", "\n".join([HEAD, ROWS[0], ROWS[1].rsplit(",", 1)[0], *ROWS[2:]])),
    "a word": ("a.txt: line 2", "\n".join([HEAD, ROWS[0] + "x", *ROWS[1:]])),
    "a number that is none": ("a.txt: line 2", "\n".join([HEAD, ROWS[0].rsplit(",", 1)[0] + ",nan", *ROWS[1:]])),
    "no end of numbers": ("a.txt: line 2", "\n".join([HEAD, ROWS[0].rsplit(",", 1)[0] + ",inf", *ROWS[1:]])),
    "light beyond white": ("a.txt: line 2", "\n".join([HEAD, "1-A1,0,0,0,900,0,0", *ROWS[1:]])),
    "a code beyond 255": ("a.txt: line 2", "\n".join([HEAD, "1-A1,0,0,256,9,0,0", *ROWS[1:]])),
    "a patch missing": ("a.txt", "\n".join([HEAD, *ROWS[:13], *ROWS[14:]])),
    "white missing": ("a.txt", GOOD.replace("255", "250")),
    "two levels": ("a.txt", "\n".join([HEAD, *(row for row in ROWS if "128" not in row)])),
    "no patch": ("a.txt", HEAD),
    "no end of data": ("a.txt", CGATS.replace("END_DATA\n", "").removesuffix("END_DATA")),
    "no format": ("a.txt", CGATS.replace("BEGIN_DATA_FORMAT", "FORMAT")),
    "beyond the limit": ("a.txt", GOOD + "\n" * LARGEST_TEXT),
}


@pytest.mark.parametrize(("where", "text"), SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_named_by_file_and_line(where: str, text: str | bytes) -> None:
    with pytest.raises(BadProfile) as refusal:
        read_measurements(text if isinstance(text, bytes) else text.encode(), "a.txt")
    assert refusal.value.where == where


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    for each in (content, GOOD.encode() + content + b"\nx,", b"BEGIN_DATA\n" + content):
        with pytest.raises(BadProfile, match=r"a\.txt"):
            read_measurements(each, "a.txt")


def test_lab_is_that_of_the_standards() -> None:
    """White is L 100; sRGB red relative to D50 is that of the ICC's own sRGB profiles, 54.3 80.8 69.9."""
    np.testing.assert_allclose(lab_of_srgb(np.array([1.0, 1, 1])), [100, 0, 0], atol=0.05)
    np.testing.assert_allclose(lab_of_srgb(np.array([1.0, 0, 0])), [54.3, 80.8, 69.9], atol=0.1)
    np.testing.assert_allclose(lab_of_srgb(np.array([0.0, 0, 0])), [0, 0, 0], atol=1e-9)
    colours = np.random.default_rng(1).random((500, 3))
    np.testing.assert_allclose(srgb_of_lab(lab_of_srgb(colours)), colours, atol=1e-12)
