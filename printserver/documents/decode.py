"""Documents to pages. Runs only in a sandboxed worker, or in a test.

Laws kept here:

1. A page is RGB, `uint8`, C-contiguous, shape (height, width, 3), in sRGB, turned upright, opaque.
2. The pixel limit is judged on what the header declares, before the decoder makes room.
3. A document is decoded only as the format that its first bytes say; whatever goes wrong is the document's fault.
4. Formats join by a table: `DECODERS` maps a format to a function of the document's bytes and what it is decoded for.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from printserver.documents import png
from printserver.documents.colour import to_srgb
from printserver.documents.format import Format
from printserver.documents.orientation import upright
from printserver.documents.pdf import decode_pdf
from printserver.documents.png_meaning import is_plain, picture_of, plain_page
from printserver.documents.png_rows import samples_of
from printserver.documents.raster_stream import decode_pwg, decode_urf
from printserver.documents.sniff import JPEG, PDF, PNG, PWG, SVG, TIFF, URF, check_declared, check_pixels
from printserver.documents.svg.drawing import decode_svg
from printserver.documents.target import Target
from printserver.documents.tiff import decode_tiff
from printserver.errors import DocumentBroken, DocumentTooLarge, PrintServerError

Page: TypeAlias = npt.NDArray[np.uint8]
Decoder: TypeAlias = Callable[[bytes, Target], tuple[Page, ...]]

# Pillow's own limit is a warning at one size and an error at twice that size; ours is one error (law 2).
Image.MAX_IMAGE_PIXELS = None


def decode_png(document: bytes, target: Target) -> tuple[Page, ...]:
    """Return the page of a PNG; of an animated one the first frame."""
    target.chosen(1)
    check_pixels(png.size(document), target.max_pixels)
    parts = list(png.chunks(document))
    samples = samples_of(parts)
    if samples is None:
        return (whole_page(document, target.max_pixels),)
    if is_plain(parts, samples):
        return (plain_page(samples),)
    picture = picture_of(document, parts, samples)
    return (whole_page(document, target.max_pixels) if picture is None else page_of(picture),)


def whole_page(document: bytes, max_pixels: int) -> Page:
    """Return the page of a PNG of any kind, by Pillow alone."""
    png.check_whole(document)
    return decode_picture(document, "PNG", max_pixels)


def decode_jpeg(document: bytes, target: Target) -> tuple[Page, ...]:
    """Return the page of a JPEG; of a multi-picture file the first one."""
    target.chosen(1)
    return (decode_picture(document, "JPEG", target.max_pixels),)


DECODERS: Mapping[Format, Decoder] = {
    PNG: decode_png, JPEG: decode_jpeg, PDF: decode_pdf, PWG: decode_pwg, URF: decode_urf, TIFF: decode_tiff,
    SVG: decode_svg,
}  # fmt: skip


def decode(
    document: bytes, target: Target | None = None, *, decoders: Mapping[Format, Decoder] = DECODERS
) -> tuple[Page, ...]:
    """Return the pages of a document, at least one, made for `target` (None = a card at 300 dpi).

    Raises DocumentEmpty, DocumentFormatUnsupported, DocumentBroken, DocumentTooLarge, DocumentLocked,
    DrawingRefused.
    """
    target = target or Target()
    kind = check_declared(document, formats=tuple(decoders), max_pixels=target.max_pixels)
    with as_its_fault(kind):
        pages = decoders[kind](document, target)
        if target.take and len(pages) > len(target.take):  # a plugin's decoder may give all that there are
            pages = tuple(pages[number - 1] for number in target.take)
        target.taking(()).check_chosen(len(pages), len(pages))
        return pages


@contextmanager
def as_its_fault(kind: Format) -> Iterator[None]:
    """Let whatever goes wrong while a document is read be the document's fault, in a typed error."""
    try:
        yield
    except PrintServerError:
        raise
    except MemoryError as error:
        raise DocumentTooLarge("the document needs more memory than it is given") from error
    except Exception as error:  # decoders raise whatever hostile bytes lead them to (SyntaxError, struct.error, ...)
        raise DocumentBroken(f"the {kind.title} document cannot be read: {error}") from error


def decode_picture(document: bytes, pillow_format: str, max_pixels: int) -> Page:
    """Return the first frame of a picture as a page."""
    with Image.open(io.BytesIO(document), formats=[pillow_format]) as image:
        check_pixels(image.size, max_pixels)
        image.load()
        return page_of(image)


def page_of(image: Image.Image) -> Page:
    """Return a loaded picture as a page; it may be read only, since nothing writes into a page."""
    return np.asarray(upright(to_srgb(image), image), dtype=np.uint8)
