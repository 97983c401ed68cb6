"""What a document is decoded for: the printer's image, how pages are laid on it, how many pages and pixels are taken.

Laws kept here:

1. A picture has pixels of its own and is decoded as it is; what is drawn (a PDF's page) is drawn at the size in which
   it lies on the card, so that it is never scaled again.
2. More pages than are taken are refused by their number; none is left out in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.documents.sniff import MAX_PIXELS
from printserver.errors import DocumentTooLarge
from printserver.model.card import Geometry
from printserver.model.ticket import Placement, Rotation

# ID-1 at 300 dpi with the rim that printers add.
CARD = Geometry(1016, 648)
MAX_PAGES = 2


@dataclass(frozen=True, slots=True)
class Target:
    """The image that pages are made for, how they are laid on it, and the most pages and pixels (of one page)."""

    geometry: Geometry = CARD
    placement: Placement = Placement.CROP
    rotation: Rotation = Rotation.AUTO
    pages: int = MAX_PAGES
    max_pixels: int = MAX_PIXELS

    def check_pages(self, count: int) -> None:
        """Raise DocumentTooLarge when a document has more pages than are taken."""
        if count > self.pages:
            allowed = "1 page" if self.pages == 1 else f"{self.pages} pages: front and back"
            raise DocumentTooLarge(f"the document has {count} pages", allowed=allowed)
