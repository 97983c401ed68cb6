"""R1, R2, R3, R5: how fast the dithers are beside Pillow, numpy and a mere copy.

A card's grey plane is dithered to packed bits, everything that the facade does included, and the plane of bits is made
anew each time, as the peers make theirs. Each round has a card of its own; short work is done several times in a row.
What came out is compared with another way to it: the diagonals of tests/raster/references_dither.py, Pillow itself,
numpy, the dot-by-dot kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from PIL import Image

from benches.rows.cards import HEIGHT, WIDTH, card_picture
from benches.rows.row import Measurement, Part, Row, interleaved
from printserver.model.card import Plane
from printserver.raster import kernels
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster import references, references_dither

PLANES = 16
OFTEN = 12
TILES = {"8 x 8": kernels.BAYER_8, "64 x 64": kernels.VOID_AND_CLUSTER_64}
SMALL = [(1, 1), (1, 9), (9, 1), (3, 37), (33, 20), (12, 255), (17, 256), (40, 263), (33, 513), (40, 527)]


class Card(NamedTuple):
    """A card's light, as an array and as a Pillow picture, and a plane that it is copied to."""

    grey: Plane
    picture: Image.Image
    copy: Plane


class Batch(NamedTuple):
    """Several cards of one shape."""

    greys: Sequence[Plane]
    pictures: Sequence[Image.Image]


Kernel = Callable[[Plane, Plane], None]
Check = Callable[[Card, Plane, Image.Image], None]


def card(number: int) -> Card:
    grey = np.empty((HEIGHT, WIDTH), np.uint8)
    kernels.luma(card_picture("photo", number), grey)
    return Card(grey, Image.fromarray(grey), np.zeros_like(grey))


def batch(number: int) -> Batch:
    """Return a card and others that are parts of it in another order, which is quicker than to draw each."""
    grey = card(number).grey
    greys = [np.roll(grey, (41 * each, 67 * each), axis=(0, 1)) for each in range(PLANES)]
    return Batch(greys, [Image.fromarray(each) for each in greys])


def with_pillow(subject: Card) -> Image.Image:
    return subject.picture.convert("1")


def all_with_pillow(subject: Batch) -> list[Image.Image]:
    return [picture.convert("1") for picture in subject.pictures]


def by_diagonals(grey: Plane) -> Plane:
    return references_dither.diagonals(grey, (7, 3, 5, 1), rounded=True)


def by_pillow(grey: Plane) -> Plane:
    return bits_of(Image.fromarray(grey).convert("1"))


def bits_of(picture: Image.Image) -> Plane:
    return np.packbits(~np.asarray(picture), axis=1)


