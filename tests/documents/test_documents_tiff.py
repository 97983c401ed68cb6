"""TIFF: its pages as another program wrote them, and what is odd ends in a typed error."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from printserver.documents import tiff
from printserver.documents.decode import decode
from printserver.documents.sniff import TIFF, check_declared
from printserver.documents.target import Target
from printserver.errors import (
    DocumentBroken,
    DocumentFormatUnsupported,
    DocumentTooLarge,
    PrintServerError,
)
from tests.documents.pictures import encoded, quarters, wide_profile

# Pillow warns of damaged tags, and goes on or not as it should.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

PICTURE = Image.fromarray(quarters())
BACK = Image.fromarray(255 - quarters())
EXACT = ["raw", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "lzma", "zstd"]


def pages(*images: Image.Image, **options: object) -> bytes:
    """A TIFF with a picture for each image."""
    return encoded(images[0], "TIFF", save_all=True, append_images=images[1:], **options)


@pytest.mark.parametrize("compression", EXACT)
def test_two_pages_are_front_and_back_however_they_are_packed(compression: str) -> None:
    front, back = decode(pages(PICTURE, BACK, compression=compression))
    np.testing.assert_array_equal(front, quarters())
    np.testing.assert_array_equal(back, 255 - quarters())
    assert (front.dtype, front.flags.c_contiguous) == (np.dtype(np.uint8), True)


def test_packed_as_jpeg_it_is_nearly_the_same() -> None:
    large = PICTURE.resize((320, 160), Image.Resampling.NEAREST)
    (page,) = decode(pages(large, compression="jpeg", quality=95))
    assert np.abs(page.astype(int) - np.asarray(large)).mean() < 4


@pytest.mark.parametrize("compression", ["raw", "tiff_ccitt", "group3", "group4", "packbits"])
@pytest.mark.parametrize("white_is_zero", [0, 1])
def test_black_and_white_is_black_and_white(compression: str, white_is_zero: int) -> None:
    picture = PICTURE.convert("L").point(lambda value: 255 if value > 100 else 0).convert("1")
    document = encoded(picture, "TIFF", compression=compression, tiffinfo={262: 1 - white_is_zero})
    (page,) = decode(document)
    np.testing.assert_array_equal(page[:, :, 0], np.asarray(picture.convert("L")))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "LA", "YCbCr"])
def test_other_kinds_of_pixels_are_what_pillow_says_they_are(mode: str) -> None:
    options = {"compression": "raw"}
    (page,) = decode(encoded(PICTURE.convert(mode), "TIFF", **options))
    np.testing.assert_array_equal(page, np.asarray(PICTURE.convert(mode).convert("RGB")))


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = Image.fromarray(np.array([[0, 0x0101, 0x8080, 0xFFFF]], dtype=np.uint16))
    (page,) = decode(encoded(grey, "TIFF"))
    assert page[0, :, 0].tolist() == [0, 1, 128, 255]


def test_each_page_is_turned_as_it_says() -> None:
    first, second = (
        encoded(image, "TIFF", tiffinfo={274: turn}) for image, turn in ((PICTURE, 3), (BACK, 6))
    )
    (front,), (back,) = decode(first), decode(second)
    np.testing.assert_array_equal(front, np.rot90(quarters(), 2))
    np.testing.assert_array_equal(back, np.rot90(255 - quarters(), -1))
    both = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(both, True) as writer:
        for image, turn in ((PICTURE, 3), (BACK, 6)):
            image.save(writer, "TIFF", tiffinfo={274: turn})
            writer.newFrame()
    one, two = decode(both.getvalue())
    np.testing.assert_array_equal(one, front)
    np.testing.assert_array_equal(two, back)


def test_an_embedded_profile_is_used() -> None:
    (page,) = decode(encoded(PICTURE, "TIFF", icc_profile=wide_profile()))
    assert page[2, 2].tolist()[1] > page[2, 2].tolist()[0], "red and green are exchanged"


def test_a_thumbnail_is_no_back() -> None:
    both = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(both, True) as writer:
        PICTURE.save(writer, "TIFF")
        writer.newFrame()
        PICTURE.resize((4, 2)).save(writer, "TIFF", tiffinfo={254: 1})
        writer.newFrame()
    (page,) = decode(both.getvalue())
    np.testing.assert_array_equal(page, quarters())


def test_a_third_page_is_refused_and_ranges_choose() -> None:
    three = pages(PICTURE, BACK, PICTURE)
    with pytest.raises(DocumentTooLarge, match="the document has 3 pages"):
        decode(three)
    (only,) = decode(three, Target(ranges=("2-2",)))
    np.testing.assert_array_equal(only, 255 - quarters())


def test_both_byte_orders_are_known_at_the_door() -> None:
    big = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 0) + bytes(4)
    assert check_declared(big, "image/tiff") is TIFF
    assert check_declared(encoded(PICTURE, "TIFF"), "image/x-tiff") is TIFF


def header(width: int, height: int, order: str = "<") -> bytes:
    """A TIFF without pixels that declares what it likes."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 200), (277, 3, 1),
               (278, 4, height), (279, 4, 1)]  # fmt: skip
    fields = b"".join(
        struct.pack(order + "HHI", tag, kind, 1) + (struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(
            order + "I", value)) for tag, kind, value in entries
    )  # fmt: skip
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(order + "IH", 8, len(entries)) + fields + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_page_with_too_many_pixels_is_refused_before_it_is_unpacked(order: str) -> None:
    with pytest.raises(DocumentTooLarge, match="60000 x 60000"):
        decode(header(60_000, 60_000, order))


def test_floating_point_is_refused_by_name() -> None:
    values = Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8))
    with pytest.raises(DocumentFormatUnsupported, match="pixels of kind F"):
        decode(encoded(values, "TIFF"))


def test_a_file_with_pictures_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff, "MAX_PICTURES", 3)
    with pytest.raises(DocumentTooLarge, match="too many pictures"):
        decode(pages(PICTURE, BACK, PICTURE, BACK), Target(ranges=("1-1",)))


@pytest.mark.parametrize("compression", EXACT)
def test_a_file_that_stops_is_broken(compression: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    document = encoded(noise, "TIFF", compression=compression)
    for length in (4, 8, 60, len(document) // 2):
        with pytest.raises(DocumentBroken):
            decode(document[:length])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_end_in_pages_or_a_typed_error(data: st.DataObject) -> None:
    document = bytearray(pages(PICTURE, BACK, compression=data.draw(st.sampled_from(EXACT))))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(4, len(document) - 1))
        document[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    try:
        found = decode(bytes(document), Target(max_pixels=1 << 20))
    except PrintServerError:
        return
    assert all(page.dtype == np.uint8 and page.ndim == 3 and page.shape[2] == 3 for page in found)
