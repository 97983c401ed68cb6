"""A store with a long history: one finished job with its keys thrown away, and its rows many times over."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from printserver.store.contract import JobStore
from tests.contract.store_kit import PRINTED, a_job, led


def lengthen(store: JobStore, file: Path, count: int) -> None:
    """Add so many finished jobs to a store, and a row of the journal for each, behind its back."""
    former = led(store, store.add_job(a_job()), *PRINTED)
    with sqlite3.connect(file) as connection:  # what jobs are found by, which a purge takes away
        for table in ("job_words", "sendings"):
            _copy(connection, table, {"job": f"{former.id} + step.n", "keyed": "NULL"}, f"job = {former.id}", count)
    connection.close()
    store.purge(former.id)
    with sqlite3.connect(file) as connection:
        last = {table: _last(connection, table) for table in ("jobs", "cards", "attempts", "marks", "journal")}
        job, card, attempt = (f"{last[table]} + step.n" for table in ("jobs", "cards", "attempts"))
        for table, moved in {
            "jobs": {"id": job}, "documents": {"job": job}, "cards": {"id": card, "job": job},
            "attempts": {"id": attempt, "card": card},
            "marks": {"id": f"{last['marks']} + step.n * 100 + marks.id", "attempt": attempt},
        }.items():
            _copy(connection, table, moved, "true", count)
        _copy(connection, "journal", {"id": f"{last['journal']} + step.n"}, f"journal.id = {last['journal']}", count)
        connection.execute("UPDATE heads SET id = id + ?", (count,))
        connection.execute("INSERT INTO job_keys SELECT id, x'', x'' FROM jobs WHERE id > ?", (last["jobs"],))
    connection.close()


def _last(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0])


def _copy(connection: sqlite3.Connection, table: str, moved: dict[str, str], which: str, count: int) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(moved.get(name, f"{table}.{name}") for name in columns)
    connection.execute(
        f"WITH RECURSIVE step(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < {count}) "
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, step WHERE {which}"
    )
