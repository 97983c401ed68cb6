"""What the JSON API says of jobs, cards, queues, printers and events: the documents' shapes and how they are filled.

Laws kept here:

1. Times are ISO 8601 with offset; states and reasons are the model's own words.
2. Track data is never shown, only which tracks are there.
3. Text of clients and devices goes out as it came in; whoever shows it makes it harmless (`model.display`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from printserver.model.card import Side
from printserver.model.event import Event
from printserver.model.job import Attempt, Card, CardState, Document, Job, JobState, Mark, Reason
from printserver.model.ticket import Ticket

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Count = Annotated[int, msgspec.Meta(ge=0)]
Ordinal = Annotated[int, msgspec.Meta(ge=1)]
CardCounts = Annotated[dict[str, Count], msgspec.Meta(extra_json_schema={
    "propertyNames": {"enum": [str(state) for state in CardState]}, "required": ["done", "uncertain"],
})]  # fmt: skip


def moment(at: float) -> str:
    """Return seconds since the epoch as ISO 8601 with offset, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


class JobRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job in a list; `cards` counts cards by state, `done` and `uncertain` always, others where there are any.

    `warnings` are told to who has just sent the job: why it cannot end with what is loaded.
    """

    id: Ordinal
    state: JobState
    reasons: tuple[str, ...]
    queue: str
    name: str
    cards: CardCounts
    warnings: tuple[Reason, ...] = ()


class JobList(msgspec.Struct, frozen=True):
    """A page of jobs, newest first; `next` is the `before` of the next page, null at the end."""

    jobs: list[JobRow]
    next: int | None


class JobDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All of a job but its cards; `ticket` is without track data, `tracks` names the tracks that have some."""

    id: Ordinal
    state: JobState
    reasons: tuple[str, ...]
    queue: str
    name: str
    cards: CardCounts
    user: str
    origin: str
    created: Moment
    changed: Moment
    completed: Moment | None
    hold: bool
    cancel: bool
    incoming: bool
    purged: bool
    reprint_of: int | None
    duplicate_of: int | None
    ticket: Ticket
    tracks: tuple[int, ...]
    documents: tuple[Document, ...]


class MarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A point that an attempt passed."""

    point: str
    at: Moment
    evidence: dict[str, str]


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One try at printing a card."""

    number: Ordinal
    printer: str
    serial: str
    started: Moment
    ended: Moment | None
    outcome: str | None
    reason: Reason | None
    marks: list[MarkRow]


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A card; `simulated` = not real plastic, `unconfirmed` = sent but not confirmed by the device."""

    number: Ordinal
    state: CardState
    reason: Reason | None
    printer: str | None
    changed: Moment
    simulated: bool
    unconfirmed: bool
    sides: tuple[Side, ...]
    attempts: list[AttemptRow]


class CardList(msgspec.Struct, frozen=True):
    """The cards of a job."""

    cards: list[CardRow]


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the journal."""

    id: Ordinal
    at: Moment
    kind: str
    subject: str
    what: str
    data: dict[str, str | int | float | bool | None]


class Story(msgspec.Struct, frozen=True):
    """What happened to a job, in order: the newest rows; `next` is the `before` of those before them, null = none."""

    events: list[EventRow]
    next: int | None = None


def job_row(job: Job) -> JobRow:
    """Return a job as lists show it."""
    return JobRow(
        id=job.id, state=job.state, reasons=job.reasons, queue=job.queue, name=job.name, cards=card_counts(job),
        warnings=job.warnings,
    )


def card_counts(job: Job) -> dict[str, int]:
    """Return how many cards are in each state."""
    return {"done": 0, "uncertain": 0, **{str(state): count for state, count in job.counts().items()}}


def job_detail(job: Job) -> JobDetail:
    """Return all of a job but its cards."""
    ticket = job.ticket
    return JobDetail(
        id=job.id, state=job.state, reasons=job.reasons, queue=job.queue, name=job.name, cards=card_counts(job),
        user=ticket.user, origin=job.origin, created=moment(job.created), changed=moment(job.changed),
        completed=_maybe(job.completed), hold=job.hold, cancel=job.cancel, incoming=job.incoming, purged=job.purged,
        reprint_of=ticket.reprint_of, duplicate_of=job.duplicate_of,
        ticket=msgspec.structs.replace(ticket, tracks=()),
        tracks=tuple(number for number, track in enumerate(ticket.tracks, 1) if track), documents=job.documents,
    )  # fmt: skip


def card_row(card: Card) -> CardRow:
    """Return a card with its attempts."""
    return CardRow(
        number=card.number, state=card.state, reason=card.reason, printer=card.printer, changed=moment(card.changed),
        simulated=card.simulated, unconfirmed=card.unconfirmed,
        sides=(Side.FRONT,) if card.back is None else (Side.FRONT, Side.BACK),
        attempts=[_attempt_row(attempt) for attempt in card.attempts],
    )  # fmt: skip


def event_row(event: Event) -> EventRow:
    """Return a row of the journal without its chain."""
    return EventRow(
        id=event.id, at=moment(event.at), kind=event.kind, subject=event.subject, what=event.what,
        data=_dated(event.data),
    )


def _dated(data: Mapping[str, str | int | float | bool | None]) -> dict[str, str | int | float | bool | None]:
    """Return an event's data with its moment as ISO 8601 (law 1)."""
    at = data.get("at")
    return {**data, "at": moment(at)} if isinstance(at, float) else dict(data)


def _attempt_row(attempt: Attempt) -> AttemptRow:
    return AttemptRow(
        number=attempt.number, printer=attempt.printer, serial=attempt.serial, started=moment(attempt.started),
        ended=_maybe(attempt.ended), outcome=attempt.outcome, reason=attempt.reason,
        marks=[_mark_row(mark) for mark in attempt.marks],
    )  # fmt: skip


def _mark_row(mark: Mark) -> MarkRow:
    return MarkRow(point=mark.point, at=moment(mark.at), evidence=mark.evidence)


def _maybe(at: float | None) -> str | None:
    return None if at is None else moment(at)
