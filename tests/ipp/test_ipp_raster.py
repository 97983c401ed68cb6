"""PWG raster and Apple raster: bytes worked out by hand, every page back as it was, and nothing made up."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.errors import DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge, PrintServerError
from printserver.ipp.pwg_raster import HEADER, OFFSETS, read_pwg, write_pwg
from printserver.ipp.raster_page import Colours, RasterPage, line_bytes
from printserver.ipp.urf import read_urf, write_urf

RED, BLUE, WHITE = b"\xff\0\0", b"\0\0\xff", b"\xff\xff\xff"


def pwg_header(**changed: int) -> bytes:
    """The header of a page of 4 x 3 sRGB pixels at 300 dpi, by the table of PWG 5102.4 section 4.3."""
    header = bytearray(1796)
    header[0:9] = b"PwgRaster"
    numbers = {
        276: 300, 280: 300,  # HWResolution
        340: 1,  # NumCopies
        372: 4, 376: 3,  # Width, Height
        384: 8, 388: 24, 392: 12,  # BitsPerColor, BitsPerPixel, BytesPerLine
        396: 0, 400: 19,  # ColorOrder chunky, ColorSpace sRGB
        420: 3,  # NumColors
        456: 1, 460: 1,  # CrossFeedTransform, FeedTransform
    }  # fmt: skip
    for offset, value in (numbers | {OFFSETS[name]: value for name, value in changed.items()}).items():
        header[offset : offset + 4] = value.to_bytes(4, "big")
    return bytes(header)


# Two lines alike: once and one repeat, two red by a run, two that differ as they stand; a white line by one run.
LINES = b"\x01" + b"\x01" + RED + b"\xff" + BLUE + WHITE + b"\x00" + b"\x03" + WHITE
PIXELS = 2 * (2 * RED + BLUE + WHITE) + 4 * WHITE
GOLDEN = b"RaS2" + pwg_header() + LINES
URF_HEAD = b"UNIRAST\0" + b"\0\0\0\x01"
URF_PAGE = b"\x18\x01\x01\x04" + bytes(8) + b"\0\0\0\x04" + b"\0\0\0\x03" + b"\0\0\x01\x2c" + bytes(8)
URF_GOLDEN = URF_HEAD + URF_PAGE + LINES

Read = Callable[[bytes], Iterator[RasterPage]]


@pytest.mark.parametrize(("read", "document"), [(read_pwg, GOLDEN), (read_urf, URF_GOLDEN)])
def test_a_page_worked_out_by_hand_is_read(read: Read, document: bytes) -> None:
    (page,) = read(document)
    assert page == RasterPage(4, 3, 300, Colours.SRGB, 8, PIXELS)


def test_what_is_written_is_what_was_worked_out_by_hand() -> None:
    page = RasterPage(4, 3, 300, Colours.SRGB, 8, PIXELS)
    extras = {"PageSize-x": 1, "PageSize-y": 1, "TotalPageCount": 1, "ImageBoxRight": 4, "ImageBoxBottom": 3}
    assert write_pwg([page]) == b"RaS2" + pwg_header(**extras) + LINES
    assert write_urf([page]) == URF_GOLDEN


def test_black_of_one_bit_is_counted_by_whole_bytes() -> None:
    header = pwg_header(
        Width=20, Height=2, BitsPerColor=1, BitsPerPixel=1, BytesPerLine=3, ColorSpace=3, NumColors=1
    )
    lines = b"\x00\xff\xf0\x0f\x00\xaa" + b"\x00\x02\xff"  # two as they stand, one run of one; three alike
    (page,) = read_pwg(b"RaS2" + header + lines)
    assert (page.colours, page.bits, page.pixels) == (Colours.BLACK, 1, b"\xf0\x0f\xaa\xff\xff\xff")


@pytest.mark.parametrize(("space", "white"), [(18, b"\xff"), (3, b"\0"), (19, b"\xff"), (6, b"\0")])
def test_128_is_white_to_the_end_of_the_line(space: int, white: bytes) -> None:
    samples = {18: 1, 3: 1, 19: 3, 6: 4}[space]
    header = pwg_header(
        Height=1, ColorSpace=space, NumColors=samples, BitsPerPixel=8 * samples, BytesPerLine=4 * samples
    )
    (page,) = read_pwg(b"RaS2" + header + b"\0\0" + b"\x7f" * samples + b"\x80")
    assert page.pixels == b"\x7f" * samples + white * 3 * samples


@pytest.mark.parametrize(("read", "document"), [(read_pwg, GOLDEN), (read_urf, URF_GOLDEN)])
def test_a_stream_that_stops_anywhere_is_broken(read: Read, document: bytes) -> None:
    for length in range(len(document)):
        with pytest.raises(DocumentBroken):
            list(read(document[:length]))


@pytest.mark.parametrize("more", [b"\0", b"\0" * 1796, GOLDEN[4:1000]])
@pytest.mark.parametrize(("read", "document"), [(read_pwg, GOLDEN), (read_urf, URF_GOLDEN)])
def test_bytes_after_the_last_page_are_no_page(read: Read, document: bytes, more: bytes) -> None:
    with pytest.raises(DocumentBroken):
        list(read(document + more))


def test_pages_follow_each_other() -> None:
    assert len(list(read_pwg(GOLDEN + GOLDEN[4:]))) == 2
    assert len(list(read_urf(b"UNIRAST\0\0\0\0\x02" + (URF_PAGE + LINES) * 2))) == 2
    assert len(list(read_urf(b"UNIRAST\0\xff\xff\xff\xff" + (URF_PAGE + LINES) * 3))) == 3


@pytest.mark.parametrize("total", [2, 5])
def test_pages_that_are_declared_must_come(total: int) -> None:
    with pytest.raises(DocumentBroken, match=f"has 1 pages and declares {total}"):
        list(read_pwg(b"RaS2" + pwg_header(TotalPageCount=total) + LINES))
    with pytest.raises(DocumentBroken, match="stops before a page"):
        list(read_urf(b"UNIRAST\0" + total.to_bytes(4) + URF_PAGE + LINES))
    with pytest.raises(DocumentBroken, match="no page"):
        list(read_urf(b"UNIRAST\0\0\0\0\0"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Width", 0), ("Width", 5), ("Width", 2**32 - 1), ("Height", 0), ("Height", 2), ("Height", 4),
        ("BitsPerPixel", 8), ("BitsPerPixel", 32), ("BytesPerLine", 11), ("BytesPerLine", 13), ("BytesPerLine", 0),
        ("NumColors", 1), ("NumColors", 0), ("HWResolution-x", 0), ("HWResolution-x", 600), ("HWResolution-y", 0),
        ("Duplex", 2), ("Tumble", 7), ("CrossFeedTransform", 2**32 - 1), ("FeedTransform", 2**32 - 1),
        ("ImageBoxRight", 5), ("ImageBoxLeft", 1), ("ImageBoxBottom", 4), ("ImageBoxTop", 9),
    ],
)  # fmt: skip
def test_fields_that_contradict_each_other_are_refused(name: str, value: int) -> None:
    with pytest.raises(DocumentBroken):
        list(read_pwg(b"RaS2" + pwg_header(**{name: value}) + LINES))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"BitsPerColor": 16, "ColorSpace": 20}, "BitsPerColor"), ({"BitsPerColor": 2}, "BitsPerColor"),
        ({"ColorSpace": 1}, "ColorSpace"),
        ({"BitsPerColor": 1}, "BitsPerColor"), ({"ColorSpace": 48}, "ColorSpace"), ({"ColorOrder": 1}, "ColorOrder"),
        ({"ColorOrder": 2}, "ColorOrder"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_by_name(changed: dict[str, int], where: str) -> None:
    with pytest.raises(DocumentFormatUnsupported) as caught:
        list(read_pwg(b"RaS2" + pwg_header(**changed) + LINES))
    assert caught.value.where == where
    assert caught.value.allowed


@pytest.mark.parametrize(("depth", "space"), [(48, 1), (16, 0), (24, 2), (1, 0), (8, 1), (24, 0), (0, 0)])
def test_apple_raster_of_other_samples_is_refused_by_name(depth: int, space: int) -> None:
    page = bytes((depth, space)) + URF_PAGE[2:]
    with pytest.raises(DocumentFormatUnsupported, match=f"{depth} bits a pixel of colour space {space}"):
        list(read_urf(URF_HEAD + page + LINES))


@pytest.mark.parametrize(
    ("at", "value", "error"),
    [(12, 0, DocumentBroken), (16, 0, DocumentBroken), (20, 0, DocumentBroken), (20, 10**6, DocumentBroken),
     (12, 2**32 - 1, DocumentTooLarge), (16, 2**31, DocumentTooLarge)],
)  # fmt: skip
def test_an_apple_page_whose_size_cannot_be_is_refused(at: int, value: int, error: type[PrintServerError]) -> None:
    page = bytearray(URF_PAGE)
    struct.pack_into(">I", page, at, value)
    with pytest.raises(error):
        list(read_urf(URF_HEAD + bytes(page) + LINES))


def test_a_page_with_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    header = pwg_header(Width=60_000, Height=60_000, BytesPerLine=180_000)
    with pytest.raises(DocumentTooLarge, match="60000 x 60000"):
        list(read_pwg(b"RaS2" + header))
    with pytest.raises(DocumentTooLarge):
        list(read_pwg(GOLDEN, max_pixels=11))


@pytest.mark.parametrize(
    "lines",
    [
        b"\x03\x03" + RED,  # four lines where there are three
        b"\x00\x04" + RED,  # five pixels where there are four
        b"\x00\x02" + RED + b"\xff" + RED + RED,  # three and two
        b"\x02\xfc" + 4 * RED,  # five as they stand
        b"\x01\x03" + RED,  # one line is missing
    ],
)
def test_runs_and_repeats_beyond_their_end_are_refused(lines: bytes) -> None:
    with pytest.raises(DocumentBroken):
        list(read_pwg(b"RaS2" + pwg_header() + lines))
    with pytest.raises(DocumentBroken):
        list(read_urf(URF_HEAD + URF_PAGE + lines))


@st.composite
def pages(draw: st.DrawFn, kinds: tuple[tuple[Colours, int], ...]) -> RasterPage:
    """A page whose lines and pixels are often alike, and sometimes more alike than one run or repeat can say."""
    colours, bits = draw(st.sampled_from(kinds))
    width, height = draw(st.integers(1, 300)), draw(st.integers(1, 6))
    length = line_bytes(width, colours, bits)
    unit = max(1, colours.samples * bits // 8)
    pool = draw(st.lists(st.binary(min_size=unit, max_size=unit), min_size=1, max_size=3))
    line = b"".join(pool[index % len(pool)] * times for index, times in draw(
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from((1, 1, 2, 127, 128, 129, 300))), min_size=1, max_size=40)
    ))  # fmt: skip
    whole = (line * (length // len(line) + 1))[:length]
    repeats = draw(st.sampled_from((0, 0, 255, 256, 300)))
    pixels = whole * (height + repeats)
    if draw(st.booleans()):
        pixels = draw(st.binary(min_size=length, max_size=length)) + pixels[length:]
    resolution = draw(st.integers(1, 1200))
    return RasterPage(width, height + repeats, resolution, colours, bits, pixels, draw(st.booleans()))


EIGHT = tuple((colours, 8) for colours in Colours)


@settings(max_examples=60, deadline=None)
@given(st.lists(pages((*EIGHT, (Colours.BLACK, 1), (Colours.SRGB, 16), (Colours.GREY, 16))), min_size=1, max_size=3))
def test_pwg_pages_come_back_as_they_were(every: list[RasterPage]) -> None:
    assert list(read_pwg(write_pwg(every))) == every


@settings(max_examples=60, deadline=None)
@given(st.lists(pages(tuple(kind for kind in EIGHT if kind[0] is not Colours.BLACK)), min_size=1, max_size=3))
def test_apple_pages_come_back_as_they_were(every: list[RasterPage]) -> None:
    assert list(read_urf(write_urf(every))) == every


@pytest.mark.parametrize("kind", [(Colours.BLACK, 8), (Colours.BLACK, 1)])
def test_apple_raster_holds_no_black_ink(kind: tuple[Colours, int]) -> None:
    with pytest.raises(DocumentFormatUnsupported, match="black"):
        write_urf([RasterPage(8, 1, 300, *kind, bytes(line_bytes(8, *kind)))])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_changed_streams_end_in_whole_pages_or_a_typed_error(data: st.DataObject) -> None:
    read, golden, head = data.draw(st.sampled_from(((read_pwg, GOLDEN, HEADER + 4), (read_urf, URF_GOLDEN, 44))))
    spoilt = bytearray(golden)
    for _ in range(data.draw(st.integers(1, 5))):
        low = data.draw(st.sampled_from((0, head - 4, head)))
        at = data.draw(st.integers(min(low, len(spoilt) - 1), len(spoilt) - 1))
        spoilt[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    try:
        found = list(read(bytes(spoilt), max_pixels=1 << 20))
    except PrintServerError:
        return
    assert found
    for page in found:
        assert len(page.pixels) == page.height * page.bytes_per_line
