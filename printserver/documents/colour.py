"""Colours of decoded pictures brought to one ground: 8-bit sRGB, opaque on white.

Laws kept here:

1. A picture without a profile is sRGB as it stands, and its values are not touched.
2. An embedded profile is used when it can be; one that cannot is left out, and one that means sRGB changes nothing,
   so that black stays 0,0,0 and goes to the resin panel.
3. What is transparent shows the white of the card.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

# ICC.1:2022 clause 7.2.6: colour space signatures, with the Pillow mode that carries them.
MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}

# Two versions of sRGB differ by rounding; more than this is another colour space.
SRGB_TOLERANCE = 2
LATTICE_STEPS = 9


def to_srgb(image: Image.Image) -> Image.Image:
    """Return a loaded picture of any mode as mode RGB."""
    profile = usable_profile(image)
    image = eight_bit(image)
    if not image.has_transparency_data:
        return managed(image, profile)
    clear = as_mode(image, "LA" if image.mode in ("LA", "L") else "RGBA")
    colours, alpha = managed(clear.convert(clear.mode.removesuffix("A")), profile), clear.getchannel("A")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(colours, mask=alpha)
    return paper


def as_mode(image: Image.Image, mode: str) -> Image.Image:
    """Return a picture in a mode; large pictures are not copied when they have it already."""
    return image if image.mode == mode else image.convert(mode)


def eight_bit(image: Image.Image) -> Image.Image:
    """Return a picture of 16-bit greys as 8-bit greys: Pillow would clip them, not scale them."""
    if not image.mode.startswith("I"):
        return image
    wide = np.asarray(image).astype(np.uint32).clip(0, 0xFFFF)
    grey = Image.fromarray(((wide + 128) // 257).astype(np.uint8))
    key = image.info.get("transparency")
    if isinstance(key, int):
        grey.putalpha(Image.fromarray(np.where(wide == key, 0, 255).astype(np.uint8)))
    return grey


def managed(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """Return an opaque picture in sRGB."""
    mode = None if profile is None else MODE_OF_SPACE.get(profile.profile.xcolor_space.strip())
    if profile is None or mode is None or not carries(image, mode):
        return as_mode(image, "RGB")
    try:
        transform = ImageCms.buildTransform(
            profile, ImageCms.createProfile("sRGB"), mode, "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if means_srgb(transform, mode):
            return as_mode(image, "RGB")
        return ImageCms.applyTransform(as_mode(image, mode), transform) or as_mode(image, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return as_mode(image, "RGB")


def carries(image: Image.Image, mode: str) -> bool:
    """Tell whether a profile for `mode` can speak of this picture's values."""
    grey = image.mode in ("1", "L")
    return {"L": grey, "CMYK": image.mode == "CMYK"}.get(mode, not grey and image.mode != "CMYK")


def usable_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the embedded profile, None when there is none or it cannot be read."""
    data = image.info.get("icc_profile")
    if not isinstance(data, bytes) or not data:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def means_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether a transform leaves a lattice of colours, or the greys, where they are."""
    if mode not in ("RGB", "L"):
        return False
    lattice = colour_lattice() if mode == "RGB" else Image.fromarray(np.arange(256, dtype=np.uint8).reshape(1, 256))
    turned = ImageCms.applyTransform(lattice, transform)
    if turned is None:
        return False
    change = np.asarray(turned).astype(np.int16) - np.asarray(lattice.convert("RGB")).astype(np.int16)
    return bool(np.abs(change).max() <= SRGB_TOLERANCE)


def colour_lattice() -> Image.Image:
    """Return a picture, 1 pixel high, of an even lattice through the RGB cube."""
    steps: npt.NDArray[np.uint8] = np.linspace(0, 255, LATTICE_STEPS).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return Image.fromarray(np.ascontiguousarray(cube.reshape(1, -1, 3)))
