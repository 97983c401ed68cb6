"""IPP operations: each translates a request into one call of the job service and its answer into attributes.

Laws kept here:

1. No job logic stands here; what is refused is refused by the service, with the same words as at every other door.
2. What is in `HANDLERS` is what `operations-supported` declares.
3. A queue has its own jobs: at a queue's address the job of another queue is not there.

Source: RFC 8011 sections 4.2 and 4.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from printserver.documents.format import AUTO_SENSE
from printserver.documents.sniff import media_type
from printserver.errors import BadRequest, BadTicket, DocumentEmpty, DocumentFormatUnsupported, UnknownJob
from printserver.ipp import Group, Operation, Status, build
from printserver.listeners.ipp.addresses import job_named, names_queue, queue_named
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.history import Wanted, jobs_of
from printserver.listeners.ipp.job_attributes import JobAttributes
from printserver.listeners.ipp.offer import offer_of
from printserver.listeners.ipp.printer_attributes import ServerView, live_attributes
from printserver.listeners.ipp.selection import chosen, requested, select
from printserver.listeners.ipp.service import Service
from printserver.listeners.ipp.sheets import Sheets
from printserver.listeners.ipp.template import HOLDS, Template, read_template
from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.queue.views import QueueView, Submission

ACCEPTED = frozenset({"job-id", "job-uri", "job-state", "job-state-reasons", "job-state-message"})


class Operations:
    """Answers operations by a job service."""

    def __init__(self, service: Service) -> None:
        """Ask `service`."""
        self._service = service
        self._sheets = Sheets(ServerView(service.uuid, tuple(HANDLERS), service.formats))

    async def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request; raises PrintServerError."""
        handler = HANDLERS.get(asked.request.operation)
        if handler is None:
            return _answer(asked, Status.OPERATION_NOT_SUPPORTED)
        return await handler(self, asked)

    # jobs are made

    async def print_job(self, asked: Asked) -> Answer:
        """Print-Job (4.2.1)."""
        template, submission = self._submission(asked)
        submission = msgspec.structs.replace(submission, documents=(asked.incoming(),))
        return self._accepted(asked, await self._service.submit(submission), template)

    async def validate_job(self, asked: Asked) -> Answer:
        """Validate-Job (4.2.3): everything that Print-Job looks at, but for the document."""
        template, submission = self._submission(asked)
        self._check_format(asked)
        await self._service.validate(submission)
        return _answer(asked, _status(template), *_unsupported(template))

    async def create_job(self, asked: Asked) -> Answer:
        """Create-Job (4.2.4)."""
        template, submission = self._submission(asked)
        submission = msgspec.structs.replace(submission, incoming=True)
        return self._accepted(asked, await self._service.submit(submission), template)

    async def send_document(self, asked: Asked) -> Answer:
        """Send-Document (4.3.1): the first is the front, the second the back; the last may have no document."""
        if asked.value("last-document") is None:
            raise BadRequest("is missing", where="last-document", allowed="true or false")
        _check_compression(asked)
        last = asked.says("last-document")
        if not asked.document and not last:
            raise DocumentEmpty()
        job = await self._job(asked)
        document = asked.incoming() if asked.document else None
        changed = await self._service.add_document(job.id, document, last=last, client=asked.client)
        return self._accepted(asked, changed, Template({}))

    def _submission(self, asked: Asked) -> tuple[Template, Submission]:
        _check_compression(asked)
        queue = self._queue(asked)
        template = read_template(asked.request, offer_of(queue))
        keys = template.keys | {
            "queue": queue.config.name,
            "name": asked.text("job-name") or asked.text("document-name") or "card",
            "user": asked.by.name,
        }
        return template, Submission(
            ticket=_ticket(keys), origin=f"ipp {asked.client}", client=asked.client,
            key=asked.text("printserver-idempotency-key"),
        )

    def _check_format(self, asked: Asked) -> None:
        """Say of a declared format what Print-Job would say; raises DocumentFormatUnsupported."""
        claim, formats = media_type(asked.text("document-format") or None), self._service.formats
        if claim != AUTO_SENSE and not any(each.answers_to(claim) for each in formats):
            allowed = ", ".join((AUTO_SENSE, *(each.mime for each in formats)))
            raise DocumentFormatUnsupported(f"{claim} is not printed here", where="document-format", allowed=allowed)

    def _accepted(self, asked: Asked, job: Job, template: Template) -> Answer:
        attributes = self._attributes(asked).of(job)
        return _answer(
            asked, _status(template), *_unsupported(template), build.job_group(*select(attributes, ACCEPTED))
        )

    # jobs are read

    async def get_job_attributes(self, asked: Asked) -> Answer:
        """Get-Job-Attributes (4.3.4)."""
        attributes = self._attributes(asked).of(await self._job(asked))
        return _answer(asked, Status.OK, build.job_group(*select(attributes, requested(asked.request.message))))

    async def get_jobs(self, asked: Asked) -> Answer:
        """Get-Jobs (4.2.6): newest first for completed jobs, in printing order for the others."""
        wanted = Wanted.of(asked, self._queue(asked).config.name)
        jobs = await jobs_of(self._service, wanted)
        names = requested(asked.request.message, ("job-id", "job-uri"))
        attributes = self._attributes(asked)
        return _answer(asked, Status.OK, *(build.job_group(*select(attributes.of(job), names)) for job in jobs))

    def _attributes(self, asked: Asked) -> JobAttributes:
        default = next((view.config.name for view in self._service.queues() if view.default), None)
        return JobAttributes(asked.addresses, self._service.started, self._service.clock(), default)

    async def _job(self, asked: Asked) -> Job:
        """Return the job that a request is aimed at; raises UnknownJob, also for one of another queue."""
        target = asked.request.target
        number = job_named(target)
        if not names_queue(target):
            return await self._service.job(number)
        queue = self._queue(asked).config.name
        job = await self._service.job(number)
        if job.queue != queue:
            raise UnknownJob(f"queue {queue} has no job {number}", where="job-id")
        return job

    # wishes

    async def cancel_job(self, asked: Asked) -> Answer:
        """Cancel-Job (4.3.3)."""
        await self._service.cancel((await self._job(asked)).id, asked.by)
        return _answer(asked, Status.OK)

    async def hold_job(self, asked: Asked) -> Answer:
        """Hold-Job (4.3.5); `no-hold` is Release-Job."""
        until = asked.text("job-hold-until", "indefinite")
        if until not in HOLDS:
            raise BadTicket(f"{until!r} is not possible", where="job-hold-until", allowed=", ".join(HOLDS))
        if not HOLDS[until]:
            return await self.release_job(asked)
        await self._service.hold((await self._job(asked)).id, asked.by)
        return _answer(asked, Status.OK)

    async def release_job(self, asked: Asked) -> Answer:
        """Release-Job (4.3.6)."""
        await self._service.release((await self._job(asked)).id, asked.by)
        return _answer(asked, Status.OK)

    # printers

    async def get_printer_attributes(self, asked: Asked) -> Answer:
        """Get-Printer-Attributes (4.2.5)."""
        await self._service.caught_up()
        queue = self._queue(asked)
        sheet = self._sheets.of(queue, asked.addresses)
        wanted = requested(asked.request.message)
        live = live_attributes(queue, self._service.started, self._service.clock())
        answer = _answer(asked, Status.OK, build.printer_group(*select(live, wanted)))
        return Answer(answer.message, sheet.of(chosen(sheet.pieces, wanted)))

    async def pause_printer(self, asked: Asked) -> Answer:
        """Pause-Printer (4.2.7)."""
        await self._service.pause(self._queue(asked).config.name, asked.by)
        return _answer(asked, Status.OK)

    async def resume_printer(self, asked: Asked) -> Answer:
        """Resume-Printer (4.2.8)."""
        await self._service.resume(self._queue(asked).config.name, asked.by)
        return _answer(asked, Status.OK)

    def _queue(self, asked: Asked) -> QueueView:
        return self._service.queue(queue_named(asked.request.target))


