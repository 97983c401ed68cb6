"""What documents are, before a card is made of them: how many pages, and what a card job says. Runs in a worker.

Laws kept here:

1. No driver is asked: how many pages a document has depends on no printer.
2. What is accepted was looked into: the pages of a document's first card, and every member of a card job, were decoded.
"""

from __future__ import annotations

from collections.abc import Iterator

from printserver.documents.cardjob import Contents, read_cardjob
from printserver.documents.counting import chosen_pages
from printserver.documents.sniff import CARDJOB
from printserver.documents.target import CARD, Target
from printserver.documents.unpacking import unpacked
from printserver.errors import PrintServerError
from printserver.model.cardjob import check_chip
from printserver.model.ticket import Sides, Ticket
from printserver.sandbox.orders import CARDJOB_FACTS, UNPACKED, MemberFault, RenderOrder, RenderResult
from printserver.sandbox.pages import Decoders, opened, page_of_member, pages_of, pages_of_cardjob


def looked_into(order: RenderOrder, decoders: Decoders) -> RenderResult:
    """Return what an order wants to know of its front's document; raises the typed errors of documents."""
    if UNPACKED in order.want:
        return RenderResult(unpacked=unpacked(order.front, order.compression))
    if CARDJOB_FACTS in order.want:
        contents = read_cardjob(order.front)
        return RenderResult(cardjob=contents.facts(), faults=tuple(faults_of(contents, decoders)))
    if CARDJOB.begins(order.front):
        contents = opened(order.front, order.back)
        pages_of_cardjob(contents, CARD, order.ticket, decoders)
        return RenderResult(pages=contents.sides, cardjob=contents.facts())
    return RenderResult(pages=count_of(order.front, order.ticket, decoders))


def count_of(document: bytes, ticket: Ticket, decoders: Decoders) -> int:
    """Return how many pages of a document are chosen; those of its first card can be decoded."""
    count = chosen_pages(document, Target(ranges=ticket.pages), decoders=decoders)
    first = (1, 2) if count > 1 and ticket.sides is not Sides.ONE else (1,)
    pages_of(document, None, CARD, ticket, decoders, first)
    return count


def faults_of(contents: Contents, decoders: Decoders) -> Iterator[MemberFault]:
    """Yield what a card job would be refused for, whatever printer it goes to."""
    try:
        check_chip(contents.manifest)
    except PrintServerError as error:
        yield fault_of(error)
    for slot, member in contents.members.items():
        try:
            page_of_member(slot, member, CARD, contents.manifest.ticket, decoders)
        except PrintServerError as error:
            yield fault_of(error)


def fault_of(error: PrintServerError) -> MemberFault:
    """Return an error as it is told."""
    return MemberFault(error.code, error.message, error.where, error.allowed)
