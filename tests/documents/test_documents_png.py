"""A PNG is unpacked once and is what Pillow alone would make of it; what is odd in any way is left to Pillow alone."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printserver.documents.decode import DECODERS, Decoder, Page, decode, whole_page
from printserver.documents.png import chunks
from printserver.documents.png_meaning import KEYWORDS, SILENT, is_plain, picture_of, plain_page
from printserver.documents.png_rows import samples_of
from printserver.documents.sniff import PNG
from printserver.documents.target import Target
from printserver.errors import DocumentBroken, DocumentTooLarge, PrintServerError
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.documents.pictures import MAGIC, bomb, chunk, encoded, quarters, srgb_profile, wide_profile
from tests.documents.png_kinds import COLOUR, COLOUR_ALPHA, GREY, GREY_ALPHA, KINDS, PALETTE, Chunk, drawn, png_of

PLAIN = [(GREY, 8), (COLOUR, 8), (GREY_ALPHA, 8), (COLOUR_ALPHA, 8)]
FILTERS = [(0,), (1,), (2,), (3,), (4,), (0, 1, 2, 3, 4), (4, 4, 2, 4, 3)]


def small(
    colour: int = COLOUR,
    depth: int = 8,
    *,
    interlace: bool = False,
    filters: Sequence[int] = (0, 1, 2, 3, 4),
    cuts: Sequence[int] = (),
    before: Sequence[Chunk] = (),
    after: Sequence[Chunk] = (),
) -> bytes:
    """A picture that is just higher than a group of rows that are unfiltered together."""
    samples = drawn(colour, depth, 19, 45)
    return png_of(
        samples, colour, depth, interlace=interlace, filters=filters, cuts=cuts, before=before, after=after
    )


def by_pillow(document: bytes, target: Target) -> tuple[Page, ...]:
    return (whole_page(document, target.max_pixels),)


def outcome(document: bytes, decoder: Decoder = DECODERS[PNG]) -> object:
    """Tell what comes of a document: a page, or which error."""
    try:
        (page,) = decode(document, decoders={PNG: decoder})
    except PrintServerError as error:
        return type(error)
    assert page.dtype == np.uint8
    assert page.flags.c_contiguous
    return page.shape, page.tobytes()


def assert_as_pillow(document: bytes) -> None:
    assert outcome(document) == outcome(document, by_pillow)


def way(document: bytes) -> str:
    """Tell who reads a picture: "plain", "given" (its samples given to Pillow), or "Pillow" alone."""
    parts = list(chunks(document))
    samples = samples_of(parts)
    if samples is None:
        return "Pillow"
    if is_plain(parts, samples):
        assert plain_page(samples).shape == (*samples.rows.shape[:1], samples.header.width, 3)
        return "plain"
    return "Pillow" if picture_of(document, parts, samples) is None else "given"


# Every kind -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_every_kind_is_decoded_as_by_pillow(
    colour: int, depth: int, interlace: bool, filters: tuple[int, ...]
) -> None:
    document = small(colour, depth, interlace=interlace, filters=filters)
    assert isinstance(outcome(document), tuple)
    assert_as_pillow(document)
    assert way(document) == ("Pillow" if interlace else "plain" if (colour, depth) in PLAIN else "given")


@pytest.mark.parametrize(("colour", "depth"), [kind for kind in KINDS if kind not in PLAIN])
@given(data=st.data())
def test_any_picture_whose_samples_are_given_is_decoded_as_by_pillow(
    colour: int, depth: int, data: st.DataObject
) -> None:
    samples = drawn(colour, depth, data.draw(st.integers(1, 24)), data.draw(st.integers(1, 24)))
    filters = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=9))
    document = png_of(samples, colour, depth, filters=filters, level=data.draw(st.sampled_from([0, 6])))
    assert way(document) == "given"
    assert_as_pillow(document)


@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_every_kind_with_a_transparent_colour_is_decoded_as_by_pillow(colour: int, depth: int) -> None:
    seen = drawn(colour, depth, 19, 45)[3, 20]
    clear_as_seen = b"".join(struct.pack(">H", sample) for sample in seen)
    for clear in (clear_as_seen, b"\0" * 6, b"\0\x80\xff", b"\xff" * 300, b"\0"):
        assert_as_pillow(small(colour, depth, before=[(b"tRNS", clear)]))


@pytest.mark.parametrize("path", code_paths())
@pytest.mark.parametrize("colour", [GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA])
def test_a_plain_picture_is_what_was_put_in(colour: int, path: str) -> None:
    samples = drawn(colour, 8, 40, 60)
    with on_code_path(path):
        (page,) = decode(png_of(samples, colour, 8, filters=(4, 3, 1, 2, 0, 4)))
    shown = samples.astype(float)
    alpha = shown[:, :, -1:] if colour in (GREY_ALPHA, COLOUR_ALPHA) else 255
    expected = (shown[:, :, :3] if colour in (COLOUR, COLOUR_ALPHA) else shown[:, :, [0, 0, 0]]) * alpha / 255
    assert np.abs(page - (expected + 255 - alpha)).max() <= 0.5


@given(st.data())
def test_any_plain_picture_is_decoded_as_by_pillow(data: st.DataObject) -> None:
    colour = data.draw(st.sampled_from([GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA]))
    height, width = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 50))
    filters = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=20))
    cuts = data.draw(st.lists(st.integers(0, 3000), max_size=4))
    samples = drawn(colour, 8, height, width, data.draw(st.integers(0, 99)))
    level = data.draw(st.sampled_from([0, 1, 6, 9]))
    document = png_of(samples, colour, 8, filters=filters, cuts=cuts, level=level)
    assert way(document) == "plain"
    assert_as_pillow(document)


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (70, 1), (17, 1), (2, 33), (33, 2)])
@pytest.mark.parametrize("colour", [GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA])
def test_the_least_pictures(colour: int, size: tuple[int, int]) -> None:
    for filters in FILTERS:
        document = png_of(drawn(colour, 8, *size), colour, 8, filters=filters)
        assert way(document) == "plain"
        assert_as_pillow(document)


# What else stands in a file ---------------------------------------------------------------------------------------

PROFILE = b"sRGB\0\0" + zlib.compress(srgb_profile())
SWAPPED = b"other\0\0" + zlib.compress(wide_profile())
ORIENTED = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"

SILENT_CHUNKS: list[Chunk] = [
    (b"gAMA", struct.pack(">I", 45455)), (b"cHRM", struct.pack(">8I", *[31270, 32900] * 4)), (b"sRGB", b"\0"),
    (b"sBIT", b"\5\6\5"), (b"bKGD", b"\0\1\0\2\0\3"), (b"pHYs", struct.pack(">IIB", 11811, 11811, 1)),
    (b"tIME", bytes(7)), (b"tEXt", b"Software\0by hand"), (b"tEXt", b"Title\0"), (b"iDOT", bytes(28)),
    (b"PLTE", bytes(6)), (b"hIST", bytes(4)),
]  # fmt: skip
# What Pillow reads, or may one day.
READ_CHUNKS: list[Chunk] = [
    (b"iCCP", PROFILE), (b"iCCP", SWAPPED), (b"eXIf", ORIENTED), (b"tEXt", b"exif\0" + ORIENTED),
    (b"tEXt", b"Raw profile type exif\0\nexif\n26\n" + ORIENTED.hex().encode()),
    (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation=\"6\"/>"), (b"tEXt", b"Comment\0" + bytes(1 << 20)),
    (b"zTXt", b"Comment\0\0" + zlib.compress(b"x")), (b"cICP", b"\x09\x10\0\1"), (b"prVt", b"mine"), (b"PRIV", b""),
    (b"tEXt", b"icc_profile\0x"), (b"tEXt", b"gamma\0x"),
]  # fmt: skip
# What Pillow refuses, stumbles over or takes for another picture.
ODD_CHUNKS: list[Chunk] = [
    (b"tEXt", b"transparency\0"), (b"tEXt", b"interlace\0" + b"1"), (b"tEXt", b"bbox\0"), (b"a~b~", b""),
    (b"tRNS", bytes(6)), (b"tRNS", bytes(1)), (b"iCCP", b"x\0\1"), (b"acTL", struct.pack(">II", 1, 0)),
    (b"fcTL", struct.pack(">IIIIIHHBB", 0, 5, 4, 1, 1, 0, 0, 0, 0)), (b"fdAT", struct.pack(">I", 0) + bytes(9)),
    (b"zTXt", b"Comment\0\1"), (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 21))),
]  # fmt: skip
SHORT_CHUNKS = [(kind, bytes(least - 1)) for kind, least in SILENT.items() if least and kind != b"IHDR"]


@pytest.mark.parametrize("extra", SILENT_CHUNKS, ids=lambda extra: repr(extra[0]))
def test_a_chunk_that_changes_no_pixel_leaves_a_picture_plain(extra: Chunk) -> None:
    for document in (small(before=[extra]), small(after=[extra])):
        assert way(document) == "plain"
        assert outcome(document) == outcome(small())
        assert_as_pillow(document)


@pytest.mark.parametrize("extra", READ_CHUNKS, ids=lambda extra: repr(extra[0]))
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_what_a_chunk_before_the_rows_says_of_them_is_asked_of_pillow(colour: int, depth: int, extra: Chunk) -> None:
    document = small(colour, depth, before=[extra])
    assert way(document) == "given"
    assert_as_pillow(document)


@pytest.mark.parametrize("extra", READ_CHUNKS + ODD_CHUNKS + SHORT_CHUNKS, ids=lambda extra: repr(extra[0]))
def test_a_chunk_behind_the_rows_that_is_not_silent_is_left_to_pillow(extra: Chunk) -> None:
    document = small(after=[extra])
    assert way(document) == "Pillow"
    assert_as_pillow(document)


@pytest.mark.parametrize("extra", ODD_CHUNKS + SHORT_CHUNKS, ids=lambda extra: repr(extra[0]))
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_a_chunk_that_cannot_be_read_or_is_of_an_animation_is_judged_as_by_pillow(
    colour: int, depth: int, extra: Chunk
) -> None:
    assert_as_pillow(small(colour, depth, before=[extra]))


def test_the_keywords_of_plain_texts_change_nothing_in_pillow() -> None:
    for keyword in KEYWORDS:
        document = small(before=[(b"tEXt", keyword + b"\x006")], after=[(b"tEXt", keyword + b"\x006")])
        assert way(document) == "plain"
        assert_as_pillow(document)


def test_picture_data_in_two_places_is_left_to_pillow() -> None:
    whole = small(cuts=[40])
    at = whole.index(b"IDAT", whole.index(b"IDAT") + 1) - 4
    document = whole[:at] + chunk(b"tIME", bytes(7)) + whole[at:]
    assert way(document) == "Pillow"
    assert_as_pillow(document)


@pytest.mark.parametrize("tail", [b"", b"x", bytes(100), small()])
def test_what_stands_behind_the_end_is_not_looked_at(tail: bytes) -> None:
    assert outcome(small() + tail) == outcome(small())


@pytest.mark.parametrize("header", ["0803000000", "0102000000", "0807000000", "0802010000", "0802000100", "0802000002"])
def test_a_header_that_is_not_plain_is_left_to_pillow(header: str) -> None:
    whole = small()
    document = whole[:8] + chunk(b"IHDR", whole[16:24] + bytes.fromhex(header)) + whole[33:]
    assert way(document) == "Pillow"
    assert_as_pillow(document)


def test_two_headers_are_left_to_pillow() -> None:
    whole = small()
    document = whole[:33] + whole[8:33] + whole[33:]
    assert way(document) == "Pillow"
    assert_as_pillow(document)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_that_is_missing_short_or_late_is_left_to_pillow(depth: int) -> None:
    whole = small(PALETTE, depth)
    at, end = whole.index(b"PLTE") - 4, whole.index(b"IDAT") - 4
    for colours in (b"", b"\1\2\3", b"\1\2\3\4", bytes(3 * 300)):
        assert_as_pillow(whole[:at] + chunk(b"PLTE", colours) + whole[end:])
    assert_as_pillow(whole[:at] + whole[end:])
    assert_as_pillow(whole[:at] + whole[end:-12] + whole[at:end] + whole[-12:])


# Damage -----------------------------------------------------------------------------------------------------------


def repacked(rows: bytes, width: int = 45, height: int = 19, tail: bytes = b"") -> bytes:
    """A colour picture of these rows, however many they are."""
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR, 0, 0, 0)
    return MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows) + tail) + chunk(b"IEND", b"")


ROW = b"\4" + bytes(range(135))


@pytest.mark.parametrize("missing", [1, 2, 135, 136, 137, 19 * 136])
def test_missing_rows_are_refused_and_never_black(missing: int) -> None:
    document = repacked((ROW * 19)[:-missing])
    assert way(document) == "Pillow"
    with pytest.raises(DocumentBroken, match="rows are missing"):
        decode(document)


@pytest.mark.parametrize("more", [1, 135, 136, 10_000_000])
def test_more_than_the_rows_is_left_to_pillow(more: int) -> None:
    document = repacked(ROW * 19 + bytes(more))
    assert way(document) == "Pillow"
    assert_as_pillow(document)


def test_bytes_behind_the_packed_rows_do_not_matter() -> None:
    document = repacked(ROW * 19, tail=b"more")
    assert way(document) == "plain"
    assert_as_pillow(document)


@pytest.mark.parametrize("filtering", [5, 6, 127, 255])
@pytest.mark.parametrize("row", [0, 1, 18])
def test_a_filter_that_there_is_not_is_refused(row: int, filtering: int) -> None:
    rows = bytearray(ROW * 19)
    rows[136 * row] = filtering
    assert way(repacked(bytes(rows))) == "Pillow"
    with pytest.raises(DocumentBroken):
        decode(repacked(bytes(rows)))


def test_a_picture_that_unpacks_to_more_than_its_header_says_is_not_unpacked() -> None:
    document = bomb(6000)
    tiny = document[:16] + struct.pack(">II", 45, 19) + document[24:]
    tiny = tiny[:8] + chunk(b"IHDR", tiny[16:29]) + tiny[33:]
    assert way(tiny) == "Pillow"
    assert_as_pillow(tiny)
    with pytest.raises(DocumentTooLarge):
        decode(document, Target(max_pixels=1000))


def test_a_plain_picture_cut_anywhere_is_broken() -> None:
    document = small(cuts=[50, 900])
    for end in range(len(MAGIC), len(document)):
        with pytest.raises(DocumentBroken):
            decode(document[:end])


@given(st.integers(0, 2**32), st.sampled_from([GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA]))
def test_damage_ends_as_with_pillow(seed: int, colour: int) -> None:
    """Chunks are damaged and their check sums put right, so that the damage reaches what lies behind them."""
    dice = random.Random(seed)
    samples = drawn(colour, 8, dice.randint(1, 20), dice.randint(1, 20))
    document = bytearray(png_of(samples, colour, 8, cuts=[dice.randrange(200)], level=dice.choice([0, 1, 6])))
    for _ in range(dice.randint(1, 3)):
        document[dice.randrange(8, len(document))] = dice.choice([0, 1, 4, 5, 255, dice.randrange(256)])
    assert_as_pillow(bytes(document))
    assert_as_pillow(with_right_sums(bytes(document)))


def with_right_sums(document: bytes) -> bytes:
    """Write the CRC of every chunk anew, as far as chunks can be told apart."""
    at, made = 8, document[:8]
    while at + 12 <= len(document):
        length = int.from_bytes(document[at : at + 4], "big")
        made += chunk(document[at + 4 : at + 8], document[at + 8 : at + 8 + length])
        at += 12 + length
    return made


def test_the_picture_of_the_other_tests_is_plain() -> None:
    assert way(encoded(Image.fromarray(quarters()), "PNG")) == "plain"
