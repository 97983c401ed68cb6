"""PWG raster and Apple raster against libcups: each reads what the other has written, and both pack lines alike."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from printserver.ipp.pwg_raster import HEADER, OFFSETS, packed, read_pwg, write_header, write_pwg
from printserver.ipp.raster_page import Colours, RasterPage, line_bytes
from printserver.ipp.urf import read_urf, write_urf

READ, WRITE_PWG, WRITE_APPLE = 0, 3, 4  # cups_mode_t of cups/raster.h
WIDTH, HEIGHT = 203, 300  # no whole number of bytes at one bit, and more lines than a repeat can say
KINDS = ("noise", "white", "lines", "runs")


def libcups() -> ctypes.CDLL:
    """The library that ipptool brings."""
    library = ctypes.CDLL("libcups.so.2")
    pointer = ctypes.c_void_p
    library.cupsRasterOpen.restype = pointer
    library.cupsRasterClose.argtypes = [pointer]
    for name in ("cupsRasterWriteHeader2", "cupsRasterReadHeader2"):
        getattr(library, name).argtypes = [pointer, pointer]
    for name in ("cupsRasterWritePixels", "cupsRasterReadPixels"):
        getattr(library, name).argtypes = [pointer, pointer, ctypes.c_uint]
    return library


CUPS = libcups()


@contextmanager
def stream(path: Path, mode: int) -> Iterator[int]:
    """A raster stream of libcups on a file."""
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    opened = CUPS.cupsRasterOpen(file, mode)
    assert opened
    try:
        yield opened
    finally:
        CUPS.cupsRasterClose(opened)
        os.close(file)


def page(colours: Colours, bits: int, kind: str) -> RasterPage:
    """A page whose pixels are of a kind."""
    length = line_bytes(WIDTH, colours, bits)
    dots = np.random.default_rng(length).integers(0, 256, (HEIGHT, length), dtype=np.uint8)
    match kind:
        case "white":
            dots[:] = colours.white
        case "lines":
            dots[:] = dots[0]
        case "runs":
            dots = np.repeat(dots[:, : length // 5 + 1], 5 * colours.samples, axis=1)[:, :length]
    if bits == 1:
        dots[:, -1] &= 0xE0  # 203 dots end within their last byte
    return RasterPage(WIDTH, HEIGHT, 300, colours, bits, dots.tobytes())


def written_by_cups(path: Path, pages: list[RasterPage], mode: int) -> bytes:
    """The stream that libcups makes of pages, from headers of its own byte order."""
    with stream(path, mode) as opened:
        for each in pages:
            ours, header = write_header(each, len(pages)), bytearray(HEADER)
            header[:9] = b"PwgRaster"
            for offset in OFFSETS.values():
                struct.pack_into("=I", header, offset, *struct.unpack_from(">I", ours, offset))
            assert CUPS.cupsRasterWriteHeader2(opened, ctypes.create_string_buffer(bytes(header), HEADER))
            for start in range(0, len(each.pixels), each.bytes_per_line):
                line = each.pixels[start : start + each.bytes_per_line]
                assert CUPS.cupsRasterWritePixels(opened, line, len(line)) == len(line)
    return path.read_bytes()


def pixels_by_cups(path: Path, document: bytes, pages: list[RasterPage]) -> list[bytes]:
    """The pixels that libcups finds."""
    path.write_bytes(document)
    found = []
    with stream(path, READ) as opened:
        header = ctypes.create_string_buffer(HEADER)
        for each in pages:
            assert CUPS.cupsRasterReadHeader2(opened, header)
            buffer = ctypes.create_string_buffer(len(each.pixels))
            assert CUPS.cupsRasterReadPixels(opened, buffer, len(each.pixels)) == len(each.pixels)
            found.append(buffer.raw)
        assert not CUPS.cupsRasterReadHeader2(opened, header)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("colours", "bits"), [*((colours, 8) for colours in Colours), (Colours.BLACK, 1)])
def test_pwg_raster_is_cups_s_own(tmp_path: Path, colours: Colours, bits: int, kind: str) -> None:
    pages = [page(colours, bits, kind), page(colours, bits, "noise")]
    theirs = written_by_cups(tmp_path / "cups.pwg", pages, WRITE_PWG)
    assert list(read_pwg(theirs)) == pages
    assert pixels_by_cups(tmp_path / "ours.pwg", write_pwg(pages), pages) == [each.pixels for each in pages]
    first, second = (len(packed(each)) for each in pages)
    for document in (theirs, write_pwg(pages)):  # headers differ: libcups leaves out the image box
        lines = document[4 + HEADER : 4 + HEADER + first] + document[-second:]
        assert lines == packed(pages[0]) + packed(pages[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colours", [Colours.GREY, Colours.SRGB, Colours.ADOBE_RGB, Colours.CMYK])
def test_apple_raster_is_cups_s_own(tmp_path: Path, colours: Colours, kind: str) -> None:
    pages = [page(colours, 8, kind)]
    theirs = written_by_cups(tmp_path / "cups.urf", pages, WRITE_APPLE)
    assert [each.pixels for each in read_urf(theirs)] == [pages[0].pixels]
    assert pixels_by_cups(tmp_path / "ours.urf", write_urf(pages), pages) == [pages[0].pixels]
    assert theirs[-len(packed(pages[0])) :] == packed(pages[0])
    assert len(theirs) == len(write_urf(pages))


def test_sixteen_bits_travel_highest_byte_first(tmp_path: Path) -> None:
    dots = np.arange(2 * 3 * 3, dtype=np.uint16).reshape(2, 9) * 3001
    ours = RasterPage(3, 2, 300, Colours.SRGB, 16, dots.astype(">u2").tobytes())
    [theirs] = pixels_by_cups(tmp_path / "ours.pwg", write_pwg([ours]), [ours])
    assert theirs == dots.astype("=u2").tobytes()
