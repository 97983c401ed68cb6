"""Pages of PWG raster and Apple raster as pictures: colours, sides, and what is left out in silence (nothing)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from printserver.documents.decode import decode
from printserver.documents.target import Target
from printserver.errors import BadTicket, DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge
from printserver.ipp.pwg_raster import write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.ipp.urf import write_urf
from tests.documents.pictures import quarters

Write = Callable[[list[RasterPage]], bytes]
FRONT = RasterPage(32, 16, 300, Colours.SRGB, 8, quarters().tobytes())
BACK = RasterPage(32, 16, 300, Colours.SRGB, 8, (255 - quarters()).tobytes())


@pytest.mark.parametrize("write", [write_pwg, write_urf])
def test_srgb_pages_are_front_and_back_as_they_are(write: Write) -> None:
    front, back = decode(write([FRONT, BACK]))
    np.testing.assert_array_equal(front, quarters())
    np.testing.assert_array_equal(back, 255 - quarters())
    assert (front.dtype, front.flags.c_contiguous, back.flags.c_contiguous) == (np.dtype(np.uint8), True, True)


def pixels(colours: Colours, samples: bytes, bits: int = 8) -> list[tuple[int, ...]]:
    """The sRGB pixels of a page one pixel high."""
    width = len(samples) * 8 // (colours.samples * bits)
    (page,) = decode(write_pwg([RasterPage(width, 1, 300, colours, bits, samples)]))
    return [tuple(int(value) for value in pixel) for pixel in page[0]]


def test_grey_is_light_and_black_is_ink() -> None:
    assert pixels(Colours.GREY, b"\x00\x10\xff") == [(0, 0, 0), (16, 16, 16), (255, 255, 255)]
    assert pixels(Colours.BLACK, b"\x00\x10\xff") == [(255, 255, 255), (239, 239, 239), (0, 0, 0)]


def test_one_bit_black_is_read_from_the_highest_bit() -> None:
    black, white = (0, 0, 0), (255, 255, 255)
    assert pixels(Colours.BLACK, b"\xa1", 1) == [black, white, black, white, white, white, white, black]


def test_sixteen_bits_become_the_nearest_eight() -> None:
    assert pixels(Colours.GREY, bytes.fromhex("0000 0080 0081 1234 ff7e ff7f ffff"), 16) == [
        (grey,) * 3 for grey in (0, 0, 1, 0x12, 254, 255, 255)
    ]
    assert pixels(Colours.SRGB, bytes.fromhex("0101 8080 ffff"), 16) == [(1, 128, 255)]


def test_cmyk_is_ink_on_white_paper() -> None:
    inks = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255), (51, 0, 0, 51)]
    found = pixels(Colours.CMYK, b"".join(map(bytes, inks)))
    assert found == [(255, 255, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0), (163, 204, 204)]


def test_adobe_rgb_is_converted_by_the_two_standards() -> None:
    samples = np.random.default_rng(7).integers(0, 256, (40, 3))
    # AdobeRGB (1998) section 4.3.5.3 and IEC 61966-2-1, both by way of XYZ.
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    to_rgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    linear = (to_rgb @ to_xyz @ ((samples / 255) ** (563 / 256)).T).T.clip(0, 1)
    wanted = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    found = np.array(pixels(Colours.ADOBE_RGB, samples.astype(np.uint8).tobytes()))
    assert np.abs(found - wanted).max() < 1.6
    assert pixels(Colours.ADOBE_RGB, b"\0\0\0\xff\xff\xff\x80\x80\x80") == [(0,) * 3, (255,) * 3, (129,) * 3]


@pytest.mark.parametrize("write", [write_pwg, write_urf])
def test_a_third_page_is_refused_and_ranges_choose(write: Write) -> None:
    three = write([FRONT, BACK, FRONT])
    with pytest.raises(DocumentTooLarge, match="the document has 3 pages"):
        decode(three)
    with pytest.raises(DocumentTooLarge, match="2 pages of the document are chosen") as caught:
        decode(three, Target(ranges=("2-3",), pages=1))
    assert caught.value.allowed == "1 page"
    (only,) = decode(three, Target(ranges=("2-2",), pages=1))
    np.testing.assert_array_equal(only, 255 - quarters())
    with pytest.raises(BadTicket, match="none of the pages") as none:
        decode(three, Target(ranges=("4-9",)))
    assert (none.value.where, none.value.allowed) == ("pages", "pages 1 to 3")


@pytest.mark.parametrize("write", [write_pwg, write_urf])
def test_what_follows_the_pages_that_are_taken_must_be_whole(write: Write) -> None:
    with pytest.raises(DocumentBroken):
        decode(write([FRONT, BACK, FRONT])[:-1], Target(ranges=("1-1",)))


def test_too_many_pixels_and_a_wrong_declaration_are_refused() -> None:
    with pytest.raises(DocumentTooLarge):
        decode(write_pwg([FRONT]), Target(max_pixels=100))
    with pytest.raises(DocumentFormatUnsupported, match="is plain text"):
        decode(b"UNIRASTER")
