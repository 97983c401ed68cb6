"""R6, R8, R10 and Q4: pixels to inks, levels to bits, a picture in memory to panels, and what goes to black resin.

Each round has other cards, a photograph, a badge and a text; outputs are made anew within what is timed, as the peers
make theirs. Results are held against numpy's own arithmetic in every round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from benches.rows.cards import HEIGHT, KINDS, WIDTH, card_picture
from benches.rows.row import Measurement, Part, Row, interleaved
from printserver.model.card import Geometry, PanelName, Ribbon, Side
from printserver.model.ticket import KMode, Ticket
from printserver.raster import kernels
from printserver.raster.kernels.paths import code_path, on_code_path
from printserver.raster.separate import separate_side

Plane = npt.NDArray[np.uint8]

CARDS = 15
BLACK_MODES = tuple(mode for mode in KMode if mode is not KMode.NONE)
RIBBON = Ribbon("YMCKO", (PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O))
CARD = Geometry(WIDTH, HEIGHT)
# A portrait of 20 x 30 mm, and the dots of it.
PHOTO_AREA = "5,12,20,30"
PHOTO = np.s_[CARD.dots(12) : CARD.dots(42), CARD.dots(5) : CARD.dots(25)]


class Pictures(NamedTuple):
    """The cards of one round in every form that somebody starts from, and the tone tables of that round."""

    pixels: tuple[Plane, ...]
    four: tuple[Plane, ...]
    pillow: tuple[Image.Image, ...]
    tones: Plane


@cache
def pictures(number: int) -> Pictures:
    pixels = tuple(card_picture(kind, number) for kind in KINDS)
    random = np.random.default_rng(number % 2**32)
    # Rising curves with a bend of their own: no ink has the tone of another, none is the identity.
    bends = random.uniform(0.6, 1.6, 3)
    tones = np.ones((4, 256), dtype=np.uint8)
    tones[:3] = np.rint(255 * (np.arange(256) / 255) ** bends[:, np.newaxis])
    four = tuple(np.dstack([each, np.full((HEIGHT, WIDTH), 9, np.uint8)]) for each in pixels)
    return Pictures(pixels, four, tuple(map(Image.fromarray, pixels)), tones)


def planes(count: int) -> list[Plane]:
    return [np.empty((HEIGHT, WIDTH), dtype=np.uint8) for _ in range(count)]


def separated(pixels: Sequence[Plane], tones: Plane) -> list[list[Plane]]:
    """Return Y, M, C, K and O of each card, a byte a dot."""
    found = []
    for each in pixels:
        inks = planes(5)
        kernels.separate(each, *inks, tones=tones)
        found.append(inks)
    return found


def as_bits(plane: Plane) -> Plane:
    """Return a plane of 0 and 1 as a bit a dot."""
    bits = np.empty((HEIGHT, WIDTH // 8), dtype=np.uint8)
    kernels.pack(plane, bits, 1, align_rows=True)
    return bits


def separated_packed(pixels: Sequence[Plane], tones: Plane) -> list[list[Plane]]:
    """Return the same with K a bit a dot, as the peers' ways end."""
    return [[*inks[:3], as_bits(inks[3]), inks[4]] for inks in separated(pixels, tones)]


def by_pillow(subject: Pictures) -> list[list[Image.Image]]:
    """Split, find black by the lightest channel, tone, cut black out, make it one bit."""
    by_light = [subject.tones[ink][::-1].tolist() for ink in range(3)]
    found = []
    for picture in subject.pillow:
        red, green, blue = picture.split()
        black = ImageChops.lighter(ImageChops.lighter(red, green), blue).point([255] + [0] * 255)
        inks = [channel.point(table) for channel, table in zip((blue, green, red), by_light, strict=True)]
        for ink in inks:
            ink.paste(0, mask=black)
        found.append([*inks, black.convert("1", dither=Image.Dither.NONE)])
    return found


