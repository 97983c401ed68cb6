"""What a job was asked to be, as IPP job template attributes (RFC 8011 section 5.2).

Laws kept here:

1. What is told is what the job is printed with. A client that asked for a sheet is told the card that it is fitted
   onto; what this server does with every job is told of every job.
"""

from __future__ import annotations

from printserver.ipp import Attribute, build
from printserver.listeners.ipp import media, pages, template
from printserver.listeners.ipp.offer import Offer
from printserver.model.job import CardState, Job
from printserver.model.ticket import KMode, Placement, Sides, Ticket

ACTUAL = frozenset({"sides", "media", "print-quality", "output-bin", "finishings"})
SCALED = {Placement.CROP: "fill", Placement.FIT: "fit"}


def template_values(job: Job, offer: Offer | None) -> list[Attribute]:
    """Return a job's template attributes; `offer` is what its queue offers now, None while nobody knows."""
    ticket = job.ticket
    two = any(card.back for card in job.cards)
    return [
        build.integer("copies", ticket.copies),
        build.keyword("sides", Sides.TWO if two else Sides.ONE),
        build.keyword("job-hold-until", (ticket.hold_until or "indefinite") if job.hold else "no-hold"),
        build.integer("job-priority", ticket.priority),
        build.keyword("media", next(iter(media.CARDS))),
        build.enum("print-quality", template.NORMAL_QUALITY),
        build.keyword("print-rendering-intent", "auto"),
        build.keyword("print-content-optimize", _content(ticket)),
        build.keyword("output-bin", template.OUTPUT_BIN),
        build.enum("finishings", template.NO_FINISHING),
        build.keyword("multiple-document-handling", "single-document"),
        build.keyword("job-sheets", "none"),
        build.integer("number-up", template.ONE_UP),
        *([build.keyword("print-scaling", SCALED[ticket.placement])] if ticket.placement in SCALED else []),
        *([build.range_of("page-ranges", *map(_bounds, ticket.pages))] if ticket.pages else []),
        *_proof(ticket),
        *_offered(offer, ticket),
    ]


def actual_values(job: Job, offer: Offer | None) -> list[Attribute]:
    """Return how the finished cards of a job were made (PWG 5100.8), nothing while there is none."""
    done = sum(card.state is CardState.DONE for card in job.cards)
    if not done:
        return []
    told = [each for each in template_values(job, offer) if each.name in ACTUAL]
    return [
        build.integer("copies-actual", job.ticket.copies * done // len(job.cards)),
        *(Attribute(f"{each.name}-actual", each.values) for each in told),
        build.collection("media-col-actual", media.card_collection()),
    ]


def _content(ticket: Ticket) -> str:
    """Return what print-content-optimize would have led to the ticket's way with black."""
    return {KMode.NONE: "photo", KMode.TEXT: "text"}.get(ticket.k_mode, "auto")


def _bounds(pages_of_ticket: str) -> tuple[int, int]:
    first, _, last = pages_of_ticket.partition("-")
    return int(first), int(last)


def _proof(ticket: Ticket) -> list[Attribute]:
    if ticket.proof is None:
        return []
    return [build.collection("proof-print", build.members(build.integer(pages.PROOF[0], ticket.proof)))]


def _offered(offer: Offer | None, ticket: Ticket) -> list[Attribute]:
    if offer is None:
        return []
    return [
        build.keyword("print-color-mode", template.GREY if ticket.grey else offer.color_modes[0]),
        build.resolution("printer-resolution", (offer.dpi, offer.dpi)),
    ]
