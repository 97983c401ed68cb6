"""One benchmark a kernel, with what Pillow or numpy takes for the same work beside it in the same group.

A card is 1016 x 648 dots (ID-1 at 300 dpi). Only ratios taken in one run mean anything: machines change their clock.
The last test runs kernel and peer in alternation, each first in turn, on ever new pictures, and prints the median ratio
of each pair.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageChops
from pytest_benchmark.fixture import BenchmarkFixture

from printserver.model.card import Plane
from printserver.raster import kernels

HEIGHT, WIDTH = 648, 1016
ROUNDS = 9


class Card(NamedTuple):
    """One picture in every form that a kernel or its peer starts from, so that no conversion is timed."""

    pixels: Plane
    pixels_4: Plane
    grey: Plane
    picture: Image.Image
    picture_grey: Image.Image
    levels_7: Plane
    packed_7: Plane


def card(seed: int) -> Card:
    """Draw a ramp with noise, a flat sky and black text, never the same twice."""
    random = np.random.default_rng(seed)
    ramp = np.linspace(0, 255, WIDTH)[np.newaxis, :, np.newaxis] + random.normal(0, 20, (HEIGHT, WIDTH, 3))
    ramp[:80] = random.integers(0, 256, 3)
    ramp[100:160][random.random((60, WIDTH)) < 0.3] = 0
    pixels = np.clip(ramp, 0, 255).astype(np.uint8)
    grey, levels = np.empty((HEIGHT, WIDTH), np.uint8), np.empty((HEIGHT, WIDTH), np.uint8)
    kernels.luma(pixels, grey)
    kernels.reduce_depth(grey, levels, 7)
    packed = np.empty(kernels.packed_size(HEIGHT, WIDTH, 7), np.uint8)
    kernels.pack(levels, packed, 7)
    pixels_4 = np.dstack([pixels, grey])
    return Card(pixels, pixels_4, grey, Image.fromarray(pixels), Image.fromarray(grey), levels, packed)


bits = np.empty((HEIGHT, (WIDTH + 7) // 8), np.uint8)
packed = np.empty(kernels.packed_size(HEIGHT, WIDTH, 7), np.uint8)
yellow, magenta, cyan, black, plane = (np.empty((HEIGHT, WIDTH), np.uint8) for _ in range(5))
tile = np.tile(kernels.BAYER_8, (HEIGHT // 8, WIDTH // 8))
seven = np.array([round(value * 127 / 255) for value in range(256)], dtype=np.uint8)


def pillow_separation(subject: Card) -> list[Image.Image]:
    red, green, blue = subject.picture.split()
    text = ImageChops.lighter(ImageChops.lighter(red, green), blue).point([255] + [0] * 255)
    inks = [channel.point(list(range(255, -1, -1))) for channel in (blue, green, red)]
    for ink in inks:
        ink.paste(0, mask=text)
    return [*inks, text.convert("1", dither=Image.Dither.NONE)]


def numpy_packing(subject: Card) -> Plane:
    return np.packbits(np.unpackbits(subject.levels_7.reshape(-1, 1), axis=1)[:, 1:])


def numpy_unpacking(subject: Card) -> Plane:
    dots = np.unpackbits(subject.packed_7)[: HEIGHT * WIDTH * 7].reshape(-1, 7)
    return np.packbits(np.pad(dots, ((0, 0), (1, 0))), axis=1)


Work = Callable[[Card], object]

# kernel: (our call, the peer's name, the peer's call)
PAIRS: dict[str, tuple[Work, str, Work]] = {
    "floyd_steinberg": (
        lambda subject: kernels.floyd_steinberg(subject.grey, bits),
        "Pillow convert('1')",
        lambda subject: subject.picture_grey.convert("1"),
    ),
    "floyd_steinberg serpentine": (
        lambda subject: kernels.floyd_steinberg(subject.grey, bits, serpentine=True),
        "Pillow convert('1')",
        lambda subject: subject.picture_grey.convert("1"),
    ),
    "floyd_steinberg_pillow": (
        lambda subject: kernels.floyd_steinberg_pillow(subject.grey, bits),
        "Pillow convert('1')",
        lambda subject: subject.picture_grey.convert("1"),
    ),
    "ordered": (
        lambda subject: kernels.ordered(subject.grey, bits),
        "numpy packbits(grey < tile)",
        lambda subject: np.packbits(subject.grey < tile, axis=1),
    ),
    "threshold": (
        lambda subject: kernels.threshold(subject.grey, bits),
        "numpy packbits(grey < 128)",
        lambda subject: np.packbits(subject.grey < 128, axis=1),
    ),
    "luma": (
        lambda subject: kernels.luma(subject.pixels, plane),
        "Pillow convert('L')",
        lambda subject: subject.picture.convert("L"),
    ),
    "luma of four samples": (
        lambda subject: kernels.luma(subject.pixels_4, plane),
        "Pillow convert('L')",
        lambda subject: subject.picture.convert("L"),
    ),
    "separate": (
        lambda subject: kernels.separate(subject.pixels, yellow, magenta, cyan, black),
        "Pillow split, lighter, point, paste",
        pillow_separation,
    ),
    "separate four samples": (
        lambda subject: kernels.separate(subject.pixels_4, yellow, magenta, cyan, black),
        "Pillow split, lighter, point, paste",
        pillow_separation,
    ),
    "reduce_depth": (
        lambda subject: kernels.reduce_depth(subject.grey, plane, 7),
        "Pillow point",
        lambda subject: subject.picture_grey.point(seven.tolist()),
    ),
    "pack 7 bits": (
        lambda subject: kernels.pack(subject.levels_7, packed, 7),
        "numpy unpackbits, packbits",
        numpy_packing,
    ),
    "pack 1 bit": (
        lambda _subject: kernels.pack(black, bits, 1, align_rows=True),
        "numpy packbits",
        lambda _subject: np.packbits(black, axis=1),
    ),
    "unpack 7 bits": (
        lambda subject: kernels.unpack(subject.packed_7, plane, 7),
        "numpy unpackbits, packbits",
        numpy_unpacking,
    ),
    "unpack 1 bit": (
        lambda _subject: kernels.unpack(bits, plane, 1, align_rows=True),
        "numpy unpackbits",
        lambda _subject: np.unpackbits(bits, axis=1, count=WIDTH),
    ),
}


@pytest.fixture(autouse=True)
def _panels_of_a_card() -> None:
    """Leave a real black panel and real bits in the buffers that some kernels start from."""
    subject = card(0)
    kernels.separate(subject.pixels, yellow, magenta, cyan, black)
    kernels.floyd_steinberg(subject.grey, bits)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("who", ["ours", "peer"])
def test_kernel(benchmark: BenchmarkFixture, name: str, who: str) -> None:
    ours, peer, theirs = PAIRS[name]
    benchmark.group = name
    benchmark.name = f"{name}: {'ours' if who == 'ours' else peer}"
    benchmark.pedantic(ours if who == "ours" else theirs, (card(1),), rounds=ROUNDS, warmup_rounds=1)


def seconds(work: Work, subject: Card) -> float:
    start = perf_counter()
    work(subject)
    return perf_counter() - start


def both(ours: Work, theirs: Work, subject: Card, *, ours_first: bool) -> tuple[float, float]:
    # Who comes second finds the picture in the cache.
    if ours_first:
        return seconds(ours, subject), seconds(theirs, subject)
    theirs_took = seconds(theirs, subject)
    return seconds(ours, subject), theirs_took


def test_ratios_of_interleaved_rounds(capsys: pytest.CaptureFixture[str]) -> None:
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in PAIRS}
    for seed in range(ROUNDS):
        subject = card(seed)
        for name, (ours, _peer, theirs) in PAIRS.items():
            rounds[name].append(both(ours, theirs, subject, ours_first=seed % 2 == 0))
    with capsys.disabled():
        print(f"\n{'kernel':<28}{'ns a dot':>9}{'peer':>9}{'ratio':>8}  peer, medians of {ROUNDS} interleaved rounds")
        for name, pairs in rounds.items():
            ours_ns, peer_ns = (1e9 / (HEIGHT * WIDTH) * median(side) for side in zip(*pairs, strict=True))
            ratio = median(theirs / ours for ours, theirs in pairs)
            print(f"{name:<28}{ours_ns:>9.2f}{peer_ns:>9.2f}{ratio:>7.1f}x  {PAIRS[name][1]}")
