"""A PDF on the card: drawn at the card's own dots, front and back, nothing executed, nothing left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from printserver.documents.decode import decode
from printserver.documents.pdf import decode_pdf
from printserver.documents.target import CARD, Target
from printserver.errors import (
    DocumentBroken,
    DocumentFormatUnsupported,
    DocumentLocked,
    DocumentTooLarge,
    PrintServerError,
)
from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation
from printserver.raster.place import place
from tests.documents.pdf_kit import A4_POINTS, CARD_POINTS, encryption, pdf, rectangle

WIDTH, HEIGHT = CARD_POINTS
LEFT_RED = rectangle(1, 0, 0, 0, 0, WIDTH / 2, HEIGHT)
LOWER_BLUE = rectangle(0, 0, 1, 0, 0, WIDTH, HEIGHT / 2)
RED, BLUE, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
MAY_NOT_PRINT, MAY_PRINT = -64, -64 | 4


def colour(page: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    """The colour at a part of the width and height, from the upper left."""
    return tuple(int(value) for value in page[int(y * page.shape[0]), int(x * page.shape[1])])


def test_a_card_sized_page_is_drawn_at_the_printer_s_resolution() -> None:
    (page,) = decode(pdf(LEFT_RED))
    assert (page.shape, page.dtype, page.flags.c_contiguous) == ((638, 1011, 3), np.dtype(np.uint8), True)
    assert (colour(page, 0.1, 0.5), colour(page, 0.9, 0.5)) == (RED, WHITE)
    (fine,) = decode(pdf(LEFT_RED), Target(Geometry(2032, 1296, dpi=600)))
    assert fine.shape == (1275, 2022, 3)


def test_two_pages_are_front_and_back() -> None:
    front, back = decode(pdf(LEFT_RED, LOWER_BLUE))
    assert (colour(front, 0.1, 0.1), colour(back, 0.1, 0.1), colour(back, 0.1, 0.9)) == (RED, WHITE, BLUE)


@pytest.mark.parametrize(("most", "allowed"), [(2, "2 pages: front and back"), (1, "1 page")])
def test_more_pages_than_are_taken_are_refused_by_their_number(most: int, allowed: str) -> None:
    with pytest.raises(DocumentTooLarge, match="the document has 3 pages") as caught:
        decode(pdf(LEFT_RED, LOWER_BLUE, LEFT_RED), Target(pages=most))
    assert caught.value.allowed == allowed


def middle(length: int, there: int, placement: Placement) -> tuple[slice, slice]:
    """The part of the card that a page covers, and the part of the page that is seen, along one side."""
    if length <= there:
        odd = (there - length) % 2 if placement is Placement.CROP else 0  # the odd dot goes to the left, or the right
        start = (there - length) // 2 + odd
        return slice(start, start + length), slice(None)
    start = (length - there) // 2
    return slice(None), slice(start, start + there)


@pytest.mark.parametrize("placement", Placement)
@pytest.mark.parametrize("rotation", Rotation)
@pytest.mark.parametrize("size", [CARD_POINTS, CARD_POINTS[::-1], A4_POINTS, A4_POINTS[::-1], (288, 432), (100, 99)])
def test_a_page_of_any_size_lies_on_the_card_dot_for_dot(
    size: tuple[float, float], rotation: Rotation, placement: Placement
) -> None:
    (page,) = decode(pdf(rectangle(0, 0, 0, 3.3, 5.7, 90.1, 70.2), size=size), Target(CARD, (placement,), rotation))
    card = place(page, CARD, placement, rotation)
    turned = {Rotation.RIGHT: 3, Rotation.HALF: 2, Rotation.LEFT: 1, Rotation.NONE: 0}.get(rotation)
    turned = (1 if size[1] > size[0] else 0) if turned is None else turned
    seen = np.rot90(page, turned)
    rows, columns = (middle(length, there, placement) for length, there in zip(seen.shape, (648, 1016), strict=False))
    assert np.array_equal(card[rows[0], :][:, columns[0]], seen[rows[1], :][:, columns[1]])


def test_an_a4_page_covers_the_card_and_all_of_it_is_seen_when_fitted() -> None:
    whole = pdf(rectangle(0, 0, 1, 0, 0, *A4_POINTS), size=A4_POINTS)
    (cover,) = decode(whole, Target(placements=(Placement.CROP,)))
    (fitted,) = decode(whole, Target(placements=(Placement.FIT,)))
    assert (cover.shape, fitted.shape) == ((1016, 718, 3), (916, 648, 3))
    assert set(map(tuple, place(cover, CARD, Placement.CROP, Rotation.AUTO).reshape(-1, 3).tolist())) == {BLUE}


def test_the_page_s_own_rotation_and_crop_box_hold() -> None:
    (page,) = decode(pdf(LEFT_RED, page=f"/Rotate 90 /CropBox [0 0 {WIDTH} {HEIGHT / 2}]"))
    assert page.shape[0] > page.shape[1]
    assert (colour(page, 0.5, 0.1), colour(page, 0.5, 0.9)) == (RED, WHITE)


def test_text_is_drawn_black() -> None:
    (page,) = decode(pdf(b"BT /F 60 Tf 20 60 Td (CARD) Tj ET"))
    assert 20_000 < np.count_nonzero((page == 0).all(axis=2)) < 200_000


def test_what_is_transparent_shows_the_white_of_the_card() -> None:
    half = b"<< /Type /ExtGState /ca 0.5 >>"
    resources = "/Resources << /ExtGState << /G 10 0 R >> >>"
    (page,) = decode(pdf(b"/G gs\n" + LEFT_RED, page=resources, objects=(half,)))
    assert colour(page, 0.9, 0.5) == WHITE
    red, green, blue = colour(page, 0.1, 0.5)
    assert red == 255
    assert 126 <= green == blue <= 129


FIELD = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (x) /F 4 /Rect [0 0 121 153] /AP << /N 11 0 R >> "
    b"/AA << /C << /S /JavaScript /JS (this.getField('name').value = 1) >> >> >>"
)
LOOKS = (
    b"<< /Type /XObject /Subtype /Form /BBox [0 0 121 153] /Length 26 >>\nstream\n"
    b"1 0 0 rg 0 0 121 153 re f \nendstream"
)


def test_a_form_is_drawn_as_it_stands_and_its_script_is_not_run() -> None:
    script = "/OpenAction << /S /JavaScript /JS (while (true) {}) >> /AcroForm << /Fields [10 0 R] >>"
    (page,) = decode(pdf(b"", page="/Annots [10 0 R]", catalog=script, objects=(FIELD, LOOKS)))
    assert (colour(page, 0.1, 0.5), colour(page, 0.9, 0.5)) == (RED, WHITE)


def test_a_note_that_does_not_print_is_left_out() -> None:
    seen = FIELD.replace(b"/F 4 ", b"/F 0 ")
    (page,) = decode(pdf(b"", page="/Annots [10 0 R]", objects=(seen, LOOKS)))
    assert colour(page, 0.1, 0.5) == WHITE


def test_a_password_is_refused() -> None:
    with pytest.raises(DocumentLocked, match="with a password only"):
        decode(pdf(b"", encrypt=encryption(b"secret", MAY_PRINT)))


def test_what_forbids_printing_is_refused_and_what_allows_it_is_not() -> None:
    with pytest.raises(DocumentLocked, match="forbids printing"):
        decode(pdf(b"", encrypt=encryption(b"", MAY_NOT_PRINT)))
    (page,) = decode(pdf(b"", encrypt=encryption(b"", MAY_PRINT)))
    assert (page == 255).all()


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        (pdf(), DocumentBroken, "no page|cannot be read"),
        (b"%PDF-1.7\n", DocumentBroken, "cannot be read"),
        (pdf(b"")[:-200], DocumentBroken, None),
        (b"\n" + pdf(b""), DocumentFormatUnsupported, "plain text|unknown data"),
        (pdf(b"", size=(10, 10_000)), DocumentTooLarge, "at most 40000000 pixels"),
    ],
)
def test_what_cannot_be_printed_is_a_typed_error(
    document: bytes, error: type[PrintServerError], words: str | None
) -> None:
    with pytest.raises(error, match=words):
        decode(document)


def test_a_broken_file_after_a_locked_one_is_not_called_locked() -> None:
    with pytest.raises(DocumentLocked):
        decode(pdf(b"", encrypt=encryption(b"secret", MAY_PRINT)))
    with pytest.raises(DocumentBroken, match="cannot be read"):
        decode(pdf())


@pytest.mark.parametrize("size", ["0 0", "-5 -5", "1e30 1e30", "nan 3"])
def test_a_page_without_a_sound_size_is_drawn_as_the_reader_takes_it_or_refused(size: str) -> None:
    odd = pdf(LEFT_RED).replace(f"{WIDTH} {HEIGHT}]".encode(), f"{size}]".encode())
    try:
        pages = decode(odd)
    except (DocumentBroken, DocumentTooLarge):
        return
    assert len(pages) == 1


@given(st.data())
@example(None)
def test_damaged_files_end_in_a_page_or_a_typed_error(data: st.DataObject | None) -> None:
    document = bytearray(pdf(LEFT_RED, LOWER_BLUE, page="/Rotate 90", objects=(FIELD, LOOKS)))
    if data is not None:
        for _ in range(data.draw(st.integers(1, 6))):
            at = data.draw(st.integers(5, len(document) - 1))
            document[at : at + data.draw(st.integers(1, 9))] = data.draw(st.binary(max_size=9))
    try:
        pages = decode_pdf(bytes(document), Target())
    except PrintServerError:
        return
    assert all(page.ndim == 3 and page.dtype == np.uint8 for page in pages)


def test_ranges_choose_pages_and_each_side_is_laid_as_its_own_placement_says() -> None:
    three = pdf(LEFT_RED, LOWER_BLUE, LEFT_RED, size=A4_POINTS)
    cover, fitted = decode(three, Target(placements=(Placement.CROP, Placement.FIT), ranges=("2-2", "3-9")))
    assert (cover.shape, fitted.shape) == ((1016, 718, 3), (916, 648, 3))
    assert colour(cover, 0.1, 0.95) == BLUE
