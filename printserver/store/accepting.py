"""Accepting a job: its row, its key, its documents, its cards.

Laws kept here:

1. A job stands in a queue that exists, and its cards name documents that it has.
2. Rows are written for many at once, so that several jobs may share one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import bindparam, insert, select

from printserver.errors import BadRequest, UnknownQueue
from printserver.model.holding import HeldFor
from printserver.model.job import Card, CardState, Document, Job, JobState
from printserver.model.printer import Duplicates
from printserver.store.contract import AlreadyAccepted, NewCard, NewDocument, NewJob, Sent
from printserver.store.prepared import Prepared
from printserver.store.repeats import like, remember, sent_before
from printserver.store.rolling import COLUMNS, columns, rolled_up
from printserver.store.sealing import Submitted, WrappedKey, pseudonyms
from printserver.store.tables import cards, documents, job_keys, jobs, queues
from printserver.store.tallies import beyond, order
from printserver.store.words import keep_words
from printserver.store.work import Data, Work

_QUEUE = Prepared(select(queues.c.position).where(queues.c.name == bindparam("queue")))
_JOB = Prepared(
    insert(jobs).returning(jobs.c.id), "ticket", "not_before", "retention", "purged", "created", *COLUMNS
)
_KEY = Prepared(insert(job_keys), "job", "key_id", "wrapped")
_DOCUMENT = Prepared(insert(documents), "job", "number", "format", "size", "sha256", "blob")
_CARD = Prepared(
    insert(cards).returning(cards.c.id), "job", "number", "state", "version", "changed", "unconfirmed", "simulated",
    "front", "back", "front_page", "back_page",
)  # fmt: skip
_CARDS = insert(cards).returning(cards.c.id, sort_by_parameter_order=True)


def add_job(work: Work, new: NewJob) -> Job:
    """Accept a job; raises UnknownQueue, BadRequest, AlreadyAccepted, KeyReused."""
    _check_queue(work, new.queue)
    if new.sent is not None and (former := sent_before(work, new.queue, new.ticket.user, new.sent)) is not None:
        raise AlreadyAccepted(former)
    why = beyond(work, len(new.cards), new.limits)
    if why:
        new = replace(new, hold=True, held_for=new.held_for or HeldFor.QUOTA)
    job = rolled_up(work, marked(_job(work, new), _like(work, new), new.sent))
    kept = work.seals.wrap(new.key)
    number = _insert_job(work, new, job, kept)
    _KEY.run(work.connection, {"job": number, "key_id": kept.key_id, "wrapped": kept.wrapped})
    keep_words(work, number, new.ticket)
    order(work, number, new.ticket, len(new.cards))
    insert_documents(work, number, new.documents, 0)
    made = insert_cards(work, number, new.cards, 0, len(new.documents))
    if new.sent is not None and _is_known_now(new, new.sent):
        remember(work, number, new.queue, new.ticket.user, new.sent)
    job = replace(job, id=number, cards=tuple(made))
    work.tell("job", number, "accepted", _accepted(new, job))
    if why:
        work.tell("job", number, "held", held_by_quota(why))
    return job


def held_by_quota(why: str) -> Data:
    """Return what the journal tells of a job that is held because it is beyond a quota."""
    return {"by": "server", "note": why, "for": HeldFor.QUOTA}


def _job(work: Work, new: NewJob) -> Job:
    """Return the job that is to be accepted, before it has a number."""
    return Job(
        id=0, queue=new.queue, state=JobState.PENDING, reasons=(), ticket=new.ticket, origin=new.origin,
        created=work.now, changed=work.now, version=1, hold=new.ticket.hold or new.hold, held_for=new.held_for,
        incoming=new.incoming, said=new.said,
        cards=tuple(_card(work, 0, 0, number, each) for number, each in enumerate(new.cards, 1)),
        documents=tuple(
            Document(number=number, format=each.format, size=each.size, sha256=each.sha256)
            for number, each in enumerate(new.documents, 1)
        ),
    )  # fmt: skip


def _card(work: Work, id: int, job: int, number: int, new: NewCard) -> Card:
    return Card(
        id=id, job=job, number=number, state=CardState.QUEUED, version=1, changed=work.now, front=new.front,
        back=new.back, front_page=new.front_page, back_page=new.back_page,
    )  # fmt: skip


def _like(work: Work, new: NewJob) -> int | None:
    return like(work, new.queue, new.sent) if new.sent is not None and _is_known_now(new, new.sent) else None


def _is_known_now(new: NewJob, sent: Sent) -> bool:
    """Tell whether a job is known at once; a keyless one whose documents are still to come is when they are there."""
    return bool(sent.key) or not new.incoming


def marked(job: Job, duplicate: int | None, sent: Sent | None) -> Job:
    """Return a job with the earlier one that it is like; held where its queue wants that."""
    if duplicate is None or sent is None:
        return job
    return replace(job, duplicate_of=duplicate, hold=job.hold or sent.duplicates is Duplicates.HOLD)


def _check_queue(work: Work, name: str) -> None:
    if _QUEUE.row(work.connection, {"queue": name}) is None:
        raise UnknownQueue(f"there is no queue {name!r}")


def _insert_job(work: Work, new: NewJob, job: Job, kept: WrappedKey) -> int:
    ticket = new.ticket
    row = {
        "ticket": work.seals.seal(new.key, kept.key_id, Submitted(ticket, new.origin, new.said)),
        "not_before": ticket.not_before, "retention": ticket.retention, "purged": False, "created": work.now,
        **columns(job),
    }  # fmt: skip
    [(number,)] = _JOB.rows(work.connection, row)
    return int(number)


def insert_documents(work: Work, job: int, new: Sequence[NewDocument], former: int) -> None:
    """Write documents, numbered on from the `former` ones."""
    for number, each in enumerate(new, former + 1):
        row = {
            "job": job, "number": number, "format": each.format, "size": each.size, "sha256": each.sha256,
            "blob": each.blob,
        }  # fmt: skip
        _DOCUMENT.run(work.connection, row)


def insert_cards(work: Work, job: int, new: Sequence[NewCard], former: int, document_count: int) -> list[Card]:
    """Write queued cards, numbered on from the `former` ones; raises BadRequest for a document that is not there."""
    for card in new:
        _check_documents(card, document_count)
    rows = [
        {"job": job, "number": number, "state": CardState.QUEUED, "version": 1, "changed": work.now,
         "unconfirmed": False, "simulated": False, "front": each.front, "back": each.back,
         "front_page": each.front_page, "back_page": each.back_page}
        for number, each in enumerate(new, former + 1)
    ]  # fmt: skip
    numbered = zip(_written(work, rows), enumerate(new, former + 1), strict=True)
    return [_card(work, id, job, number, each) for id, (number, each) in numbered]


def _written(work: Work, rows: Sequence[Mapping[str, object]]) -> Sequence[int]:
    """Write rows of cards and return their ids in order; one row is what is mostly asked for, and costs less alone."""
    if not rows:
        return ()
    if len(rows) == 1:
        return [id for (id,) in _CARD.rows(work.connection, rows[0])]
    return work.connection.execute(_CARDS, rows).scalars().all()


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
    if ticket.reprint_of is not None:
        told |= {"by": new.by, "note": new.note}
    personal = {"name": ticket.name, "user": ticket.user, "origin": new.origin}
    return told | pseudonyms(new.key, personal)