def dithered(kernel: Kernel, grey: Plane) -> Plane:
    bits = np.empty((grey.shape[0], (grey.shape[1] + 7) // 8), np.uint8)
    kernel(grey, bits)
    return bits


def right(expected: Callable[[Plane], Plane], subject: Card, bits: Plane, theirs: object) -> None:
    """Raise where the bits that were timed are not as defined."""
    np.testing.assert_array_equal(bits, expected(subject.grey))


def like_pillow(subject: Card, bits: Plane, theirs: Image.Image) -> None:
    """Raise where the bits that were timed are not those that Pillow gave while it was timed."""
    np.testing.assert_array_equal(bits, bits_of(theirs))


def on_path(path: str, kernel: Kernel, check: Check) -> list[float]:
    """Return how many times faster than Pillow a kernel is on a code path."""
    with on_code_path(path):
        return interleaved(
            lambda subject: dithered(kernel, subject.grey), with_pillow, card, times=OFTEN, check=check,
        )  # fmt: skip


def as_copy(kernel: Kernel, expected: Callable[[Plane], Plane]) -> list[float]:
    """Return how many times as long as a copy of the plane a kernel takes."""
    ratios = interleaved(
        lambda subject: dithered(kernel, subject.grey), lambda subject: np.copyto(subject.copy, subject.grey), card,
        times=10 * OFTEN, check=partial(right, expected),
    )  # fmt: skip
    return [1 / ratio for ratio in ratios]


def unlike(kernel: Kernel, expected: Callable[[Plane], Plane]) -> float:
    """Count the small planes, on every code path, that come out otherwise than by definition."""
    wrong = 0
    for path in code_paths():
        for number, shape in enumerate(SMALL):
            grey = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
            with on_code_path(path):
                wrong += bool((dithered(kernel, grey) != expected(grey)).any())
    return float(wrong)


def diffusion_parts(kernel: Kernel, check: Check, best: float, portable: float) -> list[Part]:
    """Return what R1 and R2 have in common."""
    return [
        Part(f"Pillow convert('1'), {code_paths()[-1]}", on_path(code_paths()[-1], kernel, check), best),
        Part("portable", on_path("portable", kernel, check), portable),
        *[Part(path, on_path(path, kernel, check)) for path in code_paths()[1:-1]],
    ]


def project_form() -> Sequence[Row]:
    parts = [
        *diffusion_parts(kernels.floyd_steinberg, partial(right, by_diagonals), 10, 5),
        Part("time of a copy", as_copy(kernels.floyd_steinberg, by_diagonals), 3.5, at_least=False),
        Part("small planes unlike", [unlike(kernels.floyd_steinberg, references.floyd_steinberg)], 0, False, ""),
    ]
    note = "Floyd-Steinberg, project form, into new bits; the copy goes into a plane that is there; stretch 14x Pillow"
    return [Row("R1", parts, note, copy_limit())]


def pillow_form() -> Sequence[Row]:
    parts = [
        *diffusion_parts(kernels.floyd_steinberg_pillow, like_pillow, 8, 4.5),
        Part("small planes unlike", [unlike(kernels.floyd_steinberg_pillow, by_pillow)], 0, False, ""),
    ]
    return [Row("R2", parts, "Floyd-Steinberg, bit for bit Pillow's")]


def one_serpentine() -> list[float]:
    kernel: Kernel = partial(kernels.floyd_steinberg, serpentine=True)
    return interleaved(
        lambda subject: dithered(kernel, subject.grey), with_pillow, card, times=2, check=partial(right, lanes_of_one),
    )  # fmt: skip


def lanes_of_one(grey: Plane) -> Plane:
    """Dither a plane in serpentine scan in the lanes of a batch, which is another kernel than that for one plane."""
    bits: list[Plane] = [np.empty((HEIGHT, WIDTH // 8), np.uint8) for _ in range(4)]
    kernels.floyd_steinberg_batch([grey] * 4, bits, serpentine=True)
    return bits[0]


def batch_dithered(kernel: Callable[..., None], subject: Batch) -> list[Plane]:
    bits: list[Plane] = [np.empty((HEIGHT, WIDTH // 8), np.uint8) for _ in subject.greys]
    kernel(subject.greys, bits, serpentine=True)
    return bits


def right_batch(kernel: Kernel, subject: Batch, made: Sequence[Plane], theirs: object) -> None:
    for grey, bits in zip(subject.greys, made, strict=True):
        np.testing.assert_array_equal(bits, dithered(kernel, grey))


def batch_on_path(path: str, several: Callable[..., None], one: Callable[..., None]) -> list[float]:
    with on_code_path(path):
        return interleaved(
            partial(batch_dithered, several), all_with_pillow, batch, rounds=9,
            check=partial(right_batch, partial(one, serpentine=True)),
        )  # fmt: skip


def serpentine() -> Sequence[Row]:
    floyd_steinberg = (kernels.floyd_steinberg_batch, kernels.floyd_steinberg)
    best = code_paths()[-1]
    parts = [
        Part("one plane, Pillow", one_serpentine(), 1.8),
        Part(f"{PLANES} planes, {best}", batch_on_path(best, *floyd_steinberg), 10),
        Part(f"{PLANES} planes, portable", batch_on_path("portable", *floyd_steinberg), 6),
        *[Part(f"{PLANES} planes, {path}", batch_on_path(path, *floyd_steinberg)) for path in code_paths()[1:-1]],
        Part("Sierra Lite", batch_on_path(best, kernels.sierra_lite_batch, kernels.sierra_lite)),
    ]
    return [Row("R3", parts, "Floyd-Steinberg, serpentine, interleaving and packing included")]


@cache
def laid(name: str) -> Plane:
    """Return a tile laid over a card, as numpy needs it; this is not timed."""
    small = TILES[name]
    return np.tile(small, (HEIGHT // small.shape[0] + 1, WIDTH // small.shape[1] + 1))[:HEIGHT, :WIDTH].copy()


def by_numpy(name: str, grey: Plane) -> Plane:
    return np.packbits(grey < laid(name), axis=1)


def ordered() -> Sequence[Row]:
    return [Row("R5", [*tile_parts("8 x 8"), *tile_parts("64 x 64")], "ordered dither to packed bits")]


def tile_parts(name: str) -> list[Part]:
    kernel: Kernel = partial(kernels.ordered, tile=TILES[name])
    laid(name)
    against_numpy = interleaved(
        lambda subject: dithered(kernel, subject.grey), lambda subject: by_numpy(name, subject.grey), card,
        times=4 * OFTEN, check=partial(right, partial(by_numpy, name)),
    )  # fmt: skip
    return [
        Part(f"{name}, numpy compare and packbits", against_numpy, 2),
        Part("time of a copy", as_copy(kernel, partial(by_numpy, name)), 2, at_least=False),
    ]


def copy_limit() -> str:
    """Say what stands in the way of 3.5 copies, measured here."""
    ratios = interleaved(
        lambda subject: np.copyto(subject.copy, subject.grey), with_pillow, card, rounds=5, times=10 * OFTEN,
        check=lambda subject, _ours, _theirs: np.testing.assert_array_equal(subject.copy, subject.grey),
    )  # fmt: skip
    return (
        f"a copy out of this machine's caches is {np.median(ratios):.0f} x Pillow, so 3.5 copies would be "
        f"{np.median(ratios) / 3.5:.0f} x Pillow; the target was set where a copy was 28 x"
    )


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement(("R1",), project_form),
    Measurement(("R2",), pillow_form),
    Measurement(("R3",), serpentine),
    Measurement(("R5",), ordered),
)
