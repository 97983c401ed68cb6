"""Which cards a job has, from its ticket and its documents.

Laws kept here:

1. The first document that is chosen is the front, the second the back; each copy is a card.
2. Pages of a single document are not counted here: the daemon does not look into documents. Its card names the document
   alone, and the worker takes front and back from its pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.documents.format import Format
from printserver.errors import BadTicket
from printserver.model.ticket import Sides, Ticket
from printserver.store.contract import NewCard


def cards_of(ticket: Ticket, kinds: Sequence[str], formats: Sequence[Format]) -> tuple[NewCard, ...]:
    """Return the cards of a job from its documents' media types; raises BadTicket when no document is chosen."""
    documents = len(kinds)
    paged = documents == 1 and any(each.paged and each.mime == kinds[0] for each in formats)
    chosen = (1,) if paged else ticket.chosen(documents)
    if not chosen:
        raise BadTicket("none of the pages is among them", where="pages", allowed=f"pages 1 to {documents}")
    two_sided = len(chosen) > 1 and ticket.sides is not Sides.ONE
    card = NewCard(front=chosen[0], back=chosen[1] if two_sided else None)
    return (card,) * (ticket.proof or ticket.copies)
