"""What an IPP printer says of itself and of a job, as values of this server.

Laws kept here:

1. A state that is not registered, or is missing, is no answer: DeviceReplyUnknown, never a ready printer.
2. What the printer complains of is kept word for word beside the kind that it is mapped to.

Sources: RFC 8011 sections 5.3.7 (job-state), 5.3.8 (job-state-reasons), 5.4.11 and 5.4.12 (printer-state and its
reasons with their severities); PWG 5100.13 section 5.6 (printer-supply); PWG 5100.1 (media-*).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from printserver.errors import DeviceReplyUnknown
from printserver.ipp import Group, GroupTag, Message, plain_attributes
from printserver.ipp.plain import Plain
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.job import IppJobState
from printserver.model.printer import PrinterStatus
from printserver.model.supply import Supply, SupplyKind

PRINTER_WANTED = (
    "printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-make-and-model", "printer-uuid",
    "printer-device-id", "printer-firmware-string-version", "printer-up-time", "operations-supported",
    "document-format-supported", "pwg-raster-document-resolution-supported", "pwg-raster-document-type-supported",
    "pwg-raster-document-sheet-back", "sides-supported", "marker-names", "marker-types", "marker-levels",
    "printer-supply", "printer-supply-description", "media-supported", "print-scaling-supported",
    "printer-error-policy",
)  # fmt: skip
JOB_WANTED = (
    "job-id", "job-uuid", "job-state", "job-state-reasons", "time-at-creation", "job-printer-up-time",
    "job-media-sheets-completed", "job-impressions-completed",
)  # fmt: skip

_KINDS = {
    "cover-open": AlertKind.COVER_OPEN, "door-open": AlertKind.COVER_OPEN, "interlock-open": AlertKind.COVER_OPEN,
    "media-empty": AlertKind.FEEDER, "media-needed": AlertKind.FEEDER, "media-low": AlertKind.FEEDER,
    "input-tray-missing": AlertKind.FEEDER, "media-jam": AlertKind.CARD_JAM,
    "marker-supply-empty": AlertKind.RIBBON_EMPTY, "toner-empty": AlertKind.RIBBON_EMPTY,
    "marker-supply-missing": AlertKind.RIBBON_EMPTY, "marker-supply-mismatch": AlertKind.RIBBON_WRONG,
    "marker-supply-low": AlertKind.RIBBON_LOW, "toner-low": AlertKind.RIBBON_LOW,
    "output-area-full": AlertKind.REJECT_FULL, "offline": AlertKind.OFFLINE, "shutdown": AlertKind.OFFLINE,
    "cleaning-due": AlertKind.CLEANING_DUE, "marker-cooling": AlertKind.HEAD_HOT,
}  # fmt: skip
# RFC 8011 section 5.4.12: the suffix of a reason; one without is an error.
_SEVERITIES = {"-error": Severity.ERROR, "-warning": Severity.WARNING, "-report": Severity.REPORT}
# What cupsd does with a job that its backend gave up (cupsd.conf(5), ErrorPolicy): with this alone it never sends one
# again. retry-job and retry-current-job do so by themselves, stop-printer when somebody starts the queue again.
GIVES_UP = "abort-job"
_LOW = frozenset({"media-low", "marker-supply-low", "toner-low"})
WORDS = 120


class DeviceState(IntEnum):
    """printer-state (RFC 8011 section 5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


@dataclass(frozen=True, slots=True)
class Said:
    """A printer's attributes; `status` is how it stands, `idle` = it has no job at all."""

    attributes: dict[str, list[Plain]]
    status: PrinterStatus
    idle: bool

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the words of an attribute, none when it was not told."""
        return tuple(value for value in self.attributes.get(name, []) if isinstance(value, str))

    def text(self, name: str) -> str:
        """Return the first word of an attribute."""
        return next(iter(self.texts(name)), "")


@dataclass(frozen=True, slots=True)
class JobSaid:
    """How a job stands at the printer; numbers are None where they were not told."""

    number: int
    state: IppJobState
    reasons: tuple[str, ...] = ()
    uuid: str = ""
    created: int | None = None
    up_time: int | None = None
    sheets: int | None = None

    @property
    def evidence(self) -> dict[str, str]:
        """Return what knows this job again."""
        told = {"job-id": self.number, "job-uuid": self.uuid, "created": self.created, "up-time": self.up_time}
        return {key: str(value) for key, value in told.items() if value not in (None, "")}


def printer_of(message: Message) -> Said:
    """Return what a printer says of itself; raises DeviceReplyUnknown."""
    attributes = plain_attributes(message.group(GroupTag.PRINTER))
    try:
        state = DeviceState(_number(attributes, "printer-state") or 0)
    except ValueError:
        raise DeviceReplyUnknown("the printer does not tell its state", where="printer-state") from None
    accepting = next(iter(attributes.get("printer-is-accepting-jobs", [])), None) is True
    alerts = list(_alerts(attributes, state))
    if not accepting and not any(alert.severity is Severity.ERROR for alert in alerts):
        alerts.append(Alert(kind=AlertKind.OTHER, verbatim="it accepts no jobs"))
    alerts += _twice(attributes)
    ready = not any(alert.severity is Severity.ERROR for alert in alerts)
    status = PrinterStatus(ready=ready, alerts=tuple(alerts), supplies=supplies_of(attributes))
    return Said(attributes, status, state is DeviceState.IDLE)


def _twice(attributes: dict[str, list[Plain]]) -> list[Alert]:
    """Return the alert of a queue that would send a card again on doubt: it gets none."""
    policies = [value for value in attributes.get("printer-error-policy", []) if value != GIVES_UP]
    words = "the queue would send a card again after a fault (printer-error-policy {}): set abort-job"
    return [Alert(kind=AlertKind.OTHER, verbatim=words.format(policy)) for policy in policies]


def _alerts(attributes: dict[str, list[Plain]], state: DeviceState) -> list[Alert]:
    reasons = [value for value in attributes.get("printer-state-reasons", []) if isinstance(value, str)]
    alerts = [_alert(reason, state) for reason in reasons if reason != "none"]
    if state is DeviceState.STOPPED and not any(alert.severity is Severity.ERROR for alert in alerts):
        alerts.append(Alert(kind=AlertKind.OTHER, verbatim="the printer has stopped"))
    return alerts


def _alert(reason: str, state: DeviceState) -> Alert:
    suffix = next((suffix for suffix in _SEVERITIES if reason.endswith(suffix)), "")
    bare = reason.removesuffix(suffix) if suffix else reason
    kind = _KINDS.get(bare, AlertKind.OTHER)
    if suffix:
        severity = _SEVERITIES[suffix]
    elif bare in _LOW or (kind is AlertKind.OTHER and state is not DeviceState.STOPPED):
        severity = Severity.WARNING  # a keyword of the vendor's own beside a printer that works
    else:
        severity = Severity.ERROR
    return Alert(kind=kind, severity=severity, verbatim=reason[:WORDS])


def supplies_of(attributes: dict[str, list[Plain]]) -> tuple[Supply, ...]:
    """Return ribbons from printer-supply, else from the marker attributes; levels below zero are not known."""
    told = [value for value in attributes.get("printer-supply", []) if isinstance(value, bytes)]
    if told:
        names = attributes.get("printer-supply-description", [])
        return tuple(_supply(value, _word(names, place)) for place, value in enumerate(told))
    levels = attributes.get("marker-levels", [])
    names = attributes.get("marker-names", [])
    return tuple(
        Supply(kind=SupplyKind.RIBBON, name=_word(names, place), remaining=_known(level), capacity=100)
        for place, level in enumerate(levels)
    )


def _supply(value: bytes, name: str) -> Supply:
    fields = dict(part.partition("=")[::2] for part in value.decode("ascii", "replace").split(";") if "=" in part)
    level, most = _known(_whole(fields.get("level", ""))), _known(_whole(fields.get("maxcapacity", "")))
    cleaning = fields.get("type", "") == "cleanerUnit"
    return Supply(
        kind=SupplyKind.CLEANING if cleaning else SupplyKind.RIBBON,
        name=name or fields.get("colorantname", "")[:WORDS], remaining=level, capacity=most,
    )


def _known(level: Plain) -> int | None:
    return level if isinstance(level, int) and level >= 0 else None


def _whole(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None


def _word(values: list[Plain], place: int) -> str:
    value = values[place] if place < len(values) else ""
    return value[:WORDS] if isinstance(value, str) else ""


def job_of(message: Message) -> JobSaid:
    """Return how a job stands; raises DeviceReplyUnknown."""
    return _job(message.group(GroupTag.JOB))


def _job(group: Group) -> JobSaid:
    attributes = plain_attributes(group)
    number = _number(attributes, "job-id")
    try:
        state = IppJobState(_number(attributes, "job-state") or 0)
    except ValueError:
        raise DeviceReplyUnknown("the printer does not tell how the job stands", where="job-state") from None
    if number is None or number < 1:
        raise DeviceReplyUnknown("the printer does not tell the job's number", where="job-id")
    reasons = tuple(value for value in attributes.get("job-state-reasons", []) if isinstance(value, str))
    sheets = _number(attributes, "job-media-sheets-completed")
    uuid = next((value for value in attributes.get("job-uuid", []) if isinstance(value, str)), "")
    return JobSaid(
        number, state, reasons, uuid, _number(attributes, "time-at-creation"),
        _number(attributes, "job-printer-up-time"), sheets,
    )


def _number(attributes: dict[str, list[Plain]], name: str) -> int | None:
    value = next(iter(attributes.get(name, [])), None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
