"""What a job is follows from its cards and wishes, and is written beside them in the same transaction.

Laws kept here:

1. `lifecycle.roll_up` decides; the columns only remember, so that lists and claims need no cards.
2. `completed` is the time at which the job became final; a job that is reopened loses it.
"""

from __future__ import annotations

import json

import msgspec
from sqlalchemy import bindparam, update

from printserver.lifecycle import Wishes, roll_up
from printserver.model.job import CardState, Job
from printserver.store.prepared import Prepared
from printserver.store.tables import jobs
from printserver.store.work import Work

COLUMNS = (
    "queue", "state", "reasons", "finished", "claimable", "completed", "hold", "held_for", "cancel", "incoming",
    "priority", "version", "changed", "duplicate_of",
)  # fmt: skip
_JOB = Prepared(update(jobs).where(jobs.c.id == bindparam("job")), *COLUMNS)


def write_roll_up(work: Work, job: Job) -> Job:
    """Write the job's row as its cards and wishes have it, and return the job so."""
    rolled = rolled_up(work, job)
    _JOB.run(work.connection, {"job": job.id, **columns(rolled)})
    return rolled


def columns(rolled: Job) -> dict[str, object]:
    """Return what a job's row remembers of its cards and wishes: COLUMNS."""
    return {
        "queue": rolled.queue,
        "state": rolled.state, "reasons": json.dumps(rolled.reasons), "finished": rolled.state.final,
        "claimable": _claimable(rolled), "completed": rolled.completed, "hold": rolled.hold,
        "held_for": rolled.held_for, "cancel": rolled.cancel, "incoming": rolled.incoming,
        "priority": rolled.ticket.priority, "version": rolled.version, "changed": rolled.changed,
        "duplicate_of": rolled.duplicate_of,
    }  # fmt: skip


def amend(work: Work, before: Job, after: Job) -> Job:
    """Write a changed job: a new version, and a `state` row where state or reasons are others now."""
    newer = msgspec.structs.replace(after, version=before.version + 1, changed=work.now)
    rolled = write_roll_up(work, newer)
    if (rolled.state, rolled.reasons) != (before.state, before.reasons):
        work.tell("job", rolled.id, "state", {"state": rolled.state.value, "reasons": ",".join(rolled.reasons)})
    return rolled


def rolled_up(work: Work, job: Job) -> Job:
    """Return a job in the state that its cards and wishes give it."""
    state, reasons = roll_up(job.cards, _wishes(job))
    completed = (job.completed or work.now) if state.final else None
    return msgspec.structs.replace(job, state=state, reasons=reasons, completed=completed)


def _wishes(job: Job) -> Wishes:
    return Wishes(job.hold, job.cancel, job.incoming, job.duplicate_of is not None, job.held_for)


def _claimable(job: Job) -> bool:
    waiting = any(card.state is CardState.QUEUED for card in job.cards)
    return waiting and not (job.hold or job.cancel or job.incoming)
