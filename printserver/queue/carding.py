"""Which cards a job has, from its ticket and its documents.

Laws kept here:

1. A job is its pages in order: those of its first document, then those of the next. Where both sides are printed the
   first is a front, the second its back, and so on: 2n pages are n cards, and of an odd number the last card has no
   back. One-sided, each page is a card.
2. Copies are made of the whole set, one set after another.
3. The daemon does not look into documents: how many pages one has, a worker says, before the job is accepted; so it
   does what a card job says. What is wrong inside is refused then, while the client still listens.
4. Pictures have one page, and nobody looks into them before their card is prepared; a drawing has one page, and a
   worker looks whether it is taken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from printserver.documents.cardjob.names import slot_of
from printserver.documents.format import Format
from printserver.documents.sniff import CARDJOB
from printserver.documents.target import MAX_PAGES
from printserver.errors import BadTicket, DocumentTooLarge
from printserver.model.card import Side
from printserver.model.cardjob import CardjobFacts
from printserver.model.printer import QueueConfig
from printserver.model.ticket import MAX_COPIES, Sides, Ticket
from printserver.queue.admission import NOTHING_DRAWN, Drawn, check_kept, check_ticket
from printserver.queue.board import Board
from printserver.queue.preparation import Preparation
from printserver.store.contract import NewCard

MAX_CARDS = MAX_COPIES
Page = tuple[int, int]
"""A page of a job: its document's number, and its own within it."""
Fetch = Callable[[int], Awaitable[bytes]]
"""Returns the document of a number, counted from 1."""


class Carding:
    """Makes the cards of jobs."""

    def __init__(self, board: Board, preparation: Preparation, formats: Sequence[Format]) -> None:
        """`formats` are those that are taken."""
        self._board = board
        self._preparation = preparation
        self._looked_into = frozenset(each.mime for each in formats if each.paged or each.looked_into)

    async def facts(self, ticket: Ticket, kinds: Sequence[str], fetch: Fetch) -> CardjobFacts | None:
        """Return what a card job says of itself, None for other documents; raises what the worker says of it."""
        return await self._preparation.facts(ticket, await fetch(1)) if CARDJOB.mime in kinds else None

    async def cards(
        self, queue: QueueConfig, ticket: Ticket, kinds: Sequence[str], fetch: Fetch, facts: CardjobFacts | None = None
    ) -> tuple[NewCard, ...]:
        """Return a job's cards; documents are fetched where they must be looked into, `facts` tell of a card job.

        Raises BadTicket, DocumentTooLarge, UnsupportedByPrinter, what the worker says of a document, WorkerFailed.
        """
        if facts is None:
            cards = cards_of(ticket, await self._pages(ticket, kinds, fetch))
        else:
            cards = (card_of([(1, side) for side in range(1, facts.sides + 1)]),)
        sides, drawn = max(2 if card.back else 1 for card in cards), NOTHING_DRAWN if facts is None else drawn_by(facts)
        check_ticket(ticket, sides, self._board.candidates(queue), drawn)
        check_kept(ticket, queue)  # a card job may ask for it too
        return copied(ticket, cards)

    async def _pages(self, ticket: Ticket, kinds: Sequence[str], fetch: Fetch) -> list[Page]:
        """Return the pages that are printed; of several documents the ticket's ranges choose among all their pages."""
        alone = len(kinds) == 1
        wishes = ticket if alone else msgspec.structs.replace(ticket, pages=())
        found: list[Page] = []
        for number, kind in enumerate(kinds, 1):
            count = await self._preparation.pages(wishes, await fetch(number)) if kind in self._looked_into else 1
            found += [(number, page) for page in range(1, count + 1)]
        return found if alone and kinds[0] in self._looked_into else chosen(ticket, found)


def drawn_by(facts: CardjobFacts) -> Drawn:
    """Return what a card job draws itself."""
    slots = [slot for member in facts.members if (slot := slot_of(member.name)) is not None]
    panels = {side: [slot.panel for slot in slots if slot.side is side and slot.panel is not None] for side in Side}
    return Drawn(panels, [slot.side for slot in slots if slot.panel is None])


def chosen(ticket: Ticket, pages: Sequence[Page]) -> list[Page]:
    """Return those of a job's pages that its ticket chooses; raises BadTicket when it chooses none."""
    found = [pages[number - 1] for number in ticket.chosen(len(pages))]
    if not found:
        raise BadTicket("none of the pages is among them", where="pages", allowed=f"pages 1 to {len(pages)}")
    return found


def cards_of(ticket: Ticket, pages: Sequence[Page]) -> tuple[NewCard, ...]:
    """Return a card for each page or pair of pages; raises DocumentTooLarge for more pages than a job may have."""
    if len(pages) > MAX_PAGES:
        raise DocumentTooLarge(f"the job has {len(pages)} pages", allowed=f"at most {MAX_PAGES} pages")
    step = 1 if ticket.sides is Sides.ONE else 2
    return tuple(card_of(pages[at : at + step]) for at in range(0, len(pages), step))


def card_of(pages: Sequence[Page]) -> NewCard:
    """Return the card of one page or two."""
    (front, front_page), (back, back_page) = pages[0], pages[1] if len(pages) > 1 else (None, 1)
    return NewCard(front=front, back=back, front_page=front_page, back_page=back_page)


def copied(ticket: Ticket, cards: tuple[NewCard, ...]) -> tuple[NewCard, ...]:
    """Return all copies of a set of cards, or its proofs; raises BadTicket for more cards than a job may have."""
    wanted = ticket.proof or ticket.copies
    if len(cards) * wanted > MAX_CARDS:
        raise BadTicket(
            f"{wanted} copies of {len(cards)} cards are more than a job may have", where="copies",
            allowed=f"1 to {MAX_CARDS // len(cards)}",
        )  # fmt: skip
    return cards * wanted
