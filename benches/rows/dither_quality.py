"""Q1, Q2, Q3: how good the dithers are, by the measures of halftone_quality.py.

Photographs are scikit-image's, brought to the size of a card; badges are drawn by cards.py. Nothing here depends on the
machine, so that a figure is one value and not a round's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from statistics import mean, median

import numpy as np
from PIL import Image, ImageOps

from benches.rows.cards import HEIGHT, WIDTH, badge_on, card_picture
from benches.rows.halftone_quality import Halftone, anisotropy, hvs_psnr, low_share, power, tone_errors
from benches.rows.row import Measurement, Part, Row
from printserver.model.card import Plane
from printserver.raster import kernels

PHOTOS = ("astronaut", "camera", "coffee", "chelsea")
BADGES = 5
MID_TONES = range(64, 193, 4)


def halftone(kernel: Callable[[Plane, Plane], None]) -> Halftone:
    """Return a kernel as a function from a grey plane to a plane of 0 and 255."""

    def light(grey: Plane) -> Plane:
        bits = np.empty((grey.shape[0], (grey.shape[1] + 7) // 8), np.uint8)
        kernel(grey, bits)
        return ((np.unpackbits(bits, axis=1, count=grey.shape[1]) ^ 1) * 255).astype(np.uint8)

    return light


RASTER = halftone(kernels.floyd_steinberg)
SERPENTINE = halftone(partial(kernels.floyd_steinberg, serpentine=True))
SIERRA_RASTER = halftone(kernels.sierra_lite)
PHOTO_KERNEL = halftone(partial(kernels.sierra_lite, serpentine=True))
PILLOW = halftone(kernels.floyd_steinberg_pillow)
BLUE_NOISE = halftone(partial(kernels.ordered, tile=kernels.VOID_AND_CLUSTER_64))

KEEP_TONE = {
    "Floyd-Steinberg": RASTER, "Floyd-Steinberg serpentine": SERPENTINE, "Sierra Lite": SIERRA_RASTER,
    "Sierra Lite serpentine": PHOTO_KERNEL,
}  # fmt: skip


@cache
def photographs() -> list[Plane]:
    """Return the photographs as grey cards, none if scikit-image is not installed."""
    try:
        data = import_module("skimage.data")
    except ImportError:
        return []
    pictures = [Image.fromarray(getattr(data, name)()).convert("L") for name in PHOTOS]
    return [np.array(ImageOps.fit(each, (WIDTH, HEIGHT), Image.Resampling.BICUBIC)) for each in pictures]


@cache
def badges() -> list[Plane]:
    return [np.array(Image.fromarray(card_picture("badge", number)).convert("L")) for number in range(BADGES)]


@cache
def graded_badges(turns: int) -> list[Plane]:
    """Return badges on a gradient of all tones, across or, after a quarter turn, down; every other one reversed."""
    down, across = np.linspace(0, 255, HEIGHT)[:, np.newaxis], np.linspace(0, 255, WIDTH)[np.newaxis]
    light = np.broadcast_to(down if turns else across, (HEIGHT, WIDTH)).astype(np.uint8)
    grounds = [np.dstack([light if number % 2 else 255 - light] * 3) for number in range(BADGES)]
    drawn = [badge_on(ground, np.random.default_rng([9, number])) for number, ground in enumerate(grounds)]
    return [np.array(Image.fromarray(each).convert("L")) for each in drawn]


@cache
def texts() -> list[Plane]:
    return [np.array(Image.fromarray(card_picture("white", number)).convert("L")) for number in range(BADGES)]


def gain(ours: Halftone, pictures: Sequence[Plane]) -> list[float]:
    """Return the mean over the pictures of what ours is better than Pillow, in dB."""
    return [mean(hvs_psnr(each, ours(each)) - hvs_psnr(each, PILLOW(each)) for each in pictures)] if pictures else []


def tones() -> Sequence[Row]:
    parts = []
    for name, kernel in KEEP_TONE.items():
        errors = tone_errors(kernel, (HEIGHT, WIDTH))
        parts.append(Part(f"{name}: mean", [mean(errors)], 0.1, at_least=False, unit=""))
        parts.append(Part("most", [max(errors)], 0.5, at_least=False, unit=""))
    blue = tone_errors(BLUE_NOISE, (640, 1024))  # whole tiles
    parts.append(Part("void and cluster: most", [max(blue)], 0.05, at_least=False, unit=""))
    return [Row("Q1", parts, "tone error over 256 flat cards, in code values")]


def seen() -> Sequence[Row]:
    absent = "" if photographs() else "scikit-image"
    parts = [
        Part("Floyd-Steinberg, photographs", gain(RASTER, photographs()), -0.1, unit=" dB", missing=absent),
        Part("badges", gain(RASTER, badges()), 1.0, unit=" dB"),
        Part("Sierra Lite serpentine, photographs", gain(PHOTO_KERNEL, photographs()), 0.4, unit=" dB", missing=absent),
        Part("badges", gain(PHOTO_KERNEL, badges()), 1.7, unit=" dB"),
        *[
            Part(f"{name}, {kind}", gain(kernel, cards), unit=" dB")
            for name, kernel in (("Floyd-Steinberg", RASTER), ("Sierra Lite serpentine", PHOTO_KERNEL))
            for kind, cards in (
                ("badges graded black to white across", graded_badges(0)), ("down", graded_badges(1)),
                ("text on white", texts()),
            )
        ],
    ]  # fmt: skip
    return [Row("Q2", parts, "HVS-weighted PSNR beyond Pillow's convert('1')", where_badges_stand())]


def where_badges_stand() -> str:
    """Say what decides about a badge: its text, or the flat tones round it."""
    text, ground = (slice(160, 460), slice(330, 1016)), (slice(485, 648), slice(0, 330))
    found = {}
    for name, kernel in (("Floyd-Steinberg", RASTER), ("Sierra Lite serpentine", PHOTO_KERNEL)):
        found[name] = [mean(gain_within(kernel, each, area) for each in badges()) for area in (text, ground)]
    told = ", ".join(f"{name} {on_text:+.1f} and {on_ground:+.1f} dB" for name, (on_text, on_ground) in found.items())
    clipped = [mean(tone_shift(each, area) for each in badges()) for area in (text, ground)]
    return (
        "what Pillow clips away it loses at edges of black on bright ground, so the gain is large on text and small on "
        f"even ground: among the text and on the ground of these badges {told}; Pillow's tone is off there by "
        f"{clipped[0]:+.2f} and {clipped[1]:+.2f} codes"
    )


def tone_shift(badge: Plane, area: tuple[slice, slice]) -> float:
    """Return by how many codes Pillow's halftone of a part is off: error thrown away is tone that is missing."""
    return float(PILLOW(badge)[area].mean()) - float(badge[area].mean())


def gain_within(kernel: Halftone, badge: Plane, area: tuple[slice, slice]) -> float:
    """Return the gain in a part of a badge, which is dithered whole."""
    part = badge[area]
    return hvs_psnr(part, kernel(badge)[area]) - hvs_psnr(part, PILLOW(badge)[area])


def noise() -> Sequence[Row]:
    spectra = [power(PHOTO_KERNEL, tone) for tone in MID_TONES]
    parts = [
        Part("anisotropy", [median(map(anisotropy, spectra))], 0.0, at_least=False, unit=" dB"),
        Part("low frequencies", [mean(map(low_share, spectra))], 0.02, at_least=False, unit=""),
        *[
            Part(f"anisotropy of {name}", [median(anisotropy(power(kernel, tone)) for tone in MID_TONES)], unit=" dB")
            for name, kernel in KEEP_TONE.items() if kernel is not PHOTO_KERNEL
        ],
    ]  # fmt: skip
    return [Row("Q3", parts, "Sierra Lite serpentine on flat tones 64..192; low: coarser than four dots")]


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement(("Q1",), tones), Measurement(("Q2",), seen), Measurement(("Q3",), noise),
)  # fmt: skip
