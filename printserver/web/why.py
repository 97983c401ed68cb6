"""Why a job is where it is, in one sentence with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from printserver.model.job import CardState, Job, JobState, Reason
from printserver.queue.views import QueueView

from .reasons import of_code
from .words import Words

# What is worth a sentence on a job's row; the other reasons say no more than its state.
TELLING = (
    "job-completed-with-errors", "queued-in-device", "processing-to-stop-point", "attempts-used", "job-release-wait",
    "quota-exceeded", "job-hold-until-specified", "job-incoming", "job-canceled-by-user",
)  # fmt: skip
OF_CARDS = (CardState.UNCERTAIN, CardState.BLOCKED, CardState.FAILED, CardState.SPOILED)


class Why(NamedTuple):
    """A reason in words, and the words that came with it (of a device, a document or an error)."""

    words: Words
    detail: str = ""


def why(job: Job, queues: Mapping[str, QueueView], now: float) -> Why | None:
    """Return why a job is as it is, None when its state says all there is."""
    reason = _of_cards(job) or _of_job(job) or _of_surroundings(job, queues.get(job.queue), now) or _of_earlier(job)
    return None if reason is None else Why(of_code(reason.code), reason.detail)


def _of_cards(job: Job) -> Reason | None:
    for state in OF_CARDS:
        for card in job.cards:
            if card.state is state and card.reason is not None:
                return card.reason
    return None


def _of_job(job: Job) -> Reason | None:
    return next((Reason(code) for code in TELLING if code in job.reasons), None)


def _of_surroundings(job: Job, queue: QueueView | None, now: float) -> Reason | None:
    """Return what keeps a waiting job from its turn."""
    if job.state is not JobState.PENDING or queue is None:
        return None
    if job.ticket.not_before is not None and job.ticket.not_before > now:
        return Reason("not-yet")
    if queue.config.paused:
        return Reason("queue-paused")
    if queue.opens is not None:
        return Reason("outside-hours")
    if job.id in queue.unfit:
        return queue.unfit[job.id]
    if queue.printers and all(printer.needs_person for printer in queue.printers):
        return Reason("printer-not-ready", ", ".join(printer.config.name for printer in queue.printers))
    return None


def _of_earlier(job: Job) -> Reason | None:
    """Return what an earlier attempt at a card that waits again ended with."""
    return next((card.reason for card in job.cards if card.reason and card.state is CardState.QUEUED), None)
