"""What a document is decoded for: the printer's image, how pages are laid on it, which and how many are taken.

Laws kept here:

1. A picture has pixels of its own and is decoded as it is; what is drawn (a PDF's page) is drawn at the size in which
   it lies on the card, so that it is never scaled again.
2. More pages than are taken are refused by their number; none is left out in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.documents.sniff import MAX_PIXELS
from printserver.errors import BadTicket, DocumentTooLarge
from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation

# ID-1 at 300 dpi with the rim that printers add.
CARD = Geometry(1016, 648)
MAX_PAGES = 2


@dataclass(frozen=True, slots=True)
class Target:
    """The image that pages are made for, the ticket's wishes for them, and the most pages and pixels (of one page).

    `placements` are those of the first page that is taken and of the second; `ranges` are FIRST-LAST, none = all pages.
    """

    geometry: Geometry = CARD
    placements: tuple[Placement, ...] = (Placement.CROP,)
    rotation: Rotation = Rotation.AUTO
    ranges: tuple[str, ...] = ()
    pages: int = MAX_PAGES
    max_pixels: int = MAX_PIXELS

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
        return numbers

    def check_chosen(self, wanted: int, count: int) -> None:
        """Raise DocumentTooLarge when more pages are wanted than are taken, BadTicket when none is."""
        if wanted > self.pages:
            what = f"{wanted} pages of the document are chosen" if self.ranges else f"the document has {count} pages"
            raise DocumentTooLarge(what, allowed=f"{self.pages} pages: front and back" if self.pages > 1 else "1 page")
        if not wanted:
            raise BadTicket("none of the pages is among them", where="pages", allowed=f"pages 1 to {count}")
