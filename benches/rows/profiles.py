"""An output profile to measure with: drawn here, so that it is the same everywhere and nobody's property.

It has the shape of a press profile (ICC.1:2001-04: version 2, class `prtr`, CMYK, Lab as its connection space, lut16
both ways) over inks that are simple: each swallows a part of the spectrum, and black takes the place of some grey.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from printserver.raster.colorimetry import lab_of_srgb, srgb_of_lab

Floats = npt.NDArray[np.float64]

# The light of full cyan, magenta, yellow and black, as encoded sRGB.
INK_LIGHT = np.array([[0.05, 0.62, 0.86], [0.86, 0.12, 0.50], [0.97, 0.90, 0.08], [0.13, 0.12, 0.12]])
GRID_IN, GRID_OUT = 9, 17


def cmyk_profile(*, black_share: float = 0.6) -> bytes:
    """Return an output profile whose black takes that share of what three inks have in common."""
    way_in = lut16(_forward(_lattice(4, GRID_IN)), 4, 3, GRID_IN)
    way_out = lut16(_backward(_lattice(3, GRID_OUT), black_share), 3, 4, GRID_OUT)
    return profile("CMYK", "prtr", {"A2B0": way_in, "A2B1": way_in, "B2A0": way_out, "B2A1": way_out})


def profile(space: str, kind: str, tags: dict[str, bytes]) -> bytes:
    """Return a profile with these tags and those that every profile has."""
    text = b"Drawn for measuring\0"
    tags = tags | {
        "desc": b"desc" + struct.pack(">II", 0, len(text)) + text + bytes(12 + 67),
        "cprt": b"text" + bytes(4) + b"No copyright\0",
        "wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", *(round(each * 65536) for each in (0.9642, 1, 0.8249))),
    }
    table, data, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name.encode(), at + len(data), len(content))
        data += padded
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(
        ">I4sI4s4s4s6H4s", 128 + len(body), b"\0\0\0\0", 0x02400000, kind.encode(), space.ljust(4).encode(), b"Lab ",
        2026, 1, 1, 0, 0, 0, b"acsp",
    )  # fmt: skip
    illuminant = struct.pack(">3i", *(round(each * 65536) for each in (0.9642, 1, 0.8249)))
    return head + bytes(68 - len(head)) + illuminant + bytes(48) + body


def lut16(nodes: Floats, inputs: int, outputs: int, grid: int) -> bytes:
    """Return a lut16 of nodes 0..1, the last input running fastest (ICC.1:2001-04 clause 6.5.7)."""
    straight = struct.pack(">2H", 0, 65535)
    matrix = struct.pack(">9i", *np.eye(3, dtype=int).ravel() * 65536)
    head = b"mft2" + bytes(4) + bytes([inputs, outputs, grid, 0]) + matrix
    words = np.rint(np.clip(nodes, 0, 1) * 65535).astype(">u2").tobytes()
    return head + struct.pack(">2H", 2, 2) + straight * inputs + words + straight * outputs


def _lattice(axes: int, grid: int) -> Floats:
    steps = np.linspace(0, 1, grid)
    return np.stack(np.meshgrid(*[steps] * axes, indexing="ij"), axis=-1).reshape(-1, axes)


def _forward(inks: Floats) -> Floats:
    """Return the encoded Lab of inks: their lights multiplied."""
    light = np.prod(1 - inks[:, :, np.newaxis] * (1 - INK_LIGHT), axis=1)
    return _encoded(lab_of_srgb(light))


def _backward(encoded: Floats, black_share: float) -> Floats:
    """Return inks for encoded Lab: the complement, with black for a share of what is grey in it."""
    colours = np.clip(srgb_of_lab(_decoded(encoded)), 0, 1)
    inks = (1 - colours) ** 1.1
    black = black_share * inks.min(axis=1, keepdims=True) ** 2
    return np.hstack([(inks - black) / np.maximum(1 - black, 1e-6), black])


# Lab in 16 bits of version 2 (ICC.1:2001-04 annex A): L 100 is 0xFF00, a and b are shifted by 128.
def _encoded(lab: Floats) -> Floats:
    return np.stack([lab[:, 0] / 100 * 0xFF00, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=1) / 65535


def _decoded(encoded: Floats) -> Floats:
    words = encoded * 65535
    return np.stack([words[:, 0] / 0xFF00 * 100, words[:, 1] / 256 - 128, words[:, 2] / 256 - 128], axis=1)
