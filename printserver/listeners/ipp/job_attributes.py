"""A job as IPP attributes (RFC 8011 section 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from printserver.ipp import Attribute, build
from printserver.listeners.ipp.addresses import Addresses
from printserver.listeners.ipp.job_template import actual_values, template_values
from printserver.listeners.ipp.offer import Offer
from printserver.listeners.ipp.words import as_keyword, shown_name, shown_text
from printserver.model.job import CardState, IppJobState, Job

OF_OTHERS = frozenset({
    "job-id", "job-uri", "job-printer-uri", "job-state", "time-at-creation", "date-time-at-creation",
    "job-printer-up-time", "attributes-charset", "attributes-natural-language",
})  # fmt: skip


HISTORY = (
    "job-id", "job-uri", "job-uuid", "job-printer-uri", "job-state", "job-state-reasons", "date-time-at-creation",
    "date-time-at-processing", "date-time-at-completed", "time-at-creation", "time-at-processing", "time-at-completed",
    "number-of-documents", "job-impressions-completed", "job-media-sheets-completed", "copies", "sides", "media",
)  # fmt: skip
"""What is told of a job for ever: nothing of a person is among it."""
FOR_EVER = 0x7FFFFFFF  # seconds, the most that an integer can say


@dataclass(frozen=True, slots=True)
class JobsView:
    """How one client sees jobs: addresses, times, the default queue's name, what each queue offers.

    `started` and `now` are seconds since the epoch; with `cups` queues have the addresses that CUPS gives. `server` is
    the server's own UUID.
    """

    addresses: Addresses
    started: float
    now: float
    server: UUID
    default_queue: str | None = None
    offer_of: Callable[[str], Offer | None] = lambda queue: None
    cups: bool = False


class JobAttributes:
    """Builds the attributes of jobs for one client; times count from the printer's start (section 5.3.14)."""

    def __init__(self, view: JobsView) -> None:
        """Show jobs as a client sees them by `view`."""
        self._view = view
        self._addresses, self._started, self._now = view.addresses, view.started, view.now

    def of(self, job: Job) -> list[Attribute]:
        """Return all attributes of a job; of one that is withheld those by which it is known, its state and its age."""
        if job.withheld:
            return [each for each in self._all(job) if each.name in OF_OTHERS]
        return self._all(job)

    def known_by(self, job: Job) -> list[Attribute]:
        """Return what a client is told of its new job (RFC 8011 section 4.2.1.2)."""
        return [
            build.integer("job-id", job.id), build.uri("job-uri", self._addresses.job(job.id)), *self._how_it_is(job)
        ]

    def _all(self, job: Job) -> list[Attribute]:
        told = [*self._identity(job), *self._state(job), *self._times(job), *self._counts(job)]
        return [*told, *self._template(job), *actual_values(job, self._view.offer_of(job.queue))]

    def _identity(self, job: Job) -> list[Attribute]:
        ticket = job.ticket
        return [
            build.integer("job-id", job.id),
            build.uri("job-uri", self._addresses.job(job.id)),
            build.uri("job-uuid", f"urn:uuid:{uuid5(self._view.server, f'job {job.id}')}"),
            build.uri("job-printer-uri", self._printer(job.queue)),
            build.uri("job-more-info", self._addresses.page(f"/jobs/{job.id}")),
            build.name("job-name", shown_name(job.name) or "card"),
            build.name("job-originating-user-name", shown_name(ticket.user) or "anonymous"),
            *([build.uri("job-originating-user-uri", ticket.user_uri)] if ticket.user_uri else []),
            *([build.octets("document-metadata", *map(str.encode, ticket.metadata))] if ticket.metadata else []),
            build.charset("attributes-charset", "utf-8"),
            build.natural_language("attributes-natural-language", "en"),
        ]

    def _printer(self, queue: str) -> str:
        if self._view.cups:
            return self._addresses.queue(queue)
        return self._addresses.printer(queue, default=queue == self._view.default_queue)

    def _state(self, job: Job) -> list[Attribute]:
        attributes = self._how_it_is(job)
        printers = list(dict.fromkeys(card.printer for card in job.cards if card.printer))
        return [*attributes, build.name("output-device-assigned", shown_name(printers[0]))] if printers else attributes

    def _how_it_is(self, job: Job) -> list[Attribute]:
        return [
            build.enum("job-state", IppJobState.of(job.state)),
            build.keyword("job-state-reasons", *(as_keyword(reason) for reason in _reasons(job))),
            build.text("job-state-message", state_message(job)),
        ]

    def _times(self, job: Job) -> list[Attribute]:
        begun = [attempt.started for card in job.cards for attempt in card.attempts]
        return [
            build.integer("job-printer-up-time", max(1, self._ticks(self._now))),
            *self._moment("creation", job.created),
            *self._moment("processing", min(begun) if begun else None),
            *self._moment("completed", job.completed),
        ]

    def _moment(self, what: str, at: float | None) -> list[Attribute]:
        ticks, date = f"time-at-{what}", f"date-time-at-{what}"
        if at is None:
            return [build.no_value(ticks), build.no_value(date)]
        return [build.integer(ticks, self._ticks(at)), build.date_time(date, datetime.fromtimestamp(at, UTC))]

    def _ticks(self, at: float) -> int:
        return int(at - self._started) + 1

    def _counts(self, job: Job) -> list[Attribute]:
        done = [card for card in job.cards if card.state is CardState.DONE]
        size = sum(document.size for document in job.documents)
        return [
            build.integer("number-of-documents", len(job.documents)),
            build.integer("job-k-octets", (size + 1023) // 1024),
            build.integer("job-impressions", job.impressions),
            build.integer("job-impressions-completed", sum(card.sides for card in done)),
            build.integer("job-media-sheets", len(job.cards)),
            build.integer("job-media-sheets-completed", len(done)),
        ]

    def _template(self, job: Job) -> list[Attribute]:
        return template_values(job, self._view.offer_of(job.queue))


def history_support() -> list[Attribute]:
    """Return how long jobs are told of: for ever, but for what is of a person (PWG 5100.7, job-history-...)."""
    return [
        build.keyword("job-history-attributes-supported", *HISTORY),
        build.keyword("job-history-attributes-configured", *HISTORY),
        build.range_of("job-history-interval-supported", (FOR_EVER, FOR_EVER)),
        build.integer("job-history-interval-configured", FOR_EVER),
    ]


def _reasons(job: Job) -> tuple[str, ...]:
    return (*job.reasons, "job-suspended") if suspended(job) else job.reasons or ("none",)


def suspended(job: Job) -> bool:
    """Tell whether a job is held of which a card was begun already (RFC 3998 section 4.3.1)."""
    begun = any(card.attempts or card.state not in (CardState.QUEUED, CardState.CANCELED) for card in job.cards)
    return job.hold and begun and not job.state.final


def state_message(job: Job) -> str:
    """Return one sentence of a job's cards for people: counts, and the first reason with its detail."""
    counts = ", ".join(f"{count} {state}" for state, count in job.counts().items())
    reason = next((card.reason for card in job.cards if card.reason), None)
    if reason is None:
        return counts or job.state
    return shown_text(f"{counts}: {reason.detail or reason.code}")
