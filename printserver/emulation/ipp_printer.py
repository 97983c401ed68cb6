"""A small IPP printer made of software: HTTP, IPP and jobs in memory, over the machine that it moves.

Laws kept here:

1. A job without its whole document moves nothing: where the connection breaks within it, the job is aborted.
2. "Completed" is said when the card has left the machine; a spooler says it as soon as it has handed the bytes on.
3. What is no HTTP ends the connection's conversation; what is no IPP is answered as RFC 8011 has it.

Sources: RFC 8010, RFC 8011 sections 4.2, 4.3, 5.3 and 5.4. It answers what is asked, and does not pick attributes by
`requested-attributes`.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import h11

from printserver.driver.emulator import CardLost, Machine, Motion, Waiting
from printserver.emulation.activity import Activity
from printserver.ipp import Attribute, IppError, Message, Operation, Status, build, encode, parse
from printserver.ipp.attributes import Integer, String
from printserver.model.alert import AlertKind
from printserver.model.card import SidePanels
from printserver.model.job import IppJobState

IPP = "application/ipp"
BODY_LIMIT = 64 * 1024 * 1024
# Seconds after which a job whose document never comes is aborted: multiple-operation-time-out (RFC 8011, 5.4.31).
EMPTY_AFTER = 120.0
OPERATIONS = (
    Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB, Operation.SEND_DOCUMENT, Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES, Operation.GET_PRINTER_ATTRIBUTES,
)  # fmt: skip
FINAL = frozenset({IppJobState.COMPLETED, IppJobState.ABORTED, IppJobState.CANCELED})
REASONS = {
    IppJobState.COMPLETED: "job-completed-successfully", IppJobState.ABORTED: "aborted-by-system",
    IppJobState.CANCELED: "job-canceled-by-user", IppJobState.PROCESSING: "job-printing",
    IppJobState.HELD: "job-incoming", IppJobState.STOPPED: "printer-stopped",
}  # fmt: skip
Sides = tuple[SidePanels, ...]
Reader = Callable[[bytes], Sides | None]


@dataclass(frozen=True, slots=True)
class Make:
    """What kind of IPP printer it is; `path` is where it answers, `reader` reads its documents."""

    title: str
    path: str
    formats: tuple[str, ...]
    reader: Reader
    two_sided: bool = False
    spooler: bool = False


@dataclass(slots=True)
class _Job:
    """One job; `sides` are there once its document is."""

    number: int
    created: int
    uuid: str
    state: IppJobState = IppJobState.HELD
    sides: Sides | None = None
    sheets: int = 0


class IppPrinter:
    """One emulated IPP printer."""

    def __init__(self, make: Make, machine: Machine) -> None:
        """Begin with no job; numbers begin with 1 each time it is switched on."""
        self._make = make
        self._machine = machine
        self._switched_on = machine.now()
        self._jobs: dict[int, _Job] = {}
        self._queue: deque[_Job] = deque()
        self._alert: AlertKind | None = None
        self._http: h11.Connection | None = None
        self._path = ""
        self._body = bytearray()
        self._out = bytearray()
        self._activity = Activity(self._work(), machine.now)

    # the connection

    def connected(self) -> None:
        """Begin a connection anew."""
        self.disconnected()
        self._http = h11.Connection(h11.SERVER)

    def disconnected(self) -> None:
        """Abort the job whose document was under way; the card in the machine goes on."""
        http, self._http = self._http, None
        if http is not None and http.their_state is h11.SEND_BODY:
            self._cut()
        self._body.clear()
        self._out.clear()

    def _cut(self) -> None:
        """Take note that a request broke off: a document that is not whole aborts its job (law 1)."""
        try:
            message, _ = parse(bytes(self._body))
        except IppError:
            return
        job = self._named(message)
        if message.code == Operation.SEND_DOCUMENT and job is not None and job.state is IppJobState.HELD:
            job.state = IppJobState.ABORTED

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return what answers them now."""
        if self._http is None:
            self._http = h11.Connection(h11.SERVER)
        self._activity.run()
        try:
            self._http.receive_data(data)
            while self._heard(self._http, self._http.next_event()):
                pass
        except (h11.RemoteProtocolError, h11.LocalProtocolError):
            pass  # this connection is not listened to any more
        return self.tick()

    def due(self) -> float | None:
        """Return when the motion under way ends."""
        return self._activity.due()

    def tick(self) -> bytes:
        """Go on as far as time allows and return what is to be said."""
        self._activity.run()
        answer = bytes(self._out)
        self._out.clear()
        return answer

    def _heard(self, http: h11.Connection, event: object) -> bool:
        match event:
            case h11.Request():
                self._path = event.target.decode("ascii", "replace")
                self._body.clear()
            case h11.Data():
                self._body += event.data
            case h11.EndOfMessage():
                status, body = self._replied()
                self._answer(http, status, body)
                self._body.clear()
                return False
            case _:
                return False
        return len(self._body) <= BODY_LIMIT

    def _answer(self, http: h11.Connection, status: int, body: bytes) -> None:
        head = [("Content-Type", IPP), ("Content-Length", str(len(body))), ("Connection", "close")]
        for event in (h11.Response(status_code=status, headers=head), h11.Data(data=body), h11.EndOfMessage()):
            self._out += http.send(event) or b""

    # IPP

    def _replied(self) -> tuple[int, bytes]:
        if self._path != self._make.path:
            return 404, b""
        try:
            message, document = parse(bytes(self._body))
        except IppError as error:
            return 200, encode(build.refusal(error))
        self._age()
        answers: Mapping[int, Callable[[Message, bytes], Message]] = {
            Operation.GET_PRINTER_ATTRIBUTES: self._tell_printer, Operation.CREATE_JOB: self._create,
            Operation.SEND_DOCUMENT: self._take, Operation.PRINT_JOB: self._print, Operation.CANCEL_JOB: self._cancel,
            Operation.GET_JOB_ATTRIBUTES: self._tell_job, Operation.VALIDATE_JOB: self._validate,
        }  # fmt: skip
        answer = answers.get(message.code)
        if answer is None:
            return 200, encode(build.response(message, Status.OPERATION_NOT_SUPPORTED))
        said = answer(message, document)
        self._activity.run()
        return 200, encode(said)

    def _validate(self, message: Message, document: bytes) -> Message:
        return build.response(message, Status.OK)

    def _create(self, message: Message, document: bytes) -> Message:
        return build.response(message, Status.OK, build.job_group(*self._of(self._new())))

    def _new(self) -> _Job:
        number, now = len(self._jobs) + 1, self._seconds()
        seed = f"{self._machine.serial} {self._switched_on} {number}"
        job = _Job(number, now, uuid.uuid5(uuid.NAMESPACE_OID, seed).urn)
        self._jobs[number] = job
        return job

    def _print(self, message: Message, document: bytes) -> Message:
        job = self._new()
        return self._filled(message, job, document)

    def _take(self, message: Message, document: bytes) -> Message:
        job = self._named(message)
        if job is None:
            return build.response(message, Status.NOT_FOUND)
        if job.state is not IppJobState.HELD:
            return build.response(message, Status.NOT_POSSIBLE)
        return self._filled(message, job, document)

    def _filled(self, message: Message, job: _Job, document: bytes) -> Message:
        told = message.get("document-format")
        name = told.values[0].text if told is not None and isinstance(told.values[0], String) else ""
        sides = self._make.reader(document) if name in self._make.formats else None
        if sides is None:
            job.state = IppJobState.ABORTED
            known = name in self._make.formats
            return build.response(
                message, Status.DOCUMENT_FORMAT_ERROR if known else Status.DOCUMENT_FORMAT_NOT_SUPPORTED
            )
        job.sides, job.state = sides, IppJobState.PENDING
        self._queue.append(job)
        return build.response(message, Status.OK, build.job_group(*self._of(job)))

    def _cancel(self, message: Message, document: bytes) -> Message:
        job = self._named(message)
        if job is None:
            return build.response(message, Status.NOT_FOUND)
        if job.state not in (IppJobState.HELD, IppJobState.PENDING):
            return build.response(message, Status.NOT_POSSIBLE)
        job.state = IppJobState.CANCELED
        return build.response(message, Status.OK)

    def _tell_job(self, message: Message, document: bytes) -> Message:
        job = self._named(message)
        if job is None:
            return build.response(message, Status.NOT_FOUND)
        return build.response(message, Status.OK, build.job_group(*self._of(job)))

    def _named(self, message: Message) -> _Job | None:
        told = message.get("job-id")
        value = told.values[0] if told is not None else None
        return self._jobs.get(value.value) if isinstance(value, Integer) else None

    def _of(self, job: _Job) -> tuple[Attribute, ...]:
        stopped = self._alert is not None and job.state is IppJobState.PROCESSING
        state = IppJobState.STOPPED if stopped else job.state
        return (
            build.integer("job-id", job.number), build.uri("job-uri", f"ipp://localhost{self._make.path}/{job.number}"),
            build.uri("job-uuid", job.uuid), build.enum("job-state", state),
            build.keyword("job-state-reasons", REASONS.get(state, "none")),
            build.integer("time-at-creation", job.created), build.integer("job-printer-up-time", self._seconds()),
            build.integer("job-media-sheets-completed", job.sheets),
        )  # fmt: skip

    def _tell_printer(self, message: Message, document: bytes) -> Message:
        idle = not any(job.state is IppJobState.PROCESSING for job in self._jobs.values())
        state, reason = (3 if idle else 4), "none"
        if self._alert is not None:
            state, reason = 5, f"{self._alert}-error"
        if self._machine.faulty("unknown-reply"):
            state = 77  # no number of the registry
        left, most = self._machine.supply("ribbon")
        sides = ("one-sided", "two-sided-long-edge") if self._make.two_sided else ("one-sided",)
        return build.response(
            message, Status.OK,
            build.printer_group(
                build.enum("printer-state", state), build.keyword("printer-state-reasons", reason),
                build.boolean("printer-is-accepting-jobs", True),
                build.text("printer-make-and-model", self._make.title),
                build.uri("printer-uuid", uuid.uuid5(uuid.NAMESPACE_OID, self._machine.serial).urn),
                build.text("printer-firmware-string-version", "1.0"),
                build.integer("printer-up-time", self._seconds()),
                build.enum("operations-supported", *OPERATIONS),
                build.mime_type("document-format-supported", *self._make.formats),
                build.keyword("pwg-raster-document-sheet-back", "normal"), build.keyword("sides-supported", *sides),
                build.keyword("media-supported", "iso_id-1_53.98x85.6mm"),
                build.name("marker-names", self._machine.ribbon or "ribbon"),
                build.keyword("marker-types", "ribbonWax"),
                build.integer("marker-levels", 100 * left // max(1, most)),
            ),
        )  # fmt: skip

    def _seconds(self) -> int:
        """Return printer-up-time, which begins with 1."""
        return int(self._machine.now() - self._switched_on) + 1

    def _age(self) -> None:
        """Abort the jobs whose documents never came."""
        for job in self._jobs.values():
            if job.state is IppJobState.HELD and self._seconds() - job.created > EMPTY_AFTER:
                job.state = IppJobState.ABORTED

    # cards

    def _work(self) -> Motion:
        while True:
            while not self._queue:
                yield Waiting()
            job = self._queue.popleft()
            if job.state is IppJobState.PENDING:
                yield from self._one(job)

    def _one(self, job: _Job) -> Motion:
        job.state = IppJobState.COMPLETED if self._make.spooler else IppJobState.PROCESSING
        try:
            yield from self._watched(self._card(job.sides or ()))
        except CardLost:
            job.state = job.state if self._make.spooler else IppJobState.ABORTED
            return
        job.state, job.sheets = IppJobState.COMPLETED, 1

    def _card(self, sides: Sides) -> Motion:
        yield from self._machine.feed()
        for side in sides:
            for panel in side.panels:
                yield from self._machine.print_panel(side.side, panel)
        yield from self._machine.eject()

    def _watched(self, motion: Motion) -> Motion:
        """Pass a motion on; while it waits for a person, that is what the printer complains of."""
        try:
            for step in motion:
                self._alert = step.alert if isinstance(step, Waiting) else None
                yield step
        finally:
            self._alert = None
