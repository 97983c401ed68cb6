"""From rows to values: whole jobs, and pages of them.

Laws kept here:

1. A job is read with the same few statements whatever the length of the history.
2. A page is found by keyset: each state's newest ids by index, merged; nothing is counted or skipped over.
3. What does not fit the model is StoreDamaged, never half a job.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, select, union_all

from printserver.errors import StoreDamaged, UnknownJob
from printserver.model.holding import HeldFor
from printserver.model.job import Attempt, Card, CardState, Document, Job, JobState, Mark, Reason
from printserver.model.ticket import Ticket
from printserver.store.contract import JobPage, JobQuery
from printserver.store.sealing import Submitted, WrappedKey, submitted
from printserver.store.tables import attempts, cards, documents, job_keys, jobs, marks
from printserver.store.work import Work, portions

_T = TypeVar("_T")


def _of(table: Table, owner: ColumnElement[int], order: ColumnElement[int]) -> Select[Any]:
    """Return the statement for a table's rows of some owners, in order."""
    return select(table, owner.label("owner")).where(owner.in_(bindparam("owners", expanding=True))).order_by(order)


# Made once: a statement costs more to build than to run.
_JOBS = select(jobs, job_keys.c.key_id, job_keys.c.wrapped).join_from(jobs, job_keys)
_ONE_JOB = _JOBS.where(jobs.c.id == bindparam("job"))
_ONE_JOB_LOCKED = _ONE_JOB.with_for_update(of=jobs)
_SOME_JOBS = _JOBS.where(jobs.c.id.in_(bindparam("jobs", expanding=True)))
_SOME_TICKETS: Select[Any] = (
    select(jobs.c.id, jobs.c.purged, jobs.c.ticket, job_keys.c.key_id, job_keys.c.wrapped)
    .join_from(jobs, job_keys)
    .where(jobs.c.id.in_(bindparam("jobs", expanding=True)))
)
_DOCUMENTS = _of(documents, documents.c.job, documents.c.number)
_CARDS = _of(cards, cards.c.job, cards.c.number)
_ATTEMPTS = _of(attempts, attempts.c.card, attempts.c.number)
_MARKS = _of(marks, marks.c.attempt, marks.c.id)


def load_job(work: Work, job: int, *, lock: bool = False) -> Job:
    """Return a job; `lock` keeps other writers off it until the transaction ends. Raises UnknownJob."""
    rows = work.connection.execute(_ONE_JOB_LOCKED if lock else _ONE_JOB, {"job": job}).all()
    if not rows:
        raise UnknownJob(f"there is no job {job}")
    return _jobs(work, rows)[0]


def load_jobs(work: Work, ids: Sequence[int]) -> list[Job]:
    """Return jobs in the order of their ids as given."""
    found: dict[int, Job] = {}
    for some in portions(ids):
        rows = work.connection.execute(_SOME_JOBS, {"jobs": some}).all()
        found |= {job.id: job for job in _jobs(work, rows)}
    return [found[id] for id in ids]


def owners(work: Work, ids: Sequence[int]) -> dict[int, str]:
    """Return whose jobs these are; a purged one is nobody's, and what is no job is left out."""
    found: dict[int, str] = {}
    for some in portions(ids):
        rows = work.connection.execute(_SOME_TICKETS, {"jobs": some})
        found |= {row.id: _submitted(work, row).ticket.user for row in rows}
    return found


def ticket_of(work: Work, job: int) -> Ticket:
    """Return a job's ticket; of a purged one its harmless rest."""
    rows = work.connection.execute(_SOME_TICKETS, {"jobs": [job]}).all()
    return _submitted(work, rows[0]).ticket if rows else Ticket(user="")


def page(work: Work, query: JobQuery) -> JobPage:
    """Return one page of jobs."""
    ids = list(work.connection.execute(page_ids(query)).scalars())
    loaded = tuple(load_jobs(work, ids[: query.limit]))
    return JobPage(loaded, loaded[-1].id if len(ids) > query.limit and loaded else None)


def unfinished(work: Work) -> list[Job]:
    """Return every job that is not final, oldest first; one that still waits for its documents too."""
    wanted = select(jobs.c.id).where(jobs.c.finished.is_(False)).order_by(jobs.c.id)
    return load_jobs(work, list(work.connection.execute(wanted).scalars()))


def page_ids(query: JobQuery) -> Select[Any]:
    """Return the statement for one id more than a page holds, so that the end is known."""
    if not query.states and query.queue is None:
        return _some_ids(query, ())
    states = sorted(query.states) or list(JobState)
    queue = () if query.queue is None else (jobs.c.queue == query.queue,)
    held = () if query.held_for is None else (jobs.c.held_for == query.held_for,)
    parts = [select(_some_ids(query, (*queue, *held, jobs.c.state == state)).subquery()) for state in states]
    merged = union_all(*parts).subquery()
    return select(merged.c.id).order_by(_in_order(query, merged.c.id)).limit(query.limit + 1)


