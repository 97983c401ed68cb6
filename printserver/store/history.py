"""Jobs found again: by words of their names, user, department, queue, printer, state and day.

Laws kept here:

1. A search looks at so many jobs and no more: its cost does not grow with the history. Where it has looked at them and
   found too few, it says from where to look on.
2. Who is looked for is compared as keyed hashes (`words`); after the purge nobody finds a job by its person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Select, exists, select

from printserver.model.job import JobState
from printserver.store.contract import JobPage, JobQuery
from printserver.store.loading import load_jobs, page_ids
from printserver.store.supplies import Turn
from printserver.store.tables import job_printers, job_words, jobs
from printserver.store.words import hashes
from printserver.store.work import Work, portions

LOOKED_AT = 2000


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs are wanted, newest first; empty and None = whatever it is.

    `name` are words that the job's name has all of; `since` and `until` are seconds since the epoch, of its coming.
    """

    name: str = ""
    user: str = ""
    department: str = ""
    queue: str = ""
    printer: str = ""
    states: frozenset[JobState] = frozenset()
    since: float | None = None
    until: float | None = None
    before: int | None = None
    limit: int = 100


class HistoryStore(Protocol):
    """What is asked of the past."""

    def search(self, query: HistoryQuery) -> JobPage:
        """Return jobs newest first, and from where to look on; few may be found before there are no more."""
        ...


class History:
    """A `HistoryStore` within the transactions of a store."""

    def __init__(self, reading: Turn) -> None:
        """Take what opens a transaction."""
        self._reading = reading

    def search(self, query: HistoryQuery) -> JobPage:
        """Return jobs newest first, and from where to look on."""
        with self._reading() as work:
            return search(work, query)


def search(work: Work, query: HistoryQuery) -> JobPage:
    """Return one page of what is looked for."""
    words = hashes(work, name=query.name, user=query.user, department=query.department)
    if (query.name or query.user or query.department) and not words:
        return JobPage((), None)
    looked_at = list(work.connection.execute(_source(work, query, words)).scalars())
    fitting = _fitting(work, query, words, looked_at)
    shown = fitting[: query.limit]
    loaded = tuple(load_jobs(work, shown))
    if len(fitting) > query.limit:
        return JobPage(loaded, shown[-1])
    return JobPage(loaded, looked_at[-1] if len(looked_at) == LOOKED_AT else None)


def _source(work: Work, query: HistoryQuery, words: Sequence[bytes]) -> Select[Any]:
    """Return the statement for the ids that come into question, newest first: by what is told apart best."""
    column: ColumnElement[int]
    if words:
        column, condition = job_words.c.job, job_words.c.word == words[0]
    elif query.printer:
        column, condition = job_printers.c.job, job_printers.c.printer == query.printer
    else:
        column = jobs.c.id
        asked = JobQuery(
            before=_upper(work, query), limit=LOOKED_AT - 1, states=query.states, queue=query.queue or None
        )
        wanted = page_ids(asked).subquery()
        return select(wanted.c.id).where(wanted.c.id >= _lower(work, query)).order_by(wanted.c.id.desc())
    found = select(column).where(condition, column >= _lower(work, query)).order_by(column.desc()).limit(LOOKED_AT)
    upper = _upper(work, query)
    return found if upper is None else found.where(column < upper)


def _lower(work: Work, query: HistoryQuery) -> int:
    """Return the first job that came since the day asked for."""
    if query.since is None:
        return 0
    wanted = select(jobs.c.id).where(jobs.c.created >= query.since).order_by(jobs.c.created, jobs.c.id).limit(1)
    found: int | None = work.connection.execute(wanted).scalar()
    return 2**31 - 1 if found is None else found


def _upper(work: Work, query: HistoryQuery) -> int | None:
    """Return the job before which all came until the day asked for, None = the newest."""
    if query.until is None:
        return query.before
    wanted = select(jobs.c.id).where(jobs.c.created < query.until).order_by(jobs.c.created.desc(), jobs.c.id.desc())
    found: int = work.connection.execute(wanted.limit(1)).scalar() or 0
    return found + 1 if query.before is None else min(query.before, found + 1)


def _fitting(work: Work, query: HistoryQuery, words: Sequence[bytes], ids: Sequence[int]) -> list[int]:
    """Return which of some jobs are as wanted, in order, as soon as there are enough of them."""
    conditions: list[ColumnElement[bool]] = [
        exists().where(job_words.c.job == jobs.c.id, job_words.c.word == word) for word in words[1:]
    ]
    conditions += [jobs.c.state.in_(sorted(query.states))] if query.states else []
    conditions += [jobs.c.queue == query.queue] if query.queue else []
    if query.printer:
        conditions.append(exists().where(job_printers.c.job == jobs.c.id, job_printers.c.printer == query.printer))
    found: list[int] = []
    for some in portions(ids):
        wanted = select(jobs.c.id).where(jobs.c.id.in_(some), *conditions).order_by(jobs.c.id.desc())
        found += work.connection.execute(wanted).scalars()
        if len(found) > query.limit:
            break
    return found
