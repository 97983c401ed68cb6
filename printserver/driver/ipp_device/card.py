"""One card as one IPP job: made empty, committed with its number, filled, and watched to its end.

Laws kept here:

1. Create-Job comes first and moves nothing; its number is the evidence of COMMITTED, and only then the document goes.
2. A job is known again by job-uuid, else by when it was made; a number alone may be another job after a restart.
3. "Completed" is sure only where the device itself prints (RFC 8011 section 5.3.7: all sheets stacked in the output
   bin). A spooler's means that bytes were handed on, and so does the reason `queued-in-device`.
4. A job that ended otherwise has spoiled its card, fed: no printer says for certain that its feeder stood still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printserver.dialogue import Cancelled, Dialogue, Mark, Point, Report, Wait
from printserver.driver.contract import Block, Evidence
from printserver.driver.ipp_device.saying import JobSaid, Said
from printserver.driver.ipp_device.talk import IppTalk, Refused
from printserver.driver.outcome import Done, Outcome, Spoiled, Unknown
from printserver.errors import PrintServerError, UnsupportedByPrinter
from printserver.ipp import Attribute, Operation, Status, build
from printserver.model.alert import Alert, AlertKind
from printserver.model.job import IppJobState, Reason
from printserver.model.printer import PrinterStatus

# Seconds between two looks; how many looks may fail, a job may lie without its document, or a reconciliation may wait
# for a person; and after how many an unmoved job is told of.
POLL, FAILURES, EMPTY_POLLS, BLOCKED_POLLS, BUSY_POLLS = 1.0, 5, 150, 120, 300
# A printer that says so takes a job later.
LATER = frozenset({
    Status.BUSY, Status.NOT_ACCEPTING_JOBS, Status.TEMPORARY_ERROR, Status.DEVICE_ERROR, Status.TOO_MANY_JOBS,
})  # fmt: skip
NEEDED = {Operation.CREATE_JOB: "Create-Job", Operation.SEND_DOCUMENT: "Send-Document"}
# PWG 5101.1: the self-describing name of an ID-1 card, short edge first; its last digit is written both ways.
MEDIA = ("iso_id-1_53.98x85.6mm", "iso_id-1_53.98x85.60mm")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a driver hands a card over: the document's format, one side or two, and whether "completed" is sure."""

    document_format: str
    sure: bool
    two_sided: bool = False


def print_job(talk: IppTalk, manner: Manner, blocks: Sequence[Block]) -> Dialogue[Outcome]:
    """Print one card; raises UnsupportedByPrinter, DeviceRefuses or DeviceReplyUnknown before COMMITTED alone."""
    job = yield from _create(talk, manner)
    yield Mark(Point.COMMITTED, job.evidence)
    trouble = ""
    try:
        yield from talk.send_document(job.number, manner.document_format, blocks)
    except PrintServerError as fault:
        trouble = fault.sentence()  # perhaps it is there all the same: the job itself tells
    watch = _Watch(job, manner.sure, trouble)
    return (yield from watch.outcome(talk))


def reconcile_job(talk: IppTalk, manner: Manner, evidence: Evidence) -> Dialogue[Outcome]:
    """Find out what became of a job by its number; it must be known again for certain."""
    gone = evidence.of(Point.EJECTED)
    if gone:
        return Done(gone)
    told = evidence.of(Point.COMMITTED)
    number, created, up_time = (_whole(told.get(key, "")) for key in ("job-id", "created", "up-time"))
    uuid = told.get("job-uuid", "")
    if number is None or not (uuid or (created is not None and up_time is not None)):
        return Unknown(Reason("no-evidence", "the job at the printer cannot be known again"))
    job = JobSaid(number, IppJobState.PENDING, (), uuid, created, up_time)
    watch = _Watch(job, manner.sure, "the attempt was broken off", patient=False)
    return (yield from watch.outcome(talk))


def _whole(digits: str) -> int | None:
    bare = digits.removeprefix("-")
    return int(digits) if bare.isascii() and bare.isdecimal() and len(bare) < 12 else None


def _create(talk: IppTalk, manner: Manner) -> Dialogue[JobSaid]:
    """Wait until the printer is well and takes a job; may be called off at any time."""
    blocked = False
    while True:
        said = yield from talk.printer(cancellable=True)
        if said.status.ready:
            check(said, manner)
            if blocked:
                yield Report(said.status)
            try:
                return (yield from talk.create("card", _template(said, manner)))
            except Refused as refusal:
                if refusal.status not in LATER:
                    raise
                words = Alert(kind=AlertKind.OTHER, verbatim=str(refusal))
                yield Report(PrinterStatus(ready=False, alerts=(words,)), blocked=True)
        else:
            yield Report(said.status, blocked=True)
        blocked = True
        yield Wait(POLL, cancellable=True)


