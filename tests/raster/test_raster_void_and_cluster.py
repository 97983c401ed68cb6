"""The void-and-cluster tile is what the script makes, and it is blue noise."""

from __future__ import annotations

import numpy as np

from printserver.raster import kernels
from scripts.void_and_cluster import SEED, SIDE, first_dots, ranks, thresholds


def test_the_tile_in_the_package_is_the_one_that_the_script_makes() -> None:
    np.testing.assert_array_equal(kernels.VOID_AND_CLUSTER_64, thresholds(ranks(SIDE, SEED)))


def test_every_place_has_a_rank_of_its_own() -> None:
    order = ranks(16, 5)
    assert sorted(order.ravel().tolist()) == list(range(256))


def test_another_seed_makes_another_tile() -> None:
    assert first_dots(16, 1) != first_dots(16, 2)
    assert (ranks(16, 1) != ranks(16, 2)).any()


def test_as_many_places_stay_white_as_the_tone_asks_for() -> None:
    for tone in range(256):
        white = int((tone >= kernels.VOID_AND_CLUSTER_64.astype(int)).sum())
        assert white == round(4096 * tone / 255)


def test_the_first_dots_keep_apart() -> None:
    # 64 dots on a tile of 64 x 64 have 8 x 8 places each; put by chance some would touch.
    places = np.argwhere(ranks(SIDE, SEED) < 64)
    for place in places:
        away = np.abs(places - place)
        distance = np.hypot(*np.minimum(away, SIDE - away).T)
        assert sorted(distance)[1] >= 5


def test_the_noise_is_blue() -> None:
    # A grey of one half: nearly all its power lies beyond half the highest frequency; of white noise a fifth does not.
    ink = (ranks(SIDE, SEED) < SIDE * SIDE // 2).astype(float)
    power = np.abs(np.fft.fft2(ink - ink.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    assert power[frequency < 0.25].sum() / power.sum() < 0.02
