"""A test chart: patches of known colour to be printed and measured, and the list that says which is which.

Laws kept here:

1. The patches are a whole lattice through the RGB cube, so that measured colours can be interpolated between.
2. What is printed of a patch is the complement of its colour in dye alone: charts are printed with the neutral profile
   and `k-mode` `none`.
3. The list is what is measured against, the picture is what people find a patch by; both come from one layout.

The list is text in the manner of CGATS.17 (ANSI CGATS.17-2009): keywords, fields, a line a patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from printserver.model.card import Geometry

Picture = npt.NDArray[np.uint8]

STEPS = (3, 4, 5, 6, 7, 8, 9)
# Hand-held instruments look through a hole of 4 mm or less; 5 steps (125 patches) find room on one card.
PATCH_MM = 4.8
MARGIN_MM = 2.0
LABEL_MM = 3.0
BLACK, GREY, WHITE = (0, 0, 0), (128, 128, 128), (255, 255, 255)

SENT = ("RGB_R", "RGB_G", "RGB_B")


class Patch(NamedTuple):
    """A patch: its name on the chart (card, row, column), its card from 1, and its colour 0..255."""

    name: str
    card: int
    row: int
    column: int
    colour: tuple[int, int, int]


class Layout(NamedTuple):
    """How patches lie on a card, in dots."""

    columns: int
    rows: int
    patch: int
    left: int
    top: int
    label: int


def layout_of(geometry: Geometry) -> Layout:
    """Return how many patches a card takes and where they begin; at least one each way."""
    margin, label, patch = (max(1, geometry.dots(mm)) for mm in (MARGIN_MM, LABEL_MM, PATCH_MM))
    columns = max(1, (geometry.width - 2 * margin - label) // patch)
    rows = max(1, (geometry.height - 2 * margin - 2 * label) // patch)
    return Layout(columns, rows, patch, margin + label, margin + 2 * label, label)


def patches(geometry: Geometry, steps: int) -> list[Patch]:
    """Return the patches of a lattice of `steps` colours along each axis, card after card, row after row."""
    layout = layout_of(geometry)
    levels = [round(255 * step / (steps - 1)) for step in range(steps)]
    return [
        Patch(f"{card}-{letters(row)}{column + 1}", card, row, column, (red, green, blue))
        for (red, green, blue), (card, row, column) in zip(product(levels, repeat=3), _places(layout), strict=False)
    ]


def _places(layout: Layout) -> Iterator[tuple[int, int, int]]:
    for card in count(1):
        for row, column in product(range(layout.rows), range(layout.columns)):
            yield card, row, column


def letters(row: int) -> str:
    """Return a row's name: A to Z, then AA and on."""
    return (letters(row // 26 - 1) if row >= 26 else "") + chr(ord("A") + row % 26)


def pictures(geometry: Geometry, steps: int) -> list[Picture]:
    """Return a picture a card, RGB, of the geometry's size, with the names of rows and columns round its patches."""
    every = patches(geometry, steps)
    cards = every[-1].card
    return [_picture(geometry, [each for each in every if each.card == card], cards) for card in range(1, cards + 1)]


def _picture(geometry: Geometry, on_card: list[Patch], cards: int) -> Picture:
    layout = layout_of(geometry)
    image = Image.new("RGB", (geometry.width, geometry.height), WHITE)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(6, layout.label * 2 // 3))
    title = f"{on_card[0].card} of {cards} - k-mode none, neutral profile"
    draw.text((layout.left, layout.top - 2 * layout.label), title, BLACK, font)
    for patch in on_card:
        left, top = layout.left + patch.column * layout.patch, layout.top + patch.row * layout.patch
        draw.rectangle((left, top, left + layout.patch - 1, top + layout.patch - 1), patch.colour, GREY)
        if patch.row == 0:
            draw.text((left + layout.patch // 2, top - layout.label // 4), f"{patch.column + 1}", BLACK, font, "ms")
        if patch.column == 0:
            draw.text((left - layout.label // 4, top + layout.patch // 2), letters(patch.row), BLACK, font, "rm")
    return np.asarray(image)


def middle(geometry: Geometry, patch: Patch) -> tuple[int, int]:
    """Return where the middle of a patch lies on its card: x and y in dots."""
    layout = layout_of(geometry)
    half = layout.patch // 2
    return layout.left + patch.column * layout.patch + half, layout.top + patch.row * layout.patch + half


def patch_list(geometry: Geometry, steps: int, ribbon: str) -> str:
    """Return the list of patches; add the fields LAB_L, LAB_A, LAB_B (or SRGB_R, SRGB_G, SRGB_B) when measuring."""
    every = patches(geometry, steps)
    head = [
        "CGATS.17", 'ORIGINATOR "printserver"', f'DESCRIPTOR "{ribbon}, {geometry.dpi} dpi, {steps} steps"',
        "BEGIN_DATA_FORMAT", f"SAMPLE_ID {' '.join(SENT)}", "END_DATA_FORMAT", f"NUMBER_OF_SETS {len(every)}",
        "BEGIN_DATA",
    ]  # fmt: skip
    lines = (" ".join(map(str, (each.name, *each.colour))) for each in every)
    return "\n".join([*head, *lines, "END_DATA", ""])
