"""PWG raster (`image/pwg-raster`) as bytes and as pages, without input or output.

Laws kept here:

1. Every field of a page's header that says something about its pixels is held against the others; a page that
   contradicts itself is refused, and one whose samples are not read here (other depths, colour spaces) is, by name.
2. Data ends with its last page: a page that stops, and bytes after it that are no page, raise DocumentBroken. Where the
   header tells how many pages there are, so many must come.
3. A back that its sender has turned or mirrored for another kind of printer is refused: this server takes backs as they
   are (`pwg-raster-document-sheet-back` normal).

Source: PWG 5102.4-2012, sections 4.2 (file), 4.3 (page header, table 2), 4.3.1.10 (colour spaces).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

from printserver.errors import DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge

from .raster_page import Colours, RasterPage, line_bytes, run_unit
from .raster_runs import pack_lines, unpack_lines

SYNC = b"RaS2"
HEADER = 1796
NAME = b"PwgRaster"
MAX_PIXELS = 40_000_000
MAX_RESOLUTION = 9600

# Offsets of the numbers in a page header, each 4 bytes, highest first.
OFFSETS: Mapping[str, int] = {
    "Duplex": 272, "HWResolution-x": 276, "HWResolution-y": 280, "NumCopies": 340, "PageSize-x": 352,
    "PageSize-y": 356, "Tumble": 368, "Width": 372, "Height": 376, "BitsPerColor": 384, "BitsPerPixel": 388,
    "BytesPerLine": 392, "ColorOrder": 396, "ColorSpace": 400, "NumColors": 420, "TotalPageCount": 452,
    "CrossFeedTransform": 456, "FeedTransform": 460, "ImageBoxLeft": 464, "ImageBoxTop": 468, "ImageBoxRight": 472,
    "ImageBoxBottom": 476,
}  # fmt: skip
CHUNKY = 0
AS_IT_IS = (0, 1)  # 0 = not said

COLOUR_SPACES: Mapping[int, Colours] = {
    3: Colours.BLACK, 6: Colours.CMYK, 18: Colours.GREY, 19: Colours.SRGB, 20: Colours.ADOBE_RGB,
}  # fmt: skip
NUMBERS = {colours: number for number, colours in COLOUR_SPACES.items()}
DEPTHS: Mapping[Colours, tuple[int, ...]] = {
    Colours.BLACK: (1, 8), Colours.GREY: (8, 16), Colours.SRGB: (8, 16), Colours.ADOBE_RGB: (8,), Colours.CMYK: (8,),
}  # fmt: skip
READ = ", ".join(f"{colours.title}_{bits}" for colours, depths in DEPTHS.items() for bits in depths)


def read_pwg(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Iterator[RasterPage]:
    """Yield the pages of a stream; raises DocumentBroken, DocumentFormatUnsupported, DocumentTooLarge."""
    if not data.startswith(SYNC):
        raise DocumentBroken("the PWG raster does not begin with RaS2")
    at, count, total = len(SYNC), 0, 0
    while at < len(data) or not count:
        fields = read_header(data[at : at + HEADER])
        page, at = read_page(data, at + HEADER, fields, max_pixels)
        count, total = count + 1, max(total, fields["TotalPageCount"])
        yield page
    if total and count != total:
        raise DocumentBroken(f"the PWG raster has {count} pages and declares {total}")


def read_header(header: bytes) -> dict[str, int]:
    """Return the numbers of a page header; raises DocumentBroken."""
    if len(header) < HEADER:
        raise DocumentBroken("the PWG raster stops within a page header")
    if header[:64].rstrip(b"\0") != NAME:
        raise DocumentBroken("a page header of the PWG raster does not begin with PwgRaster")
    return {name: struct.unpack_from(">I", header, offset)[0] for name, offset in OFFSETS.items()}


def read_page(data: bytes, at: int, fields: Mapping[str, int], max_pixels: int) -> tuple[RasterPage, int]:
    """Return a page and where it ends; `fields` are its header's numbers, `at` is where its lines begin."""
    colours, bits = colours_of(fields)
    width, height = fields["Width"], fields["Height"]
    check_page(fields, colours, bits)
    if width * height > max_pixels:
        raise DocumentTooLarge(
            f"the raster declares {width} x {height} pixels", allowed=f"at most {max_pixels} pixels in all"
        )
    pixels, at = unpack_lines(
        data, at, unit=run_unit(colours, bits), line=line_bytes(width, colours, bits), height=height,
        white=colours.white,
    )  # fmt: skip
    two_sided = fields["Duplex"] == 1
    return RasterPage(width, height, fields["HWResolution-x"], colours, bits, pixels, two_sided), at


