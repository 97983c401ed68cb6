"""What is compared in the table of peers: each work with everybody who can do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageFilter

from benches.contest import OURS, Contest, Differs, Entrant, Subject, Work, by_imagemagick, by_netpbm, by_package
from benches.rows import colour
from benches.rows.cards import HEIGHT, WIDTH, Plane
from benches.rows.profiles import cmyk_profile
from printserver.documents.decode import decode
from printserver.raster import baking, kernels
from printserver.raster.kernels.paths import code_path, on_code_path

TILE = np.tile(kernels.BAYER_8, (HEIGHT // 8, WIDTH // 8))
INVERSE = list(range(255, -1, -1))
INVERSE_TABLE = np.array(INVERSE, np.uint8)
PURE_BLACK = [255] + [0] * 255


def check_same(what: str, ours: object, theirs: object) -> None:
    """Raise Differs where two arrays are not equal."""
    if not np.array_equal(np.asarray(ours), np.asarray(theirs)):
        raise Differs(what)


# Floyd-Steinberg


def diffused(path: str) -> Work:
    def diffuse(subject: Subject) -> Plane:
        bits = new_bits()
        with on_code_path(path):
            kernels.floyd_steinberg(subject.grey, bits)
        return bits

    return diffuse


def diffused_as_pillow(subject: Subject) -> Plane:
    bits = new_bits()
    kernels.floyd_steinberg_pillow(subject.grey, bits)
    return bits


def new_bits() -> Plane:
    return np.empty((HEIGHT, (WIDTH + 7) // 8), np.uint8)


PORTABLE, LIKE_PILLOW, PILLOW = "ours, portable", "ours, Pillow-identical", "Pillow convert('1')"


def check_diffusion(subject: Subject, made: Mapping[str, object]) -> None:
    black = np.packbits(~np.asarray(made[PILLOW]), axis=1)
    check_same("the Pillow-identical form and Pillow", made[LIKE_PILLOW], black)
    check_same("code paths", made[PORTABLE], made[OURS])


DIFFUSION = Contest(
    "Floyd-Steinberg, grey to 1 bit",
    (
        Entrant(OURS, diffused(code_path()), 10),
        Entrant(PORTABLE, diffused("portable"), 5),
        Entrant(LIKE_PILLOW, diffused_as_pillow, 5),
        Entrant("memcpy of the plane, by numpy", lambda subject: np.copyto(subject.copy, subject.grey), 10),
        Entrant(PILLOW, lambda subject: subject.picture_grey.convert("1"), 2),
        Entrant("dithering (Rust)", by_package("dithering", lambda rust, subject: rust.dither(subject.grey)), 2),
        by_imagemagick("ImageMagick", "grey_file", "-dither FloydSteinberg -monochrome pbm:-"),
        by_netpbm("Netpbm pamditherbw", "-floyd"),
    ),
    check_diffusion,
)


# Ordered dither


def ordered(subject: Subject) -> Plane:
    bits = new_bits()
    kernels.ordered(subject.grey, bits)
    return bits


def ordered_by_numpy(subject: Subject) -> object:
    return np.packbits(subject.grey < TILE, axis=1)


def ordered_by_pillow(subject: Subject) -> object:
    return ImageChops.subtract(subject.picture_grey, TILE_PICTURE).point(PURE_BLACK).convert("1")


def check_ordered(subject: Subject, made: Mapping[str, object]) -> None:
    check_same("ordered dither and numpy", made[OURS], made[ORDERED_BY_NUMPY])


ordered_by_rust = by_package("dithering", lambda rust, subject: rust.dither(subject.grey, "bayer8x8"))
ORDERED_BY_NUMPY = "numpy packbits(grey < tile)"
TILE_PICTURE = Image.fromarray(TILE)
ORDERED = Contest(
    "Bayer 8 x 8, grey to 1 bit",
    (
        Entrant(OURS, ordered, 20),
        Entrant(ORDERED_BY_NUMPY, ordered_by_numpy, 5),
        Entrant("Pillow subtract, point, convert", ordered_by_pillow, 2),
        Entrant("dithering (Rust)", ordered_by_rust),
        by_imagemagick("ImageMagick", "grey_file", "-ordered-dither o8x8 -monochrome pbm:-"),
        by_netpbm("Netpbm pamditherbw", "-dither8"),
    ),
    check_ordered,
)


# Separation


def separated(subject: Subject) -> list[Plane]:
    inks = new_inks()
    kernels.separate(subject.pixels, *inks)
    return inks


def new_inks() -> list[Plane]:
    return [np.empty((HEIGHT, WIDTH), np.uint8) for _ in range(4)]


def separated_by_pillow(subject: Subject) -> list[Image.Image]:
    red, green, blue = subject.picture.split()
    black = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(PURE_BLACK)
    inks = [channel.point(INVERSE) for channel in (blue, green, red)]
    for ink in inks:
        ink.paste(0, mask=black)
    return [*inks, black.point([0] + [1] * 255)]


def separated_by_numpy(subject: Subject) -> list[object]:
    black = subject.pixels.max(axis=2) == 0
    inks = INVERSE_TABLE[subject.pixels]
    inks[black] = 0
    return [*(np.ascontiguousarray(inks[:, :, at]) for at in (2, 1, 0)), black]


SEPARATED_BY_PILLOW, SEPARATED_BY_NUMPY = "Pillow split, lighter, point, paste", "numpy table, mask"


def check_separation(subject: Subject, made: Mapping[str, object]) -> None:
    for who in (SEPARATED_BY_PILLOW, SEPARATED_BY_NUMPY):
        for ours, theirs in zip(planes_of(made[OURS]), planes_of(made[who]), strict=True):
            check_same(f"separation and {who}", ours, theirs)


def planes_of(made: object) -> Sequence[object]:
    """Return what somebody gave plane by plane; raises Differs where it is no sequence."""
    if not isinstance(made, Sequence):
        raise Differs("no planes were given")
    return made


toned_by_opencv = by_package("cv2", lambda cv2, subject: cv2.LUT(subject.pixels, INVERSE_TABLE))
SEPARATION = Contest(
    "RGB to Y, M, C, K",
    (
        Entrant(OURS, separated, 5),
        Entrant(SEPARATED_BY_PILLOW, separated_by_pillow),
        Entrant(SEPARATED_BY_NUMPY, separated_by_numpy),
        Entrant("OpenCV split (moves only)", by_package("cv2", lambda cv2, subject: cv2.split(subject.pixels)), 3),
        Entrant("OpenCV LUT (tone only)", toned_by_opencv, 3),
        Entrant("Pillow convert('CMYK') (K stays 0)", lambda subject: subject.picture.convert("CMYK"), 2),
        by_imagemagick("ImageMagick CMYK, separate", "png_file", "-colorspace CMYK -separate -depth 8 gray:-"),
    ),
    check_separation,
)


# Colour


@cache
def transform() -> ImageCms.ImageCmsTransform:
    profile = ImageCms.ImageCmsProfile(BytesIO(cmyk_profile()))
    return ImageCms.buildTransform(baking.profile_of_srgb(), profile, "RGB", "CMYK")


@cache
def nodes() -> kernels.Nodes:
    return colour.four_inks(transform(), colour.GRID)


@cache
def table_of_pillow() -> ImageFilter.Color3DLUT:
    return colour.in_pillow(nodes())


def looked_up(subject: Subject) -> tuple[Plane, ...]:
    inks = tuple(new_inks())
    kernels.tetrahedral(subject.pixels, inks, nodes())
    return inks


def check_colour(subject: Subject, made: Mapping[str, object]) -> None:
    """Compare a slice with floating point: nobody else computes the same."""
    exact = colour.by_floats(subject.pixels[::81].reshape(-1, 3), nodes())
    found = np.stack([np.asarray(ink)[::81] for ink in planes_of(made[OURS])], axis=-1).reshape(-1, 4)
    if np.abs(found - exact).max() > 1:
        raise Differs("the table's inks and floating point")


COLOUR = Contest(
    "RGB to four inks, 17^3 table",
    (
        Entrant(OURS, looked_up, 3),
        Entrant("lcms2, by Pillow's ImageCms", lambda subject: ImageCms.applyTransform(subject.picture, transform())),
        Entrant("Pillow Color3DLUT", lambda subject: subject.picture.filter(table_of_pillow())),
    ),
    check_colour,
)


# Packing


def packed(subject: Subject) -> Plane:
    bits = np.empty(kernels.packed_size(HEIGHT, WIDTH, 7), np.uint8)
    kernels.pack(subject.levels_7, bits, 7)
    return bits


def packed_by_numpy(subject: Subject) -> object:
    return np.packbits(np.unpackbits(subject.levels_7.reshape(-1, 1), axis=1)[:, 1:])


PACKED_BY_NUMPY = "numpy unpackbits, packbits"


def check_packing(subject: Subject, made: Mapping[str, object]) -> None:
    check_same("packing and numpy", made[OURS], made[PACKED_BY_NUMPY])


PACKING = Contest(
    "Packing, 7 bits a dot",
    (Entrant(OURS, packed, 10), Entrant(PACKED_BY_NUMPY, packed_by_numpy)),
    check_packing,
)


# Decoding


def decoded(subject: Subject) -> Plane:
    return decode(subject.png)[0]


def decoded_by_pillow(subject: Subject) -> object:
    return np.asarray(Image.open(BytesIO(subject.png)))


def check_decoding(subject: Subject, made: Mapping[str, object]) -> None:
    check_same("decoding and the card", made[OURS], subject.pixels)


decoded_by_opencv = by_package("cv2", lambda cv2, subject: cv2.imdecode(np.frombuffer(subject.png, np.uint8), 1))
DECODING = Contest(
    "PNG to pixels",
    (
        Entrant(OURS, decoded),
        Entrant("Pillow", decoded_by_pillow),
        Entrant("OpenCV", decoded_by_opencv),
    ),
    check_decoding,
)

CONTESTS = (DIFFUSION, ORDERED, SEPARATION, COLOUR, PACKING, DECODING)
