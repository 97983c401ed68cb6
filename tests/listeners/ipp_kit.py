# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""The IPP door under test: requests go in as messages, answers come out as messages, no socket between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from printserver.documents.format import Format
from printserver.documents.sniff import FORMATS
from printserver.documents.unpacking import unpacked
from printserver.driver import Capabilities
from printserver.errors import DocumentEmpty, NotPossibleNow
from printserver.ipp import (
    Attribute,
    GroupTag,
    Message,
    Operation,
    Plain,
    Status,
    build,
    encode,
    parse,
    plain_attributes,
)
from printserver.listeners.http import RequestContext, Response
from printserver.listeners.ipp.operations import Operations
from printserver.listeners.ipp.routes import IPP, IppDoor
from printserver.model.job import Document, Job, JobState, Reason
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.views import By, IncomingDocument, PrinterView, QueueView, Submission
from printserver.store.contract import JobPage, JobQuery
from tests.listeners.fake_service import ABILITIES, NOW, FakeService

HOST = "prints.example:8631"
PRINTER = f"ipp://{HOST}/ipp/print"
PNG = b"\x89PNG\r\n\x1a\n picture"


class FakeIppService(FakeService):
    """The job service in memory with what IPP asks beside: a second queue `back-office`, documents one by one."""

    uuid = UUID(int=7)
    started = NOW - 100
    formats: tuple[Format, ...] = FORMATS

    def __init__(self, abilities: Capabilities | None = ABILITIES) -> None:
        super().__init__()
        self.abilities = abilities
        self.validated: list[Submission] = []
        self.clients: list[str] = []
        self.unpacked: list[str] = []
        self.workers: list[Deferred[None]] = []
        self.queries: list[JobQuery] = []
        self.stopped: Reason | None = None
        self.printer_views: Sequence[PrinterView] | None = None
        self.config = QueueConfig(name="card", printers=("front-office",))
        self.opens: float | None = None

    def clock(self) -> float:
        return NOW

    def printers(self) -> Sequence[PrinterView]:
        if self.printer_views is not None:
            return self.printer_views
        return [replace(view, capabilities=self.abilities) for view in super().printers()]

    def use_printer(self, config: PrinterConfig) -> None:
        self.printer_views = [replace(view, config=config, capabilities=self.abilities) for view in super().printers()]

    async def caught_up(self) -> None:
        """Here every count is always the newest."""

    def is_caught_up(self) -> bool:
        return True

    def queues(self) -> Sequence[QueueView]:
        config = replace(self.config, paused=self.paused)
        printers = tuple(self.printers())
        first = QueueView(
            config=config, printers=printers, default=True, waiting=3, reason=self.stopped, opens=self.opens
        )
        second = replace(config, name="back-office")
        return [first, replace(first, config=second, default=False)]

    def queue(self, name: str | None) -> QueueView:
        found = [view for view in self.queues() if name in (None, view.config.name)]
        return found[0] if found else super().queue(name)

    async def jobs(self, query: JobQuery) -> JobPage:
        self.queries.append(query)
        if not query.oldest_first:
            return await super().jobs(query)
        found = [
            job for job in self.kept.values()
            if (query.before is None or job.id > query.before)
            and job.state in query.states and query.queue in (None, job.queue)
        ]  # fmt: skip
        page = found[: query.limit]
        return JobPage(tuple(page), page[-1].id if len(found) > len(page) else None)

    async def validate(self, submission: Submission) -> None:
        self._fail()
        self.validated.append(submission)

    async def submit(self, submission: Submission) -> Job:
        job = await super().submit(submission)
        changed = replace(
            job, queue=submission.ticket.queue or "card", hold=submission.ticket.hold, incoming=submission.incoming
        )
        if submission.incoming:
            reasons = ("job-incoming", "job-data-insufficient")
            changed = replace(changed, state=JobState.HELD, reasons=reasons, cards=())
        self.kept[job.id] = changed
        return changed

    async def unpack(self, data: bytes, compression: str) -> bytes:
        """As a worker does it; `workers` keep it waiting."""
        self.unpacked.append(compression)
        if self.workers:
            await self.workers.pop(0)
        return unpacked(data, compression)

    async def add_document(
        self, job: int, document: IncomingDocument | None, *, last: bool, client: str = ""
    ) -> Job:
        self.clients.append(client)
        known = await self.job(job)
        if not known.incoming:
            raise NotPossibleNow("this job takes no more documents")
        documents = known.documents
        if document is not None:
            kept = Document(number=len(documents) + 1, format="image/png", size=len(document.data), sha256="")
            documents = (*documents, kept)
        if last and not documents:
            self.kept[job] = replace(known, state=JobState.CANCELED)
            raise DocumentEmpty("the job has no document")
        state = JobState.PENDING if last else known.state
        self.kept[job] = replace(known, documents=documents, incoming=not last, state=state, reasons=("none",))
        return self.kept[job]


