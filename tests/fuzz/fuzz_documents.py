"""Pictures of strangers: what is decoded fast is what Pillow decodes, and everything else ends in a typed error."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from printserver.documents.decode import Decoder, Page, decode, decode_png, whole_page
from printserver.documents.format import Format
from printserver.documents.sniff import PNG
from printserver.documents.target import Target
from printserver.errors import PrintServerError
from printserver.ipp.pwg_raster import OFFSETS, read_pwg, write_pwg
from printserver.ipp.raster_page import Colours, RasterPage, line_bytes
from printserver.ipp.urf import read_urf, write_urf
from tests.fuzz.source import Source

TARGET = Target(max_pixels=1 << 20)
CHUNKS = [b"tEXt", b"gAMA", b"sRGB", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"iCCP", b"eXIf", b"acTL", b"pHYs", b"bKGD"]
TEXTS = [b"Title\0a", b"Orientation\0" + b"6", b"", b"\0", b"Comment\0" + b"x" * 300]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def png_of(source: Source) -> bytes:
    """Return a PNG, most often a whole one of a plain kind, now and then with one thing wrong or odd."""
    colour, depth = source.one_of([(2, 8), (6, 8), (0, 8), (4, 8), (3, 8), (0, 1), (0, 16), (2, 16), (5, 8)])
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 3)
    height, width = source.whole(1, 40), source.whole(1, 90)
    rows = source.values(height, 1 + (width * samples * depth + 7) // 8)
    rows[:, 0] = source.values(height, top=5 if source.whole(0, 9) == 9 else 4)
    oddity = source.whole(0, 11)
    packed = zlib.compress(rows.tobytes() + b"\0" * (oddity == 1), 1)
    packed = packed[: len(packed) - 5 * (oddity == 2)]
    header = width.to_bytes(4) + height.to_bytes(4) + bytes((depth, colour, 0, 0, int(oddity == 3)))
    parts = [(b"IHDR", header)]
    if colour == 3:
        parts.append((b"PLTE", source.values(3 * 256).tobytes()))
    if source.whole(0, 2) == 2:
        parts.append((source.one_of(CHUNKS), source.one_of(TEXTS)))
    cut = source.whole(0, len(packed))
    parts += [(b"IDAT", packed[:cut]), (b"IDAT", packed[cut:])] if oddity == 4 else [(b"IDAT", packed)]
    parts.append((b"IEND", b""))
    if oddity == 5:
        parts.insert(source.whole(1, len(parts)), (source.one_of(CHUNKS), source.one_of(TEXTS)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def spoiled(document: bytes, source: Source) -> bytes:
    """Return a document with a few bytes changed, cut off or said twice; most often none."""
    spoilt = bytearray(document)
    for _ in range(max(0, source.whole(0, 7) - 4)):
        at = source.whole(0, len(spoilt) - 1) if spoilt else 0
        match source.whole(0, 3):
            case 0:
                spoilt[at : at + 1] = bytes([source.whole(0, 255)])
            case 1:
                del spoilt[at:]
            case 2:
                spoilt[at:at] = spoilt[at : at + source.whole(1, 64)]
            case _:
                del spoilt[at : at + source.whole(1, 9)]
    return bytes(spoilt)


def fuzz_png(data: bytes) -> None:
    source = Source(data)
    judge_png(spoiled(png_of(source), source))


def judge_png(document: bytes) -> None:
    """Raise AssertionError where the fast way ends in another page or error than Pillow, or in no typed one."""
    assert outcome(document, {PNG: decode_png}) == outcome(document, {PNG: by_pillow})
    judge(document)


def by_pillow(document: bytes, target: Target) -> tuple[Page, ...]:
    return (whole_page(document, target.max_pixels),)


def outcome(document: bytes, decoders: Mapping[Format, Decoder]) -> object:
    """Tell what comes of a document: its pages, or which error."""
    try:
        return [(page.shape, page.tobytes()) for page in decode(document, TARGET, decoders=decoders)]
    except PrintServerError as error:
        return type(error)


def fuzz_raw(data: bytes) -> None:
    """Any bytes at all, as they are."""
    judge(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        judge_png(data)


def fuzz_jpeg(data: bytes) -> None:
    source = Source(data)
    picture = Image.fromarray(source.values(source.whole(1, 40), source.whole(1, 60), 3))
    mode = source.one_of(["RGB", "L", "CMYK"])
    stream = io.BytesIO()
    picture.convert(mode).save(
        stream, "JPEG", quality=source.whole(1, 95), progressive=bool(source.whole(0, 1)),
        restart_marker_blocks=source.whole(0, 4),
    )  # fmt: skip
    judge(spoiled(stream.getvalue(), source))


def judge(document: bytes) -> None:
    """Decode as a worker does; whatever is raised beyond typed errors is a finding."""
    try:
        pages = decode(document, TARGET)
    except PrintServerError:
        return
    assert pages
    for page in pages:
        assert (page.ndim, page.shape[2], page.dtype, page.flags.c_contiguous) == (3, 3, np.dtype(np.uint8), True)


def fuzz_raster(data: bytes) -> None:
    """PWG raster and Apple raster, a byte or a field of them wrong now and then; what is whole comes back as it was."""
    source = Source(data)
    colours, bits = source.one_of([(each, 8) for each in Colours] + [(Colours.BLACK, 1), (Colours.SRGB, 16)])
    width, height = source.whole(1, 60), source.whole(1, 12)
    pixels = source.values(height, line_bytes(width, colours, bits)).tobytes()
    pages = [RasterPage(width, height, 300, colours, bits, pixels)] * source.whole(1, 2)
    apple = bits == 8 and colours is not Colours.BLACK and source.whole(0, 1) == 1
    document = write_urf(pages) if apple else write_pwg(pages)
    assert list(read_urf(document) if apple else read_pwg(document)) == pages
    spoilt = bytearray(document)
    at = 4 + source.one_of(list(OFFSETS.values())) if not apple else 12 + source.whole(0, 31)
    spoilt[at : at + 4] = source.one_of([b"\0\0\0\0", b"\0\0\0\1", b"\xff\xff\xff\xff", spoilt[at : at + 4]])
    judge(spoiled(bytes(spoilt), source))


def fuzz_tiff(data: bytes) -> None:
    source = Source(data)
    picture = Image.fromarray(source.values(source.whole(1, 40), source.whole(1, 60), 3))
    stream = io.BytesIO()
    picture.convert(source.one_of(["RGB", "L", "CMYK", "1", "P"])).save(
        stream, "TIFF", compression=source.one_of(["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"]),
    )  # fmt: skip
    judge(spoiled(stream.getvalue(), source))


NAMES = (
    "g rect circle path text tspan use image style defs symbol linearGradient stop pattern clipPath mask marker filter "
    "feGaussianBlur feMerge feFlood svg switch textPath script a feImage foreignObject"
).split()
KEYS = (
    "id href x width height viewBox d fill stroke stroke-width stroke-dasharray opacity mask filter clip-path "
    "transform style class font-family font-size marker-mid in stdDeviation offset onload"
    " patternUnits preserveAspectRatio"
).split()
WORDS = [
    "", "1", "-1e30", "1e9", "50%", "#a", "#b", "url(#a)", "url(#b)", "url(x)", "red", "9mm", "nan", "M0 0h9v9z",
    "0 0 9 9",
    "a b", ".a{fill:url(#b)}", "fill:red;opacity:.5", "Vazirmatn", "scale(1e6)", "rotate(9)",
    "data:image/png;base64,iVBO",
]  # fmt: skip


def element_of(source: Source, depth: int) -> str:
    """Return an element of a drawing, most often one that is taken, with what stands in it."""
    name = source.one_of(NAMES)
    said = "".join(f' {source.one_of(KEYS)}="{source.one_of(WORDS)}"' for _ in range(source.whole(0, 3)))
    inside = "".join(element_of(source, depth - 1) for _ in range(source.whole(0, 3) if depth else 0))
    return f"<{name}{said}>{inside or source.one_of(WORDS)}</{name}>"


def fuzz_svg(data: bytes) -> None:
    """Drawings: whatever is raised beyond typed errors, by the gate or by the renderer, is a finding."""
    source = Source(data)
    body = "".join(element_of(source, 3) for _ in range(source.whole(1, 4)))
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="25">'
    judge(spoiled(f"{head}{body}</svg>".encode(), source))


DOCUMENTS: Mapping[str, Callable[[bytes], None]] = {
    "png": fuzz_png, "jpeg": fuzz_jpeg, "tiff": fuzz_tiff, "raster": fuzz_raster, "raw": fuzz_raw,
    "svg": fuzz_svg,
}  # fmt: skip
