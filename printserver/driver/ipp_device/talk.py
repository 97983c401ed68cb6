"""Asking an IPP printer: one request, one connection, one answer that belongs to it.

Laws kept here:

1. An answer counts when its request id is the question's, it parses, and its status is a success.
2. Nothing here feeds a card but `send_document`, and that is called after COMMITTED alone.

Sources: RFC 8011 sections 4.2.4 (Create-Job), 4.3.1 (Send-Document), 4.2.5 and 4.3.4 (attributes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printserver.dialogue import Ask, Dialogue, Listen, Reopen, Report, Send, Stalled
from printserver.driver.contract import Block
from printserver.driver.ipp_device.http import reply_body, reply_frame, request_head
from printserver.driver.ipp_device.saying import JOB_WANTED, PRINTER_WANTED, JobSaid, Said, job_of, printer_of
from printserver.errors import DeviceReplyUnknown
from printserver.ipp import Attribute, IppError, Message, Operation, Status, build, encode, is_success, parse
from printserver.model.alert import Alert, AlertKind
from printserver.model.printer import PrinterStatus

USER = "printserver"
# Seconds: for an answer, for the answer to a whole document, for taking bytes.
ANSWER, TAKEN, STALL = 10.0, 120.0, 30.0
STALL_TRIES = 10
TAKES_NOTHING = PrinterStatus(
    ready=False, alerts=(Alert(kind=AlertKind.OTHER, verbatim="the printer takes no more data"),)
)


class Refused(DeviceReplyUnknown):
    """The printer answered a request with a status that is no success."""

    def __init__(self, operation: Operation, status: int) -> None:
        """Keep the status code (RFC 8011 appendix B)."""
        self.status = status
        named = Status(status).keyword if status in set(Status) else f"0x{status:04x}"
        super().__init__(f"the printer answers {operation.name.title().replace('_', '-')} with {named}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a printer is reached over its link: the path, and the name that it knows itself by."""

    path: str
    host: str = "localhost"

    @property
    def uri(self) -> str:
        """Return the printer-uri."""
        return f"ipp://{self.host}{self.path}"


class IppTalk:
    """One dialogue with one printer."""

    def __init__(self, place: Place) -> None:
        """Requests are numbered from 1."""
        self._place = place
        self._number = 0

    # questions

    def printer(self, *, cancellable: bool = False) -> Dialogue[Said]:
        """Ask how the printer is; raises DeviceReplyUnknown."""
        wanted = build.keyword("requested-attributes", *PRINTER_WANTED)
        return printer_of((yield from self._ask(Operation.GET_PRINTER_ATTRIBUTES, wanted, cancellable=cancellable)))

    def job(self, number: int, *, cancellable: bool = False) -> Dialogue[JobSaid]:
        """Ask how a job stands; raises Refused, DeviceReplyUnknown."""
        wanted = build.keyword("requested-attributes", *JOB_WANTED)
        answer = yield from self._ask(Operation.GET_JOB_ATTRIBUTES, wanted, job_id=number, cancellable=cancellable)
        job = job_of(answer)
        if job.number != number:
            raise DeviceReplyUnknown(f"asked about job {number}, the printer tells of job {job.number}")
        return job

    def create(self, name: str, attributes: Sequence[Attribute]) -> Dialogue[JobSaid]:
        """Make a job without a document: nothing is printed yet. Raises Refused, DeviceReplyUnknown."""
        answer = yield from self._ask(Operation.CREATE_JOB, build.name("job-name", name), job=attributes)
        return (yield from self.job(job_of(answer).number))

    def cancel(self, number: int) -> Dialogue[None]:
        """Cancel a job; raises Refused."""
        yield from self._ask(Operation.CANCEL_JOB, job_id=number)

    def _ask(
        self, operation: Operation, *attributes: Attribute, job_id: int | None = None,
        job: Sequence[Attribute] = (), cancellable: bool = False,
    ) -> Dialogue[Message]:
        body = self._request(operation, attributes, job_id, job)
        yield Reopen()
        message = yield Ask(self._head(len(body)) + body, reply_frame, ANSWER, cancellable)
        return self._answer(operation, message)

    # the document

    def send_document(self, number: int, document_format: str, blocks: Sequence[Block]) -> Dialogue[None]:
        """Send the only document of a job; a printer that takes nothing for a while is told of, and waited for."""
        attributes = (build.mime_type("document-format", document_format), build.boolean("last-document", True))
        body = self._request(Operation.SEND_DOCUMENT, attributes, number, ())
        length = len(body) + sum(len(block.data) for block in blocks)
        yield Reopen()
        yield from _send(self._head(length) + body)
        for block in blocks:
            yield from _send(block.data)
        message = yield Listen(reply_frame, TAKEN)
        self._answer(Operation.SEND_DOCUMENT, message)

    # bytes

    def _head(self, length: int) -> bytes:
        return request_head(self._place.path, self._place.host, length)

    def _request(
        self, operation: Operation, attributes: Sequence[Attribute], job_id: int | None, job: Sequence[Attribute]
    ) -> bytes:
        self._number += 1
        return encode(
            build.request(
                operation, self._place.uri, *attributes, job_id=job_id, user=USER, job=job, request_id=self._number
            )
        )

    def _answer(self, operation: Operation, message: object) -> Message:
        body = reply_body(message if isinstance(message, bytes) else b"")
        try:
            answer, _ = parse(body)
        except IppError as error:
            raise DeviceReplyUnknown(f"the printer's answer is no IPP: {error}") from None
        if answer.request_id != self._number:
            raise DeviceReplyUnknown(f"the answer is to request {answer.request_id}", allowed=str(self._number))
        if not is_success(answer.code):
            raise Refused(operation, answer.code)
        return answer


def _send(data: bytes) -> Dialogue[None]:
    """Send all of it; raises Stalled when nothing is taken for long."""
    rest, tries = memoryview(data), 0
    while rest:
        try:
            yield Send(rest, STALL)
        except Stalled as stalled:
            rest = rest[stalled.sent :]
            tries = 0 if stalled.sent else tries + 1
            if tries >= STALL_TRIES:
                raise
            yield Report(TAKES_NOTHING, blocked=True)
        else:
            return
