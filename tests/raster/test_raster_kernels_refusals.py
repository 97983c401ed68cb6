"""A kernel follows pointers, so what is not exactly as agreed is refused before, by name, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from printserver.errors import PrintServerError
from printserver.raster import kernels
from printserver.raster.arrays import BadPlane
from printserver.raster.kernels import Lettering, Rectangle
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.raster.references import Plane


def plane(height: int = 4, width: int = 10) -> Plane:
    return np.zeros((height, width), dtype=np.uint8)


def pixels(samples: int = 3) -> Plane:
    return np.zeros((4, 10, samples), dtype=np.uint8)


def frozen(array: Plane) -> Plane:
    array.setflags(write=False)
    return array


def words() -> Plane:
    wide: npt.NDArray[np.generic] = np.zeros((4, 10), dtype=np.uint16)
    return wide  # type: ignore[return-value]  # the mistake under test


def lists() -> Plane:
    wrong: Plane = [[0] * 10] * 4  # type: ignore[assignment]  # the mistake under test
    return wrong


def inks() -> tuple[Plane, Plane, Plane, Plane]:
    return plane(), plane(), plane(), plane()


def batch_bits() -> list[Plane]:
    return [plane(4, 2), plane(4, 2)]


shared, colours, shared_bits = plane(), pixels(), plane(4, 2)

CALLS: dict[str, tuple[str, Callable[[], None]]] = {
    "grey of 16 bits": ("grey", lambda: kernels.floyd_steinberg(words(), plane(4, 2))),
    "grey as lists": ("grey", lambda: kernels.floyd_steinberg_pillow(lists(), plane(4, 2))),
    "grey with colours": ("grey", lambda: kernels.ordered(pixels(), plane(4, 2))),
    "grey with gaps": ("grey", lambda: kernels.threshold(plane()[:, ::2], plane(4, 1))),
    "grey upside down": ("grey", lambda: kernels.floyd_steinberg(plane()[::-1], plane(4, 2))),
    "no dot": ("grey", lambda: kernels.floyd_steinberg(plane(0, 10), plane(0, 2))),
    "bits too narrow": ("bits", lambda: kernels.floyd_steinberg(plane(), plane(4, 1))),
    "bits too low": ("bits", lambda: kernels.ordered(plane(), plane(3, 2))),
    "bits read-only": ("bits", lambda: kernels.floyd_steinberg(plane(), frozen(plane(4, 2)))),
    "grey of another kind for Sierra": ("grey", lambda: kernels.sierra_lite(words(), plane(4, 2))),
    "bits too narrow for Atkinson": ("bits", lambda: kernels.atkinson(plane(), plane(4, 1))),
    "a batch with bits missing": ("bits", lambda: kernels.floyd_steinberg_batch([plane()], [])),
    "a batch of two shapes": ("greys", lambda: kernels.sierra_lite_batch([plane(), plane(4, 11)], batch_bits())),
    "a batch with one plane wrong": ("bits", lambda: kernels.sierra_lite_batch([plane()] * 2, [plane(4, 2), plane()])),
    "one place for the bits of two": ("", lambda: kernels.sierra_lite_batch([plane()] * 2, [shared_bits] * 2)),
    "tile of three": ("tile", lambda: kernels.ordered(plane(), plane(4, 2), plane(3, 8))),
    "tile in a row": ("tile", lambda: kernels.ordered(plane(), plane(4, 2), np.zeros(8, dtype=np.uint8))),
    "threshold 256": ("level", lambda: kernels.threshold(plane(), plane(4, 2), 256)),
    "luma of two samples": ("pixels", lambda: kernels.luma(pixels(2), plane())),
    "luma of a plane": ("pixels", lambda: kernels.luma(plane(), plane())),
    "luma into another size": ("grey", lambda: kernels.luma(pixels(), plane(4, 11))),
    "brightest into another size": ("plane", lambda: kernels.brightest(pixels(), plane(5, 10))),
    "brightest onto its pixels": ("", lambda: kernels.brightest(colours, colours.reshape(-1)[:40].reshape(4, 10))),
    "overlay of another size": ("overlay", lambda: kernels.separate(pixels(), *inks(), plane(4, 11))),
    "short tone": ("tone", lambda: kernels.luma(pixels(), plane(), np.zeros(255, dtype=np.uint8))),
    "cyan of another size": ("cyan", lambda: kernels.separate(pixels(), plane(), plane(), plane(5, 10))),
    "black read-only": ("black", lambda: kernels.separate(pixels(), plane(), plane(), plane(), frozen(plane()))),
    "three tone tables": ("tones", lambda: kernels.separate(pixels(), *inks(), tones=plane(3, 256))),
    "mask of another size": ("excluded", lambda: kernels.separate(pixels(), *inks(), excluded=plane(10, 4))),
    "black limit below zero": ("black_limit", lambda: kernels.separate(pixels(), *inks(), black_limit=-1)),
    "black limit beyond white": ("black_limit", lambda: kernels.separate(pixels(), *inks(), black_limit=256)),
    "one plane for two inks": ("", lambda: kernels.separate(pixels(), shared, shared, plane())),
    "an ink on its mask": ("", lambda: kernels.separate(pixels(), *inks()[1:], shared, excluded=shared)),
    "grey onto its pixels": ("", lambda: kernels.luma(colours, colours.reshape(-1)[:40].reshape(4, 10))),
    "text of another size": ("elsewhere", lambda: kernels.text(plane(), plane(5, 10), Lettering(0, 1, 1))),
    "text onto its light": ("", lambda: kernels.text(shared, shared, Lettering(0, 1, 1))),
    "photograph of another size": ("excluded", lambda: kernels.text(plane(), plane(), Lettering(0, 1, 1), plane(9, 9))),
    "reach of 128": ("reach", lambda: kernels.shrink(plane(), plane(), 128)),
    "core of another size": ("core", lambda: kernels.shrink(plane(), plane(9, 9), 1)),
    "black of another size": ("black", lambda: kernels.under_black(*inks()[1:], plane(9, 9))),
    "101 per cent removed": ("removed", lambda: kernels.under_black(*inks(), removed=101)),
    "black below itself": ("", lambda: kernels.under_black(shared, plane(), plane(), shared)),
    "inks of two sizes": ("magenta", lambda: kernels.under_black(plane(), plane(9, 9), plane(), plane())),
    "core under black of another size": ("core", lambda: kernels.under_black(*inks(), core=plane(9, 9))),
    "less than nothing replaced": ("replaced", lambda: kernels.replace_grey_component(*inks(), replaced=-1)),
    "light read-only": (
        "light", lambda: kernels.replace_grey_component(*inks()[1:], frozen(plane()), replaced=1)
    ),
    "pixels read-only": ("pixels", lambda: kernels.lift_colour(frozen(pixels()), plane(), (0, 0, 0))),
    "key beyond white": ("key", lambda: kernels.lift_colour(pixels(), plane(), (0, 256, 0))),
    "tolerance 256": ("tolerance", lambda: kernels.lift_colour(pixels(), plane(), (0, 0, 0), 256)),
    "diffused in place": ("", lambda: kernels.diffuse_depth(shared, shared, 5)),
    "window inside out": ("windows", lambda: kernels.overlay(plane(), [Rectangle(0, 0, -1, 5)])),
    "overlay level 256": ("level", lambda: kernels.overlay(plane(), level=256)),
    "depth of 2 bits": ("bits", lambda: kernels.pack(plane(), plane(1, 10), 2)),
    "bytes missing": ("packed", lambda: kernels.pack(plane(), plane(1, 34), 7)),
    "bytes too many": ("packed", lambda: kernels.unpack(plane(1, 36), plane(), 7)),
    "rows not aligned": ("packed", lambda: kernels.unpack(plane(1, 5), plane(), 1, align_rows=True)),
    "packed read-only": ("packed", lambda: kernels.pack(plane(), frozen(plane(1, 35)), 7)),
    "packed onto itself": ("", lambda: kernels.pack(shared, shared, 8)),
    "depth of no bits": ("bits", lambda: kernels.reduce_depth(plane(), plane(), 0)),
    "depth of nine bits": ("bits", lambda: kernels.expand_depth(plane(), plane(), 9)),
    "sizes apart": ("levels", lambda: kernels.reduce_depth(plane(), plane(5, 10), 7)),
}


@pytest.mark.parametrize(("where", "call"), CALLS.values(), ids=CALLS.keys())
def test_what_is_not_as_agreed_is_refused_by_name(where: str, call: Callable[[], None]) -> None:
    with pytest.raises(BadPlane) as refusal:
        call()
    assert refusal.value.where == where
    assert refusal.value.allowed
    assert isinstance(refusal.value, PrintServerError)


@pytest.mark.parametrize("bits", [1, 5, 6, 7])
def test_a_level_beyond_the_depth_is_refused_wherever_it_stands(bits: int) -> None:
    for path in code_paths():
        for x in range(150):
            levels = plane(1, 150)
            levels[0, x] = 2**bits
            with on_code_path(path), pytest.raises(BadPlane, match="beyond the depth"):
                kernels.pack(levels, plane(1, kernels.packed_size(1, 150, bits)), bits)
            with pytest.raises(BadPlane, match="beyond the depth"):
                kernels.expand_depth(levels, plane(1, 150), bits)


@pytest.mark.parametrize("levels", [0, 1, 3, 4, 16, 127, 512])
def test_a_level_count_that_no_depth_has_is_refused(levels: int) -> None:
    with pytest.raises(BadPlane):
        kernels.depth(levels)


def test_inputs_may_be_read_only() -> None:
    bits = plane(4, 2)
    kernels.floyd_steinberg(frozen(plane()), bits)
    kernels.unpack(frozen(bits), plane(), 1, align_rows=True)
    kernels.separate(frozen(pixels()), *inks(), excluded=frozen(plane()))
    assert (bits == [0xFF, 0xC0]).all()
