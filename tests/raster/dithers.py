"""The dithers under test, each from a grey plane to its packed bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from printserver.raster import kernels
from tests.raster.references import Plane

Dither = Callable[[Plane], Plane]


def noise(height: int, width: int) -> Plane:
    return np.random.default_rng(height * 4096 + width).integers(0, 256, (height, width), dtype=np.uint8)


def room_for_bits(grey: Plane) -> Plane:
    # Filled with ones, so that a byte which the kernel leaves alone is seen.
    height, width = grey.shape
    return np.full((height, (width + 7) // 8), 0xFF, dtype=np.uint8)


def dithered(kernel: Callable[[Plane, Plane], None], grey: Plane) -> Plane:
    bits = room_for_bits(grey)
    kernel(grey, bits)
    return bits


def raster(grey: Plane) -> Plane:
    return dithered(kernels.floyd_steinberg, grey)


def serpentine(grey: Plane) -> Plane:
    return dithered(lambda plane, bits: kernels.floyd_steinberg(plane, bits, serpentine=True), grey)


def as_pillow(grey: Plane) -> Plane:
    return dithered(kernels.floyd_steinberg_pillow, grey)


def sierra_raster(grey: Plane) -> Plane:
    return dithered(kernels.sierra_lite, grey)


def sierra_serpentine(grey: Plane) -> Plane:
    return dithered(lambda plane, bits: kernels.sierra_lite(plane, bits, serpentine=True), grey)


def atkinson(grey: Plane) -> Plane:
    return dithered(kernels.atkinson, grey)


def bayer(grey: Plane) -> Plane:
    return dithered(kernels.ordered, grey)


def blue_noise(grey: Plane) -> Plane:
    return dithered(lambda plane, bits: kernels.ordered(plane, bits, kernels.VOID_AND_CLUSTER_64), grey)


def halves(grey: Plane) -> Plane:
    return dithered(kernels.threshold, grey)


def with_pillow(grey: Plane) -> Plane:
    white = np.asarray(Image.fromarray(grey).convert("1"))
    return np.packbits(~white, axis=1)
