"""Kernels of black resin for `fuzz_kernels`: text, core, colour removed, lifted or replaced, and diffused depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from printserver.model.card import Plane
from printserver.raster import kernels
from tests.fuzz.guarded import Call, Guarded, Target
from tests.fuzz.source import Source


def perhaps(source: Source, *shape: int) -> Plane | None:
    """Return values, or None as often."""
    return source.values(*shape) if source.whole(0, 1) else None


def put(memory: Guarded, plane: Plane | None) -> Plane | None:
    """Return a plane in guarded memory, or None where there is none."""
    return None if plane is None else memory.array(*plane.shape, like=plane)


def diffuse_depth(source: Source) -> Call:
    bits, values = source.whole(1, 8), source.values(*source.shape())

    def call(memory: Guarded) -> Sequence[Plane]:
        levels = memory.array(*values.shape)
        kernels.diffuse_depth(memory.array(*values.shape, like=values), levels, bits)
        return [levels]

    return call


def shrink(source: Source) -> Call:
    black, reach = source.values(*source.shape(), top=1), source.one_of([0, 1, 2, 3, 7, 8, 63, 127])

    def call(memory: Guarded) -> Sequence[Plane]:
        core = memory.array(*black.shape)
        kernels.shrink(memory.array(*black.shape, like=black), core, reach)
        return [core]

    return call


def under_black(source: Source) -> Call:
    shape, removed = source.shape(), source.whole(0, 100)
    inks, black, core = [source.values(*shape) for _ in range(3)], source.values(*shape, top=1), perhaps(source, *shape)

    def call(memory: Guarded) -> Sequence[Plane]:
        yellow, magenta, cyan = (memory.array(*shape, like=ink) for ink in inks)
        kernels.under_black(
            yellow, magenta, cyan, memory.array(*shape, like=black), removed=removed, core=put(memory, core)
        )
        return [yellow, magenta, cyan]

    return call


def replace_grey_component(source: Source) -> Call:
    shape, replaced = source.shape(), source.whole(0, 100)
    inks, excluded = [source.values(*shape) for _ in range(3)], perhaps(source, *shape)

    def call(memory: Guarded) -> Sequence[Plane]:
        yellow, magenta, cyan = (memory.array(*shape, like=ink) for ink in inks)
        light = memory.array(*shape)
        kernels.replace_grey_component(
            yellow, magenta, cyan, light, replaced=replaced, excluded=put(memory, excluded)
        )
        return [yellow, magenta, cyan, light]

    return call


def lift_colour(source: Source) -> Call:
    pixels, tolerance = source.values(*source.shape(), source.whole(3, 4)), source.one_of([0, 1, 30, 255])
    key = (source.whole(0, 255), source.whole(0, 255), source.whole(0, 255))

    def call(memory: Guarded) -> Sequence[Plane]:
        lifted, mask = memory.array(*pixels.shape, like=pixels), memory.array(*pixels.shape[:2])
        kernels.lift_colour(lifted, mask, key, tolerance)
        return [lifted, mask]

    return call


def text(source: Source) -> Call:
    light = source.values(*source.shape())
    excluded = perhaps(source, *light.shape)
    lettering = kernels.Lettering(
        limit=source.one_of([0, 25, 128, 255]), stroke=source.whole(0, 40), size=source.whole(0, 700),
        contrast=source.whole(0, 255),
    )  # fmt: skip

    def call(memory: Guarded) -> Sequence[Plane]:
        elsewhere = memory.array(*light.shape)
        kernels.text(memory.array(*light.shape, like=light), elsewhere, lettering, put(memory, excluded))
        return [elsewhere]

    return call


RESIN: Mapping[str, Target] = {
    "diffuse_depth": diffuse_depth,
    "lift_colour": lift_colour,
    "replace_grey_component": replace_grey_component,
    "shrink": shrink,
    "text": text,
    "under_black": under_black,
}
