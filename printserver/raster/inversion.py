"""A ribbon's table made of measured patches: for each colour the dyes that were seen to print it.

Laws kept here:

1. Between patches the printed Lab is taken to run straight (trilinear in what was sent). A chart of few steps misses
   what bends between them; nothing is known of a patch's noise, and none is smoothed away.
2. White is the ribbon's own white, black its own black: colours are relative colorimetric with black point
   compensation, as lcms2 does it for ICC profiles. There is no perceptual way.
3. A colour that the ribbon cannot print becomes the nearest one by the difference in Lab (Delta E 1976).
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from printserver.raster.baking import whole_nodes
from printserver.raster.colorimetry import D50, Colours, lab_of_srgb, lab_of_xyz, xyz_of_lab
from printserver.raster.measurements import Measurements
from printserver.raster.ribbon_profile import Intent, RibbonProfile, Source, SourceKind

SEARCHED_STEPS = 17
CHUNK = 512
REFINEMENTS = 12
STEP = 1 / 512  # of the way from no light to full light, for slopes


class Inverted(NamedTuple):
    """A profile, and how far its colours lie from those that were asked for (Delta E 1976, mean and 90th per cent)."""

    profile: RibbonProfile
    mean: float
    most: float


def invert(measured: Measurements, content: bytes, *, description: str, name: str, ribbon: str, grid: int) -> Inverted:
    """Return a ribbon's profile made of measurements; `content` is the file they came from."""
    axis = np.linspace(0, 1, grid)
    asked = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    printer = relative(measured)
    targets = lab_of_srgb(asked)
    lights = refined(printer, targets, nearest(printer, targets))
    off = distance(printed(printer, lights), targets)
    nodes = whole_nodes(255 * (1 - lights[:, ::-1]).reshape(grid, grid, grid, 3))
    source = Source(
        kind=SourceKind.MEASUREMENTS, description=description[:200], sha256=hashlib.sha256(content).hexdigest()
    )
    profile = RibbonProfile(name=name, ribbon=ribbon, intent=Intent.RELATIVE, source=source, nodes=nodes)
    return Inverted(profile, float(off.mean()), float(np.quantile(off, 0.9)))


def relative(measured: Measurements) -> Measurements:
    """Return measurements with the ribbon's white and black brought to L 100 and L 0 (law 2)."""
    light = xyz_of_lab(measured.lab)
    light = light * (D50 / light[-1, -1, -1])
    black = xyz_of_lab(np.array([lab_of_xyz(light[0, 0, 0])[0], 0, 0]))
    light = (light - black) * (D50 / (D50 - black))
    return Measurements(measured.levels, lab_of_xyz(light))


def printed(measured: Measurements, lights: Colours) -> Colours:
    """Return the Lab that is printed for lights 0..1, shape (count, 3), straight between the patches."""
    low, part = [], []
    for axis, levels in enumerate(measured.levels):
        place = lights[:, axis] * 255
        below = np.clip(np.searchsorted(levels, place, side="right") - 1, 0, len(levels) - 2)
        low.append(below)
        part.append(((place - levels[below]) / (levels[below + 1] - levels[below]))[:, np.newaxis])
    (r, g, b), (u, v, w) = low, part
    lab = measured.lab

    def along_blue(red: npt.NDArray[np.intp], green: npt.NDArray[np.intp]) -> Colours:
        return np.asarray(lab[red, green, b] * (1 - w) + lab[red, green, b + 1] * w)

    near = along_blue(r, g) * (1 - v) + along_blue(r, g + 1) * v
    far = along_blue(r + 1, g) * (1 - v) + along_blue(r + 1, g + 1) * v
    return np.asarray(near * (1 - u) + far * u)


def nearest(printer: Measurements, targets: Colours) -> Colours:
    """Return for each Lab the light of a lattice that prints nearest to it."""
    axis = np.linspace(0, 1, SEARCHED_STEPS)
    lights = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    seen = printed(printer, lights)
    length = (seen**2).sum(axis=1) / 2
    found = [np.argmin(length - targets[at : at + CHUNK] @ seen.T, axis=1) for at in range(0, len(targets), CHUNK)]
    return np.asarray(lights[np.concatenate(found)])


def refined(printer: Measurements, targets: Colours, lights: Colours) -> Colours:
    """Return lights moved along the slopes towards their Lab, as long as that brings them nearer (Gauss and Newton)."""
    off = distance(printed(printer, lights), targets)
    reach = np.ones(len(lights))
    for _ in range(REFINEMENTS):
        here = printed(printer, lights)
        slopes = slopes_at(printer, lights, here)
        damped = slopes.transpose(0, 2, 1) @ slopes + np.eye(3) * 1e-3
        towards = np.linalg.solve(damped, (slopes.transpose(0, 2, 1) @ (targets - here)[..., np.newaxis]))[..., 0]
        tried = np.clip(lights + reach[:, np.newaxis] * towards, 0, 1)
        tried_off = distance(printed(printer, tried), targets)
        better = tried_off < off
        lights = np.where(better[:, np.newaxis], tried, lights)
        off = np.where(better, tried_off, off)
        reach = np.where(better, 1, reach / 2)
    return lights


def slopes_at(printer: Measurements, lights: Colours, here: Colours) -> npt.NDArray[np.float64]:
    """Return how Lab changes with each light, shape (count, 3, 3): Lab down, light across."""
    step = np.where(lights > 0.5, -STEP, STEP)
    moved = [printed(printer, lights + step * axis) - here for axis in np.eye(3)]
    return np.stack([change / step[:, [index]] for index, change in enumerate(moved)], axis=-1)


def distance(one: Colours, other: Colours) -> npt.NDArray[np.float64]:
    """Return the difference of Lab colours (Delta E 1976)."""
    return np.asarray(np.linalg.norm(one - other, axis=-1))
