"""At the door: what a document is, by its first bytes, and what is refused before anything decodes it."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.documents.sniff import FORMATS, HEAD_SIZE, JPEG, MAX_PIXELS, PNG, SVG, check_declared
from printserver.errors import (
    DocumentBroken,
    DocumentEmpty,
    DocumentFormatUnsupported,
    DocumentTooLarge,
)
from tests.documents.pictures import MAGIC, raw_png

SMALL = raw_png(1, 1, b"\0\0\0\0")
JPEG_HEAD = b"\xff\xd8\xff\xe0\0\x10JFIF\0"


@pytest.mark.parametrize(
    "declared", [None, "image/png", "IMAGE/PNG; charset=x", "image/x-png", "application/octet-stream"]
)
def test_a_png_is_a_png_whatever_it_is_called(declared: str | None) -> None:
    assert check_declared(SMALL[:HEAD_SIZE], declared) is PNG


@pytest.mark.parametrize("declared", [None, "", "image/jpeg", "image/jpg", "image/pjpeg"])
def test_a_jpeg_is_a_jpeg(declared: str | None) -> None:
    assert check_declared(JPEG_HEAD, declared) is JPEG


def test_no_bytes_are_no_document() -> None:
    with pytest.raises(DocumentEmpty):
        check_declared(b"", "image/png")


def test_text_called_png_is_named_as_what_it_is() -> None:
    with pytest.raises(DocumentFormatUnsupported, match="plain text, but it was declared as image/png") as caught:
        check_declared(b"Dear printer, please print me.\n", "image/png")
    assert caught.value.allowed == ", ".join(each.mime for each in FORMATS)


@pytest.mark.parametrize(
    ("head", "declared", "says"),
    [
        (SMALL, "image/jpeg", "a PNG picture, but it was declared as image/jpeg"),
        (JPEG_HEAD, "image/png", "a JPEG picture, but it was declared as image/png"),
        (SMALL, "application/pdf", "a PNG picture, but it was declared as application/pdf"),
        (b"GIF89a", None, "the document is a GIF picture (allowed"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", None, "a WebP picture"),
        (b"\0\1\2\3\4\5\6\7\x08", None, "unknown data beginning with 00 01 02 03 04 05 06 07"),
    ],
)
def test_what_was_found_and_what_was_declared_are_both_said(head: bytes, declared: str | None, says: str) -> None:
    with pytest.raises(DocumentFormatUnsupported, match=re.escape(says)):
        check_declared(head, declared)


def test_sixty_thousand_squared_is_refused_by_its_first_24_bytes() -> None:
    with pytest.raises(DocumentTooLarge, match="60000 x 60000"):
        check_declared(raw_png(60_000, 60_000, b"\0")[:24], "image/png")


def test_the_pixel_limit_is_the_last_that_is_taken() -> None:
    assert check_declared(raw_png(MAX_PIXELS, 1, b"")) is PNG
    with pytest.raises(DocumentTooLarge):
        check_declared(raw_png(MAX_PIXELS + 1, 1, b""))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (SMALL[:20], "inside its header"),
        (MAGIC + b"\0\0\0\x0dIDAT" + bytes(20), "does not begin with its header"),
        (raw_png(0, 5, b""), "impossible size"),
        (raw_png(2**31, 5, b""), "impossible size"),
    ],
)
def test_a_header_that_cannot_be_is_a_broken_document(document: bytes, says: str) -> None:
    with pytest.raises(DocumentBroken, match=says):
        check_declared(document[:HEAD_SIZE])


@given(st.sampled_from([b"", MAGIC, b"\xff\xd8\xff"]), st.binary(max_size=HEAD_SIZE), st.none() | st.text(max_size=30))
def test_any_bytes_end_in_a_format_or_a_typed_error(start: bytes, rest: bytes, declared: str | None) -> None:
    with contextlib.suppress(DocumentEmpty, DocumentFormatUnsupported, DocumentBroken, DocumentTooLarge):
        assert check_declared(start + rest, declared) in (PNG, JPEG)


NAMED = b'xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.parametrize(
    "head",
    [
        b"<svg " + NAMED, b"<svg>", b"<svg\n", b"\xef\xbb\xbf<svg/>", b"\n\t <svg ",
        b'<?xml version="1.0"?>\n<!-- Created with <an editor> -->\n\n<svg ', b"<!--" + b"x" * 4000 + b"--><svg ",
        b"<?xml version='1.0'?><x:svg xmlns:x='http://www.w3.org/2000/svg'>",
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg ',
    ],
)  # fmt: skip
@pytest.mark.parametrize("declared", [None, "image/svg+xml", "image/svg+xml; charset=utf-8", "IMAGE/SVG"])
def test_a_drawing_is_known_by_its_first_element(head: bytes, declared: str | None) -> None:
    assert check_declared(head, declared) is SVG


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"<svgx>", "plain text"),
        (b"<html><svg>", "plain text"),
        (b"<?xml version='1.0'?><html><svg>", "an XML document"),
        (b"<!-- <svg> --><g>", "plain text"),
        (b"<!--" + b"x" * 9000 + b"--><svg ", "plain text"),
        ("<svg>".encode("utf-16"), "an XML document in UTF-16"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed (gzip)"),
    ],
)
def test_what_only_looks_like_a_drawing_is_named(head: bytes, says: str) -> None:
    with pytest.raises(DocumentFormatUnsupported, match=re.escape(f"the document is {says}")):
        check_declared(head, "image/svg+xml")


def test_a_drawing_called_png_is_named_as_what_it_is() -> None:
    with pytest.raises(DocumentFormatUnsupported, match="an SVG drawing, but it was declared as image/png"):
        check_declared(b"<svg ", "image/png")
