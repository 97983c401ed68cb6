"""Accepting a job: its row, its key, its documents, its cards.

Laws kept here:

1. A job stands in a queue that exists, and its cards name documents that it has.
2. Rows are written for many at once, so that several jobs may share one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from sqlalchemy import bindparam, insert, select

from printserver.errors import BadRequest, UnknownQueue
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import Duplicates
from printserver.store.contract import AlreadyAccepted, NewCard, NewDocument, NewJob, Sent
from printserver.store.loading import load_job
from printserver.store.repeats import remember, sent_before
from printserver.store.rolling import write_roll_up
from printserver.store.sealing import Submitted, WrappedKey, pseudonym
from printserver.store.tables import cards, documents, job_keys, jobs, queues
from printserver.store.work import Data, Work

_QUEUE = select(queues.c.position).where(queues.c.name == bindparam("queue"))
_JOB = insert(jobs).returning(jobs.c.id)


def add_job(work: Work, new: NewJob) -> Job:
    """Accept a job; raises UnknownQueue, BadRequest, AlreadyAccepted, KeyReused."""
    _check_queue(work, new.queue)
    if new.sent is not None and (former := sent_before(work, new.queue, new.ticket.user, new.sent)) is not None:
        raise AlreadyAccepted(former)
    kept = work.seals.wrap(new.key)
    number = _insert_job(work, new, kept)
    work.connection.execute(insert(job_keys), {"job": number, "key_id": kept.key_id, "wrapped": kept.wrapped})
    insert_documents(work, number, new.documents, 0)
    insert_cards(work, number, new.cards, 0, len(new.documents))
    duplicate = _remembered(work, number, new)
    job = write_roll_up(work, marked(load_job(work, number), duplicate, new.sent))
    work.tell("job", number, "accepted", _accepted(new, job))
    return job


def _remembered(work: Work, number: int, new: NewJob) -> int | None:
    """Keep what a job is known by; a keyless one whose documents are still to come is known when they are there."""
    if new.sent is None or (new.incoming and not new.sent.key):
        return None
    return remember(work, number, new.queue, new.ticket.user, new.sent)


def marked(job: Job, duplicate: int | None, sent: Sent | None) -> Job:
    """Return a job with the earlier one that it is like; held where its queue wants that."""
    if duplicate is None or sent is None:
        return job
    return replace(job, duplicate_of=duplicate, hold=job.hold or sent.duplicates is Duplicates.HOLD)


def _check_queue(work: Work, name: str) -> None:
    if work.connection.execute(_QUEUE, {"queue": name}).first() is None:
        raise UnknownQueue(f"there is no queue {name!r}")


def _insert_job(work: Work, new: NewJob, kept: WrappedKey) -> int:
    ticket = new.ticket
    row = {
        "queue": new.queue, "ticket": work.seals.seal(new.key, kept.key_id, Submitted(ticket, new.origin, new.said)),
        "priority": ticket.priority, "not_before": ticket.not_before, "retention": ticket.retention,
        "hold": ticket.hold or new.hold, "cancel": False, "incoming": new.incoming, "purged": False, "version": 1,
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
         "unconfirmed": False, "simulated": False, "front": each.front, "back": each.back,
         "front_page": each.front_page, "back_page": each.back_page}
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
        "duplicate-of": job.duplicate_of,
    }  # fmt: skip
    for field, value in (("name", ticket.name), ("user", ticket.user), ("origin", new.origin)):
        told[field] = pseudonym(new.key, field, value)
    return told
