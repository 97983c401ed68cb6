"""IPP operations: each translates a request into one call of the job service and its answer into attributes.

Laws kept here:

1. No job logic stands here; what is refused is refused by the service, with the same words as at every other door.
2. What is in `HANDLERS` is what `operations-supported` declares; where documents are fetched, `URI_HANDLERS` too.
3. A queue has its own jobs: at a queue's address the job of another queue is not there.

Source: RFC 8011 sections 4.2 and 4.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from printserver.documents.format import AUTO_SENSE
from printserver.documents.sniff import CARDJOB, media_type
from printserver.documents.unpacking import check_compression
from printserver.errors import (
    BadRequest,
    DocumentEmpty,
    DocumentFormatUnsupported,
    NotPossibleNow,
    PrintServerError,
)
from printserver.ipp import Operation, Status, build, plain
from printserver.listeners.ipp.addresses import names_queue, queue_named
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.compression import incoming
from printserver.listeners.ipp.cups_operations import CUPS_OPERATIONS
from printserver.listeners.ipp.desk import Desk, answered, said_by, status_for, ticket_of, unsupported_groups
from printserver.listeners.ipp.document_operations import DOCUMENT_OPERATIONS
from printserver.listeners.ipp.history import Wanted, jobs_of
from printserver.listeners.ipp.job_operations import JOB_OPERATIONS, DeskHandler, without_more
from printserver.listeners.ipp.notice_events import Following
from printserver.listeners.ipp.notice_operations import NOTICE_OPERATIONS, subscribe
from printserver.listeners.ipp.notices import Notices
from printserver.listeners.ipp.offer import offer_of
from printserver.listeners.ipp.printer_attributes import ServerView, live_attributes
from printserver.listeners.ipp.queue_operations import QUEUE_OPERATIONS
from printserver.listeners.ipp.repeated import Given, GivenAnswers, number_of_same
from printserver.listeners.ipp.selection import chosen, requested, select
from printserver.listeners.ipp.service import Administration, Service
from printserver.listeners.ipp.sheets import Sheets
from printserver.listeners.ipp.strings import strings_attributes
from printserver.listeners.ipp.template import Template, read_template
from printserver.listeners.ipp.uri_operations import Fetching, fetched
from printserver.model.ticket import Sides, Ticket
from printserver.queue.views import IncomingDocument, QueueView, Submission


class Operations:
    """Answers operations by a job service."""

    def __init__(self, service: Service, administration: Administration, fetching: Fetching | None = None) -> None:
        """Ask `service` and `administration`; subscriptions begin with none. `fetching` = documents are fetched."""
        self._service, self._fetching = service, fetching
        self._handlers = HANDLERS if fetching is None else dict(sorted({**HANDLERS, **URI_HANDLERS}.items()))
        schemes = fetching.schemes if fetching else ()
        server = ServerView(service.uuid, tuple(self._handlers), service.formats, schemes)
        self._sheets = Sheets(server)
        self._given = GivenAnswers()
        self.desk = Desk(service, administration, Notices(service.clock), server)
        Following(service, self.desk.notices)

    async def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request; raises PrintServerError."""
        handler = self._handlers.get(asked.request.operation)
        if handler is None:
            return answered(asked, Status.OPERATION_NOT_SUPPORTED)
        return await handler(self, asked)

    # jobs are made

    async def print_job(self, asked: Asked) -> Answer:
        """Print-Job (4.2.1)."""
        template, submission = self._submission(asked)
        document = await incoming(self._service, asked)
        ticket = self._as_declared(asked, submission.ticket, document)
        submission = msgspec.structs.replace(submission, ticket=ticket, documents=(document,))
        return await self._submitted(asked, submission, template)

    def _as_declared(self, asked: Asked, ticket: Ticket, document: IncomingDocument) -> Ticket:
        """Return the ticket of a document alone; where its client says nothing, the queue's `sides-default` counts.

        At a printer of one side each page is then a card (RFC 8011 sections 5.2 and 5.2.8). A card job says itself how
        many sides its card has.
        """
        default = offer_of(self.desk.queue(asked)).sides[-1]
        own = ticket.sides is not None or CARDJOB.begins(document.data)
        return ticket if own or default != Sides.ONE else msgspec.structs.replace(ticket, sides=Sides.ONE)

    async def print_uri(self, asked: Asked) -> Answer:
        """Print-URI (4.2.2): what Validate-Job looks at is looked at before anything is fetched."""
        assert self._fetching is not None  # else it is not answered
        template, submission = self._submission(asked)
        self._check_format(asked)
        await self._service.validate(submission)
        document = await fetched(self._fetching, asked)
        ticket = self._as_declared(asked, submission.ticket, document)
        submission = msgspec.structs.replace(submission, ticket=ticket, documents=(document,))
        return await self._submitted(asked, submission, template)

    async def send_uri(self, asked: Asked) -> Answer:
        """Send-URI (4.3.2)."""
        assert self._fetching is not None  # else it is not answered
        last = _last(asked)
        job = await self.desk.job(asked)
        if not job.incoming:
            raise NotPossibleNow("this job takes no more documents")
        document = await fetched(self._fetching, asked)
        changed = await self._service.add_document(job.id, document, last=last, client=asked.client)
        return self.desk.accepted(asked, changed, Template({}))

    async def validate_job(self, asked: Asked) -> Answer:
        """Validate-Job (4.2.3): everything that Print-Job looks at, but for the document."""
        template, submission = self._submission(asked)
        self._check_format(asked)
        await self._service.validate(submission)
        return answered(asked, status_for(template), *unsupported_groups(template))

    async def create_job(self, asked: Asked) -> Answer:
        """Create-Job (4.2.4)."""
        template, submission = self._submission(asked)
        submission = msgspec.structs.replace(submission, incoming=True)
        return await self._submitted(asked, submission, template)

    async def send_document(self, asked: Asked) -> Answer:
        """Send-Document (4.3.1): the first is the front, the second the back; the last may have no document."""
        last = _last(asked)
        if not asked.document and not last:
            raise DocumentEmpty()
        job = await self.desk.job(asked)
        if not asked.document:
            return self.desk.accepted(asked, await without_more(self.desk, asked, job), Template({}))
        document = await incoming(self._service, asked)
        changed = await self._service.add_document(job.id, document, last=last, client=asked.client)
        return self.desk.accepted(asked, changed, Template({}))

    async def _submitted(self, asked: Asked, submission: Submission, template: Template) -> Answer:
        job = await self._service.submit(submission)
        return self.desk.accepted(asked, job, template, *subscribe(self.desk, asked, job.queue, job.id))

    async def validate_document(self, asked: Asked) -> Answer:
        """Validate-Document (PWG 5100.13 section 5.2): whether a document of this kind would be taken."""
        self.desk.queue(asked)
        check_compression(asked.text("compression", "none"))
        self._check_format(asked)
        return answered(asked, Status.OK)

    def _submission(self, asked: Asked) -> tuple[Template, Submission]:
        check_compression(asked.text("compression", "none"))
        queue = self.desk.queue(asked)
        template = read_template(asked.request, offer_of(queue))
        keys = template.keys | {
            "queue": queue.config.name,
            "name": asked.text("job-name") or asked.text("document-name") or "card",
            "user": asked.by.name,
            "user_uri": asked.user_uri,
            "metadata": asked.metadata(),
            "document_names": _document_names(asked),
        }
        return template, Submission(
            ticket=ticket_of(keys), said=said_by(asked, template), origin=f"ipp {asked.client}", client=asked.client,
            key=asked.idempotency_key,
        )

    def _check_format(self, asked: Asked) -> None:
        """Say of a declared format what Print-Job would say; raises DocumentFormatUnsupported."""
        claim, formats = media_type(asked.text("document-format") or None), self._service.formats
        if claim != AUTO_SENSE and not any(each.answers_to(claim) for each in formats):
            allowed = ", ".join((AUTO_SENSE, *(each.mime for each in formats)))
            raise DocumentFormatUnsupported(f"{claim} is not printed here", where="document-format", allowed=allowed)

    # jobs are read

    async def get_job_attributes(self, asked: Asked) -> Answer:
        """Get-Job-Attributes (4.3.4)."""
        attributes = self.desk.attributes(asked).of(await self.desk.job(asked))
        return answered(asked, Status.OK, build.job_group(*select(attributes, requested(asked.request.message))))

    async def get_jobs(self, asked: Asked) -> Answer:
        """Get-Jobs (4.2.6): newest first for completed jobs, in printing order for the others."""
        wanted = Wanted.of(asked, self.desk.queue(asked).config.name if names_queue(asked.request.target) else None)
        jobs = await jobs_of(self._service, wanted)
        names = requested(asked.request.message, ("job-id", "job-uri"))
        attributes = self.desk.attributes(asked)
        return answered(asked, Status.OK, *(build.job_group(*select(attributes.of(job), names)) for job in jobs))

    # printers

    async def get_printer_attributes(self, asked: Asked) -> Answer:
        """Get-Printer-Attributes (4.2.5)."""
        await self._service.caught_up()
        queue = self.desk.queue(asked)
        started, now = self.desk.started(asked), self._service.clock()
        if not asked.known:
            return self._told(asked, queue, started, now)
        key, second = (asked.known, asked.addresses), int(now - started)
        given = self._given.of(key, queue, second)
        if given is None:
            given = self._given.keep(key, queue, second, self._told(asked, queue, started, now).encoded())
        encoded = given.as_answer_to(asked.request.message.request_id)
        again = partial(self._given_again, given, asked.known, queue_named(asked.request.target), started)
        return Answer(build.response(asked.request.message, Status.OK), given=encoded, again=again)

    def _given_again(
        self, given: Given, known: bytes, name: str | None, started: float, body: bytes
    ) -> bytes | None:
        """Return the answer to the same question when all it tells is the same; None = answer it as any other."""
        number = number_of_same(body, known)
        if number is None or not self._service.is_caught_up():
            return None
        try:
            queue = self._service.queue(name)
        except PrintServerError:
            return None
        holds = given.holds(queue, int(self._service.clock() - started))
        return given.as_answer_to(number) if holds else None

    def _told(self, asked: Asked, queue: QueueView, started: float, now: float) -> Answer:
        self._check_format(asked)
        sheet = self._sheets.of(queue, asked.addresses)
        wanted = requested(asked.request.message)
        live = [
            *live_attributes(queue, started, now, self.desk.server.uuid),
            *strings_attributes(asked.addresses, asked.text("attributes-natural-language")),
        ]
        answer = answered(asked, Status.OK, build.printer_group(*select(live, wanted)))
        return Answer(answer.message, sheet.of(chosen(sheet.pieces, wanted)))