def _some_ids(query: JobQuery, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    found = select(jobs.c.id).where(*conditions).order_by(_in_order(query, jobs.c.id)).limit(query.limit + 1)
    if query.before is None:
        return found
    return found.where(jobs.c.id > query.before if query.oldest_first else jobs.c.id < query.before)


def _in_order(query: JobQuery, column: ColumnElement[int]) -> ColumnElement[int]:
    return column.asc() if query.oldest_first else column.desc()


def _jobs(work: Work, rows: Sequence[Row[Any]]) -> list[Job]:
    ids = [row.id for row in rows]
    by_job = _grouped(work, _DOCUMENTS, ids)
    its_cards = _cards(work, ids)
    return [_checked(_job, work, row, by_job[row.id], its_cards[row.id]) for row in rows]


def _job(work: Work, row: Row[Any], its_documents: Iterable[Row[Any]], its_cards: Iterable[Card]) -> Job:
    told = _submitted(work, row)
    return Job(
        id=row.id, queue=row.queue, state=JobState(row.state), reasons=tuple(json.loads(row.reasons)),
        ticket=replace(told.ticket, priority=row.priority), origin=told.origin, created=row.created,
        changed=row.changed, version=row.version,
        hold=row.hold, held_for=HeldFor(row.held_for) if row.held_for else None, cancel=row.cancel,
        incoming=row.incoming, purged=row.purged, duplicate_of=row.duplicate_of,
        completed=row.completed, said=told.said,
        documents=tuple(_document(each) for each in its_documents), cards=tuple(its_cards),
    )  # fmt: skip


def _submitted(work: Work, row: Row[Any]) -> Submitted:
    if row.purged:
        return submitted(row.ticket)
    job_key = work.seals.unwrap(WrappedKey(row.key_id, row.wrapped))
    return work.seals.open(job_key, row.key_id, row.ticket)


def _document(row: Row[Any]) -> Document:
    return Document(number=row.number, format=row.format, size=row.size, sha256=row.sha256)


def _cards(work: Work, ids: Sequence[int]) -> dict[int, list[Card]]:
    rows = [row for found in _grouped(work, _CARDS, ids).values() for row in found]
    tries = _attempts(work, [row.id for row in rows])
    found: dict[int, list[Card]] = defaultdict(list)
    for row in rows:
        found[row.job].append(_checked(_card, row, tries[row.id]))
    return found


def _card(row: Row[Any], tries: Iterable[Attempt]) -> Card:
    return Card(
        id=row.id, job=row.job, number=row.number, state=CardState(row.state), version=row.version,
        changed=row.changed, reason=_reason(row), printer=row.printer, attempts=tuple(tries),
        unconfirmed=row.unconfirmed, simulated=row.simulated, front=row.front, back=row.back,
        front_page=row.front_page, back_page=row.back_page,
    )  # fmt: skip


def _attempts(work: Work, card_ids: Sequence[int]) -> dict[int, list[Attempt]]:
    by_card = _grouped(work, _ATTEMPTS, card_ids)
    passed = _marks(work, [row.id for rows in by_card.values() for row in rows])
    found: dict[int, list[Attempt]] = defaultdict(list)
    for card, rows in by_card.items():
        found[card] = [_attempt(row, passed[row.id]) for row in rows]
    return found


def _attempt(row: Row[Any], passed: Iterable[Mark]) -> Attempt:
    return Attempt(
        number=row.number, printer=row.printer, serial=row.serial, started=row.started, ended=row.ended,
        outcome=row.outcome, reason=_reason(row), marks=tuple(passed), never_fed=row.never_fed,
    )  # fmt: skip


def _marks(work: Work, attempt_ids: Sequence[int]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = defaultdict(list)
    for attempt, rows in _grouped(work, _MARKS, attempt_ids).items():
        found[attempt] = [_checked(_mark, row) for row in rows]
    return found


def _mark(row: Row[Any]) -> Mark:
    return Mark(row.point, row.at, json.loads(row.evidence))


def _reason(row: Row[Any]) -> Reason | None:
    return None if row.reason_code is None else Reason(row.reason_code, row.reason_detail)


def _grouped(work: Work, wanted: Select[Any], owners: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Return rows by their owner, each group in order."""
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for some in portions(owners):
        for row in work.connection.execute(wanted, {"owners": some}):
            found[row.owner].append(row)
    return found


def _checked(make: Callable[..., _T], *parts: object) -> _T:
    try:
        return make(*parts)
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        raise StoreDamaged(f"a row of the store cannot be read: {error}") from error
