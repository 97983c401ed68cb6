"""Moving a store of one node into an empty database: every row, every sealed document, the same numbers.

Laws kept here:

1. All or nothing: the rows come in one transaction, and are verified in it before it ends.
2. A store is never in two places: the file that was moved is put aside before the other one counts, so that no server
   finds its jobs a second time.
3. The target holds nothing of a store before; nothing there is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, literal, select, text

from printserver.errors import ConfigurationError, StoreDamaged
from printserver.store.ahead_file import recover
from printserver.store.database import Database
from printserver.store.keys import sync_directory
from printserver.store.location import shown, sqlite_path
from printserver.store.opening import database_at
from printserver.store.place import DataPlace
from printserver.store.schema import upgrade
from printserver.store.sqlite import sqlite_database
from printserver.store.tables import artifacts as pieces
from printserver.store.tables import attempts, blobs, cards, documents, jobs, journal, leases, marks, metadata, stream
from printserver.store.verification import verify

AT_ONCE = 500
ASIDE = ".migrated"
NUMBERED = (jobs, cards, attempts, marks)
_NOT_COPIED = (stream, blobs, leases)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, and where the former file lies now."""

    jobs: int
    documents: int
    rows: int
    aside: Path


def move_store(place: DataPlace, target: str, now: float) -> Moved:
    """Move a data directory's store, which no server works on, to an empty database.

    Raises ConfigurationError (no store here; no database there, or not an empty one), StoreBusy, StoreDamaged.
    """
    if sqlite_path(target) is not None:
        raise ConfigurationError("is no database server", where="--to", allowed="postgresql://USER@HOST/DATABASE")
    if not place.database.is_file():
        raise ConfigurationError("there is no store", where=str(place.database))
    source, goal = sqlite_database(place.database), database_at(target)
    try:
        with source.transaction(long=True) as reading:
            upgrade(reading)
        with goal.transaction(long=True) as writing:
            goal.prepare(writing)
            upgrade(writing)
            _refuse_what_is_there(writing, target)
            moved = _move(source, writing, place, now)
            aside = _put_aside(source, place)
    except BaseException:
        _put_back(place)
        raise
    finally:
        source.close()
        goal.close()
    return Moved(jobs=moved[0], documents=moved[1], rows=moved[2], aside=aside)


def _refuse_what_is_there(writing: Connection, target: str) -> None:
    for table in metadata.sorted_tables:
        if writing.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
            raise ConfigurationError("holds a store already", where=shown(target), allowed="an empty database")


def _move(source: Database, writing: Connection, place: DataPlace, now: float) -> tuple[int, int, int]:
    with source.transaction(reading=True, long=True) as reading:
        for table in metadata.sorted_tables:
            if table not in _NOT_COPIED:
                _copy(reading, writing, table)
        recover(place.spool)
        count = _copy_documents(reading, writing, place.spool, now)
        last = reading.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'")).scalar()
    _number_on(writing, last or 0)
    _place_rows(writing)
    _verify(writing)
    return _count(writing, jobs), count, _count(writing, journal)


def _copy(reading: Connection, writing: Connection, table: Table) -> None:
    order = list(table.primary_key.columns)
    for rows in reading.execute(select(table).order_by(*order)).mappings().partitions(AT_ONCE):
        writing.execute(insert(table), [dict(row) for row in rows])
    if _count(reading, table) != _count(writing, table):
        raise StoreDamaged(f"not every row of {table.name} has come")


def _copy_documents(reading: Connection, writing: Connection, spool: Path, now: float) -> int:
    """Copy sealed blobs as they are; a piece of a prepared card that is gone is made anew, a document is not."""
    needed = set(reading.execute(select(documents.c.blob).where(documents.c.blob.is_not(None))).scalars())
    count = 0
    for name in [*sorted(needed), *reading.execute(select(pieces.c.blob)).scalars()]:
        try:
            data = (spool / name).read_bytes()
        except FileNotFoundError:
            if name in needed:
                raise StoreDamaged("a document is missing", where=f"spool/{name}") from None
            continue
        writing.execute(insert(blobs), {"name": name, "data": data, "size": len(data), "written": now})
        count += 1
    return count


def _number_on(writing: Connection, last_job: int) -> None:
    """Let new rows be numbered after those that came."""
    for table in NUMBERED:
        newest = writing.execute(select(func.max(table.c.id))).scalar() or 0
        newest = max(newest, last_job) if table is jobs else newest
        if newest:
            writing.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), newest)))


def _place_rows(writing: Connection) -> None:
    """Give the journal's rows their places in the stream: in the order of the one chain there was."""
    numbered = func.row_number().over(order_by=(journal.c.id, journal.c.node))
    rows = select(numbered, journal.c.node, journal.c.id)
    writing.execute(insert(stream).from_select(["position", "node", "id"], rows))


def _verify(writing: Connection) -> None:
    for report in verify(writing):
        if report.flaws:
            raise StoreDamaged(f"the journal is not whole: {report.flaws[0].detail}", where=report.node)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _put_aside(source: Database, place: DataPlace) -> Path:
    source.scrub()  # brings the log into the file
    source.close()
    for former, later in _files(place):
        if former.exists():
            former.rename(later)
    sync_directory(place.root)
    return place.database.with_name(place.database.name + ASIDE)


def _put_back(place: DataPlace) -> None:
    for former, later in _files(place):
        if later.exists() and not former.exists():
            later.rename(former)


def _files(place: DataPlace) -> Iterator[tuple[Path, Path]]:
    ends: Sequence[str] = ("", "-wal", "-shm")
    name: Any = place.database.name
    for end in ends:
        yield place.root / f"{name}{end}", place.root / f"{name}{ASIDE}{end}"