class FakeAdministration:
    """What operators do with queues, written down in the service's `wishes` and done to what it keeps."""

    def __init__(self, service: FakeIppService) -> None:
        self.service = service

    def _wish(self, what: str, about: object, by: By) -> None:
        self.service.wishes.append((what, about, by))

    async def change(self, queue: str, by: By, **changes: object) -> QueueView:
        self._wish("change", (queue, changes), by)
        self.service.config = replace(self.service.config, **changes)
        return self.service.queue(queue)

    async def add_queue(self, config: QueueConfig, by: By) -> QueueView:
        self._wish("add-queue", config, by)
        self.service.config = config
        return self.service.queue(config.name)

    async def set_queue(self, queue: str, by: By, changes: Mapping[str, object]) -> QueueView:
        self._wish("set-queue", (queue, dict(changes)), by)
        self.service.config = replace(self.service.config, **changes)
        return self.service.queue(queue)

    async def pause_after_current(self, queue: str, by: By) -> QueueView:
        self._wish("pause-after-current", queue, by)
        return self.service.queue(queue)

    async def release_held_new(self, queue: str, by: By) -> QueueView:
        self._wish("release-held-new", queue, by)
        return self.service.queue(queue)

    async def shut_down(self, queue: str, by: By) -> QueueView:
        self._wish("shut-down", queue, by)
        self.service.config = replace(self.service.config, shut_down=True)
        return self.service.queue(queue)

    async def start_up(self, queue: str, by: By) -> QueueView:
        self._wish("start-up", queue, by)
        self.service.config = replace(self.service.config, shut_down=False)
        return self.service.queue(queue)

    async def current(self, queue: str) -> Job | None:
        return next((job for job in self.service.kept.values() if job.state is JobState.PROCESSING), None)

    async def prioritise(self, job: int, priority: int, by: By) -> Job:
        self._wish("priority", (job, priority), by)
        return await self.service.job(job)

    async def schedule(self, job: int, after: int | None, by: By) -> Job:
        self._wish("schedule", (job, after), by)
        return await self.service.job(job)

    async def cancel_all(self, jobs: Sequence[int], by: By) -> None:
        self._wish("cancel-all", list(jobs), by)

    async def unfinished(self, queue: str) -> Sequence[Job]:
        return [job for job in self.service.kept.values() if job.queue == queue and not job.state.final]

    async def purge(self, queue: str, by: By) -> None:
        self._wish("purge", queue, by)


class DoorCase(TestCase):
    """An IPP door before a service in memory."""

    def setUp(self) -> None:
        self.service = FakeIppService()
        self.operations = Operations(self.service, FakeAdministration(self.service))
        self.door = IppDoor(self.operations)

    async def post(self, body: bytes) -> Message:
        """Send bytes to the door and read its answer."""
        response = await self.respond(body)
        self.assertEqual(response.status, 200)
        self.assertIn(("Content-Type", IPP), response.headers)
        assert isinstance(response.body, bytes)
        message, rest = parse(response.body)
        self.assertEqual(rest, b"")
        return message

    async def respond(self, body: bytes) -> Response:
        context = RequestContext(
            method="POST", path="/ipp/print", headers={"host": (HOST,), "content-type": (IPP,)}, body=body,
            length=len(body), client="192.0.2.5", local="192.0.2.7",
        )  # fmt: skip
        return await self.door.handle(context)

    async def ask(
        self, operation: Operation, *attributes: Attribute, target: str = PRINTER, job_id: int | None = None,
        job: Iterable[Attribute] = (), data: bytes = b"", user: str = "alice",
    ) -> Message:  # fmt: skip
        """Ask for an operation as a client does."""
        request = build.request(operation, target, *attributes, job_id=job_id, user=user, job=job, request_id=41)
        answer = await self.post(encode(request) + data)
        self.assertEqual(answer.request_id, 41)
        return answer

    def assertStatus(self, answer: Message, status: Status) -> None:
        """Check how a request ended, and show the server's own words when it ended otherwise."""
        words = plain_attributes(answer.group(GroupTag.OPERATION)).get("status-message")
        self.assertEqual(Status(answer.code), status, words)


def job_of(answer: Message) -> dict[str, list[Plain]]:
    return plain_attributes(answer.group(GroupTag.JOB))


def printer_of(answer: Message) -> dict[str, list[Plain]]:
    return plain_attributes(answer.group(GroupTag.PRINTER))


def unsupported_of(answer: Message) -> dict[str, list[Plain]]:
    return plain_attributes(answer.group(GroupTag.UNSUPPORTED))
