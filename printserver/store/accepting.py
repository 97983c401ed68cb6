"""Accepting a job: its row, its key, its documents, its cards.

Laws kept here:

1. A job stands in a queue that exists, and its cards name documents that it has.
2. Rows are written for many at once, so that several jobs may share one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select

from printserver.errors import BadRequest, UnknownQueue
from printserver.model.job import CardState, Job, JobState
from printserver.store.contract import NewCard, NewDocument, NewJob
from printserver.store.loading import load_job
from printserver.store.rolling import write_roll_up
from printserver.store.sealing import Submitted, WrappedKey, pseudonym
from printserver.store.tables import cards, documents, job_keys, jobs, queues
from printserver.store.work import Data, Work

_QUEUE = select(queues.c.position).where(queues.c.name == bindparam("queue"))
_JOB = insert(jobs).returning(jobs.c.id)


def add_job(work: Work, new: NewJob) -> Job:
    """Accept a job; raises UnknownQueue or BadRequest."""
    _check_queue(work, new.queue)
    kept = work.seals.wrap(new.key)
    number = _insert_job(work, new, kept)
    work.connection.execute(insert(job_keys), {"job": number, "key_id": kept.key_id, "wrapped": kept.wrapped})
    insert_documents(work, number, new.documents, 0)
    insert_cards(work, number, new.cards, 0, len(new.documents))
    job = write_roll_up(work, load_job(work, number))
    work.tell("job", number, "accepted", _accepted(new, job))
    return job


def _check_queue(work: Work, name: str) -> None:
    if work.connection.execute(_QUEUE, {"queue": name}).first() is None:
        raise UnknownQueue(f"there is no queue {name!r}")


def _insert_job(work: Work, new: NewJob, kept: WrappedKey) -> int:
    ticket = new.ticket
    row = {
        "queue": new.queue, "ticket": work.seals.seal(new.key, kept.key_id, Submitted(ticket, new.origin)),
        "priority": ticket.priority, "not_before": ticket.not_before, "retention": ticket.retention,
        "hold": ticket.hold, "cancel": False, "incoming": new.incoming, "purged": False, "version": 1,
        "created": work.now, "changed": work.now, "state": JobState.PENDING, "reasons": "[]", "finished": False,
        "claimable": False,
    }  # fmt: skip
    number: int = work.connection.execute(_JOB, row).scalar_one()
    return number


def insert_documents(work: Work, job: int, new: Sequence[NewDocument], former: int) -> None:
    """Write documents, numbered on from the `former` ones."""
    rows = [
        {"job": job, "number": number, "format": each.format, "size": each.size, "sha256": each.sha256,
         "blob": each.blob}
        for number, each in enumerate(new, former + 1)
    ]  # fmt: skip
    if rows:
        work.connection.execute(insert(documents), rows)


def insert_cards(work: Work, job: int, new: Sequence[NewCard], former: int, document_count: int) -> None:
    """Write queued cards, numbered on from the `former` ones; raises BadRequest for a document that is not there."""
    for card in new:
        _check_documents(card, document_count)
    rows = [
        {"job": job, "number": number, "state": CardState.QUEUED, "version": 1, "changed": work.now,
         "unconfirmed": False, "simulated": False, "front": each.front, "back": each.back}
        for number, each in enumerate(new, former + 1)
    ]  # fmt: skip
    if rows:
        work.connection.execute(insert(cards), rows)


def _check_documents(card: NewCard, count: int) -> None:
    for number in (card.front, card.back):
        if number is not None and not 1 <= number <= count:
            raise BadRequest(f"a card names document {number}", allowed=f"1 to {count}")


def _accepted(new: NewJob, job: Job) -> Data:
    ticket = new.ticket
    told: Data = {
        "queue": job.queue, "state": job.state.value, "documents": len(job.documents), "cards": len(job.cards),
        "priority": ticket.priority, "incoming": job.incoming, "reprint-of": ticket.reprint_of,
    }  # fmt: skip
    for field, value in (("name", ticket.name), ("user", ticket.user), ("origin", new.origin)):
        told[field] = pseudonym(new.key, field, value)
    return told
