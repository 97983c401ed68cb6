"""What of a card is shown to people beside its composite: its source, each panel as ink, what was found out about it.

Laws kept here:

1. The panels are those that are sent; the source is the page as it was laid on the card, before it was separated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from printserver.documents.decode import Page
from printserver.model.card import Geometry, PanelName, Ribbon, Side, SidePanels
from printserver.model.inspection import Inspection
from printserver.model.ticket import Ticket
from printserver.raster.ink_picture import ink_picture
from printserver.raster.inspection import half_panel, inspect_card, inspect_page, inspect_wishes
from printserver.raster.place import place
from printserver.sandbox.orders import InkPicture
from printserver.sandbox.pictures import indexed_png, png, thumbnail


def inspected(
    sides: Sequence[SidePanels], pages: Mapping[Side, Page], ribbon: Ribbon, geometry: Geometry, ticket: Ticket
) -> Inspection:
    """Return what is found out about the pages as they are laid on the card, and about the panels made of them."""
    told = [
        warning for side, page in pages.items()
        for warning in inspect_page(page, side, geometry, ticket.placed(side), ticket.rotation)
    ]  # fmt: skip
    told += [warning for side in pages for warning in inspect_wishes(side, ribbon, ticket)]
    return inspect_card(sides, ribbon, geometry, half_panel(geometry, sides), told)


def inks(side: SidePanels) -> Iterator[InkPicture]:
    """Yield each panel of a side as a picture in its ink's colour."""
    seen: Counter[PanelName] = Counter()
    for panel in side.panels:
        seen[panel.name] += 1
        yield InkPicture(
            side=side.side, panel=panel.name, number=seen[panel.name], whole=indexed_png(panel),
            thumbnail=png(thumbnail(ink_picture(panel))),
        )  # fmt: skip


def sources(pages: Mapping[Side, Page], geometry: Geometry, ticket: Ticket) -> dict[Side, bytes]:
    """Return the pages, decoded and laid on the card, as PNG by side."""
    return {side: png(place(page, geometry, ticket.placed(side), ticket.rotation)) for side, page in pages.items()}
