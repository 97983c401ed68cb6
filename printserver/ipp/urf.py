"""Apple raster (`image/urf`) as bytes and as pages, without input or output.

Laws kept here:

1. A page's header must name samples that are read here and a size that can be; other depths and colour spaces are
   refused by name.
2. The file's head tells how many pages there are: fewer, more, and bytes after the last raise DocumentBroken. Where it
   does not tell (all ones), pages come until the data ends.

Source: no public specification; the fields are those that CUPS (cups/raster-stream.c), PAPPL and the decoders made for
AirPrint printers agree on. Only what is needed for the pixels is read; media, tray and quality are the ticket's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

from printserver.errors import DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge

from .raster_page import Colours, RasterPage, line_bytes, run_unit
from .raster_runs import pack_lines, unpack_lines

MAGIC = b"UNIRAST\0"
FILE_HEAD = struct.Struct(">8sI")
# bits a pixel, colour space, duplex, quality, 8 bytes that are not needed, width, height, dots an inch, 8 bytes more
PAGE_HEAD = struct.Struct(">BBBB8xIII8x")
NOT_TOLD = 0xFFFF_FFFF
MAX_PIXELS = 40_000_000
MAX_RESOLUTION = 9600
ONE_SIDED, LONG_EDGE = 1, 3
NORMAL_QUALITY = 4

COLOUR_SPACES: Mapping[tuple[int, int], Colours] = {
    (0, 8): Colours.GREY, (1, 24): Colours.SRGB, (3, 24): Colours.ADOBE_RGB, (4, 8): Colours.GREY,
    (6, 32): Colours.CMYK,
}  # fmt: skip
"""Colour space and bits a pixel; 4 is grey that no profile speaks of, taken as sGray."""
NUMBERS = {Colours.GREY: 0, Colours.SRGB: 1, Colours.ADOBE_RGB: 3, Colours.CMYK: 6}
READ = "W8, SRGB24, ADOBERGB24, DEVW8, DEVCMYK32"


def read_urf(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Iterator[RasterPage]:
    """Yield the pages of a stream; raises DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge."""
    if len(data) < FILE_HEAD.size or not data.startswith(MAGIC):
        raise DocumentBroken("the Apple raster stops within its head")
    total, at, count = FILE_HEAD.unpack_from(data)[1], FILE_HEAD.size, 0
    while at < len(data) if total == NOT_TOLD else count < total:
        page, at = read_page(data, at, max_pixels)
        count += 1
        yield page
    if not count:
        raise DocumentBroken("the Apple raster has no page")
    if at < len(data):
        raise DocumentBroken(f"bytes follow the {total} pages that the Apple raster declares")


def read_page(data: bytes, at: int, max_pixels: int) -> tuple[RasterPage, int]:
    """Return the page whose header begins at `at`, and where it ends."""
    if len(data) - at < PAGE_HEAD.size:
        raise DocumentBroken("the Apple raster stops before a page")
    depth, space, duplex, _, width, height, resolution = PAGE_HEAD.unpack_from(data, at)
    colours = COLOUR_SPACES.get((space, depth))
    if colours is None:
        raise DocumentFormatUnsupported(
            f"the Apple raster has {depth} bits a pixel of colour space {space}", allowed=READ
        )
    check_size(width, height, resolution, max_pixels)
    line = line_bytes(width, colours, 8)
    pixels, at = unpack_lines(
        data, at + PAGE_HEAD.size, unit=run_unit(colours, 8), line=line, height=height, white=colours.white
    )
    return RasterPage(width, height, resolution, colours, 8, pixels, duplex == LONG_EDGE), at


def check_size(width: int, height: int, resolution: int, max_pixels: int) -> None:
    """Raise DocumentBroken for a size that cannot be, DocumentTooLarge for one with too many pixels."""
    if not width or not height:
        raise DocumentBroken(f"a page of the Apple raster has {width} x {height} pixels")
    if not 0 < resolution <= MAX_RESOLUTION:
        raise DocumentBroken(f"a page of the Apple raster has {resolution} dots an inch")
    if width * height > max_pixels:
        raise DocumentTooLarge(
            f"the raster declares {width} x {height} pixels", allowed=f"at most {max_pixels} pixels in all"
        )


def write_urf(pages: Iterable[RasterPage]) -> bytes:
    """Return pages of 8-bit samples as a stream; raises DocumentFormatUnsupported for others, which it cannot hold."""
    every = list(pages)
    return FILE_HEAD.pack(MAGIC, len(every)) + b"".join(map(write_page, every))


def write_page(page: RasterPage) -> bytes:
    """Return a page with its header."""
    number = NUMBERS.get(page.colours)
    if number is None or page.bits != 8:
        raise DocumentFormatUnsupported(f"Apple raster holds no {page.colours.title}_{page.bits}", allowed=READ)
    head = PAGE_HEAD.pack(
        page.colours.samples * 8, number, LONG_EDGE if page.two_sided else ONE_SIDED, NORMAL_QUALITY, page.width,
        page.height, page.resolution,
    )  # fmt: skip
    return head + pack_lines(page.pixels, unit=page.unit, line=page.bytes_per_line)
