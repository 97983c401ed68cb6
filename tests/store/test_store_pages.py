"""Pages and events cost what they show, however long the history is: counted in SQLite's steps, not in time."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from printserver.model.job import JobState
from printserver.store import opening
from printserver.store.contract import JobQuery, JobStore
from printserver.store.database import Database
from printserver.store.sqlite import sqlite_database
from tests.contract.store_kit import SqliteShelf, a_job, with_queues
from tests.store.store_history import lengthen

SHORT, LONG = 400, 20_000
DONE = frozenset({JobState.COMPLETED})
Ask = Callable[[JobStore], Any]

# Each shows as much in a long history as in a short one; `MIDDLE` and `LATEST` stand for ids of the history.
PAGES: dict[str, Callable[[int], Ask]] = {
    "the newest jobs": lambda size: lambda store: store.jobs(JobQuery(limit=100)).jobs,
    "jobs deep in the history": lambda size: lambda store: store.jobs(JobQuery(limit=100, before=size // 2)).jobs,
    "the oldest jobs": lambda size: lambda store: store.jobs(JobQuery(limit=100, before=101)).jobs,
    "jobs of a state": lambda size: lambda store: store.jobs(JobQuery(limit=100, states=DONE, before=size // 2)).jobs,
    "jobs of a queue": lambda size: lambda store: store.jobs(JobQuery(limit=100, queue="card", before=size // 2)).jobs,
    "one job": lambda size: lambda store: [store.job(size // 2)],
    "events deep in the history": lambda size: lambda store: store.events(size // 2, 50),
    "the newest events": lambda size: lambda store: store.events(store.last_event() - 50, 50),
}


@dataclass
class Work:
    """What was asked of SQLite: statements with their values in them, and how many steps its machine made."""

    statements: list[str] = field(default_factory=list)
    steps: int = 0

    def step(self) -> int:
        self.steps += 1
        return 0


@dataclass
class History:
    """A store with so many jobs."""

    store: JobStore
    database: Database
    size: int

    @contextmanager
    def watched(self) -> Iterator[Work]:
        work = Work()
        with self.database.transaction(reading=True) as connection:
            kept = connection.connection.dbapi_connection  # the one that is used next, too
        assert isinstance(kept, sqlite3.Connection)
        kept.set_trace_callback(work.statements.append)
        kept.set_progress_handler(work.step, 1)
        try:
            yield work
        finally:
            kept.set_trace_callback(None)
            kept.set_progress_handler(None, 1)

    def plans(self, work: Work) -> list[str]:
        """Return how SQLite finds what was asked for."""
        with self.database.transaction(reading=True) as connection:
            return [
                row.detail for statement in work.statements if not statement.startswith(("BEGIN", "COMMIT"))
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
            ]  # fmt: skip


def history(folder: Path, size: int) -> Iterator[History]:
    shelf = SqliteShelf(folder)
    database = sqlite_database(shelf.folder / "store.sqlite")
    store = with_queues(opening.opened(
        database, master_key=shelf.key, clock=shelf.clock, node="here", randomness=os.urandom))  # fmt: skip
    lengthen(store, shelf.folder / "store.sqlite", size)
    yield History(store, database, size)
    store.close()


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    yield from history(tmp_path_factory.mktemp("short"), SHORT)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    yield from history(tmp_path_factory.mktemp("long"), LONG)


def test_the_history_is_one(long: History) -> None:
    page = long.store.jobs(JobQuery(limit=100))
    assert (len(page.jobs), page.jobs[0].id, page.next) == (100, LONG + 1, LONG - 98)
    assert page.jobs[0].state is JobState.COMPLETED
    assert len(page.jobs[0].cards) == len(page.jobs[99].cards) > 0
    assert long.store.last_event() > LONG


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_as_much_in_a_long_history_as_in_a_short_one(short: History, long: History, page: str) -> None:
    costs, shown = [], []
    for each in (short, long):
        with each.watched() as work:
            shown.append(len(PAGES[page](each.size)(each.store)))
        costs.append(work)
    assert shown[0] == shown[1] > 0
    assert len(costs[0].statements) == len(costs[1].statements)
    assert costs[0].steps > 0
    assert costs[1].steps <= 1.1 * costs[0].steps


@pytest.mark.parametrize("page", PAGES)
def test_no_page_walks_through_the_history(long: History, page: str) -> None:
    with long.watched() as work:
        PAGES[page](long.size)(long.store)
    scans = [line for line in long.plans(work) if re.match(r"SCAN (?!anon_|\()", line)]
    # the newest page without any filter walks the primary key from its end and stops
    assert scans == (["SCAN jobs"] if page == "the newest jobs" else [])


def test_all_pages_together_are_the_history(short: History) -> None:
    found: list[int] = []
    before: int | None = None
    while True:
        page = short.store.jobs(JobQuery(limit=30, before=before))
        found += [job.id for job in page.jobs]
        if (before := page.next) is None:
            break
    assert found == list(range(SHORT + 1, 0, -1))


def test_a_job_that_comes_while_one_turns_pages_moves_none(short: History) -> None:
    first = short.store.jobs(JobQuery(limit=30))
    new = short.store.add_job(a_job())
    second = short.store.jobs(JobQuery(limit=30, before=first.next))
    assert new.id > first.jobs[0].id
    assert second.jobs[0].id == first.jobs[-1].id - 1
