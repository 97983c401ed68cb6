"""A ribbon made of formulas: what it prints for each light sent to it, and the list of a chart measured on it."""

from __future__ import annotations

import numpy as np

from printserver.model.card import Geometry
from printserver.raster.chart import patches
from printserver.raster.colorimetry import TO_XYZ, Colours, lab_of_xyz

# Density of full cyan, magenta and yellow in the red, green and blue third of the spectrum: none is clean.
DENSITY = np.array([[1.56, 0.20, 0.07], [0.26, 1.43, 0.20], [0.07, 0.33, 1.30]])
CARD = np.array([0.86, 0.88, 0.84])
GLARE = 0.005

GEOMETRY = Geometry(1016, 648)


def printed_lab(lights: Colours) -> Colours:
    """Return the Lab of what is printed when lights 0..1 are sent as their complement: dyes add up as densities."""
    density = (1 - lights) ** 1.2 @ DENSITY
    return lab_of_xyz((CARD * 10**-density + GLARE) @ TO_XYZ.T)


def measured_csv(steps: int) -> str:
    """Return the chart's list as CSV with what an instrument would say, to a tenth."""
    lines = ["SAMPLE_ID,RGB_R,RGB_G,RGB_B,LAB_L,LAB_A,LAB_B"]
    for patch in patches(GEOMETRY, steps):
        light, a, b = printed_lab(np.array([patch.colour]) / 255)[0]
        lines.append(f"{patch.name},{','.join(map(str, patch.colour))},{light:.1f},{a:.1f},{b:.1f}")
    return "\n".join(lines)
