"""Pictures as PNG, as they leave a worker: for pages and files, never for a printer."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from printserver.model.card import Panel
from printserver.raster.ink_picture import ink_palette

THUMBNAIL_WIDTH = 320
# Pictures are read far more often by people than they are sent; the default of 6 takes three times as long.
PNG_EFFORT = 2


def thumbnail(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a small picture of a side, 320 dots wide."""
    height, width = picture.shape[:2]
    size = (THUMBNAIL_WIDTH, max(1, round(height * THUMBNAIL_WIDTH / width)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG."""
    return png_of(Image.fromarray(picture))


def png_of(image: Image.Image) -> bytes:
    """Return a picture of Pillow's as PNG."""
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=PNG_EFFORT)
    return stream.getvalue()


def indexed_png(panel: Panel) -> bytes:
    """Return a panel as PNG whose samples are its levels and whose palette is its ink."""
    image = Image.fromarray(panel.plane, mode="P")
    image.putpalette(ink_palette(panel.name, panel.levels).tobytes())
    return png_of(image)