Handler = Callable[[Operations, Asked], Awaitable[Answer]]

HANDLERS: dict[Operation, Handler] = {
    Operation.PRINT_JOB: Operations.print_job,
    Operation.VALIDATE_JOB: Operations.validate_job,
    Operation.CREATE_JOB: Operations.create_job,
    Operation.SEND_DOCUMENT: Operations.send_document,
    Operation.CANCEL_JOB: Operations.cancel_job,
    Operation.GET_JOB_ATTRIBUTES: Operations.get_job_attributes,
    Operation.GET_JOBS: Operations.get_jobs,
    Operation.GET_PRINTER_ATTRIBUTES: Operations.get_printer_attributes,
    Operation.HOLD_JOB: Operations.hold_job,
    Operation.RELEASE_JOB: Operations.release_job,
    Operation.PAUSE_PRINTER: Operations.pause_printer,
    Operation.RESUME_PRINTER: Operations.resume_printer,
}


class CompressionUnsupported(BadTicket):
    """The document is compressed in a way that is not undone here."""

    code = "compression-unsupported"


def _answer(asked: Asked, status: Status, *groups: Group) -> Answer:
    return Answer(build.response(asked.request.message, status, *groups))


def _check_compression(asked: Asked) -> None:
    compression = asked.text("compression", "none")
    if compression != "none":
        raise CompressionUnsupported(f"{compression} is not undone here", where="compression", allowed="none")


def _ticket(keys: dict[str, object]) -> Ticket:
    try:
        return msgspec.convert({name.replace("_", "-"): value for name, value in keys.items()}, Ticket)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        raise BadTicket(what, where=place.removesuffix("`")) from None


def _status(template: Template) -> Status:
    return Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES if template.unsupported else Status.OK


def _unsupported(template: Template) -> tuple[Group, ...]:
    return (build.unsupported_group(*template.unsupported),) if template.unsupported else ()
