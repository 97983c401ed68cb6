"""Every kernel with any shape, in guarded memory, on every code path: no step outside, and all paths agree.

A target takes its choices first; what it returns calls the kernel with arrays of the memory that it is given and
answers what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from printserver.model.card import Plane
from printserver.raster import kernels
from printserver.raster.kernels.paths import code_paths, on_code_path
from tests.fuzz.fuzz_resin import RESIN
from tests.fuzz.guarded import Call, Guarded, Target
from tests.fuzz.source import Source


def bits_of(memory: Guarded, plane: Plane) -> Plane:
    return memory.array(plane.shape[0], (plane.shape[1] + 7) // 8)


def dither(kernel: Callable[..., None]) -> Target:
    """Return the target of a dither of one plane."""

    def target(source: Source) -> Call:
        grey = source.values(*source.shape())

        def call(memory: Guarded) -> Sequence[Plane]:
            bits = bits_of(memory, grey)
            kernel(memory.array(*grey.shape, like=grey), bits)
            return [bits]

        return call

    return target


def serpentine(kernel: Callable[..., None]) -> Target:
    """Return the target of a dither that can turn round on every second row."""

    def target(source: Source) -> Call:
        turned = bool(source.whole(0, 1))
        return dither(lambda grey, bits: kernel(grey, bits, serpentine=turned))(source)

    return target


def batch(kernel: Callable[..., None]) -> Target:
    """Return the target of a dither of several planes."""

    def target(source: Source) -> Call:
        count, turned = source.whole(1, 40), bool(source.whole(0, 1))
        height, width = source.shape()
        greys = [source.values(min(height, 60), min(width, 200)) for _ in range(count)]

        def call(memory: Guarded) -> Sequence[Plane]:
            bits = [bits_of(memory, grey) for grey in greys]
            kernel([memory.array(*grey.shape, like=grey) for grey in greys], bits, serpentine=turned)
            return bits

        return call

    return target


def ordered(source: Source) -> Call:
    tile = source.values(2 ** source.whole(0, 6), 2 ** source.whole(0, 7))
    return dither(lambda grey, bits: kernels.ordered(grey, bits, tile))(source)


def threshold(source: Source) -> Call:
    level = source.whole(0, 255)
    return dither(lambda grey, bits: kernels.threshold(grey, bits, level))(source)


def of_pixels(kernel: Callable[[Plane, Plane], None]) -> Target:
    """Return the target of what makes one plane of pixels."""

    def target(source: Source) -> Call:
        pixels = source.values(*source.shape(), source.whole(3, 4))

        def call(memory: Guarded) -> Sequence[Plane]:
            plane = memory.array(*pixels.shape[:2])
            kernel(memory.array(*pixels.shape, like=pixels), plane)
            return [plane]

        return call

    return target


def luma(source: Source) -> Call:
    tone = source.values(256) if source.whole(0, 1) else None
    return of_pixels(lambda pixels, grey: kernels.luma(pixels, grey, tone))(source)


def separate(source: Source) -> Call:
    pixels, tones = source.values(*source.shape(), source.whole(3, 4)), source.values(4, 256)
    limit, keep, spare = source.one_of([None, 0, 1, 25, 254, 255]), source.whole(0, 1), source.whole(0, 1)
    has_black, has_overlay = source.whole(0, 1), source.whole(0, 1)
    excluded = source.values(*pixels.shape[:2]) if source.whole(0, 1) else None

    def call(memory: Guarded) -> Sequence[Plane]:
        shape = pixels.shape[:2]
        inks = [memory.array(*shape) for _ in range(5)]
        kernels.separate(
            memory.array(*pixels.shape, like=pixels), inks[0], inks[1], inks[2],
            inks[3] if has_black else None, inks[4] if has_overlay else None,
            tones=memory.array(4, 256, like=tones), black_limit=limit, keep_colour=bool(keep), spare_resin=bool(spare),
            excluded=None if excluded is None else memory.array(*shape, like=excluded),
        )  # fmt: skip
        return inks

    return call


def change_depth(kernel: Callable[[Plane, Plane, int], None], *, from_levels: bool) -> Target:
    """Return the target of a change of depth."""

    def target(source: Source) -> Call:
        bits = source.whole(1, 8)
        values = source.values(*source.shape(), top=2**bits - 1 if from_levels else 255)

        def call(memory: Guarded) -> Sequence[Plane]:
            out = memory.array(*values.shape)
            kernel(memory.array(*values.shape, like=values), out, bits)
            return [out]

        return call

    return target


def packing(source: Source) -> Call:
    """Pack and unpack; what comes back must be what went in."""
    bits, aligned = source.one_of([1, 5, 6, 7, 8]), bool(source.whole(0, 1))
    levels = source.values(*source.shape(), top=2**bits - 1)

    def call(memory: Guarded) -> Sequence[Plane]:
        height, width = levels.shape
        packed = memory.array(kernels.packed_size(height, width, bits, align_rows=aligned))
        again = memory.array(*levels.shape)
        kernels.pack(memory.array(*levels.shape, like=levels), packed, bits, align_rows=aligned)
        kernels.unpack(packed, again, bits, align_rows=aligned)
        np.testing.assert_array_equal(again, levels)
        return [packed, again]

    return call


def unfilter(source: Source) -> Call:
    height, across, pixel = *source.shape(), source.one_of([1, 2, 3, 4, 6, 8])
    rows = source.values(height, 1 + pixel * min(across, 300))
    rows[:, 0] = source.values(height, top=4)

    def call(memory: Guarded) -> Sequence[Plane]:
        samples = memory.array(rows.shape[0], rows.shape[1] - 1)
        kernels.unfilter(memory.array(*rows.shape, like=rows), samples, pixel)
        return [samples]

    return call


def on_white(source: Source) -> Call:
    samples = source.values(*source.shape(), source.one_of([1, 2, 4]))

    def call(memory: Guarded) -> Sequence[Plane]:
        pixels = memory.array(*samples.shape[:2], 3)
        kernels.on_white(memory.array(*samples.shape, like=samples), pixels)
        return [pixels]

    return call


def tetrahedral(source: Source) -> Call:
    pixels, grid = source.values(*source.shape(), source.whole(3, 4)), source.one_of(kernels.GRIDS)
    count = source.whole(3, 4)
    codes = source.values(grid, grid, grid, 4).astype(np.uint16)
    nodes = codes * np.uint16(kernels.FULL_NODE // 255)

    def call(memory: Guarded) -> Sequence[Plane]:
        inks = tuple(memory.array(*pixels.shape[:2]) for _ in range(count))
        table = memory.array(nodes.nbytes, like=nodes.reshape(-1).view(np.uint8)).view(np.uint16).reshape(nodes.shape)
        kernels.tetrahedral(memory.array(*pixels.shape, like=pixels), inks, table)
        return inks

    return call


KERNELS: Mapping[str, Target] = {
    "atkinson": dither(kernels.atkinson),
    "brightest": of_pixels(kernels.brightest),
    "expand_depth": change_depth(kernels.expand_depth, from_levels=True),
    "floyd_steinberg": serpentine(kernels.floyd_steinberg),
    "floyd_steinberg_batch": batch(kernels.floyd_steinberg_batch),
    "floyd_steinberg_pillow": dither(kernels.floyd_steinberg_pillow),
    "luma": luma,
    "on_white": on_white,
    "ordered": ordered,
    "pack": packing,
    "reduce_depth": change_depth(kernels.reduce_depth, from_levels=False),
    "separate": separate,
    "sierra_lite": serpentine(kernels.sierra_lite),
    "sierra_lite_batch": batch(kernels.sierra_lite_batch),
    "tetrahedral": tetrahedral,
    "threshold": threshold,
    "unfilter": unfilter,
    "unpack": packing,
    **RESIN,
}


def fuzz_kernel(name: str, data: bytes) -> None:
    """Call a kernel as `data` says, on every code path and at both ends of its memory; raises where they differ."""
    call = KERNELS[name](Source(data))
    first: Sequence[Plane] = ()
    for path in code_paths():
        for at_end in (True, False):
            with on_code_path(path):
                found = call(Guarded(at_end=at_end))
            first = first or found
            for ours, theirs in zip(found, first, strict=True):
                np.testing.assert_array_equal(ours, theirs, err_msg=f"{name} on {path} and {code_paths()[0]}")
