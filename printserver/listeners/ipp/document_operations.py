"""The documents of a job over IPP: listed, looked at, cancelled.

Laws kept here:

1. A document of a card has no life of its own: its state follows from its job.
2. A card is printed whole: a document is cancelled with its job, and only where it is the job's one document.
3. Nothing of a document can be set once it was sent, whatever its job's state: Set-Document-Attributes is not
   possible.

Source: PWG 5100.5 sections 3.1 to 3.3 and 8.
"""

from __future__ import annotations

from printserver.errors import BadRequest, NotPossibleNow, UnknownDocument
from printserver.ipp import Attribute, Group, GroupTag, Operation, Status, build
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.desk import Desk, answered, done
from printserver.listeners.ipp.job_operations import DeskHandler
from printserver.listeners.ipp.selection import requested, select
from printserver.listeners.ipp.words import shown_name
from printserver.model.job import Document, Job

COPIED = (
    "time-at-creation", "time-at-processing", "time-at-completed", "date-time-at-creation", "date-time-at-processing",
    "date-time-at-completed", "attributes-charset", "attributes-natural-language",
)  # fmt: skip
"""What a document has in common with its job."""
LIST = ("document-number", "document-state", "last-document")


async def get_documents(desk: Desk, asked: Asked) -> Answer:
    """Get-Documents (PWG 5100.5 section 3.3)."""
    job = await desk.job(asked)
    names = requested(asked.request.message, LIST)
    found = job.documents[: asked.number("limit", len(job.documents) or 1)]
    return answered(asked, Status.OK, *(_group(desk, asked, job, each, names) for each in found))


async def get_document_attributes(desk: Desk, asked: Asked) -> Answer:
    """Get-Document-Attributes (PWG 5100.5 section 3.2)."""
    job = await desk.job(asked)
    return answered(
        asked, Status.OK, _group(desk, asked, job, _document(job, asked), requested(asked.request.message))
    )


async def cancel_document(desk: Desk, asked: Asked) -> Answer:
    """Cancel-Document (PWG 5100.5 section 3.1)."""
    job = await desk.job(asked)
    _document(job, asked)
    if len(job.documents) > 1:
        raise NotPossibleNow("a card is printed whole", allowed="Cancel-Job")
    await desk.service.cancel(job.id, asked.by)
    return done(asked)


async def set_document_attributes(desk: Desk, asked: Asked) -> Answer:
    """Set-Document-Attributes (PWG 5100.5 section 3.4); law 3."""
    job = await desk.job(asked)
    _document(job, asked)
    if not asked.request.message.group(GroupTag.DOCUMENT).attributes:
        raise BadRequest("nothing is to be set")
    raise NotPossibleNow(f"job {job.id} is {job.state}", allowed="a document stays as it was sent")


def _document(job: Job, asked: Asked) -> Document:
    number = asked.number("document-number", 0)
    if not number:
        raise BadRequest("is missing", where="document-number", allowed="1 or more")
    found = next((each for each in job.documents if each.number == number), None)
    if found is None:
        raise UnknownDocument(f"job {job.id} has no document {number}", where="document-number")
    return found


def _group(desk: Desk, asked: Asked, job: Job, document: Document, names: frozenset[str]) -> Group:
    return Group(GroupTag.DOCUMENT, select(document_attributes(desk, asked, job, document), names))


def document_attributes(desk: Desk, asked: Asked, job: Job, document: Document) -> list[Attribute]:
    """Return all attributes of a document (PWG 5100.5 section 9)."""
    of_job = {attribute.name: attribute for attribute in desk.attributes(asked).of(job)}
    state, reasons = of_job["job-state"], of_job["job-state-reasons"]
    return [
        build.integer("document-number", document.number),
        build.integer("document-job-id", job.id),
        build.uri("document-job-uri", asked.addresses.job(job.id)),
        Attribute("document-printer-uri", of_job["job-printer-uri"].values),
        build.name("document-name", shown_name(_name(job, document)) or "card"),
        build.mime_type("document-format", document.format),
        Attribute("document-state", state.values),
        Attribute("document-state-reasons", reasons.values),
        build.integer("k-octets", (document.size + 1023) // 1024),
        build.integer("impressions", _impressions(job, document)),
        build.boolean("last-document", not job.incoming and document.number == len(job.documents)),
        Attribute("printer-up-time", of_job["job-printer-up-time"].values),
        Attribute("time-at-created", of_job["time-at-creation"].values),
        *(of_job[name] for name in COPIED),
    ]


def _impressions(job: Job, document: Document) -> int:
    """Return how many pages of a document are printed, copies aside; one as long as nobody has looked into it."""
    sides = {(card.front, card.front_page) for card in job.cards}
    sides |= {(card.back, card.back_page) for card in job.cards if card.back is not None}
    return sum(number == document.number for number, _ in sides) or 1


def _name(job: Job, document: Document) -> str:
    names = job.ticket.document_names
    return names[document.number - 1] if document.number <= len(names) else job.name


DOCUMENT_OPERATIONS: dict[Operation, DeskHandler] = {
    Operation.CANCEL_DOCUMENT: cancel_document,
    Operation.GET_DOCUMENT_ATTRIBUTES: get_document_attributes,
    Operation.GET_DOCUMENTS: get_documents,
    Operation.SET_DOCUMENT_ATTRIBUTES: set_document_attributes,
}
