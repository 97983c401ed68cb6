"""Where pictures end: held against pictures that another program wrote, however the stream is cut."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printserver.errors import DocumentBroken, DocumentFormatUnsupported, NotAllowed
from printserver.listeners.document_ends import JpegScanner, PdfScanner, PngScanner, Scanner, SvgScanner
from printserver.listeners.first_bytes import scanner_for


def picture(kind: str, **options: object) -> bytes:
    """Return a small noisy picture as Pillow writes it."""
    noise = bytes((x * x * 7 + y * 13) % 256 for y in range(48) for x in range(64 * 3))
    stream = io.BytesIO()
    Image.frombytes("RGB", (64, 48), noise).save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = picture("PNG")
# An end mark inside a chunk is data.
TRICKY_PNG = PNG[:33] + chunk(b"tEXt", b"x\0" + PNG[-12:] * 3) + PNG[33:]
JPEGS = [
    picture("JPEG"),
    picture("JPEG", progressive=True, quality=95),
    picture("JPEG", restart_marker_blocks=1),
    picture("JPEG", comment=b"\xff\xd9 the end? \xff\xd9"),
    picture("JPEG", exif=b"Exif\0\0" + picture("JPEG")),  # a thumbnail with an end of its own
    picture("JPEG").replace(b"\xff\xda", b"\xff\xff\xff\xda", 1),  # fill bytes before a marker (T.81 B.1.1.2)
]
WHOLE = [PNG, TRICKY_PNG, *JPEGS]


def scanner(data: bytes) -> Scanner:
    found = scanner_for(data[:8])
    assert found is not None
    return found


def end_of(data: bytes, sizes: list[int]) -> int | None:
    """Feed data cut into pieces of the given sizes, over and over; return where the document ended."""
    found, at, turn = scanner(data), 0, 0
    while at < len(data):
        piece = data[at : at + sizes[turn % len(sizes)]]
        end = found.feed(piece)
        if end is not None:
            return at + end
        at, turn = at + len(piece), turn + 1
    return None


@pytest.mark.parametrize("data", WHOLE)
@pytest.mark.parametrize("sizes", [[1], [2], [3], [7, 1], [10**6]])
def test_a_picture_ends_where_its_last_byte_is(data: bytes, sizes: list[int]) -> None:
    assert end_of(data + b"\r\ntrailing", sizes) == len(data)


@pytest.mark.parametrize("data", WHOLE)
def test_no_shorter_picture_has_an_end(data: bytes) -> None:
    assert end_of(data[:-1], [10**6]) is None
    assert end_of(data[:-1], [1]) is None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(WHOLE), st.lists(st.integers(1, 300), min_size=1, max_size=8), st.binary(max_size=40))
def test_the_end_does_not_depend_on_the_cut(data: bytes, sizes: list[int], trailing: bytes) -> None:
    assert end_of(data + trailing, sizes) == len(data)


@given(st.binary(max_size=300), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_anything_after_a_signature_ends_goes_on_or_is_broken(data: bytes, sizes: list[int]) -> None:
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        results = []
        for cut in (sizes, [10**6]):
            try:
                results.append(end_of(start + data, cut))
            except DocumentBroken:
                results.append(-1)
        assert results[0] == results[1]


def test_chunks_that_do_not_follow_each_other_are_broken() -> None:
    for head in (b"\xff\xff\xff\xffIDAT", b"\0\0\0\1I\0AT", b"\0\0\0\1    "):
        with pytest.raises(DocumentBroken):
            PngScanner().feed(PNG[:8] + head + b"x")


def test_a_segment_shorter_than_its_own_length_is_broken() -> None:
    with pytest.raises(DocumentBroken):
        JpegScanner().feed(b"\xff\xd8\xff\xe0\x00\x01")


def test_an_empty_segment_is_passed() -> None:
    assert JpegScanner().feed(b"\xff\xd8\xff\xfe\x00\x02\xff\xd9") == 8


def test_a_picture_is_known_as_soon_as_its_first_bytes_are_there() -> None:
    for data, kind in [(PNG, PngScanner), (JPEGS[0], JpegScanner)]:
        known = 8 if kind is PngScanner else 3
        assert [scanner_for(data[:count]) for count in range(1, known)] == [None] * (known - 1)
        assert isinstance(scanner_for(data[:known]), kind)


@pytest.mark.parametrize("line", [
    b"GET / HTTP/1.1\r\n", b"POST /ipp/print HTTP/1.1\r\n", b"OPTIONS * HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n", b"PUT ", b"HEAD /", b"DELETE /x", b"PATCH /", b"TRACE /",
])  # fmt: skip
def test_http_is_told_apart(line: bytes) -> None:
    with pytest.raises(NotAllowed):
        scanner_for(line)


@pytest.mark.parametrize("data", [
    b"%PD-1.7", b"%!PS", b"\x1b%-12345X@PJL", b"hello", b"\0", b"GIF89a", b"\xff\xd9", b"\xff\xd8\x00",
    b"\x89PNG\n\x1a", b"GETTING", b"get / http", b"\x16\x03\x01",
])  # fmt: skip
def test_anything_else_is_no_picture(data: bytes) -> None:
    with pytest.raises(DocumentFormatUnsupported):
        scanner_for(data)


PDF = b"%PDF-1.7\n1 0 obj\n(%%EOF)\nendobj\nstartxref\n9\n%%EOF\n2 0 obj\n%%EOF"


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.sampled_from((b"", b"\r\n", b"\n \0\t\f")))
def test_a_pdf_ends_when_its_sender_closes_after_its_end_mark(sizes: list[int], space: bytes) -> None:
    data, at, turn, ends = PDF + space, 8, 0, []
    found = scanner(PDF)
    found.feed(data[:at])
    while at < len(data):
        piece = data[at : at + sizes[turn % len(sizes)]]
        assert found.feed(piece) is None
        at, turn = at + len(piece), turn + 1
        ends.append(found.ends_by_closing())
    assert ends[-1]


def test_a_pdf_that_stops_elsewhere_is_not_whole() -> None:
    for length in range(len(PDF)):
        scanner = PdfScanner()
        scanner.feed(PDF[:length])
        assert scanner.ends_by_closing() == PDF[:length].rstrip(b"\n").endswith(b"%%EOF")
    for tail in (b"x", b"\x04", b"\n" * 1024):
        scanner = PdfScanner()
        scanner.feed(PDF + tail)
        assert not scanner.ends_by_closing()


def test_a_picture_does_not_end_by_closing() -> None:
    for data in WHOLE:
        found = scanner(data)
        found.feed(data[:-1])
        assert not found.ends_by_closing()


DRAWING = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'><svg></svg ><!-- </svg> --><g/></svg>"


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=5), st.sampled_from((b"", b"\r\n", b"\n<!-- made by hand -->\n")),
    st.sampled_from((b"", b"\xef\xbb\xbf")),
)  # fmt: skip
def test_a_drawing_ends_when_its_sender_closes_after_its_end_tag(sizes: list[int], after: bytes, mark: bytes) -> None:
    data = mark + DRAWING
    for count in range(9, len(data)):
        found = scanner(data)
        assert found.feed(data[:count]) is None
        # What ends inside the drawing may look like its end; the worker then finds it broken.
        assert not found.ends_by_closing() or b"</svg >" in data[:count]
    found, at, turn = scanner(data), 0, 0
    while at < len(data + after):
        piece = (data + after)[at : at + sizes[turn % len(sizes)]]
        assert found.feed(piece) is None
        at, turn = at + len(piece), turn + 1
    assert found.ends_by_closing()


def test_a_drawing_is_known_as_soon_as_its_first_bytes_are_there() -> None:
    for data in (b"<svg", b"<?xml", b"<!--", b"\xef\xbb\xbf<"):
        assert [scanner_for(data[:count]) for count in range(1, len(data))] == [None] * (len(data) - 1)
        assert isinstance(scanner_for(data), SvgScanner)


def test_a_drawing_with_a_long_tail_has_no_end() -> None:
    found = scanner(DRAWING)
    found.feed(DRAWING + b" " * 1024)
    assert not found.ends_by_closing()
