"""A card's documents as the pages of its sides: two documents, pages of one, or a card job. Runs in a worker.

Laws kept here:

1. A document that is one side has one page; which pages of a longer one are wanted, an order says.
2. A card job is opened here and nowhere else; what is wrong with a member of it, is said with the member's name.
3. A card job inside a card job is no picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from printserver.documents.cardjob import Contents, Member, read_cardjob
from printserver.documents.cardjob.names import Slot
from printserver.documents.decode import DECODERS, Decoder, Page, decode
from printserver.documents.format import Format
from printserver.documents.sniff import CARDJOB
from printserver.documents.target import MAX_SIDES, Target
from printserver.errors import BadCardjob, PrintServerError
from printserver.model.card import Geometry, PanelName, Side
from printserver.model.cardjob import check_chip
from printserver.model.ticket import Sides, Ticket

Decoders = Mapping[Format, Decoder]


@dataclass(frozen=True, slots=True)
class CardPages:
    """The pages of a card's sides, and pages of panels that its job draws itself.

    `pictured` are the sides whose page is a picture of the job's; the page of another side is blank.
    """

    front: Page
    back: Page | None = None
    own: Mapping[Side, Mapping[PanelName, Page]] = field(default_factory=dict)
    pictured: frozenset[Side] = frozenset(Side)

    def by_side(self) -> dict[Side, Page]:
        """Return the page of each side that there is."""
        return {Side.FRONT: self.front} if self.back is None else {Side.FRONT: self.front, Side.BACK: self.back}


def pages_of(
    front: bytes, back: bytes | None, geometry: Geometry, ticket: Ticket, decoders: Decoders = DECODERS,
    numbers: tuple[int, ...] = (),
) -> CardPages:
    """Return the pages of a card.

    `numbers` are the pages of its documents that are front and back, counted from 1 among those that the ticket
    chooses; without them each document has one page, or one document has the one or two pages of the card.
    """
    if CARDJOB.begins(front):
        return pages_of_cardjob(opened(front, back), geometry, ticket, decoders)
    placements = tuple(ticket.placed(side) for side in Side)
    if back is not None:
        targets = (Target(geometry, (placement,), ticket.rotation, pages=1) for placement in placements)
        first, second = (
            only_page(document, side, target, decoders, numbers[at : at + 1])
            for at, (document, side, target) in enumerate(zip((front, back), Side, targets, strict=True))
        )
        return CardPages(first, second)
    most = 1 if ticket.sides is Sides.ONE else MAX_SIDES
    target = Target(geometry, placements, ticket.rotation, ticket.pages, most, take=numbers)
    pages = decode(front, target, decoders=decoders)
    return CardPages(pages[0], pages[1] if len(pages) > 1 else None)


def only_page(
    document: bytes, side: Side, target: Target, decoders: Decoders, numbers: tuple[int, ...] = ()
) -> Page:
    """Return the page of a document that is one side; errors name the side."""
    try:
        return decode(document, target.taking(numbers), decoders=decoders)[0]
    except PrintServerError as error:
        raise placed_at(error, side) from error


def placed_at(error: PrintServerError, where: str) -> PrintServerError:
    """Return an error again, with the place that it is of."""
    return type(error)(error.message, where=where, allowed=error.allowed)


# card jobs


def opened(document: bytes, back: bytes | None = None) -> Contents:
    """Return what a card job holds; raises BadCardjob, UnsupportedByPrinter for a chip script."""
    if back is not None:
        raise BadCardjob("a card job is a whole card; no back goes beside it", where="back", allowed="back.* within it")
    contents = read_cardjob(document)
    check_chip(contents.manifest)
    return contents


def pages_of_cardjob(contents: Contents, geometry: Geometry, ticket: Ticket, decoders: Decoders) -> CardPages:
    """Return the pages of a card job; errors name the member."""
    found = {
        slot: page_of_member(slot, member, geometry, ticket, decoders) for slot, member in contents.members.items()
    }
    blank = np.full((geometry.height, geometry.width, 3), 255, dtype=np.uint8)
    there = [side for side in Side if contents.side(side)]
    pages = {side: found.get(Slot(side), blank) for side in there}
    own = {
        side: {slot.panel: page for slot, page in found.items() if slot.side is side and slot.panel is not None}
        for side in there
    }
    pictured = frozenset(side for side in there if Slot(side) in found)
    return CardPages(pages[Side.FRONT], pages.get(Side.BACK), own, pictured)


def page_of_member(slot: Slot, member: Member, geometry: Geometry, ticket: Ticket, decoders: Decoders) -> Page:
    """Return the one page of a member."""
    target = Target(geometry, (ticket.placed(slot.side),), ticket.rotation, pages=1)
    try:
        return decode(member.data, target, decoders=decoders)[0]
    except PrintServerError as error:
        raise placed_at(error, member.name) from error
