"""SQLite: how it is opened, what it promises, and what its complaints mean.

Laws kept here:

1. Write-ahead log with `synchronous=FULL`: a commit is on disk before it returns.
2. A writing transaction takes the write lock at its beginning (BEGIN IMMEDIATE), so that what it reads stays true;
   a reading one sees one moment and disturbs nobody.
3. Deleted content is overwritten (`secure_delete`), and the log is emptied after a purge: a key that was thrown away
   is nowhere in the files.
4. The database's files belong to the server's account alone (0600).
"""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from printserver.errors import (
    ConfigurationError,
    PrintServerError,
    StoreBusy,
    StoreConflict,
    StoreDamaged,
    StoreFull,
)
from printserver.store.database import READING, Database
from printserver.store.kept import KEPT, KeptConnections
from printserver.store.keys import sync_directory

BUSY_SECONDS = 5.0
KEPT_LOG_BYTES = 64 * 1024 * 1024

PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    f"PRAGMA journal_size_limit={KEPT_LOG_BYTES}",
)

# By the beginning of SQLite's own result names (sqlite.org/rescode.html). The shared memory beside the log cannot grow
# when the disk is full: SQLITE_IOERR_SHMSIZE; every other I/O error may pass.
COMPLAINTS: tuple[tuple[str, type[PrintServerError]], ...] = (
    ("SQLITE_FULL", StoreFull),
    ("SQLITE_IOERR_SHMSIZE", StoreFull),
    ("SQLITE_IOERR", StoreBusy),
    ("SQLITE_BUSY", StoreBusy),
    ("SQLITE_LOCKED", StoreBusy),
    ("SQLITE_PROTOCOL", StoreBusy),
    ("SQLITE_NOMEM", StoreBusy),
    ("SQLITE_INTERRUPT", StoreBusy),
    ("SQLITE_READONLY", StoreBusy),
    ("SQLITE_CANTOPEN", StoreBusy),
    ("SQLITE_CONSTRAINT_UNIQUE", StoreConflict),
    ("SQLITE_CONSTRAINT_PRIMARYKEY", StoreConflict),
)


def sqlite_database(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Return a database file as the store uses it, made (0600) where it is missing; raises ConfigurationError.

    `busy_seconds` is how long a transaction waits for another program's before StoreBusy.
    """
    engine = _engine(path, busy_seconds)
    scrub = partial(empty_log, engine, busy_seconds)
    return Database(engine, complaint, scrub, skip_job_numbers, shared=False, kept=KeptConnections(engine))


def _engine(path: Path, busy_seconds: float) -> Engine:
    try:
        _make_file(path)
    except OSError as error:
        raise ConfigurationError(f"the store cannot be opened: {error.strerror}", where=str(path)) from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        poolclass=QueuePool,
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def reading_database(path: Path) -> Database:
    """Return a database file for reading alone, also while a server writes it; raises ConfigurationError."""
    if not path.is_file():
        raise ConfigurationError("there is no store", where=str(path))
    engine = create_engine("sqlite://", creator=partial(_reading_connection, path), poolclass=NullPool)
    event.listen(engine, "begin", _on_begin)
    return Database(engine, complaint, lambda: True, skip_job_numbers, shared=False)


def _reading_connection(path: Path) -> sqlite3.Connection:
    found = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    found.isolation_level = None
    return found


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = not path.exists()
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if fresh:
        sync_directory(path.parent)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # transactions begin where `_on_begin` says so, never by themselves
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    if cursor.fetchone() != ("wal",):
        raise ConfigurationError("the store's file system cannot keep a write-ahead log", allowed="a local disk")
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(KEPT):
        return
    reading = options.get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def skip_job_numbers(connection: Connection, count: int) -> None:
    """Let the numbers of jobs go on further; `sqlite_sequence` keeps the greatest given (sqlite.org/autoinc.html)."""
    further = text("UPDATE sqlite_sequence SET seq = seq + :n WHERE name = 'jobs'")
    if not connection.execute(further, {"n": count}).rowcount:
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', :n)"), {"n": count})


def empty_log(engine: Engine, busy_seconds: float) -> bool:
    """Bring the write-ahead log into the database and cut it to nothing, unless somebody reads just now.

    False = something is left: it goes with the next purge, another try or the orderly end.
    """
    try:
        connection = engine.raw_connection()
    except SQLAlchemyError:
        return False
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={round(busy_seconds * 1000)}")
        cursor.close()
        return not busy
    except sqlite3.Error:
        connection.invalidate()
        return False
    finally:
        connection.close()


def complaint(error: DBAPIError) -> PrintServerError:
    """Return what a database error means for the caller."""
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    for beginning, kind in COMPLAINTS:
        if name.startswith(beginning):
            return kind(f"{kind().message} ({name})")
    if isinstance(error, IntegrityError):
        return StoreDamaged(f"the store refused a row that does not fit the others ({name})")
    return StoreDamaged(f"the store cannot be read or written: {error.orig}")
