"""Jobs that are sent a second time: by the client's own key, or by being like another.

Laws kept here:

1. A key belongs to its owner and its queue: under it one job is accepted, and given back to whoever sends it again.
2. Who sent what is kept as keyed hashes alone; with them nobody learns names, addresses or keys.
3. A job that is only like another is a doubt, and doubt is shown: the later one is marked, never dropped.
"""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from printserver.errors import KeyReused
from printserver.model.job import JobState
from printserver.model.printer import Duplicates
from printserver.store.contract import Sent
from printserver.store.prepared import Prepared
from printserver.store.tables import jobs, sendings
from printserver.store.work import Work

LIKE_SECONDS = 600.0
# A job of which no card came is no reason to doubt the next one.
NOT_PRINTED = (JobState.CANCELED, JobState.ABORTED)

_KEYED = Prepared(select(sendings.c.job, sendings.c.content).where(sendings.c.keyed == bindparam("keyed")))
_SENDING = Prepared(insert(sendings), "job", "keyed", "content", "likeness", "at")
_KNOWN = select(sendings.c.job).where(sendings.c.job == bindparam("job"))
_ALIKE = Prepared(
    select(sendings.c.job)
    .join_from(sendings, jobs)
    .where(
        sendings.c.likeness == bindparam("likeness"), sendings.c.at >= bindparam("since"),
        sendings.c.job != bindparam("job"), *(jobs.c.state != state for state in NOT_PRINTED),
    )
    .order_by(sendings.c.at.desc(), sendings.c.job.desc())
    .limit(1)
)  # fmt: skip


def sent_before(work: Work, queue: str, owner: str, sent: Sent) -> int | None:
    """Return the job that was sent under the same key, None when there is none; raises KeyReused for another job."""
    if not sent.key:
        return None
    found = _KEYED.row(work.connection, {"keyed": _keyed(work, queue, owner, sent)})
    if found is None:
        return None
    job, content = found
    if content != work.seals.token("content", sent.content):
        raise KeyReused(f"job {job} was sent under it", where="idempotency-key")
    return int(job)


def is_known(work: Work, job: int) -> bool:
    """Tell whether what a job is known by is kept already."""
    return work.connection.execute(_KNOWN, {"job": job}).first() is not None


def like(work: Work, queue: str, sent: Sent, job: int = 0) -> int | None:
    """Return an earlier job that one is like, None when there is none; `job` is its own number, once it has one."""
    likeness = _likeness(work, queue, sent)
    if likeness is None or sent.duplicates is Duplicates.OFF:
        return None
    alike = {"likeness": likeness, "since": work.now - LIKE_SECONDS, "job": job}
    found = _ALIKE.row(work.connection, alike)
    return int(found[0]) if found is not None else None


def remember(work: Work, job: int, queue: str, owner: str, sent: Sent) -> None:
    """Keep what a job is known by."""
    row = {
        "job": job, "keyed": _keyed(work, queue, owner, sent) if sent.key else None,
        "content": work.seals.token("content", sent.content), "likeness": _likeness(work, queue, sent),
        "at": work.now,
    }  # fmt: skip
    _SENDING.run(work.connection, row)


def _keyed(work: Work, queue: str, owner: str, sent: Sent) -> bytes:
    return work.seals.token("key", queue, owner, sent.key)


def _likeness(work: Work, queue: str, sent: Sent) -> bytes | None:
    """Return what like jobs have in common; None for one with a key, whose client tells repeats itself."""
    if sent.key or not sent.client:
        return None
    return work.seals.token("likeness", queue, sent.client, sent.content)