def check(said: Said, manner: Manner) -> None:
    """Raise UnsupportedByPrinter when a printer says that it cannot do what is wanted of it."""
    operations = said.attributes.get("operations-supported", [])
    missing = [name for operation, name in NEEDED.items() if operation not in operations]
    if missing:
        raise UnsupportedByPrinter(f"the printer has no {' and no '.join(missing)}", where="operations-supported")
    formats = said.texts("document-format-supported")
    if manner.document_format not in formats:
        raise UnsupportedByPrinter(
            f"the printer does not take {manner.document_format}", where="document-format-supported",
            allowed=", ".join(formats)[:200],
        )
    if manner.two_sided and said.text("pwg-raster-document-sheet-back") not in ("", "normal"):
        raise UnsupportedByPrinter(
            "the printer wants backs turned or mirrored", where="pwg-raster-document-sheet-back", allowed="normal"
        )


def _template(said: Said, manner: Manner) -> tuple[Attribute, ...]:
    """Return the job's attributes, each only where the printer says that it knows it."""
    media = next((name for name in MEDIA if name in said.texts("media-supported")), "")
    sides = "two-sided-long-edge" if manner.two_sided else "one-sided"
    wanted = {
        "media": media,
        "sides": sides if sides in said.texts("sides-supported") else "",
        "print-scaling": "none" if "none" in said.texts("print-scaling-supported") else "",
    }
    return tuple(build.keyword(name, value) for name, value in wanted.items() if value)


@dataclass(slots=True)
class _Watch:
    """What is seen of a job from its document's last byte on; `trouble` = why it may not be there."""

    job: JobSaid
    sure: bool
    trouble: str
    patient: bool = True
    failures: int = 0
    blocked: int = 0
    polls: int = 0
    complained: bool = False

    def outcome(self, talk: IppTalk) -> Dialogue[Outcome]:
        """Ask until the job is over or nothing more can be known."""
        while True:
            try:
                job = yield from talk.job(self.job.number, cancellable=not self.patient)
                verdict = self._judged(job)
                if verdict is None:
                    yield from self._look((yield from talk.printer(cancellable=not self.patient)))
                    self.failures = 0
            except Refused as refusal:
                return Unknown(Reason("job-not-told", str(refusal)))
            except Cancelled:
                raise
            except PrintServerError as fault:
                verdict = self._failed(fault)
            if verdict is None and self.blocked > BLOCKED_POLLS and not self.patient:
                verdict = Unknown(Reason("device-waits", "the printer waits for a person"))
            if verdict is not None:
                if isinstance(verdict, Done) and verdict.sure:
                    yield Mark(Point.EJECTED, verdict.evidence)
                return verdict
            yield Wait(POLL, cancellable=not self.patient)

    def _failed(self, fault: PrintServerError) -> Outcome | None:
        self.failures += 1
        return Unknown(Reason(fault.code, fault.sentence())) if self.failures >= FAILURES else None

    def _judged(self, job: JobSaid) -> Outcome | None:
        if not _same(self.job, job):
            return Unknown(Reason("job-not-recognised", f"job {job.number} of the printer is another one now"))
        words = ", ".join(job.reasons)[:200] or job.state.name.lower()
        match job.state:
            case IppJobState.COMPLETED:
                return self._completed(job, words)
            case IppJobState.ABORTED | IppJobState.CANCELED:
                return Spoiled(Reason("job-not-completed", f"the printer says: {words}"))
        self.polls += 1
        if self.trouble and job.state in (IppJobState.PENDING, IppJobState.HELD) and self.polls > EMPTY_POLLS:
            return Unknown(Reason("job-without-document", f"the job waits for its document: {self.trouble}"))
        return None

    def _completed(self, job: JobSaid, words: str) -> Outcome:
        evidence = {"job-id": str(job.number)}
        if not self.sure or "queued-in-device" in job.reasons:
            return Done(evidence, sure=False)
        if "job-completed-with-errors" in job.reasons or job.sheets == 0:
            return Unknown(Reason("job-doubtful", f"completed, but: {words}; sheets {job.sheets}"))
        return Done(evidence)

    def _look(self, said: Said) -> Dialogue[None]:
        """Tell when the printer waits for a person, when it works without end, and when it goes on."""
        endless = self.polls > BUSY_POLLS
        if not said.status.ready or endless:
            self.blocked += not said.status.ready
            self.complained = True
            yield Report(said.status if not said.status.ready else _at_work(), blocked=True)
        elif self.complained:
            self.complained, self.blocked = False, 0
            yield Report(said.status)


def _at_work() -> PrinterStatus:
    return PrinterStatus(ready=False, alerts=(Alert(kind=AlertKind.OTHER, verbatim="the printer is at work"),))


def _same(mine: JobSaid, told: JobSaid) -> bool:
    """Tell whether a job is the one that was made: by its uuid, else by the time of its making; never by its number."""
    if mine.uuid and told.uuid:
        return mine.uuid == told.uuid
    if mine.uuid or told.uuid:
        return False
    restarted = None not in (mine.up_time, told.up_time) and (told.up_time or 0) < (mine.up_time or 0)
    return mine.created is not None and mine.created == told.created and not restarted
