"""Which cards a job has, from its ticket and its documents.

Laws kept here:

1. Of several documents the first that is chosen is the front, the second the back. A single document may be both: then
   `front` and `back` of its cards are the same document, and its first and second page that are chosen are the sides.
2. The daemon does not look into documents: how many pages one has, a worker says, before the job is accepted. More than
   a card has sides, and whatever else is wrong inside, is refused then, while the client still listens.
3. Pictures have one page, and nobody looks into them before their card is prepared.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from printserver.documents.format import Format
from printserver.errors import BadTicket
from printserver.model.printer import QueueConfig
from printserver.model.ticket import Sides, Ticket
from printserver.queue.admission import check_ticket
from printserver.queue.board import Board
from printserver.queue.preparation import Preparation
from printserver.store.contract import NewCard


class Carding:
    """Makes the cards of jobs."""

    def __init__(self, board: Board, preparation: Preparation, formats: Sequence[Format]) -> None:
        """`formats` are those that are taken."""
        self._board = board
        self._preparation = preparation
        self._paged = frozenset(each.mime for each in formats if each.paged)

    def looks_into(self, kinds: Sequence[str]) -> bool:
        """Tell whether documents of these media types must be looked into."""
        return not self._paged.isdisjoint(kinds)

    async def cards(
        self, queue: QueueConfig, ticket: Ticket, kinds: Sequence[str], documents: Sequence[bytes]
    ) -> tuple[NewCard, ...]:
        """Return a job's cards; `documents` are needed where `looks_into` says so.

        Raises BadTicket, UnsupportedByPrinter, what the worker says of a document, WorkerFailed.
        """
        card = card_of(ticket, len(kinds)) if len(kinds) > 1 or not self.looks_into(kinds) else NewCard(front=1)
        if self.looks_into(kinds):
            card = await self._with_sides(queue, ticket, card, documents)
        return (card,) * (ticket.proof or ticket.copies)

    async def _with_sides(
        self, queue: QueueConfig, ticket: Ticket, card: NewCard, documents: Sequence[bytes]
    ) -> NewCard:
        back = None if card.back is None else documents[card.back - 1]
        wishes = ticket if len(documents) == 1 else msgspec.structs.replace(ticket, pages=())
        entry = self._board.entry(queue.printers[0])
        sides = await self._preparation.sides(entry, wishes, documents[card.front - 1], back)
        check_ticket(ticket, sides, self._board.candidates(queue))
        return NewCard(front=1, back=1) if len(documents) == 1 and sides > 1 else card


def card_of(ticket: Ticket, documents: int) -> NewCard:
    """Return a card of documents of one page each; raises BadTicket when none of them is chosen."""
    chosen = ticket.chosen(documents)
    if not chosen:
        raise BadTicket("none of the pages is among them", where="pages", allowed=f"pages 1 to {documents}")
    two_sided = len(chosen) > 1 and ticket.sides is not Sides.ONE
    return NewCard(front=chosen[0], back=chosen[1] if two_sided else None)
