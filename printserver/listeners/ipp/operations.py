"""IPP operations: each translates a request into one call of the job service and its answer into attributes.

Laws kept here:

1. No job logic stands here; what is refused is refused by the service, with the same words as at every other door.
2. What is in `HANDLERS` is what `operations-supported` declares.

Source: RFC 8011 sections 4.2 and 4.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from printserver.driver import Capabilities
from printserver.errors import BadTicket, NotPossibleNow
from printserver.ipp import Attribute, Group, Message, Operation, Request, Status, build, plain
from printserver.listeners.ipp.addresses import Addresses, job_named, queue_named
from printserver.listeners.ipp.job_attributes import TEMPLATE, JobAttributes
from printserver.listeners.ipp.printer_attributes import ServerView, printer_attributes
from printserver.listeners.ipp.selection import requested, select
from printserver.listeners.ipp.template import Template, read_template
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.jobs import JobService
from printserver.queue.views import By, IncomingDocument, QueueView, Submission
from printserver.store.contract import JobQuery

WHICH: dict[str, frozenset[JobState]] = {
    "completed": FINAL_JOB_STATES,
    "not-completed": frozenset(JobState) - FINAL_JOB_STATES,
    "all": frozenset(),
}
MOST_JOBS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with everything that answering it needs."""

    request: Request
    document: bytes
    addresses: Addresses
    client: str

    def operation_text(self, name: str, default: str = "") -> str:
        """Return an operation attribute's text, a default when it is not there."""
        attribute = self.request.operation_attributes.get(name)
        value = plain(attribute.values[0]) if attribute is not None else default
        return str(value) if value is not None else default

    @property
    def by(self) -> By:
        """Return who asks, as the client says."""
        return By(self.operation_text("requesting-user-name", "anonymous")[:255], self.operation_text("message"))


