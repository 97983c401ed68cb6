"""What those who only submit see of others: of a job number, state, queue and age, and of events as much."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.model.event import Event
from printserver.model.job import Job
from printserver.model.ticket import Ticket

from .table import Identity, asking, sees_all

# What is told of what is nobody's own, by kind of row; notes, details and names of persons or cards are not among it.
_TOLD = {
    "job": frozenset({"state"}),
    "printer": frozenset({"state", "status", "driver", "model", "device", "ribbon", "stock", "retired"}),
    "queue": frozenset({"printers", "paused"}),
}


def owns(identity: Identity | None, job: Job) -> bool:
    """Tell whether a job is somebody's own."""
    return identity is not None and bool(identity.name) and job.ticket.user == identity.name


def as_seen(job: Job) -> Job:
    """Return a job as who asks may see it."""
    identity = asking()
    if sees_all(identity) or owns(identity, job):
        return job
    return Job(
        id=job.id, queue=job.queue, state=job.state, reasons=(), ticket=Ticket(queue=job.queue, name="", user=""),
        created=job.created, changed=job.created, version=0, incoming=job.incoming, withheld=True,
    )  # fmt: skip


def job_of(event: Event) -> int | None:
    """Return the number of the job that an event is about, None for another's."""
    number = event.subject.partition("/")[0]
    return int(number) if event.kind in ("job", "card", "mark") and number.isdigit() else None


def event_for_others(event: Event) -> Event | None:
    """Return an event as somebody sees it who only submits and whose job it is not; None = not at all."""
    told = _TOLD.get(event.kind)
    if told is None or (event.kind == "job" and "state" not in event.data):
        return None
    return replace(event, data={name: value for name, value in event.data.items() if name in told})