def by_numpy(subject: Pictures) -> list[list[Plane]]:
    """Look up, mask, pack."""
    found = []
    for pixels in subject.pixels:
        black = ~pixels.any(axis=2)
        inks = [subject.tones[ink][255 - pixels[:, :, channel]] for ink, channel in enumerate((2, 1, 0))]
        for ink in inks:
            ink[black] = 0
        found.append([*inks, np.packbits(black, axis=1)])
    return found


Cards = Sequence[Sequence[Plane | Image.Image]]


def check_separation(subject: Pictures, ours: Cards, theirs: Cards) -> None:
    """Raise where anybody's inks differ from their definition by numpy."""
    wanted = by_numpy(subject)
    for way in (ours, theirs):
        for inks, right in zip(way, wanted, strict=True):
            black = np.asarray(inks[3])
            bits = black if black.shape == right[3].shape else np.packbits(black, axis=1)
            told = [*(np.asarray(ink) for ink in inks[:3]), bits]
            if not all(np.array_equal(one, other) for one, other in zip(told, right, strict=True)):
                raise AssertionError("inks differ from their definition")
    if not all(np.asarray(inks[4]).all() for inks in ours):
        raise AssertionError("the overlay is not whole")


def measure_separation() -> Sequence[Row]:
    """R6: against Pillow and numpy, from RGB and RGBX, on the best path and on the portable one."""

    def ratio(ours: Callable[[Pictures], Cards], peer: Callable[[Pictures], Cards]) -> list[float]:
        return interleaved(ours, peer, pictures, times=3, check=check_separation)

    def from_three(subject: Pictures) -> Cards:
        return separated_packed(subject.pixels, subject.tones)

    def from_four(subject: Pictures) -> Cards:
        return separated_packed(subject.four, subject.tones)

    parts = [
        Part("times Pillow", ratio(from_three, by_pillow), 6.0),
        Part("RGBX, times Pillow", ratio(from_four, by_pillow), 6.0),
        Part("times numpy", ratio(from_three, by_numpy), 15.0),
    ]
    with on_code_path("portable"):
        parts.append(Part("portable, times Pillow", ratio(from_three, by_pillow)))
        parts.append(Part("portable, times numpy", ratio(from_three, by_numpy)))
    note = f"Y, M, C, K, O with tone tables into new planes, {WIDTH} x {HEIGHT}, {code_path()}; stretch is 10x Pillow"
    return [Row("R6", parts, note=note)]


class Levels(NamedTuple):
    """The cyan of three cards at 128 levels."""

    planes: tuple[Plane, ...]


@cache
def levels(number: int) -> Levels:
    reduced = planes(len(KINDS))
    for kind, plane in zip(KINDS, reduced, strict=True):
        kernels.reduce_depth(255 - card_picture(kind, number)[:, :, 0], plane, 7)
    return Levels(tuple(reduced))


def packed(subject: Levels) -> list[Plane]:
    found = []
    for plane in subject.planes:
        bits = np.empty(kernels.packed_size(HEIGHT, WIDTH, 7), dtype=np.uint8)
        kernels.pack(plane, bits, 7)
        found.append(bits)
    return found


def packed_by_numpy(subject: Levels) -> list[Plane]:
    return [np.packbits(np.unpackbits(plane.reshape(-1, 1), axis=1)[:, 1:]) for plane in subject.planes]


def check_packing(subject: Levels, ours: Sequence[Plane], theirs: Sequence[Plane]) -> None:
    """Raise where the bytes differ from numpy's, or from what the levels are as one long number."""
    if not all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True)):
        raise AssertionError("packed bytes differ")
    first = "".join(format(level, "07b") for level in subject.planes[0].reshape(-1)[:8000])
    if int(first, 2).to_bytes(7000, "big") != ours[0][:7000].tobytes():
        raise AssertionError("packed bytes differ from their definition")


