"""In the worker: bytes to pages, upright, opaque, in sRGB; or a typed error, never a half picture."""

import contextlib
import io
import random
import zlib

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printserver.documents.decode import DECODERS, decode
from printserver.documents.png import MAGIC, check_whole
from printserver.documents.sniff import PNG
from printserver.documents.target import Target
from printserver.errors import (
    DocumentBroken,
    DocumentEmpty,
    DocumentFormatUnsupported,
    DocumentTooLarge,
)
from tests.documents.pictures import bomb, chunk, encoded, quarters, raw_png, srgb_profile, wide_profile

Pixels = npt.NDArray[np.uint8]


def page(document: bytes) -> Pixels:
    (only,) = decode(document)
    assert only.dtype == np.uint8
    assert only.flags.c_contiguous
    assert only.shape[2] == 3
    return only


def close(one: Pixels, other: Pixels, tolerance: int = 6) -> bool:
    return one.shape == other.shape and int(np.abs(one.astype(int) - other.astype(int)).max()) <= tolerance


def test_a_png_comes_out_as_it_went_in() -> None:
    assert np.array_equal(page(encoded(Image.fromarray(quarters()), "PNG")), quarters())


def test_a_jpeg_comes_out_nearly_as_it_went_in() -> None:
    assert close(page(encoded(Image.fromarray(quarters()), "JPEG", quality=98, subsampling=0)), quarters())


STORED = {
    1: lambda picture: picture,
    2: np.fliplr,
    3: lambda picture: np.rot90(picture, 2),
    4: np.flipud,
    5: lambda picture: np.swapaxes(picture, 0, 1),
    6: lambda picture: np.rot90(picture, 1),  # the camera was turned: show it turned clockwise
    7: lambda picture: np.swapaxes(np.rot90(picture, 2), 0, 1),
    8: lambda picture: np.rot90(picture, 3),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_every_exif_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](quarters())))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {} if kind == "PNG" else {"quality": 98, "subsampling": 0}
    assert close(page(encoded(stored, kind, exif=exif, **options)), quarters())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"nonsense", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"])
def test_a_damaged_exif_part_leaves_the_picture_as_it_is(exif: bytes) -> None:
    image = Image.fromarray(quarters())
    assert close(page(encoded(image, "JPEG", quality=98, subsampling=0, exif=b"Exif\0\0" + exif)), quarters())


def test_what_is_transparent_shows_white() -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(200, 0, 0, 255), (0, 0, 0, 0), (0, 0, 0, 128)])
    assert page(encoded(image, "PNG")).tolist() == [[[200, 0, 0], [255, 255, 255], [127, 127, 127]]]


def test_grey_with_alpha_shows_white_too() -> None:
    image = Image.new("LA", (2, 1))
    image.putdata([(10, 255), (10, 0)])
    assert page(encoded(image, "PNG")).tolist() == [[[10, 10, 10], [255, 255, 255]]]


def test_a_palette_with_a_transparent_colour_is_looked_up() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 9, 8, 7])
    image.putdata([0, 1, 2])
    assert page(encoded(image, "PNG", transparency=1)).tolist() == [[[255, 0, 0], [255, 255, 255], [9, 8, 7]]]


def test_one_bit_is_black_and_white() -> None:
    image = Image.new("1", (2, 1))
    image.putdata([0, 255])
    assert page(encoded(image, "PNG")).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_sixteen_bit_greys_are_scaled_not_clipped() -> None:
    document = raw_png(4, 1, b"\0" + bytes.fromhex("0000 0101 8080 ffff"), depth=16, colour=0)
    assert page(document)[0, :, 0].tolist() == [0, 1, 128, 255]


def test_sixteen_bit_colours_are_scaled() -> None:
    document = raw_png(1, 1, b"\0" + bytes.fromhex("ffff 8080 0000"), depth=16)
    assert page(document).tolist() == [[[255, 128, 0]]]


def test_cmyk_is_brought_to_rgb() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert close(page(encoded(image, "JPEG", quality=98)), np.full((8, 8, 3), (255, 0, 0), dtype=np.uint8))


def test_an_embedded_profile_is_followed() -> None:
    swapped = io.BytesIO()
    Image.new("RGB", (4, 4), (0, 200, 0)).save(swapped, "PNG", icc_profile=wide_profile())
    followed = page(swapped.getvalue())
    plain = page(encoded(Image.new("RGB", (4, 4), (0, 200, 0)), "PNG"))
    assert plain[0, 0].tolist() == [0, 200, 0]
    assert int(np.abs(followed.astype(int) - plain).max()) > 10


@pytest.mark.parametrize("rounding", [0, 8, 12])
def test_a_profile_of_srgb_changes_no_value(rounding: int) -> None:
    profile = srgb_profile(rounding)
    noise = np.random.default_rng(7).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert np.array_equal(page(encoded(Image.fromarray(noise), "PNG", icc_profile=profile)), noise)


