"""The ticket of an accepted job written anew: a card job that came after its job was opened brings its own."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.store.sealing import Submitted, WrappedKey
from printserver.store.tables import job_keys, jobs
from printserver.store.words import forget_words, keep_words
from printserver.store.work import Work

_KEY = select(job_keys.c.key_id, job_keys.c.wrapped).where(job_keys.c.job == bindparam("job"))
_TICKET = update(jobs).where(jobs.c.id == bindparam("of"))


def with_ticket(work: Work, job: Job, ticket: Ticket) -> Job:
    """Return a job with another ticket, sealed under the same key; what the ticket holds stays held."""
    row = work.connection.execute(_KEY, {"job": job.id}).one()
    key = work.seals.unwrap(WrappedKey(row.key_id, row.wrapped))
    sealed = work.seals.seal(key, row.key_id, Submitted(ticket, job.origin, job.said))
    told = {"ticket": sealed, "not_before": ticket.not_before, "retention": ticket.retention}
    work.connection.execute(_TICKET, {"of": job.id, **told})
    forget_words(work, job.id)
    keep_words(work, job.id, ticket)
    return replace(job, ticket=ticket, hold=job.hold or ticket.hold)
