"""A drawing on the card: drawn at the card's own dots, its fonts known, its pictures in their own colours."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFont

from printserver.documents.decode import decode
from printserver.documents.font_files import SHIPPED, FontBroken, font_file, fonts_in, ranges_of, shipped_fonts
from printserver.documents.svg.drawing import decode_svg
from printserver.documents.svg.lettering import shaped
from printserver.documents.target import CARD, Target
from printserver.errors import DrawingRefused
from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation
from printserver.raster.place import place
from tests.documents.svg_kit import data_of, svg

RED, BLUE, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
LEFT_RED = '<rect width="428" height="540" fill="red"/>'


def colour(page: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    """The colour at a part of the width and height, from the upper left."""
    return tuple(int(value) for value in page[int(y * page.shape[0]), int(x * page.shape[1])])


def colours(page: np.ndarray) -> set[tuple[int, ...]]:
    return set(map(tuple, page.reshape(-1, 3).tolist()))


def test_a_card_sized_drawing_is_drawn_at_the_printer_s_resolution() -> None:
    (page,) = decode(svg(LEFT_RED))
    assert (page.shape, page.dtype, page.flags.c_contiguous) == ((638, 1011, 3), np.dtype(np.uint8), True)
    assert (colour(page, 0.1, 0.5), colour(page, 0.9, 0.5)) == (RED, WHITE)
    (fine,) = decode(svg(LEFT_RED), Target(Geometry(2032, 1296, dpi=600)))
    assert fine.shape == (1275, 2022, 3)


def test_a_drawing_covers_its_page_to_the_last_dot() -> None:
    assert colours(decode(svg('<rect width="100%" height="100%" fill="#f00"/>'))[0]) == {RED}


@pytest.mark.parametrize(
    ("root", "shape"),
    [
        ('width="85.6mm" height="53.98mm"', (638, 1011)),
        ('width="8.56cm" height="5.398cm"', (638, 1011)),
        ('width="3.37in" height="2.1252in"', (638, 1011)),
        ('width="242.64pt" height="153.01pt"', (638, 1011)),
        ('width="20.22pc" height="12.751pc"', (638, 1011)),
        ('width="342.4Q" height="215.92Q"', (638, 1011)),
        ('width="323.527" height="204.019px"', (638, 1011)),
        ('viewBox="0 0 1016 648"', (648, 1016)),
        ('viewBox="10,10,101.6,64.8" width="100%" height="100%"', (648, 1016)),
        ('viewBox="0 0 856 539.8" width="85.6mm"', (638, 1011)),
        ('viewBox="0 0 856 539.8" height="53.98mm"', (638, 1011)),
        ('width="100" height="100"', (1016, 1016)),
    ],
)
def test_sizes_are_understood_in_every_unit(root: str, shape: tuple[int, int]) -> None:
    assert decode(svg(root=root))[0].shape[:2] == shape


def test_a_view_box_of_another_shape_is_fitted_as_it_says() -> None:
    root = 'width="200" height="100" viewBox="0 0 100 100" preserveAspectRatio="xMaxYMid"'
    (page,) = decode(svg('<rect width="100" height="100"/>', root=root))
    assert (colour(page, 0.25, 0.5), colour(page, 0.75, 0.5)) == (WHITE, BLACK)


@pytest.mark.parametrize("placement", Placement)
@pytest.mark.parametrize("rotation", Rotation)
def test_a_drawing_lies_on_the_card_dot_for_dot(rotation: Rotation, placement: Placement) -> None:
    for size in ("323.5 204", "204 323.5", "400 100"):
        width, height = size.split()
        root = f'width="{width}" height="{height}"'
        drawing = svg('<rect x="9" y="7" width="50" height="30"/>', root=root)
        (page,) = decode(drawing, Target(CARD, (placement,), rotation))
        card = place(page, CARD, placement, rotation)
        # Only what was drawn: a picture that is scaled afterwards has colours between.
        assert np.count_nonzero((card != 0) & (card != 255)) <= np.count_nonzero((page != 0) & (page != 255))


def test_letters_of_two_scripts_are_drawn_in_pure_black() -> None:
    text = '<text x="40" y="200" font-family="Vazirmatn" font-weight="700" font-size="120">{}</text>'
    for said in ("Sari", "ساري"):
        (page,) = decode(svg(text.format(said)))
        assert 8_000 < np.count_nonzero((page == 0).all(axis=2)) < 80_000


@pytest.mark.parametrize("said", [
    'font-family="Vazirmatn"', "font-family=\"'Vazirmatn'\"", 'font-family="Arial, Vazirmatn, X"', "",
    'font-family="sans-serif"', 'style="font:italic 700 80px/1.2 Nothing, serif"',
    'style="font-family:monospace!important"',
])  # fmt: skip
def test_a_family_that_is_here_or_leaves_the_choice_is_drawn(said: str) -> None:
    (page,) = decode(svg(f'<g font-size="80"><text y="200" {said}>Sari</text></g>'))
    assert np.count_nonzero((page == 0).all(axis=2)) > 2_000


@pytest.mark.parametrize("said", [
    'font-family="vazirmatn"', "font-family=\"'sans-serif'\"", 'font-family="Vazirmatn Bold"',
])  # fmt: skip
def test_a_name_that_the_renderer_would_not_find_is_refused(said: str) -> None:
    with pytest.raises(DrawingRefused, match=r"there is no font .*\(allowed: Vazirmatn\)"):
        decode(svg(f"<text {said}>Sari</text>"))


def test_names_of_fonts_matter_only_where_there_is_text() -> None:
    assert colour(decode(svg(f'<g font-family="Arial">{LEFT_RED}</g>'))[0], 0.1, 0.5) == RED


def test_joiners_spaces_and_marks_that_have_no_shape_are_no_missing_characters() -> None:
    decode(svg("<text>می\u200cخواهم\u00a0e\u0301\ufe0f\t</text>"))


def test_what_is_transparent_shows_the_white_of_the_card() -> None:
    (page,) = decode(svg('<rect width="428" height="540" fill="red" opacity="0.5"/>'))
    red, green, blue = colour(page, 0.1, 0.5)
    assert red == 255
    assert 126 <= green == blue <= 129
    assert colour(page, 0.9, 0.5) == WHITE


def test_style_sheets_gradients_clips_masks_and_filters_are_drawn() -> None:
    body = (
        "<style>/* a card */ .left, #none { fill: url( '#g' ) } rect.left:first-child { clip-path: url(#c) }</style>"
        '<linearGradient id="g"><stop stop-color="blue"/></linearGradient>'
        '<clipPath id="c"><rect width="428" height="270"/></clipPath>'
        '<mask id="m"><rect width="856" height="540" fill="white"/></mask>'
        '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
        '<g id="box"><rect class="left" width="428" height="540"/></g>'
        '<use href="#box" x="428" y="270" mask="url(#m)" filter="url(#f)"/>'
    )
    (page,) = decode(svg(body))
    found = [colour(page, x, y) for x, y in ((0.25, 0.25), (0.25, 0.75), (0.75, 0.75), (0.75, 0.25))]
    assert found == [BLUE, WHITE, BLUE, WHITE]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_inside_is_drawn_with_its_profile_and_turned_upright(kind: str) -> None:
    picture = Image.new("RGB", (40, 20), "white")
    picture.paste("blue", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    href = data_of(picture, kind, icc_profile=swapped_profile(), exif=exif)
    (page,) = decode(svg(f'<image href="{href}" width="856" height="428"/>'))
    assert colour(page, 0.1, 0.4) == WHITE
    red, _green, blue = colour(page, 0.9, 0.4)
    assert (red > 200, blue < 60) == (True, True)


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and blue exchanged, so that its use can be seen."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ"), data.index(b"bXYZ")
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def test_a_picture_inside_stays_transparent_where_it_is() -> None:
    logo = Image.new("RGBA", (20, 20), (0, 0, 255, 255))
    logo.paste((0, 0, 0, 0), (0, 0, 10, 20))
    body = f'<rect width="856" height="540" fill="red"/><image href="{data_of(logo)}" width="500" height="500"/>'
    (page,) = decode(svg(body))
    assert (colour(page, 0.1, 0.5), colour(page, 0.5, 0.5)) == (RED, BLUE)


def test_what_is_written_for_the_renderer_says_what_was_sent() -> None:
    text = '<text y="200" font-size="80" xml:space="preserve">a &lt;&amp;"<![CDATA[<b>]]>  c</text>'
    plain = '<text y="200" font-size="80" xml:space="preserve">a &#60;&#38;&quot;&lt;b&gt;  c</text>'
    assert np.array_equal(decode(svg(text))[0], decode(svg(plain))[0])
    assert (decode(svg(text))[0] == 0).any()


def test_prefixes_and_a_byte_order_mark_do_not_matter() -> None:
    other = (
        '\ufeff<?xml version="1.0"?>\n<!-- made by hand -->\n<s:svg xmlns:s="http://www.w3.org/2000/svg" '
        'width="85.6mm" height="53.98mm" viewBox="0 0 856 539.8"><s:rect width="428" height="540" fill="red"/></s:svg>'
    )
    assert np.array_equal(decode(other.encode())[0], decode(svg(LEFT_RED))[0])


def test_the_same_drawing_gives_the_same_page() -> None:
    document = svg('<text y="200" font-size="80">Sari</text>' + LEFT_RED)
    assert np.array_equal(decode(document)[0], decode(document)[0])


# fonts


def test_the_shipped_family_draws_latin_and_arabic_and_no_han() -> None:
    fonts = shipped_fonts()
    assert fonts.families == ("Vazirmatn",)
    assert fonts.lacks("Sari Contoh, ساري 0123 é中文中") == "中文"


@pytest.mark.parametrize("damage", [slice(0, 4), slice(4, 12), slice(12, 300), slice(300, None)])
def test_a_font_that_is_none_is_named(damage: slice, tmp_path: Path) -> None:
    data = bytearray((SHIPPED / "Vazirmatn-Regular.ttf").read_bytes())
    data[damage] = b"\xff" * len(data[damage]) if damage.stop else b""
    path = tmp_path / "broken.ttf"
    path.write_bytes(data)
    with pytest.raises(FontBroken, match=r"broken\.ttf"):
        font_file(path)


def test_a_folder_of_fonts_is_read_by_endings(tmp_path: Path) -> None:
    (tmp_path / "b.TTF").write_bytes((SHIPPED / "Vazirmatn-Bold.ttf").read_bytes())
    (tmp_path / "readme.txt").write_text("no font")
    found = fonts_in((tmp_path,))
    assert [Path(file.path).name for file in found.files] == ["b.TTF"]
    (page,) = decode_svg(svg('<text y="200" font-size="80">x</text>'), Target(), found)
    assert (page == 0).any()


def test_another_reader_of_fonts_draws_the_same_characters() -> None:
    """FreeType draws the same thing for all that is missing; here nothing, as for spaces."""
    font = ImageFont.truetype(SHIPPED / "Vazirmatn-Regular.ttf", 12, layout_engine=ImageFont.Layout.BASIC)
    every = [chr(number) for number in range(0x20, 0x3000)]
    missing = bytes(font.getmask("\ufffe"))
    every = list(shaped("".join(every)))
    drawn_as_missing = {each for each in every if bytes(font.getmask(each)) == missing}
    assert set(shipped_fonts().lacks(every)) == drawn_as_missing
    assert len(drawn_as_missing) > 10_000


def test_a_table_of_groups_is_read_as_it_stands() -> None:
    """Format 12: U+1F600 to U+1F602 as glyphs 5 to 7; U+41 as glyph 0, which is none, and U+42 after it."""
    groups = struct.pack(">9I", 0x41, 0x42, 0, 0x1F600, 0x1F602, 5, 9, 8, 1)
    table = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, 3) + groups
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table
    assert list(ranges_of(cmap)) == [(0x42, 0x42), (0x1F600, 0x1F602)]
