"""A table made of measured patches prints, on the ribbon that was measured, the colours that are asked for."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from printserver.raster import kernels
from printserver.raster.colorimetry import D50, Colours, lab_of_srgb, lab_of_xyz, xyz_of_lab
from printserver.raster.inversion import Inverted, distance, invert, printed, relative
from printserver.raster.measurements import read_measurements
from printserver.raster.ribbon_profile import SourceKind
from printserver.raster.slices import dyes_of
from tests.raster.virtual_ribbon import measured_csv, printed_lab


def made(steps: int = 5, grid: int = 17) -> Inverted:
    content = measured_csv(steps).encode()
    measured = read_measurements(content, "a.csv")
    return invert(measured, content, description="a.csv", name="Glossy", ribbon="YMCKO", grid=grid)


def seen(lights: Colours) -> Colours:
    """Return the Lab that the ribbon prints, seen by an eye that takes its white for white and its black for black."""
    white, black = (xyz_of_lab(printed_lab(np.full(3, each))) for each in (1.0, 0.0))
    dark = xyz_of_lab(np.array([lab_of_xyz(black * D50 / white)[0], 0, 0]))
    return lab_of_xyz((xyz_of_lab(printed_lab(lights)) * D50 / white - dark) * D50 / (D50 - dark))


def moderate_colours() -> np.ndarray:
    """Return colours that the ribbon can print: none is very saturated."""
    grey = np.random.default_rng(2).integers(60, 200, (1, 4000, 1))
    return (grey + np.random.default_rng(3).integers(-25, 26, (1, 4000, 3))).astype(np.uint8)


@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_what_is_asked_for_is_printed(grid: int) -> None:
    colours = moderate_colours()
    asked = lab_of_srgb(colours / 255)
    lights = 1 - dyes_of(made(grid=grid).profile.nodes, colours)[..., ::-1] / 255
    off, without = distance(seen(lights), asked), distance(seen(colours / 255), asked)
    assert without.mean() > 15
    assert off.mean() < 2.5
    assert np.quantile(off, 0.95) < 5


def test_more_patches_bring_it_nearer() -> None:
    colours = moderate_colours()
    asked = lab_of_srgb(colours / 255)
    few, many = (
        distance(seen(1 - dyes_of(made(steps).profile.nodes, colours)[..., ::-1] / 255), asked).mean()
        for steps in (3, 8)
    )
    assert many < few / 2


def test_white_gets_no_dye_and_black_is_dark() -> None:
    found = dyes_of(made().profile.nodes, np.array([[[255] * 3, [0] * 3]], dtype=np.uint8))[0]
    assert found[0].max() == 0
    assert found[1].min() >= 200  # not all of it: equal dyes of this ribbon would print a black with a cast
    assert seen(1 - found[1:, ::-1] / 255)[0, 0] < 10


def test_a_profile_says_how_far_its_colours_lie_and_where_it_comes_from() -> None:
    found = made()
    assert 0 < found.mean < found.most
    assert found.profile.source.kind is SourceKind.MEASUREMENTS
    assert found.profile.source.sha256 == hashlib.sha256(measured_csv(5).encode()).hexdigest()
    kernels.check_nodes(found.profile.nodes)


def test_between_patches_colours_run_straight() -> None:
    measured = read_measurements(measured_csv(3).encode(), "a.csv")
    at = np.array([[0, 0, 0], [128 / 255, 1, 0], [64 / 255, 0, 0], [1, 1, 1]])
    found = printed(measured, at)
    np.testing.assert_allclose(found[0], measured.lab[0, 0, 0])
    np.testing.assert_allclose(found[1], measured.lab[1, 2, 0])
    np.testing.assert_allclose(found[2], (measured.lab[0, 0, 0] + measured.lab[1, 0, 0]) / 2)
    np.testing.assert_allclose(found[3], measured.lab[2, 2, 2])


def test_white_and_black_of_the_ribbon_become_white_and_black() -> None:
    found = relative(read_measurements(measured_csv(3).encode(), "a.csv")).lab
    np.testing.assert_allclose(found[2, 2, 2], [100, 0, 0], atol=1e-9)
    assert found[0, 0, 0, 0] == pytest.approx(0, abs=1e-9)
