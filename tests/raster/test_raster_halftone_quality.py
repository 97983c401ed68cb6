"""The measures of halftones give what is known of simple patterns."""

from __future__ import annotations

import numpy as np
import pytest

from benches.rows import halftone_quality as quality
from tests.raster.references import Plane

SHAPE = (96, 128)


def flat(value: int) -> Plane:
    return np.full(SHAPE, value, dtype=np.uint8)


def white_noise(plane: Plane) -> Plane:
    return np.random.default_rng(1).choice([0, 255], plane.shape).astype(np.uint8)


def stripes(plane: Plane) -> Plane:
    random = np.random.default_rng(1).choice([0, 255], plane.shape[0]).astype(np.uint8)
    return np.repeat(random[:, np.newaxis], plane.shape[1], axis=1)


def test_an_error_of_the_tone_is_seen_in_full() -> None:
    assert quality.hvs_psnr(flat(90), flat(100)) == pytest.approx(20 * np.log10(255 / 10))


@pytest.mark.parametrize("down", [False, True])
def test_a_line_every_other_dot_is_hardly_seen(down: bool) -> None:
    lines = flat(0)
    if down:
        lines[:, ::2] = 128
    else:
        lines[::2] = 128
    # Half a cycle a dot at 61.8 dots a degree is 30.9 cycles a degree; ln 11 = 2.398. The error is 64 everywhere.
    weight = np.exp(-0.5 * 300 / 25.4 * 300 * np.tan(np.radians(1)) / (0.525 * 2.397895 + 3.91))
    assert quality.hvs_psnr(flat(64), lines) == pytest.approx(20 * np.log10(255 / (64 * weight)), abs=1e-4)


def test_coarse_dots_are_seen_more_than_fine_ones() -> None:
    fine, coarse = (np.kron(np.indices((96 // n, 128 // n)).sum(axis=0) % 2, np.ones((n, n))) * 255 for n in (1, 4))
    seen_fine, seen_coarse = (quality.hvs_psnr(flat(127), dots.astype(np.uint8)) for dots in (fine, coarse))
    assert seen_fine > seen_coarse + 20


def test_the_tone_error_is_the_distance_of_means() -> None:
    assert quality.tone_errors(lambda plane: flat(255), SHAPE, [0, 100, 255]) == [255.0, 155.0, 0.0]
    assert quality.tone_errors(lambda plane: flat(0), SHAPE, [0, 100]) == [0.0, 100.0]


def test_random_noise_has_no_direction() -> None:
    assert quality.anisotropy(quality.power(white_noise, 128)) == pytest.approx(-10, abs=0.3)


def test_stripes_have_one_direction() -> None:
    assert quality.anisotropy(quality.power(stripes, 128)) > 10


def test_random_noise_has_its_power_everywhere() -> None:
    disc = np.pi * quality.LOW**2  # of a square of one cycle a dot
    assert quality.low_share(quality.power(white_noise, 128)) == pytest.approx(disc, abs=0.01)


def test_a_chessboard_has_no_low_frequencies() -> None:
    def chessboard(plane: Plane) -> Plane:
        board: Plane = (np.indices(plane.shape).sum(axis=0) % 2 * 255).astype(np.uint8)
        return board

    assert quality.low_share(quality.power(chessboard, 128)) == pytest.approx(0, abs=1e-9)