class Operations:
    """Answers operations by a job service."""

    def __init__(self, service: JobService) -> None:
        """Ask `service`."""
        self._service = service

    async def answer(self, asked: Asked) -> Message:
        """Return the answer to a request; raises PrintServerError."""
        handler = HANDLERS.get(asked.request.operation)
        if handler is None:
            return self._response(asked, Status.OPERATION_NOT_SUPPORTED)
        return await handler(self, asked)

    def _response(self, asked: Asked, status: Status, *groups: Group) -> Message:
        return build.response(asked.request.message, status, *groups)

    # jobs are made

    async def print_job(self, asked: Asked) -> Message:
        """Print-Job (4.2.1)."""
        template, submission = self._submission(asked, document=True)
        return self._accepted(asked, await self._service.submit(submission), template)

    async def validate_job(self, asked: Asked) -> Message:
        """Validate-Job (4.2.3)."""
        template, submission = self._submission(asked, document=False)
        await self._service.validate(submission)
        return self._response(asked, _status(template), *_unsupported(template))

    async def create_job(self, asked: Asked) -> Message:
        """Create-Job (4.2.4)."""
        template, submission = self._submission(asked, document=False)
        submission = msgspec.structs.replace(submission, incoming=True)
        return self._accepted(asked, await self._service.submit(submission), template)

    async def send_document(self, asked: Asked) -> Message:
        """Send-Document (4.3.1)."""
        last = asked.request.operation_attributes.get("last-document")
        if last is None:
            raise BadTicket("is missing", where="last-document", allowed="true or false")
        self._check_compression(asked)
        document = self._document(asked) if asked.document else None
        job = await self._service.add_document(
            job_named(asked.request.target), document, last=plain(last.values[0]) is True
        )
        return self._accepted(asked, job, Template({}))

    def _submission(self, asked: Asked, *, document: bool) -> tuple[Template, Submission]:
        self._check_compression(asked)
        queue = self._queue(asked)
        template = read_template(asked.request, _abilities(queue))
        keys = template.keys | {
            "queue": queue.config.name,
            "name": asked.operation_text("job-name") or asked.operation_text("document-name") or "card",
            "user": asked.by.name,
        }
        documents = (self._document(asked),) if document else ()
        ticket = _ticket(keys)
        return template, Submission(ticket=ticket, documents=documents, origin=f"ipp {asked.client}")

    def _check_compression(self, asked: Asked) -> None:
        compression = asked.operation_text("compression", "none")
        if compression != "none":
            raise CompressionUnsupported(f"{compression} is not undone here", where="compression", allowed="none")

    def _document(self, asked: Asked) -> IncomingDocument:
        declared = asked.operation_text("document-format") or None
        return IncomingDocument(data=asked.document, declared=declared)

    def _accepted(self, asked: Asked, job: Job, template: Template) -> Message:
        attributes = self._job_attributes(asked, job)
        wanted = frozenset({"job-id", "job-uri", "job-state", "job-state-reasons", "job-state-message"})
        group = build.job_group(*select(attributes, wanted, {}))
        return self._response(asked, _status(template), *_unsupported(template), group)

    # jobs are read

    async def get_job_attributes(self, asked: Asked) -> Message:
        """Get-Job-Attributes (4.3.4)."""
        job = await self._service.job(job_named(asked.request.target))
        attributes = self._job_attributes(asked, job)
        return self._response(asked, Status.OK, build.job_group(*_chosen(attributes, requested(asked.request.message))))

    async def get_jobs(self, asked: Asked) -> Message:
        """Get-Jobs (4.2.6): newest first for completed jobs, in printing order for the others."""
        which = asked.operation_text("which-jobs", "not-completed")
        if which not in WHICH:
            raise BadTicket(f"{which!r} is not known", where="which-jobs", allowed=", ".join(WHICH))
        queue = self._queue(asked)
        limit = asked.request.operation_attributes.get("limit")
        most = min(MOST_JOBS, int(asked.operation_text("limit"))) if limit is not None else MOST_JOBS
        oldest = which == "not-completed"
        query = JobQuery(limit=most, states=WHICH[which], queue=queue.config.name, oldest_first=oldest)
        jobs = (await self._service.jobs(query)).jobs
        if asked.operation_text("my-jobs") == "True":
            jobs = tuple(job for job in jobs if job.ticket.user == asked.by.name)
        wanted = requested(asked.request.message, ("job-id", "job-uri"))
        groups = [build.job_group(*_chosen(self._job_attributes(asked, job), wanted)) for job in jobs]
        return self._response(asked, Status.OK, *groups)

    def _job_attributes(self, asked: Asked, job: Job) -> list[Attribute]:
        builder = JobAttributes(asked.addresses, self._service.started, self._service.clock())
        default = any(view.default and view.config.name == job.queue for view in self._service.queues())
        return builder.of(job, default_queue=default)

    # wishes

    async def cancel_job(self, asked: Asked) -> Message:
        """Cancel-Job (4.3.3)."""
        await self._service.cancel(job_named(asked.request.target), asked.by)
        return self._response(asked, Status.OK)

    async def hold_job(self, asked: Asked) -> Message:
        """Hold-Job (4.3.5)."""
        until = asked.operation_text("job-hold-until", "indefinite")
        if until not in ("indefinite", "no-hold"):
            raise BadTicket(f"{until!r} is not possible", where="job-hold-until", allowed="indefinite, no-hold")
        if until == "no-hold":
            return await self.release_job(asked)
        await self._service.hold(job_named(asked.request.target), asked.by)
        return self._response(asked, Status.OK)

    async def release_job(self, asked: Asked) -> Message:
        """Release-Job (4.3.6)."""
        await self._service.release(job_named(asked.request.target), asked.by)
        return self._response(asked, Status.OK)

    # printers

    async def get_printer_attributes(self, asked: Asked) -> Message:
        """Get-Printer-Attributes (4.2.5)."""
        server = ServerView(self._service.uuid, self._service.started, self._service.clock(), tuple(HANDLERS))
        attributes = printer_attributes(self._queue(asked), asked.addresses, server)
        chosen = _chosen(attributes, requested(asked.request.message))
        return self._response(asked, Status.OK, build.printer_group(*chosen))

    async def pause_printer(self, asked: Asked) -> Message:
        """Pause-Printer (4.2.7)."""
        await self._service.pause(self._queue(asked).config.name, asked.by)
        return self._response(asked, Status.OK)

    async def resume_printer(self, asked: Asked) -> Message:
        """Resume-Printer (4.2.8)."""
        await self._service.resume(self._queue(asked).config.name, asked.by)
        return self._response(asked, Status.OK)

    def _queue(self, asked: Asked) -> QueueView:
        return self._service.queue(queue_named(asked.request.target))


Handler = Callable[[Operations, Asked], Awaitable[Message]]

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


def _abilities(queue: QueueView) -> Capabilities:
    if queue.capabilities is None:
        raise NotPossibleNow(f"queue {queue.config.name} has no printer")
    return queue.capabilities


def _ticket(keys: dict[str, object]) -> Ticket:
    try:
        return msgspec.convert({name.replace("_", "-"): value for name, value in keys.items()}, Ticket)
    except msgspec.ValidationError as error:
        raise BadTicket(str(error)) from error


def _status(template: Template) -> Status:
    return Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES if template.unsupported else Status.OK


def _unsupported(template: Template) -> tuple[Group, ...]:
    return (build.unsupported_group(*template.unsupported),) if template.unsupported else ()


def _chosen(attributes: list[Attribute], wanted: frozenset[str]) -> tuple[Attribute, ...]:
    names = frozenset(attribute.name for attribute in attributes)
    templates = frozenset(
        name for name in names
        if name in TEMPLATE or (name.endswith(("-default", "-supported", "-ready"))
        and name.rpartition("-")[0] in _TEMPLATE_BASES)
    )
    large = frozenset({"media-col-database"})
    return select(attributes, wanted, {
        "job-template": templates - large, "printer-description": names - templates - large,
        "job-description": names - templates, "printer-defaults": frozenset(n for n in names if n.endswith("-default")),
    })


_TEMPLATE_BASES = frozenset({
    "copies", "sides", "job-hold-until", "job-priority", "media", "media-col", "print-color-mode", "print-quality",
    "printer-resolution", "print-scaling", "orientation-requested", "output-bin", "multiple-document-handling",
    "finishings", "overrides",
})  # fmt: skip
