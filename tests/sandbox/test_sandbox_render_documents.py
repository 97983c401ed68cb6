"""Documents to panels, the way that a worker, a preview and a benchmark share."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from printserver.documents.decode import DECODERS, decode_jpeg
from printserver.documents.sniff import FORMATS, JPEG, PNG
from printserver.driver.capabilities import Capabilities, Confirms
from printserver.errors import (
    BadTicket,
    DocumentBroken,
    DocumentFormatUnsupported,
    DocumentTooLarge,
    UnsupportedByPrinter,
)
from printserver.model.card import Geometry, PanelName, Ribbon, Side
from printserver.model.ticket import Placement, Sides, Ticket
from printserver.raster.pipeline import panels_of_card
from printserver.sandbox.pages import pages_of
from printserver.sandbox.render import panels_of_documents
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
    assert set(DECODERS) == set(FORMATS)


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
