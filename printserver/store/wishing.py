"""What people want of a whole job: hold, release, cancel, another priority, another queue, no further documents.

Laws kept here:

1. A wish changes no card; it is written down, and the roll-up and the claim heed it.
2. A job that is over can be wished nothing; one that becomes final by the same changes can.
3. A wish that is granted already is no fault and no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from printserver.errors import NotPossibleNow
from printserver.model.job import Job
from printserver.store.contract import JobWish
from printserver.store.ticketing import with_ticket
from printserver.store.work import Data, Work

_Grant = Callable[[Job], Job]


def wish(work: Work, before: Job, job: Job, change: JobWish) -> Job:
    """Write wishes down; raises NotPossibleNow for a job that is over."""
    if before.state.final and all(card.state.final for card in job.cards):
        raise NotPossibleNow(f"job {job.id} is {before.state} already")
    if change.hold and job.ticket.hold_until is not change.until:
        job = with_ticket(work, replace(job, hold=False), replace(job.ticket, hold_until=change.until, hold=False))
    for what, data, grant in _granted(job, change):
        job = grant(job)
        work.tell("job", job.id, what, {**data, "by": change.by, "note": change.note})
    return job


def _granted(job: Job, change: JobWish) -> Iterator[tuple[str, Data, _Grant]]:
    hold, cancel, incoming, priority = change.hold, change.cancel, change.incoming, change.priority
    if hold is not None and (hold != job.hold or (hold and change.held_for not in (None, job.held_for))):
        told: Data = {"until": change.until} if change.until else {}
        told |= {"for": change.held_for} if change.held_for else {}
        yield "held" if hold else "released", told, lambda now: replace(now, hold=hold, held_for=change.held_for)
    if cancel is not None and cancel != job.cancel:
        yield "cancel-wanted" if cancel else "cancel-withdrawn", {}, lambda now: replace(now, cancel=cancel)
    if incoming is False and job.incoming:
        yield "received", {}, lambda now: replace(now, incoming=False)
    if priority is not None and priority != job.ticket.priority:
        yield "priority", {"priority": priority}, lambda now: _prior(now, priority)


    if change.queue is not None and change.queue != job.queue:
        queue = change.queue
        yield "moved", {"queue": queue, "from": job.queue}, lambda now: replace(now, queue=queue)


def _prior(job: Job, priority: int) -> Job:
    return replace(job, ticket=replace(job.ticket, priority=priority))
