"""sRGB and CIE Lab, as floating-point formulas over whole arrays: for making profiles, never for printing a card.

Laws kept here:

1. Lab is relative to D50, as in ICC profiles and on measuring devices for print; sRGB's D65 is adapted by Bradford.
2. sRGB is 0..1, encoded; beyond that range nothing is cut off here.

Sources: IEC 61966-2-1 (sRGB), ISO/CIE 11664-4 (Lab), ICC.1:2022 annex E (chromatic adaptation; D50 in clause 7.2.16).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Colours: TypeAlias = npt.NDArray[np.float64]  # shape (..., 3)

D50 = np.array([0.9642, 1.0, 0.8249])
# Rows X, Y, Z for linear red, green and blue of sRGB, adapted to D50.
TO_XYZ = np.array([
    [0.4360747, 0.3850649, 0.1430804],
    [0.2225045, 0.7168786, 0.0606169],
    [0.0139322, 0.0971045, 0.7141733],
])  # fmt: skip
FROM_XYZ = np.linalg.inv(TO_XYZ)
EPSILON, KAPPA = 216 / 24389, 24389 / 27


def lab_of_srgb(colours: Colours) -> Colours:
    """Return the Lab of encoded sRGB, both shape (..., 3)."""
    size = np.abs(colours)
    linear = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4) * np.sign(colours)
    return lab_of_xyz(linear @ TO_XYZ.T)


def srgb_of_lab(colours: Colours) -> Colours:
    """Return the encoded sRGB of Lab, both shape (..., 3); outside 0..1 where sRGB has no such colour."""
    linear = xyz_of_lab(colours) @ FROM_XYZ.T
    size = np.abs(linear)
    encoded = np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055)
    return np.asarray(encoded * np.sign(linear))


def lab_of_xyz(colours: Colours) -> Colours:
    """Return the Lab of XYZ relative to D50 with white Y = 1."""
    ratio = colours / D50
    root = np.where(ratio > EPSILON, np.cbrt(ratio), (KAPPA * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def xyz_of_lab(colours: Colours) -> Colours:
    """Return the XYZ of Lab."""
    light, green_red, blue_yellow = np.moveaxis(colours, -1, 0)
    y = (light + 16) / 116
    root = np.stack([y + green_red / 500, y, y - blue_yellow / 200], axis=-1)
    return np.asarray(np.where(root**3 > EPSILON, root**3, (116 * root - 16) / KAPPA) * D50)
