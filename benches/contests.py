"""What is compared in the table of peers: each work with everybody who can do it."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageFilter

from benches.contest import OURS, Contest, Differs, Entrant, Subject, Work, by_imagemagick, by_netpbm, by_package
from benches.rows import colour
from benches.rows.cards import HEIGHT, WIDTH
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
    def diffuse(subject: Subject) -> None:
        with on_code_path(path):
            kernels.floyd_steinberg(subject.grey, subject.bits[path])

    return diffuse


def diffused_as_pillow(subject: Subject) -> None:
    kernels.floyd_steinberg_pillow(subject.grey, subject.bits["portable"])


def check_diffusion(subject: Subject) -> None:
    diffused_as_pillow(subject)
    white = np.unpackbits(subject.bits["portable"], axis=1, count=WIDTH) == 0
    check_same("the Pillow-identical form and Pillow", white, subject.picture_grey.convert("1"))
    diffused("portable")(subject)
    diffused(code_path())(subject)
    check_same("code paths", subject.bits["portable"], subject.bits[code_path()])


DIFFUSION = Contest(
    "Floyd-Steinberg, grey to 1 bit",
    (
        Entrant(OURS, diffused(code_path()), 10),
        Entrant("ours, portable", diffused("portable"), 5),
        Entrant("ours, Pillow-identical", diffused_as_pillow, 5),
        Entrant("memcpy of the plane, by numpy", lambda subject: np.copyto(subject.inks[0], subject.grey), 10),
        Entrant("Pillow convert('1')", lambda subject: subject.picture_grey.convert("1"), 2),
        Entrant("dithering (Rust)", by_package("dithering", lambda rust, subject: rust.dither(subject.grey)), 2),
        by_imagemagick("ImageMagick", "grey_file", "-dither FloydSteinberg -monochrome pbm:-"),
        by_netpbm("Netpbm pamditherbw", "-floyd"),
    ),
    check_diffusion,
)


# Ordered dither


def ordered(subject: Subject) -> None:
    kernels.ordered(subject.grey, subject.bits[code_path()])


def ordered_by_numpy(subject: Subject) -> object:
    return np.packbits(subject.grey < TILE, axis=1)


def ordered_by_pillow(subject: Subject) -> object:
    return ImageChops.subtract(subject.picture_grey, TILE_PICTURE).point(PURE_BLACK).convert("1")


def check_ordered(subject: Subject) -> None:
    ordered(subject)
    check_same("ordered dither and numpy", subject.bits[code_path()], ordered_by_numpy(subject))


ordered_by_rust = by_package("dithering", lambda rust, subject: rust.dither(subject.grey, "bayer8x8"))
TILE_PICTURE = Image.fromarray(TILE)
ORDERED = Contest(
    "Bayer 8 x 8, grey to 1 bit",
    (
        Entrant(OURS, ordered, 20),
        Entrant("numpy packbits(grey < tile)", ordered_by_numpy, 5),
        Entrant("Pillow subtract, point, convert", ordered_by_pillow, 2),
        Entrant("dithering (Rust)", ordered_by_rust),
        by_imagemagick("ImageMagick", "grey_file", "-ordered-dither o8x8 -monochrome pbm:-"),
        by_netpbm("Netpbm pamditherbw", "-dither8"),
    ),
    check_ordered,
)


# Separation


def separated(subject: Subject) -> None:
    yellow, magenta, cyan, black = subject.inks
    kernels.separate(subject.pixels, yellow, magenta, cyan, black)


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


def check_separation(subject: Subject) -> None:
    separated(subject)
    for ours, pillow, numpy in zip(
        subject.inks, separated_by_pillow(subject), separated_by_numpy(subject), strict=True
    ):
        check_same("separation and Pillow", ours, pillow)
        check_same("separation and numpy", ours, numpy)


toned_by_opencv = by_package("cv2", lambda cv2, subject: cv2.LUT(subject.pixels, INVERSE_TABLE))
SEPARATION = Contest(
    "RGB to Y, M, C, K",
    (
        Entrant(OURS, separated, 5),
        Entrant("Pillow split, lighter, point, paste", separated_by_pillow),
        Entrant("numpy table, mask", separated_by_numpy),
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


def looked_up(subject: Subject) -> None:
    kernels.tetrahedral(subject.pixels, tuple(subject.inks), nodes())


def check_colour(subject: Subject) -> None:
    """Compare a slice with floating point: nobody else computes the same."""
    looked_up(subject)
    exact = colour.by_floats(subject.pixels[::81].reshape(-1, 3), nodes())
    found = np.stack([ink[::81] for ink in subject.inks], axis=-1).reshape(-1, 4)
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


def packed(subject: Subject) -> None:
    kernels.pack(subject.levels_7, subject.packed_7, 7)


def packed_by_numpy(subject: Subject) -> object:
    return np.packbits(np.unpackbits(subject.levels_7.reshape(-1, 1), axis=1)[:, 1:])


def check_packing(subject: Subject) -> None:
    packed(subject)
    check_same("packing and numpy", subject.packed_7, packed_by_numpy(subject))


PACKING = Contest(
    "Packing, 7 bits a dot",
    (Entrant(OURS, packed, 10), Entrant("numpy unpackbits, packbits", packed_by_numpy)),
    check_packing,
)


# Decoding


def decoded(subject: Subject) -> object:
    return decode(subject.png)


def decoded_by_pillow(subject: Subject) -> object:
    return np.asarray(Image.open(BytesIO(subject.png)))


def check_decoding(subject: Subject) -> None:
    check_same("decoding and the card", decode(subject.png)[0], subject.pixels)


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