def colours_of(fields: Mapping[str, int]) -> tuple[Colours, int]:
    """Return colour space and bits of a sample; raises DocumentFormatUnsupported for others than are read here."""
    space, bits = fields["ColorSpace"], fields["BitsPerColor"]
    colours = COLOUR_SPACES.get(space)
    if colours is None:
        raise DocumentFormatUnsupported(f"the PWG raster has colour space {space}", where="ColorSpace", allowed=READ)
    if bits not in DEPTHS[colours]:
        raise DocumentFormatUnsupported(
            f"the PWG raster has {bits} bits a sample of {colours.title}", where="BitsPerColor", allowed=READ
        )
    if fields["ColorOrder"] != CHUNKY:
        raise DocumentFormatUnsupported("the PWG raster is not chunky", where="ColorOrder", allowed="0")
    return colours, bits


def check_page(fields: Mapping[str, int], colours: Colours, bits: int) -> None:
    """Raise DocumentBroken where two fields contradict each other, or one cannot be."""
    width, height = fields["Width"], fields["Height"]
    must = {
        "NumColors": colours.samples, "BitsPerPixel": colours.samples * bits,
        "BytesPerLine": line_bytes(width, colours, bits), "HWResolution-y": fields["HWResolution-x"],
    }  # fmt: skip
    for name, value in must.items():
        if fields[name] != value:
            raise DocumentBroken(f"is {fields[name]}", where=name, allowed=f"{value}, as the other fields say")
    most = {
        "Width": (1, 2**31), "Height": (1, 2**31), "HWResolution-x": (1, MAX_RESOLUTION), "Duplex": (0, 1),
        "Tumble": (0, 1), "CrossFeedTransform": AS_IT_IS, "FeedTransform": AS_IT_IS,
        "ImageBoxRight": (fields["ImageBoxLeft"], width), "ImageBoxBottom": (fields["ImageBoxTop"], height),
    }  # fmt: skip
    for name, (low, high) in most.items():
        if not low <= fields[name] <= high:
            raise DocumentBroken(f"is {signed(fields[name])}", where=name, allowed=f"{low} to {high}")


def signed(number: int) -> int:
    """Return a header's number as it is meant: -1 is written as 0xFFFFFFFF."""
    return number - 2**32 if number >= 2**31 else number


def write_pwg(pages: Iterable[RasterPage]) -> bytes:
    """Return pages, at least one, as a stream."""
    every = list(pages)
    return SYNC + b"".join(write_header(page, len(every)) + packed(page) for page in every)


def packed(page: RasterPage) -> bytes:
    """Return the lines of a page as they travel."""
    return pack_lines(page.pixels, unit=page.unit, line=page.bytes_per_line)


def write_header(page: RasterPage, total: int) -> bytes:
    """Return the header of one of `total` pages."""
    header = bytearray(HEADER)
    header[: len(NAME)] = NAME
    points = (round(side * 72 / page.resolution) for side in (page.width, page.height))
    fields = {
        "Duplex": int(page.two_sided), "HWResolution-x": page.resolution, "HWResolution-y": page.resolution,
        "NumCopies": 1, **dict(zip(("PageSize-x", "PageSize-y"), points, strict=True)), "Width": page.width,
        "Height": page.height, "BitsPerColor": page.bits, "BitsPerPixel": page.colours.samples * page.bits,
        "BytesPerLine": page.bytes_per_line, "ColorOrder": CHUNKY, "ColorSpace": NUMBERS[page.colours],
        "NumColors": page.colours.samples, "TotalPageCount": total, "CrossFeedTransform": 1, "FeedTransform": 1,
        "ImageBoxRight": page.width, "ImageBoxBottom": page.height,
    }  # fmt: skip
    for name, value in fields.items():
        struct.pack_into(">I", header, OFFSETS[name], value)
    return bytes(header)
