"""One design under many cards: it is taken apart once, and of each card only what is different.

Laws kept here:

1. The panels are those of the whole card, byte for byte. What has changed is found by comparing every byte of the two
   pictures; nobody is trusted to say it.
2. That is possible where each dot of a panel follows from the same dot of the picture. `is_pointwise` tells where that
   is so; error diffusion, choke, text found by its shape and the like look round, and are done anew for the whole card.
3. A background keeps its picture and panels, is never written to, and may serve any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from printserver.model.card import Panel, PanelName, Ribbon, Side, SidePanels
from printserver.model.ticket import KMode, Overlay, Ticket
from printserver.raster.kernels import Rectangle

Pixels: TypeAlias = npt.NDArray[np.uint8]
Separate: TypeAlias = Callable[[Pixels], SidePanels]

# Changed rows or columns with no more equal ones than these between them are one rectangle: each costs some time.
ROWS_BETWEEN, COLUMNS_BETWEEN = 8, 32
# Beyond this part of a card it is quicker to do all of it.
WORTH = 0.5

# Keys of a ticket that leave a separation pointwise whatever they say: they choose no ink, or only a limit.
ANY_VALUE = (
    "queue", "name", "user", "user_uri", "department", "document_names", "metadata", "copies", "stock", "ribbon",
    "sides", "tracks",
    "placement", "back_placement", "pages", "proof", "rotation", "dither", "grey", "hold", "hold_until",
    "priority", "not_before", "retention", "reprint_of", "k_threshold",
)  # fmt: skip
POINTWISE_K = frozenset({KMode.NONE, KMode.BLACK, KMode.THRESHOLD})
WINDOWS = frozenset({Overlay.FULL, Overlay.NONE, Overlay.CHIP, Overlay.STRIPE, Overlay.CHIP_STRIPE})


def is_pointwise(side: Side, ribbon: Ribbon, ticket: Ticket) -> bool:
    """Tell whether each dot of a side's panels, overlay aside, follows from the same dot of the picture.

    Overlay must not follow from the picture at all. A key that is not known here must have its default.
    """
    usual = Ticket()
    known = {key: getattr(usual, key) for key in (*ANY_VALUE, "k_mode", "overlay")}
    return (
        any(name.is_dye for name in ribbon.panels(side))
        and not ribbon.half
        and ticket.k_mode in POINTWISE_K
        and ticket.overlay in WINDOWS
        and msgspec.structs.replace(ticket, **known) == usual
    )


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The picture that cards have in common, its panels, and how a picture of any size is taken apart.

    `separate` must be pointwise but for the overlay panel, which must be the same for every picture of a size.
    """

    picture: Pixels
    panels: SidePanels
    separate: Separate

    @classmethod
    def of(cls, picture: Pixels, separate: Separate) -> Background:
        """Take the common picture apart, (height, width, 3 or 4); it is copied."""
        kept = picture.copy()
        kept.setflags(write=False)
        return cls(kept, separate(kept), separate)

    def panels_of(self, picture: Pixels) -> SidePanels:
        """Return the panels of a card's picture, as `separate` gives them for the whole."""
        if picture.shape != self.picture.shape:
            return self.separate(picture)
        places = list(changed(self.picture, picture))
        dots = sum(place.width * place.height for place in places)
        if dots > WORTH * picture.shape[0] * picture.shape[1]:
            return self.separate(picture)
        patches = [(place, self.separate(np.ascontiguousarray(picture[within(place)]))) for place in places]
        return SidePanels(
            self.panels.side,
            tuple(patched(panel, number, patches) for number, panel in enumerate(self.panels.panels)),
        )


def patched(panel: Panel, number: int, patches: list[tuple[Rectangle, SidePanels]]) -> Panel:
    """Return a panel of the background with the patches of the same panel laid in."""
    if panel.name is PanelName.O:
        return panel
    plane = panel.plane.copy()
    for place, side in patches:
        plane[within(place)] = side.panels[number].plane
    return Panel(panel.name, plane, panel.levels)


def within(place: Rectangle) -> tuple[slice, slice]:
    """Return the rows and columns of a rectangle."""
    return slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)


def changed(one: Pixels, other: Pixels) -> Iterator[Rectangle]:
    """Yield rectangles that hold every dot in which two pictures of a size differ; none lies on another."""
    samples = one.shape[2]
    for top, bottom in runs(rows_apart(one, other), ROWS_BETWEEN):
        apart = (one[top:bottom] != other[top:bottom]).reshape(bottom - top, -1)
        for left, right in runs(apart.any(axis=0).reshape(-1, samples).any(axis=1), COLUMNS_BETWEEN):
            rows = np.flatnonzero(apart[:, samples * left : samples * right].any(axis=1))
            first, last = int(rows[0]), int(rows[-1])
            yield Rectangle(left, top + first, right - left, last + 1 - first)


def runs(marks: npt.NDArray[np.bool_], between: int) -> Iterator[tuple[int, int]]:
    """Yield where marks begin and end; those with no more than `between` others among them are one run."""
    marked = np.flatnonzero(marks)
    if marked.size:
        ends = np.flatnonzero(np.diff(marked) > between + 1)
        for first, last in zip(marked[[0, *(ends + 1)]].tolist(), marked[[*ends, -1]].tolist(), strict=True):
            yield first, last + 1


def rows_apart(one: Pixels, other: Pixels) -> npt.NDArray[np.bool_]:
    """Tell of each row whether any byte differs, eight bytes at a time where rows are made of eights."""
    first, second = (np.ascontiguousarray(each).reshape(each.shape[0], -1) for each in (one, other))
    if first.shape[1] % 8 == 0:
        first, second = first.view(np.uint64), second.view(np.uint64)
    apart: npt.NDArray[np.bool_] = (first != second).any(axis=1)
    return apart
