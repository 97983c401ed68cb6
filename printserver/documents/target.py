"""What a document is decoded for: the printer's image, how pages are laid on it, which and how many are taken.

Laws kept here:

1. A picture has pixels of its own and is decoded as it is; what is drawn (a PDF's page) is drawn at the size in which
   it lies on the card, so that it is never scaled again.
2. More pages than are taken are refused by their number; none is left out in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from printserver.documents.sniff import MAX_PIXELS
from printserver.errors import BadTicket, DocumentBroken, DocumentTooLarge
from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation

# ID-1 at 300 dpi with the rim that printers add.
CARD = Geometry(1016, 648)
MAX_SIDES = 2
MAX_PAGES = 1000
"""Pages of one job; two of them make a card where both sides are printed."""


@dataclass(frozen=True, slots=True)
class Target:
    """The image that pages are made for, the ticket's wishes for them, and the most pages and pixels (of one page).

    `placements` are those of the first page that is taken and of the second; `ranges` are FIRST-LAST, none = all pages;
    `take` are those that are taken of the chosen ones, counted from 1 and ascending, none = all.
    """

    geometry: Geometry = CARD
    placements: tuple[Placement, ...] = (Placement.CROP,)
    rotation: Rotation = Rotation.AUTO
    ranges: tuple[str, ...] = ()
    pages: int = MAX_SIDES
    max_pixels: int = MAX_PIXELS
    take: tuple[int, ...] = ()

    def taking(self, numbers: tuple[int, ...]) -> Target:
        """Return a target that takes these of the chosen pages."""
        return replace(self, take=numbers)

    def placement(self, taken: int) -> Placement:
        """Return how the page is laid down that is taken as so many-th, counted from 0."""
        return self.placements[min(taken, len(self.placements) - 1)]

    def wants(self, number: int) -> bool:
        """Tell whether the page of a number, counted from 1, is among the ranges."""
        bounds = (each.partition("-") for each in self.ranges)
        return not self.ranges or any(int(first) <= number <= int(last) for first, _, last in bounds)

    def chosen(self, count: int) -> tuple[int, ...]:
        """Return the numbers, counted from 1, of the pages that are taken of so many; raises as `check_chosen` does."""
        numbers = tuple(number for number in range(1, count + 1) if self.wants(number))
        self.check_chosen(len(numbers), count)
        return tuple(numbers[each - 1] for each in self.take) or numbers

    def takes(self, wanted: int) -> bool:
        """Tell whether the chosen page of a number, counted from 1, is taken."""
        return wanted in self.take if self.take else wanted <= self.pages

    def check_chosen(self, wanted: int, count: int) -> None:
        """Raise DocumentTooLarge when more pages are wanted than are taken, BadTicket when none is.

        What is told of `take` must be there: it was counted before.
        """
        if self.take and self.take[-1] > wanted:
            raise DocumentBroken(f"the document has no page {self.take[-1]}", allowed=f"pages 1 to {wanted}")
        if wanted > self.pages and not self.take:
            what = f"{wanted} pages of the document are chosen" if self.ranges else f"the document has {count} pages"
            raise DocumentTooLarge(what, allowed=f"{self.pages} pages: front and back" if self.pages > 1 else "1 page")
        self.check_any(wanted, count)

    def check_any(self, wanted: int, count: int) -> None:
        """Raise BadTicket when of so many pages none is wanted."""
        if not wanted:
            raise BadTicket("none of the pages is among them", where="pages", allowed=f"pages 1 to {count}")
