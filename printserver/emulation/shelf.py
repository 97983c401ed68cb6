"""Where finished cards go: a folder of pictures, each written by rename when its card has left the machine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from PIL import Image

from printserver.model.card import Geometry, Panel, Side
from printserver.raster.composite import composite

REJECTED = "rejected"
_NUMBERED = re.compile(r"([0-9]{4,})-front\.png")

Printed = Mapping[Side, Sequence[Panel]]


class Shelf(Protocol):
    """Takes the cards that leave a machine."""

    def put(self, number: int, sides: Printed, geometry: Geometry, *, rejected: bool) -> None:
        """Take one card; a side that is not in `sides` was not printed."""
        ...

    def highest(self) -> int:
        """Return the highest number that was ever put here, 0 when there is none."""
        ...


class NoShelf:
    """Cards fall to the floor; for tests that look at bytes alone."""

    def put(self, number: int, sides: Printed, geometry: Geometry, *, rejected: bool) -> None:
        """Take no note of a card."""

    def highest(self) -> int:
        """Return 0."""
        return 0


class CardShelf:
    """Writes `NNNN-front.png` always and `NNNN-back.png` if the back was printed; rejects into `rejected/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / REJECTED).mkdir(parents=True, exist_ok=True)

    def put(self, number: int, sides: Printed, geometry: Geometry, *, rejected: bool) -> None:
        """Write one card; the front comes last, so that who sees it sees the whole card."""
        folder = self._folder / REJECTED if rejected else self._folder
        if Side.BACK in sides:
            _write(folder / f"{number:04d}-back.png", sides[Side.BACK], geometry)
        _write(folder / f"{number:04d}-front.png", sides.get(Side.FRONT, ()), geometry)

    def highest(self) -> int:
        """Return the highest number of a card in this folder."""
        names = [path.name for path in (*self._folder.iterdir(), *(self._folder / REJECTED).iterdir())]
        return max((int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name))), default=0)


def _write(path: Path, panels: Sequence[Panel], geometry: Geometry) -> None:
    picture = Image.fromarray(composite(panels, shape=(geometry.height, geometry.width)))
    draft = path.with_name(f".{path.name}.new")
    picture.save(draft, format="PNG", compress_level=3, dpi=(geometry.dpi, geometry.dpi))
    draft.replace(path)
