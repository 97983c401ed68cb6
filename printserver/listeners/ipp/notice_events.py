"""Which IPP events a row of the journal is: the observer between the journal and the subscriptions.

Laws kept here:

1. An event is told after its row is on disk, with the job and the queue as they are then.
2. Who subscribed to nothing costs nothing: without subscriptions no job is read.

Source: RFC 3995 section 5.3.3.4 (events), section 9 (what a notice holds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from twisted.internet.defer import Deferred, DeferredLock

from printserver.ipp import Attribute, build
from printserver.listeners.ipp.notices import EVENT_LIFE, LEASE, LONGEST_LEASE, Notices
from printserver.listeners.ipp.service import Service
from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.queue.views import QueueView

JOB_EVENTS = ("job-created", "job-completed", "job-stopped", "job-state-changed", "job-progress", "job-config-changed")
PRINTER_EVENTS = (
    "printer-stopped", "printer-state-changed", "printer-queue-order-changed", "printer-config-changed"
)
EVENTS = (*JOB_EVENTS, *PRINTER_EVENTS)
NO_EVENT = "none"
ATTRIBUTES = (
    "job-name", "job-originating-user-name", "job-state-message", "job-impressions", "job-media-sheets",
    "job-media-sheets-completed", "job-uuid", "output-device-assigned", "time-at-creation", "time-at-processing",
    "time-at-completed",
)  # fmt: skip
"""What a client may want to be told of a job with each event (notify-attributes)."""
DEFAULT_EVENTS = ("job-completed",)

CARD_ENDS = frozenset({"done", "done-unconfirmed", "settle-done"})
QUEUE_WORDS: Mapping[str, tuple[str, ...]] = {
    "paused": ("printer-stopped", "printer-state-changed"),
    "stopped": ("printer-stopped", "printer-state-changed"),
    "resumed": ("printer-state-changed",),
    "changed": ("printer-config-changed", "printer-state-changed"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """What a notice is made of: the queue as it was then, and the job where it is about one."""

    queue: QueueView
    job: Job | None


class Following:
    """Follows the journal and tells the subscriptions."""

    def __init__(self, service: Service, notices: Notices) -> None:
        """Begin with the next row."""
        self._service, self._notices = service, notices
        self._turn = DeferredLock()
        self._log = structlog.get_logger("notices")
        service.on_event(self.heed)

    def heed(self, event: Event) -> None:
        """Follow one row of the journal."""
        if self._notices.listening():
            Deferred.fromCoroutine(self._in_turn(event)).addErrback(
                lambda failure: self._log.error("event not told", row=event.id, detail=failure.getErrorMessage())
            )

    async def _in_turn(self, event: Event) -> None:
        """Tell of one row after those before it."""
        await self._turn.acquire()
        try:
            await self._tell(event)
        finally:
            self._turn.release()

    async def _tell(self, event: Event) -> None:
        match event.kind:
            case "job" | "card":
                await self._job(event)
            case "queue":
                await self._queue(event.subject, QUEUE_WORDS.get(event.what, ()))
            case "printer" if event.what == "state":
                stopped = event.data.get("state") in ("stopped", "blocked", "offline")
                words = ("printer-stopped", "printer-state-changed") if stopped else ("printer-state-changed",)
                for queue in self._service.queues():
                    if event.subject in queue.config.printers:
                        await self._queue(queue.config.name, words)

    async def _queue(self, name: str, words: Sequence[str]) -> None:
        if words:
            self._notices.tell(name, None, words, Happened(self._service.queue(name), None))

    async def _job(self, event: Event) -> None:
        words = job_words(event)
        if not words:
            return
        job = await self._service.job(int(event.subject.partition("/")[0]))
        self._notices.tell(job.queue, job.id, words, Happened(self._service.queue(job.queue), job))
        if event.kind == "job" and event.what == "state" and event.data.get("state") in FINAL_JOB_STATES:
            self._notices.job_over(job.id)


def notice_support() -> list[Attribute]:
    """Return what a printer tells of subscriptions."""
    return [
        build.keyword("notify-pull-method-supported", "ippget"),
        build.keyword("notify-events-default", *DEFAULT_EVENTS),
        build.keyword("notify-events-supported", NO_EVENT, *EVENTS),
        build.keyword("notify-attributes-supported", *ATTRIBUTES),
        build.integer("notify-max-events-supported", len(EVENTS)),
        build.integer("notify-lease-duration-default", LEASE),
        build.range_of("notify-lease-duration-supported", (0, LONGEST_LEASE)),
        build.integer("ippget-event-life", EVENT_LIFE),
    ]


def job_words(event: Event) -> tuple[str, ...]:
    """Return the IPP events that a row of a job or a card is, the most special first."""
    if event.kind == "card":
        return ("job-progress",) if event.what in CARD_ENDS else ()
    match event.what:
        case "accepted":
            return ("job-created", "job-state-changed")
        case "priority":
            return ("job-config-changed", "printer-queue-order-changed")
        case "state":
            state = event.data.get("state")
            special = {JobState.STOPPED: ("job-stopped",), **dict.fromkeys(FINAL_JOB_STATES, ("job-completed",))}
            return (*special.get(JobState(str(state)), ()), "job-state-changed")
        case _:
            return ()