@pytest.mark.parametrize("profile", [b"not a profile", bytes(200)])
def test_a_profile_that_cannot_be_used_is_left_out(profile: bytes) -> None:
    assert np.array_equal(page(encoded(Image.fromarray(quarters()), "PNG", icc_profile=profile)), quarters())


def test_a_profile_for_other_channels_is_left_out() -> None:
    image = Image.new("L", (4, 4), 100)
    assert page(encoded(image, "PNG", icc_profile=wide_profile()))[0, 0].tolist() == [100, 100, 100]


def test_of_several_frames_the_first_is_the_page() -> None:
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "green", "blue")]
    document = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert page(document)[0, 0].tolist() == [255, 0, 0]


def test_interlaced_rows_are_counted_pass_by_pass() -> None:
    # 3 x 3 pixels of 8-bit grey: passes 1, 4, 5, 6 and 7 have pixels (Adam7).
    passes = [b"\0\1", b"\0\3", b"\0\7\x09", b"\0\2", b"\0\x08", b"\0\4\5\6"]
    whole = raw_png(3, 3, b"".join(passes), colour=0, interlace=1)
    assert page(whole)[:, :, 0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    with pytest.raises(DocumentBroken, match="rows are missing"):
        decode(raw_png(3, 3, b"".join(passes)[:-1], colour=0, interlace=1))


# Bad documents ----------------------------------------------------------------------------------------------------


def test_no_bytes() -> None:
    with pytest.raises(DocumentEmpty):
        decode(b"")


def test_text() -> None:
    with pytest.raises(DocumentFormatUnsupported):
        decode(b"hello")


def test_a_png_cut_anywhere_is_broken() -> None:
    document = encoded(Image.fromarray(quarters()), "PNG")
    for end in range(len(MAGIC), len(document)):
        with pytest.raises(DocumentBroken):
            decode(document[:end])


def test_a_png_whose_rows_end_early_is_broken_and_not_black() -> None:
    with pytest.raises(DocumentBroken, match="rows are missing"):
        decode(raw_png(100, 100, (b"\0" + b"\xff" * 300) * 99))


def test_a_jpeg_cut_anywhere_in_its_picture_is_broken() -> None:
    document = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), "JPEG")
    for end in range(4, len(document), 37):
        with pytest.raises(DocumentBroken):
            decode(document[:end])


def test_one_wrong_bit_in_a_png_is_noticed() -> None:
    document = bytearray(encoded(Image.fromarray(quarters()), "PNG"))
    document[len(document) // 2] ^= 1
    with pytest.raises(DocumentBroken):
        decode(bytes(document))


def test_sixty_thousand_squared_is_refused_in_the_decoder_too() -> None:
    document = raw_png(60_000, 60_000, b"\0" * 100)
    with pytest.raises(DocumentTooLarge, match="60000 x 60000"):
        DECODERS[PNG](document, Target())


def test_a_jpeg_that_declares_too_many_pixels_is_refused() -> None:
    document = encoded(Image.new("RGB", (64, 64)), "JPEG")
    start = document.index(b"\xff\xc0")  # start of frame: length 2, precision 1, height 2, width 2
    huge = document[: start + 5] + b"\xea\x60\xea\x60" + document[start + 9 :]
    with pytest.raises(DocumentTooLarge, match="60000 x 60000"):
        decode(huge)


def test_a_picture_that_unpacks_to_gigabytes_is_refused() -> None:
    document = bomb(7000)
    assert len(document) < 200_000
    with pytest.raises(DocumentTooLarge, match="7000 x 7000"):
        decode(document)


def test_text_that_unpacks_to_gigabytes_is_refused() -> None:
    packed = zlib.compress(bytes(300 * 1024 * 1024), 9)
    whole = encoded(Image.fromarray(quarters()), "PNG")
    header_end = 8 + 25
    with pytest.raises(DocumentBroken):
        decode(whole[:header_end] + chunk(b"zTXt", b"Comment\0\0" + packed) + whole[header_end:])


@given(st.integers(0, 2**32), st.sampled_from(["PNG", "JPEG"]))
def test_damaged_pictures_end_in_a_page_or_a_typed_error(seed: int, kind: str) -> None:
    dice = random.Random(seed)
    document = bytearray(encoded(Image.fromarray(quarters()), kind))
    for _ in range(dice.randint(1, 6)):
        document[dice.randrange(len(document))] = dice.randrange(256)
    with contextlib.suppress(DocumentBroken, DocumentTooLarge, DocumentFormatUnsupported):
        page(bytes(document))


@given(st.binary(max_size=200))
def test_any_chunks_end_in_wholeness_or_a_broken_document(rest: bytes) -> None:
    with pytest.raises(DocumentBroken):
        check_whole(MAGIC + rest)
