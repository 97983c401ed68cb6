"""An ICC output profile baked by lcms2 into a ribbon's table of nodes.

Laws kept here:

1. lcms2 is asked once, when a profile is baked; a card is coloured by our own kernel alone.
2. Nodes do not lie on whole codes, and Pillow hands lcms2 whole codes: each node is the mean of the codes round it,
   weighed by their nearness.
3. Black resin is on or off and follows the picture, not the profile: what a CMYK profile prints in black is given to
   the three dyes instead.
4. White is the card's own white and gets no dye, however a profile rounds there; so lcms2 does when it bakes by itself.
"""

from __future__ import annotations

import hashlib
import io
from itertools import product

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from printserver.errors import BadProfile
from printserver.raster.kernels import PER_CODE, Nodes
from printserver.raster.ribbon_profile import Intent, RibbonProfile, Source, SourceKind

Lights = npt.NDArray[np.float64]

OUTPUT_CLASSES = ("prtr", "mntr", "scnr", "spac")
RGB, CMYK, CMY = "RGB", "CMYK", "CMY"
INTENTS = {
    Intent.PERCEPTUAL: ImageCms.Intent.PERCEPTUAL,
    Intent.RELATIVE: ImageCms.Intent.RELATIVE_COLORIMETRIC,
}
SPACE_AT = slice(16, 20)  # ICC.1:2022 clause 7.2, table 17: data colour space
LARGEST_ICC = 32_000_000


def bake(icc: bytes, *, file: str, name: str, ribbon: str, intent: Intent, grid: int) -> RibbonProfile:
    """Return a ribbon's profile made of an ICC profile; `file` is its name for errors. Raises BadProfile."""
    profile, space = open_icc(icc, file)
    transform = link(profile, space, intent, file)
    nodes = nodes_of(transform, space, grid)
    described = ImageCms.getProfileDescription(profile).strip()
    source = Source(kind=SourceKind.ICC, description=described[:200], sha256=hashlib.sha256(icc).hexdigest())
    return RibbonProfile(name=name, ribbon=ribbon, intent=intent, source=source, nodes=nodes)


def open_icc(icc: bytes, file: str) -> tuple[ImageCms.ImageCmsProfile, str]:
    """Return a device profile and its colour space: RGB, CMYK or CMY. Raises BadProfile."""
    if len(icc) > LARGEST_ICC:
        raise BadProfile(f"the file has {len(icc)} bytes", where=file, allowed=f"at most {LARGEST_ICC}")
    space = icc[SPACE_AT].decode("latin-1").strip()
    try:
        # Pillow has no mode of three inks. Values pass through a table unchanged, whatever their space is called.
        named = icc[: SPACE_AT.start] + b"RGB " + icc[SPACE_AT.stop :] if space == CMY else icc
        profile = ImageCms.ImageCmsProfile(io.BytesIO(named))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise BadProfile(f"is no ICC profile: {error}", where=file) from error
    if space not in (RGB, CMYK, CMY):
        raise BadProfile(f"its colour space is {space!r}", where=file, allowed=f"{RGB}, {CMYK}, {CMY}")
    if profile.profile.device_class not in OUTPUT_CLASSES:
        raise BadProfile(f"its class is {profile.profile.device_class!r}", where=file, allowed="a device's profile")
    return profile, space


def link(profile: ImageCms.ImageCmsProfile, space: str, intent: Intent, file: str) -> ImageCms.ImageCmsTransform:
    """Return lcms2's way from sRGB to a device, not optimised, so that its own table does not stand between."""
    flags = ImageCms.Flags.NOOPTIMIZE
    if intent is Intent.RELATIVE and space != CMY:  # lcms2 would look for the black of three inks at their zero
        flags |= ImageCms.Flags.BLACKPOINTCOMPENSATION
    mode = CMYK if space == CMYK else RGB
    try:
        return ImageCms.buildTransform(profile_of_srgb(), profile, RGB, mode, INTENTS[intent], flags)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise BadProfile(f"cannot be used for printing: {error}", where=file) from error


def profile_of_srgb() -> ImageCms.ImageCmsProfile:
    """Return the profile of the pictures that are printed."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def nodes_of(transform: ImageCms.ImageCmsTransform, space: str, grid: int) -> Nodes:
    """Return the table of a transform from sRGB to a device's space."""
    places = np.linspace(0, 255, grid)
    below = np.floor(places)
    part = places - below
    inks = np.zeros((grid, grid, grid, 3))
    for corner in product((0, 1), repeat=3):
        axes = [np.minimum(below + step, 255).astype(np.uint8) for step in corner]
        near = [part if step else 1 - part for step in corner]
        weights = near[0][:, None, None] * near[1][None, :, None] * near[2][None, None, :]
        inks += weights[..., None] * inks_at(transform, space, axes)
    return whole_nodes(inks)


def inks_at(transform: ImageCms.ImageCmsTransform, space: str, axes: list[npt.NDArray[np.uint8]]) -> Lights:
    """Return yellow, magenta and cyan, 0..255, for each combination of red, green and blue."""
    cube = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return dyes(device_values(transform, cube.reshape(1, -1, 3)), space).reshape(cube.shape)


def device_values(transform: ImageCms.ImageCmsTransform, colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return what lcms2 makes of a picture of colours, shape (height, width, 3)."""
    turned = ImageCms.applyTransform(Image.fromarray(colours), transform)
    return np.asarray(turned, dtype=np.uint8)


def dyes(values: npt.NDArray[np.uint8], space: str) -> Lights:
    """Return yellow, magenta and cyan, 0..255, for a device's values; black darkens all three (law 3)."""
    device = values.astype(np.float64)
    if space == RGB:
        return 255 - device[..., ::-1]
    light = 255 - device[..., :3]
    if space == CMYK:
        light = light * (255 - device[..., 3:]) / 255
    return 255 - light[..., ::-1]


def whole_nodes(inks: Lights) -> Nodes:
    """Return inks 0..255, shape (grid, grid, grid, 3), as a table of nodes; white gets none."""
    nodes = np.zeros((*inks.shape[:3], 4), dtype=np.uint16)
    nodes[..., :3] = np.rint(np.clip(inks, 0, 255) * PER_CODE).astype(np.uint16)
    nodes[-1, -1, -1] = 0
    return nodes
