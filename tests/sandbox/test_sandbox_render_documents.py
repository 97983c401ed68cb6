"""Documents to panels, the way that a worker, a preview and a benchmark share."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from printserver.documents.counting import chosen_pages
from printserver.documents.decode import DECODERS, decode_jpeg
from printserver.documents.format import Format
from printserver.documents.sniff import CARDJOB, FORMATS, JPEG, PNG
from printserver.documents.target import MAX_SIDES, Target
from printserver.driver.capabilities import Capabilities, Confirms
from printserver.errors import (
    BadTicket,
    DocumentBroken,
    DocumentFormatUnsupported,
    DocumentTooLarge,
    UnsupportedByPrinter,
)
from printserver.ipp.pwg_raster import write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.ipp.urf import write_urf
from printserver.model.card import Geometry, PanelName, Ribbon, Side
from printserver.model.ticket import Placement, Sides, Ticket
from printserver.raster.pipeline import panels_of_card
from printserver.sandbox.pages import pages_of
from printserver.sandbox.render import panels_of_documents
from tests.documents.pdf_kit import pdf
from tests.documents.pictures import encoded, quarters

GEOMETRY = Geometry(32, 16)
RIBBON = Ribbon(
    "YMCKOK", front=(PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O), back=(PanelName.K,)
)
DUPLEX = Capabilities(
    title="Duplex", geometry=GEOMETRY, ribbons=(RIBBON,), levels={}, confirms=Confirms.NOTHING, duplex=True
)
SIMPLEX = Capabilities(title="Simplex", geometry=GEOMETRY, ribbons=(RIBBON,), levels={}, confirms=Confirms.NOTHING)
PICTURE = Image.fromarray(quarters())
FRONT, BACK = encoded(PICTURE, "PNG"), encoded(PICTURE.convert("P"), "PNG")


def test_one_document_is_the_front() -> None:
    (front,) = panels_of_documents(FRONT, None, RIBBON, SIMPLEX, Ticket())
    assert front.side is Side.FRONT
    planes = {panel.name: panel.plane for panel in front.panels}
    np.testing.assert_array_equal(planes[PanelName.C], 255 - quarters()[:, :, 0])
    np.testing.assert_array_equal(planes[PanelName.Y], 255 - quarters()[:, :, 2])


def test_two_documents_are_front_and_back_and_equal_their_pages_panels() -> None:
    found = panels_of_documents(FRONT, BACK, RIBBON, DUPLEX, Ticket())
    expected = panels_of_card(quarters(), quarters(), RIBBON, DUPLEX, Ticket())
    assert [each.side for each in found] == [Side.FRONT, Side.BACK]
    for ours, theirs in zip(found, expected, strict=True):
        for one, other in zip(ours.panels, theirs.panels, strict=True):
            assert (one.name, one.levels) == (other.name, other.levels)
            np.testing.assert_array_equal(one.plane, other.plane)


def test_two_pages_of_one_document_are_front_and_back() -> None:
    two = {PNG: lambda document, target: (quarters(), 255 - quarters())}
    front, back = panels_of_documents(FRONT, None, RIBBON, DUPLEX, Ticket(), two)
    assert (front.side, back.side) == (Side.FRONT, Side.BACK)


def test_more_pages_than_sides_are_refused() -> None:
    two = {PNG: lambda document, target: (quarters(), 255 - quarters())}
    with pytest.raises(DocumentTooLarge, match="has 2 pages") as refused:
        panels_of_documents(FRONT, None, RIBBON, DUPLEX, Ticket(sides=Sides.ONE), two)
    assert refused.value.allowed == "1 page"
    with pytest.raises(DocumentTooLarge, match="has 2 pages") as refused:
        panels_of_documents(FRONT, BACK, RIBBON, DUPLEX, Ticket(), two)
    assert refused.value.where == "front"


def test_only_the_formats_of_the_decoders_are_taken() -> None:
    with pytest.raises(DocumentFormatUnsupported):
        panels_of_documents(FRONT, None, RIBBON, SIMPLEX, Ticket(), {JPEG: decode_jpeg})
    assert {*DECODERS, CARDJOB} == set(FORMATS), "a card job is opened, its members are decoded"


def test_what_cannot_be_printed_is_refused() -> None:
    with pytest.raises(DocumentBroken):
        panels_of_documents(FRONT[:-20], None, RIBBON, SIMPLEX, Ticket())
    with pytest.raises(UnsupportedByPrinter, match="one side"):
        panels_of_documents(FRONT, BACK, RIBBON, SIMPLEX, Ticket())


def two_pages() -> bytes:
    """A TIFF of the picture and of its negative."""
    whole, negative = io.BytesIO(), Image.fromarray(255 - quarters())
    PICTURE.save(whole, "TIFF", save_all=True, append_images=[negative])
    return whole.getvalue()


@pytest.mark.parametrize(("pages", "dots"), [((), [0, 1]), (("1-1",), [0]), (("2-9",), [1]), (("1-1", "2-2"), [0, 1])])
def test_of_a_document_the_wanted_pages_are_printed(pages: tuple[str, ...], dots: list[int]) -> None:
    both = (quarters(), 255 - quarters())
    found = list(pages_of(two_pages(), None, GEOMETRY, Ticket(pages=pages)).by_side().values())
    assert len(found) == len(dots)
    for page, number in zip(found, dots, strict=True):
        np.testing.assert_array_equal(page, both[number])


def test_a_document_without_any_of_the_wanted_pages_is_refused() -> None:
    with pytest.raises(BadTicket, match="pages 1 to 1"):
        pages_of(FRONT, None, GEOMETRY, Ticket(pages=("2-2",)))


SQUARE = (100.0, 100.0)
DRAWN = [b"0 0 0 rg 0 0 %d 20 re f" % width for width in (20, 40, 60, 80)]


@pytest.mark.parametrize(("numbers", "pages"), [((1, 2), (0, 1)), ((3, 4), (2, 3)), ((2,), (1,)), ((4,), (3,))])
def test_a_card_of_a_longer_document_is_its_own_pages_each_placed_as_its_side(
    numbers: tuple[int, ...], pages: tuple[int, ...]
) -> None:
    ticket = Ticket(placement=Placement.CROP, back_placement=Placement.FIT)
    whole = pages_of(pdf(*DRAWN, size=SQUARE), None, GEOMETRY, ticket, numbers=numbers)
    alone = [pdf(DRAWN[page], size=SQUARE) for page in pages]
    apart = pages_of(alone[0], alone[1] if len(alone) > 1 else None, GEOMETRY, ticket)
    found, expected = list(whole.by_side().values()), list(apart.by_side().values())
    assert [page.shape for page in found] == [(32, 32, 3), (16, 16, 3)][: len(pages)]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def raster(*greys: int) -> list[RasterPage]:
    return [RasterPage(32, 16, 300, Colours.GREY, 8, bytes((grey,)) * 512) for grey in greys]


def tiff(*greys: int) -> bytes:
    first, *others = (Image.new("L", (32, 16), grey) for grey in greys)
    stream = io.BytesIO()
    first.save(stream, "TIFF", save_all=True, append_images=others)
    return stream.getvalue()


GREYS = (10, 20, 30, 40, 50)
LONG = [tiff(*GREYS), write_pwg(raster(*GREYS)), write_urf(raster(*GREYS))]


@pytest.mark.parametrize("document", LONG)
def test_pages_of_pictures_in_one_document_are_taken_by_their_number(document: bytes) -> None:
    assert chosen_pages(document, Target()) == 5
    assert chosen_pages(document, Target(ranges=("2-2", "4-9"))) == 3
    for numbers, ranges, greys in (((3, 4), (), [30, 40]), ((5,), (), [50]), ((2, 3), ("2-2", "4-9"), [40, 50])):
        ticket = Ticket(pages=ranges)
        found = pages_of(document, None, GEOMETRY, ticket, numbers=numbers)
        assert [int(page[0, 0, 0]) for page in found.by_side().values()] == greys
    with pytest.raises(DocumentBroken, match="no page 6"):
        pages_of(document, None, GEOMETRY, Ticket(), numbers=(6,))
    with pytest.raises(DocumentTooLarge, match="5 pages"):
        pages_of(document, None, GEOMETRY, Ticket())


@pytest.mark.parametrize("document", [LONG[1][:-3], LONG[2][:-3], pdf(*DRAWN)[:200], b"II*\0" + b"\0" * 8])
def test_a_document_whose_pages_cannot_be_counted_is_broken(document: bytes) -> None:
    with pytest.raises(DocumentBroken):
        chosen_pages(document, Target())


def test_pages_are_counted_up_to_a_limit_and_one_must_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (chosen_pages(FRONT, Target()), chosen_pages(pdf(*DRAWN), Target())) == (1, 4)
    with pytest.raises(BadTicket, match="pages 1 to 4"):
        chosen_pages(pdf(*DRAWN), Target(ranges=("9-9",)))
    monkeypatch.setattr("printserver.documents.counting.MAX_PAGES", 3)
    with pytest.raises(DocumentTooLarge, match="4 pages") as refused:
        chosen_pages(pdf(*DRAWN), Target())
    assert refused.value.allowed == "at most 3 pages"
    assert chosen_pages(pdf(*DRAWN), Target(ranges=("1-3",))) == 3


def test_a_decoder_that_gives_all_pages_is_asked_for_those_of_a_card() -> None:
    other = Format("image/x-pages", "pages", b"PAGES", paged=True)
    three = tuple(np.full((16, 32, 3), grey, dtype=np.uint8) for grey in (1, 2, 3))
    decoders = {other: lambda document, target: three[:2] if target.pages == MAX_SIDES and not target.take else three}
    assert chosen_pages(b"PAGES", Target(), decoders=decoders) == 2
    found = pages_of(b"PAGES", None, GEOMETRY, Ticket(), decoders, (2,))
    assert (int(found.front[0, 0, 0]), found.back) == (2, None)


def test_the_back_may_be_placed_in_another_way_than_the_front() -> None:
    square = encoded(PICTURE.resize((16, 16)), "PNG")
    planes = {
        back: [
            [panel.plane for panel in side.panels]
            for side in panels_of_documents(square, square, RIBBON, DUPLEX, Ticket(back_placement=back))
        ]
        for back in (None, Placement.CROP, Placement.FIT)
    }
    for other in (Placement.CROP, Placement.FIT):
        for one, same in zip(planes[None][0], planes[other][0], strict=True):
            np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(planes[None][1][0], planes[Placement.CROP][1][0])
    assert (planes[None][1][0] != planes[Placement.FIT][1][0]).any()