def _document_names(asked: Asked) -> tuple[str, ...]:
    """Return the document's name; clients that put it among the job attributes mean it as well."""
    given = asked.request.job_attributes.get("document-name")
    name = asked.text("document-name") or (plain(given.value) if given is not None else "")
    return (name,) if isinstance(name, str) and name else ()


def _last(asked: Asked) -> bool:
    if asked.value("last-document") is None:
        raise BadRequest("is missing", where="last-document", allowed="true or false")
    check_compression(asked.text("compression", "none"))
    return asked.says("last-document")


Handler = Callable[[Operations, Asked], Awaitable[Answer]]

def _at_desk(handle: DeskHandler) -> Handler:
    async def answer(operations: Operations, asked: Asked) -> Answer:
        return await handle(operations.desk, asked)

    return answer


_AT_DESK = {
    **JOB_OPERATIONS, **QUEUE_OPERATIONS, **DOCUMENT_OPERATIONS, **NOTICE_OPERATIONS, **CUPS_OPERATIONS,
}  # fmt: skip
HANDLERS: dict[Operation, Handler] = dict(sorted({
    Operation.PRINT_JOB: Operations.print_job,
    Operation.VALIDATE_JOB: Operations.validate_job,
    Operation.CREATE_JOB: Operations.create_job,
    Operation.SEND_DOCUMENT: Operations.send_document,
    Operation.GET_JOB_ATTRIBUTES: Operations.get_job_attributes,
    Operation.GET_JOBS: Operations.get_jobs,
    Operation.GET_PRINTER_ATTRIBUTES: Operations.get_printer_attributes,
    Operation.GET_USER_PRINTER_ATTRIBUTES: Operations.get_printer_attributes,  # nothing is kept from one user
    Operation.VALIDATE_DOCUMENT: Operations.validate_document,
    **{operation: _at_desk(handle) for operation, handle in _AT_DESK.items()},
}.items()))  # fmt: skip
URI_HANDLERS: dict[Operation, Handler] = {
    Operation.PRINT_URI: Operations.print_uri, Operation.SEND_URI: Operations.send_uri
}
