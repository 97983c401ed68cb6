"""Drawings that must never be drawn: each is refused by an error that names it, and the renderer is not asked."""

from __future__ import annotations

import base64
from xml.sax.saxutils import escape, quoteattr

import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printserver.documents.decode import decode
from printserver.documents.svg.drawing import decode_svg
from printserver.documents.svg.gate import ELEMENTS, admitted
from printserver.documents.target import Target
from printserver.errors import DocumentBroken, DocumentTooLarge, DrawingRefused, PrintServerError
from tests.documents.pictures import raw_png
from tests.documents.svg_kit import BOXES, CONTEXT, HATCH, HOSTILE, INNER, RECT, USERS, data_of, svg

SMALL = Target(max_pixels=1 << 20)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the renderer was asked to draw."""
    drawings: list[object] = []

    def draw(**wishes: object) -> bytes:
        drawings.append(wishes)
        raise AssertionError("the renderer was asked")

    monkeypatch.setattr(resvg_py, "svg_to_bytes", draw)
    return drawings


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hostile_is_refused_by_name_before_anything_is_drawn(case: str, asked: list[object]) -> None:
    document, where = HOSTILE[case]
    with pytest.raises(DrawingRefused) as caught:
        decode_svg(document, Target())
    assert caught.value.where == where
    assert caught.value.allowed
    assert len(caught.value.sentence()) < 400
    assert not asked


@pytest.mark.parametrize(("case", "says"), [
    ("a file", "refers to '/etc/hostname'"), ("an SVG in a data URI", "refers to 'data:image/svg"),
    ("a circle of uses", "refers to itself"), ("a mask of itself", "refers to itself"),
    ("a long chain of uses", "used too deep"), ("a use bomb", "elements, each counted as often as it is used"),
    ("too many masks", "401 layers"), ("a GIF called PNG", "another kind of picture"),
    ("dashes of a long line", "too many dashes"),
    ("digits that are no dashes", "are no lengths"), ("a filter behind an opacity", "is no reference"),
    ("too many rules for each element", "more properties and rules"), ("a long style sheet", "too long"),
    ("no font of this name", "there is no font 'No Such Font'"), ("no font with this character", "draws U\\+4E2D"),
])  # fmt: skip
def test_the_error_says_what_is_wrong(case: str, says: str) -> None:
    with pytest.raises(DrawingRefused, match=says):
        decode_svg(HOSTILE[case][0], Target())


def test_the_renderer_is_asked_for_what_is_honest(asked: list[object]) -> None:
    with pytest.raises(AssertionError, match="was asked"):
        decode_svg(svg(RECT), Target())
    assert len(asked) == 1


@pytest.mark.parametrize("body", [
    '<path d="M0 0 L856 540 856 0" stroke="#000" stroke-width="2" stroke-dasharray="6 3"/>',
    '<g style="stroke:#000;stroke-dasharray:4,2"><rect width="800" height="500"/><circle r="100"/></g>',
    '<rect width="80" height="50" stroke="#000" stroke-dasharray="0"/><rect filter="none" width="8" height="5"/>',
    '<linearGradient id="g"><stop offset="0"/></linearGradient><g fill="url(#g)">' + BOXES + "</g>",
    '<style>/* a "quote */ .a{stroke-dasharray:6 3 !important;font:700 12px "Vazirmatn"}</style><rect class="a"/>',
    '<rect width="100%" height="100%" stroke-dasharray="4"/><text font-size="90" stroke-dasharray="9">Sari</text>',
    '<path d="M0 0q10 10 20 0t20 0 20 0" stroke-dasharray="4"/><g style="filter:none !important" mask="none"/>',
    CONTEXT + '<path stroke="#000" marker-mid="url(#m)" d="M0 0' + " 1 1" * 20 + '"/>',
    '<g fill="red" stroke="#000">' + INNER + "</g>" + USERS,
    HATCH + '<g fill="url(#p)">' + '<rect width="80" height="50"/>' * 20 + "</g>",
])  # fmt: skip
def test_dashes_and_inherited_paint_of_ordinary_drawings_are_drawn(body: str, asked: list[object]) -> None:
    with pytest.raises(AssertionError, match="was asked"):
        decode_svg(svg(body), Target())
    assert len(asked) == 1


class PanicException(BaseException):
    """Named as what a panic of the renderer raises."""


@pytest.mark.parametrize(("raised", "becomes"), [
    (PanicException("at line 9"), DocumentBroken), (ValueError("no"), DocumentBroken),
    (KeyboardInterrupt(), KeyboardInterrupt), (SystemExit(1), SystemExit),
])  # fmt: skip
def test_a_renderer_that_gives_up_fails_the_drawing_and_hides_nothing_else(
    raised: BaseException, becomes: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(**_wishes: object) -> bytes:
        raise raised

    monkeypatch.setattr(resvg_py, "svg_to_bytes", give_up)
    with pytest.raises(becomes):
        decode(svg(RECT))


@pytest.mark.parametrize(
    "document", [svg(RECT)[:-6], svg("<g></rect>"), svg("\x01"), svg("<g a='1' a='2'/>"), b"<svg "]
)
def test_what_is_no_whole_xml_is_broken(document: bytes, asked: list[object]) -> None:
    with pytest.raises(DocumentBroken):
        decode_svg(document, Target())
    assert not asked


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_characters_are_no_drawing(encoding: str) -> None:
    with pytest.raises(PrintServerError, match=r"UTF-16|unknown data|not UTF-8"):
        decode(svg(RECT).decode().encode(encoding))


def test_a_picture_inside_is_judged_by_its_header(asked: list[object]) -> None:
    header = raw_png(60_000, 60_000, b"\0")
    body = f'<image href="data:image/png;base64,{base64.b64encode(header).decode()}"/>'
    with pytest.raises(DocumentTooLarge, match="60000 x 60000"):
        decode_svg(svg(body), Target())
    assert not asked


def test_pictures_inside_are_counted_as_often_as_they_are_used(asked: list[object]) -> None:
    picture = f'<image id="a" href="{data_of(Image.new("RGB", (1000, 1000)))}"/>'
    with pytest.raises(DrawingRefused, match="pixels of pictures"):
        decode_svg(svg(picture + '<use href="#a"/>' * 40), Target())
    assert not asked


def test_a_picture_that_is_not_whole_is_refused(asked: list[object]) -> None:
    for kind in ("PNG", "JPEG"):
        whole = data_of(Image.effect_noise((64, 64), 50).convert("RGB"), kind)
        with pytest.raises(DocumentBroken):
            decode(svg(f'<image href="{whole[:-400]}"/>'))
    assert not asked


def test_a_canvas_of_too_many_dots_is_refused(asked: list[object]) -> None:
    with pytest.raises(DocumentTooLarge, match="at most 40000000 pixels"):
        decode_svg(svg(root='width="1" height="1000"'), Target())
    assert not asked


def test_an_editor_s_own_notes_are_left_out() -> None:
    names = 'xmlns:i="http://www.inkscape.org/namespaces/inkscape"'
    root = admitted(svg(f'<i:view {names} i:zoom="1"><i:grid/><rect/></i:view><g i:label="a" {names} data-x="\\"/>'))
    assert [(node.name, node.attributes) for node in root.walk()][1:] == [("g", {})]


def test_comments_and_instructions_are_left_out() -> None:
    root = admitted(svg("<!-- <script/> --><?php x ?><g/>", before='<?xml version="1.0" encoding="utf-8"?>\n'))
    assert [node.name for node in root.walk()] == ["svg", "g"]


NAMES = st.sampled_from([*sorted(ELEMENTS), "script", "a", "feImage", "foreignObject"])
VALUES = st.sampled_from(
    ["", "1", "-1e30", "50%", "#a", "url(#a)", "url(x)", "red", "10mm", "nan", "M0 0h9v9z", "0 0 9 9", "\\", "@"]
) | st.text(max_size=8)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        "id href x y width height viewBox d points fill stroke stroke-width opacity mask filter clip-path transform "
        "style class font-family font-size marker-mid in stdDeviation offset onload patternUnits".split()
    ), VALUES, max_size=5,
)  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, depth: int = 4) -> str:
    name, attributes = draw(NAMES), draw(ATTRIBUTES)
    inside = draw(st.lists(elements(depth - 1), max_size=3)) if depth else [escape(draw(st.text(max_size=9)))]
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{''.join(inside)}</{name}>"


@settings(max_examples=300, deadline=None)
@given(elements())
def test_any_drawing_ends_in_a_page_or_a_typed_error(body: str) -> None:
    settle(svg(body, root='width="20" height="10"'))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_drawing_ends_in_a_page_or_a_typed_error(data: st.DataObject) -> None:
    document = bytearray(svg(
        '<style>.a{fill:url(#g);opacity:.5}</style><linearGradient id="g"><stop offset="1"/></linearGradient>'
        '<rect class="a" width="9" height="9"/><text y="9" font-family="Vazirmatn">Sari</text>',
        root='width="20" height="10"',
    ))  # fmt: skip
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(document) - 1))
        document[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    settle(bytes(document))


def settle(document: bytes) -> None:
    try:
        (page,) = decode(document, SMALL)
    except PrintServerError:
        return
    assert (page.ndim, page.shape[2]) == (3, 3)
