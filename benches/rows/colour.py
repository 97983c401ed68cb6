"""R7: colours through a table, beside lcms2 and Pillow's Color3DLUT, for the same four inks of the same table.

The profile is the CMYK one of `profiles`; lcms2 goes from sRGB to it as a program would that prints without baking.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageFilter

from benches.rows.cards import HEIGHT, KINDS, WIDTH, Kind, Plane, card_picture
from benches.rows.profiles import cmyk_profile
from benches.rows.row import Measurement, Part, Row, interleaved
from printserver.raster import baking, kernels
from printserver.raster.kernels import FULL_NODE, PER_CODE, Nodes
from printserver.raster.kernels.paths import code_path, on_code_path
from printserver.raster.ribbon_profile import Intent

Floats = npt.NDArray[np.float64]

GRID, FINE_GRID = 17, 33
CHECKED_ROWS = 9  # every ninth row of a card is looked up by floating point too
TIMES = 3
RANDOM_COLOURS = (400, 500)

def four_inks(transform: ImageCms.ImageCmsTransform, grid: int) -> Nodes:
    """Return a table of cyan, magenta, yellow and black as the profile has them, at the codes nearest to its nodes."""
    axis = np.rint(np.linspace(0, 255, grid)).astype(np.uint8)
    cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    values = baking.device_values(transform, cube.reshape(1, -1, 3))
    return (values.reshape(grid, grid, grid, 4).astype(np.uint16) * PER_CODE).astype(np.uint16)


def in_pillow(nodes: Nodes) -> ImageFilter.Color3DLUT:
    """Return the same table for Pillow: red runs fastest there."""
    values = (nodes.transpose(2, 1, 0, 3).reshape(-1) / FULL_NODE).tolist()
    return ImageFilter.Color3DLUT(len(nodes), values, channels=4, target_mode="CMYK")


def by_floats(pixels: Plane, nodes: Nodes) -> Floats:
    """Return the inks of pixels (count, 3), in codes, by tetrahedral interpolation in floating point.

    Corner by corner, with the three parts sorted: the k-th corner lies across the k axes of the largest parts.
    """
    places = pixels.astype(np.float64) * (len(nodes) - 1) / 255
    corner = np.minimum(places.astype(np.intp), len(nodes) - 2)
    parts = places - corner
    order = np.argsort(-parts, axis=1)
    limits = np.hstack([np.ones((len(pixels), 1)), np.take_along_axis(parts, order, 1), np.zeros((len(pixels), 1))])
    found = np.zeros((len(pixels), nodes.shape[3]))
    for step in range(4):
        if step:
            corner[np.arange(len(pixels)), order[:, step - 1]] += 1
        weight = limits[:, step] - limits[:, step + 1]
        found += weight[:, np.newaxis] * nodes[corner[:, 0], corner[:, 1], corner[:, 2]]
    return found / PER_CODE


def ours(nodes: Nodes, pixels: Plane) -> tuple[Plane, ...]:
    inks = tuple(np.empty((HEIGHT, WIDTH), dtype=np.uint8) for _ in range(4))
    kernels.tetrahedral(pixels, inks, nodes)
    return inks


Subject = tuple[Image.Image, Plane]


def subject(kind: Kind, number: int) -> Subject:
    pixels = card_picture(kind, number)
    return Image.fromarray(pixels), pixels


def check(deviations: list[float], nodes: Nodes, card: Subject, inks: Sequence[Plane], theirs: object) -> None:
    """Note the largest deviation of the inks of this round from floating point; a wrong table stops the run."""
    rows = slice(None, None, CHECKED_ROWS)
    found = np.stack([ink[rows] for ink in inks], axis=-1).reshape(-1, 4)
    deviations.append(float(np.abs(found - by_floats(card[1][rows].reshape(-1, 3), nodes)).max()))
    if deviations[-1] > 1:
        raise AssertionError(f"the inks deviate by {deviations[-1]} codes from floating point")


def ratios(nodes: Nodes, theirs: Callable[[Image.Image], object], kind: Kind, deviations: list[float]) -> list[float]:
    return interleaved(
        lambda card: ours(nodes, card[1]), lambda card: theirs(card[0]), partial(subject, kind),
        times=TIMES, check=partial(check, deviations, nodes),
    )  # fmt: skip


def deviations_of_links() -> list[Part]:
    """Return how far baked tables are from lcms2 on random colours, in codes RMS, a figure an intent."""
    colours = np.random.default_rng(7).integers(0, 256, (*RANDOM_COLOURS, 3), dtype=np.uint8)
    return [Part(f"baked {grid}^3 from lcms2, rms", _rms(grid, colours), 1.0, False, " codes") for grid in
            (FINE_GRID, GRID)]  # fmt: skip


def _rms(grid: int, colours: Plane) -> list[float]:
    icc = cmyk_profile()
    found = []
    for intent in Intent:
        baked = baking.bake(icc, file="CMYK", name="measured", ribbon="YMCKO", intent=intent, grid=grid)
        profile, space = baking.open_icc(icc, "CMYK")
        values = baking.device_values(baking.link(profile, space, intent, "CMYK"), colours)
        planes = tuple(np.empty(colours.shape[:2], dtype=np.uint8) for _ in range(3))
        kernels.tetrahedral(colours, planes, baked.nodes)
        found.append(float(np.sqrt(np.mean((np.stack(planes, axis=-1) - baking.dyes(values, space)) ** 2))))
    return found


def measure_r7() -> Sequence[Row]:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(cmyk_profile()))
    transform = ImageCms.buildTransform(baking.profile_of_srgb(), profile, "RGB", "CMYK")
    nodes, deviations = four_inks(transform, GRID), list[float]()
    fine = four_inks(transform, FINE_GRID)
    table = in_pillow(nodes)
    parts = []
    for kind in KINDS:
        judged = kind == "photo"
        lcms2 = ratios(nodes, lambda picture: ImageCms.applyTransform(picture, transform), kind, deviations)
        lut = ratios(nodes, lambda picture: picture.filter(table), kind, deviations)
        parts.append(Part(f"lcms2 {kind}", lcms2, 5 if judged else None))
        parts.append(Part(f"Color3DLUT {kind}", lut, 3.5 if judged else None))
    at_33 = ratios(fine, lambda picture: ImageCms.applyTransform(picture, transform), "photo", deviations)
    with on_code_path("portable"):
        portable = ratios(nodes, lambda picture: ImageCms.applyTransform(picture, transform), "photo", deviations)
    parts += [
        Part("33^3 to lcms2 photo", at_33),
        Part("portable to lcms2 photo", portable),
        Part("from floating point, largest", [max(deviations)], 1, False, " codes"),
        *deviations_of_links(),
    ]
    note = f"17^3 unless said, path {code_path()}, lcms2 through Pillow ImageCms, every ninth row checked each round"
    return [Row("R7", parts, note)]


MEASUREMENTS: tuple[Measurement, ...] = (Measurement(("R7",), measure_r7),)
