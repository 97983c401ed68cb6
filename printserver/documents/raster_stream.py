"""PWG raster and Apple raster to pages. Runs only in a sandboxed worker, or in a test.

Laws kept here:

1. A stream is read to its end, also beyond the pages that are taken: one that stops there is broken as a whole.
2. sGray and sRGB pass untouched; black ink is the complement of grey; AdobeRGB is converted exactly; CMYK is ink on
   white paper, each colour the product of what it and black let through, since the format names no profile.
3. A page has the resolution that its sender chose: it is placed on the card as a picture is.

Sources: PWG 5102.4-2012 section 4.3.1.10; AdobeRGB (1998) 2005-05, sections 4.3.4 and 4.3.5; IEC 61966-2-1 (sRGB).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from printserver.documents.target import Target
from printserver.ipp.pwg_raster import read_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.ipp.urf import read_urf

Page = npt.NDArray[np.uint8]

ADOBE_GAMMA = 2.19921875  # 563 / 256
# Linear AdobeRGB to linear sRGB, both D65: the two standards' matrices through XYZ.
ADOBE_TO_SRGB = np.array(
    [[1.39835574, -0.39835574, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04292993, 1.04292993]], dtype=np.float64
)


def decode_pwg(document: bytes, target: Target) -> tuple[Page, ...]:
    """Return the pages of a PWG raster."""
    return pages_of(read_pwg(document, max_pixels=target.max_pixels), target)


def decode_urf(document: bytes, target: Target) -> tuple[Page, ...]:
    """Return the pages of an Apple raster."""
    return pages_of(read_urf(document, max_pixels=target.max_pixels), target)


def pages_of(stream: Iterable[RasterPage], target: Target) -> tuple[Page, ...]:
    """Return the wanted pages of a stream; raises what it raises, and what `Target.check_chosen` raises."""
    kept: list[Page] = []
    count = wanted = 0
    for page in stream:
        count += 1
        if target.wants(count):
            wanted += 1
            if target.takes(wanted):
                kept.append(picture_of(page))
    target.check_chosen(wanted, count)
    return tuple(kept)


def picture_of(page: RasterPage) -> Page:
    """Return a page of a stream in sRGB."""
    samples = samples_of(page)
    match page.colours:
        case Colours.SRGB:
            return samples
        case Colours.GREY:
            return np.repeat(samples, 3, axis=2)
        case Colours.BLACK:
            return np.repeat(255 - samples, 3, axis=2)
        case Colours.CMYK:
            return from_cmyk(samples)
        case Colours.ADOBE_RGB:
            return from_adobe(samples)


def samples_of(page: RasterPage) -> Page:
    """Return the samples of a page, `uint8`, shape (height, width, samples); 1 and 16 bits become 8."""
    flat = np.frombuffer(page.pixels, dtype=np.uint8)
    if page.bits == 1:
        bits = np.unpackbits(flat.reshape(page.height, -1), axis=1, count=page.width)
        return (bits * np.uint8(255)).reshape(page.height, page.width, 1)
    shape = (page.height, page.width, page.colours.samples)
    if page.bits == 16:
        wide = flat.view(">u2").astype(np.uint32)
        return ((wide + 128) // 257).astype(np.uint8).reshape(shape)
    return flat.reshape(shape)


def from_cmyk(samples: Page) -> Page:
    """Return CMYK samples as sRGB."""
    through = 255 - samples.astype(np.uint32)
    product = through[:, :, :3] * through[:, :, 3:]
    return ((product + 127) // 255).astype(np.uint8)


def from_adobe(samples: Page) -> Page:
    """Return AdobeRGB samples as sRGB; what sRGB cannot show is cut off."""
    linear = (np.arange(256) / 255.0) ** ADOBE_GAMMA
    rows = [encoded(linear[row] @ ADOBE_TO_SRGB.T) for row in samples]
    return np.stack(rows)


def encoded(linear: npt.NDArray[np.float64]) -> Page:
    """Return linear values as sRGB's."""
    inside = linear.clip(0.0, 1.0)
    curve = np.where(inside <= 0.0031308, 12.92 * inside, 1.055 * inside ** (1 / 2.4) - 0.055)
    page: Page = np.rint(curve * 255).astype(np.uint8)
    return page