def measure_packing() -> Sequence[Row]:
    """R8: 128 levels packed, on the best path and on the portable one."""

    def ratio() -> list[float]:
        return interleaved(packed, packed_by_numpy, levels, times=3, check=check_packing)

    best = Part("7 bits, times numpy", ratio(), 40.0)
    with on_code_path("portable"):
        portable = Part("portable, times numpy", ratio())
    return [Row("R8", [best, portable], note=f"{WIDTH} x {HEIGHT}, {code_path()}")]


def panels_of(pixels: Plane, ticket: Ticket) -> dict[PanelName, Plane]:
    side = separate_side(pixels, Side.FRONT, RIBBON, CARD, {}, ticket)
    return {panel.name: panel.plane for panel in side.panels}


Panels = tuple[dict[PanelName, Plane], Plane, Plane]


def check_panels(subject: Pictures, ours: Sequence[Panels], theirs: object) -> None:
    """Raise where a plain job's panels are not the complement with pure black in resin, or packed otherwise."""
    for pixels, (found, bits, overlay) in zip(subject.pixels, ours, strict=True):
        black = ~pixels.any(axis=2)
        inks = {PanelName.Y: 2, PanelName.M: 1, PanelName.C: 0}
        right = all(np.array_equal(found[ink], np.where(black, 0, 255 - pixels[:, :, n])) for ink, n in inks.items())
        if not right or not np.array_equal(bits, np.packbits(black, axis=1)) or not (overlay == 255).all():
            raise AssertionError("panels differ from their definition")


def measure_memory() -> Sequence[Row]:
    """R10, its part that begins with RGB in memory, to the panels that the server makes; the peer is Pillow."""

    def ours(subject: Pictures) -> list[Panels]:
        cards = [panels_of(pixels, Ticket()) for pixels in subject.pixels]
        return [(card, as_bits(card[PanelName.K]), as_bits(card[PanelName.O])) for card in cards]

    def ratio() -> list[float]:
        return interleaved(ours, by_pillow, pictures, times=3, check=check_panels)

    best = Part("RGB in memory to panels, times Pillow's separation", ratio(), 5.0)
    with on_code_path("portable"):
        portable = Part("RGB in memory, portable", ratio())
    return [Row("R10", [best, portable], note=f"Y, M, C, K and O, {WIDTH} x {HEIGHT}, {code_path()}")]


def measure_black() -> Sequence[Row]:
    """Q4: all cards count."""
    missed, strayed, dark = 0, 0, 0
    for number, kind, (mode, gcr) in product(range(CARDS), ("badge", "white"), product(BLACK_MODES, (0, 100))):
        pixels = card_picture(kind, number).copy()  # type: ignore[arg-type]  # product widens the kinds
        pixels[PHOTO] = card_picture("photo", number)[PHOTO] // 3 // 20 * 20
        pure = pixels.max(axis=2) == 0
        dark += int(np.count_nonzero(pure[PHOTO]))
        pure[PHOTO] = False
        black = panels_of(pixels, Ticket(k_mode=mode, photo_areas=(PHOTO_AREA,), gcr=gcr))[PanelName.K]
        missed += int(np.count_nonzero(pure & (black == 0)))
        strayed += int(np.count_nonzero(black[PHOTO]))
    if not dark:
        raise AssertionError("no photograph had a pure black dot: nothing was tried")
    parts = [
        Part("dots of pure black text that are not in K", [missed], 0, at_least=False, unit=" dots"),
        Part("dots of K in a declared photograph", [strayed], 0, at_least=False, unit=" dots"),
    ]
    modes = ", ".join(BLACK_MODES)
    note = f"{2 * CARDS} cards in modes {modes}, each with gcr 0 and 100; {dark} black dots lay in photographs"
    return [Row("Q4", parts, note=note)]


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement(["R6"], measure_separation),
    Measurement(["R8"], measure_packing),
    Measurement(["R10"], measure_memory),
    Measurement(["Q4"], measure_black),
)
