"""PostgreSQL: how it is reached, what it promises, and what its complaints mean.

Laws kept here:

1. A commit is on the server's disk before it returns; a server that does not promise that is refused.
2. A writing transaction reads what is committed and locks what it changes; a reading one sees one moment.
3. Nobody waits for ever: not for the network, not for a lock, not for a statement. What takes too long is StoreBusy.
4. A commit whose answer was lost may have happened: the journal's newest row betrays it. Where the database is away for
   longer, who is told StoreBusy then (`unsure`) looks before it acts again: versions of cards, numbers of leases, keys
   and documents of jobs betray it.
5. Text holds no character 0 here; where a device said one it is shown as its picture.

What was overwritten lies on in dead rows until they are vacuumed, and in the write-ahead log until that is recycled:
`scrub` asks for the first and cannot reach the second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from printserver.errors import (
    ConfigurationError,
    PrintServerError,
    StoreBusy,
    StoreConflict,
    StoreDamaged,
    StoreFull,
)
from printserver.store.database import READING, Database
from printserver.store.location import DRIVER
from printserver.store.watching import Outage, Watch

CONNECT_SECONDS = 3
PAUSE_SECONDS = 1.5
VACUUM_SECONDS = 60.0
LOCK_SECONDS = 5
STATEMENT_SECONDS = 20
TRANSACTION_SECONDS = 8.0
"""A transaction that the network keeps longer than this is given up."""

# What the server is told of each session (postgresql.org/docs/current/runtime-config-client.html).
SESSION = {
    "synchronous_commit": "on", "default_transaction_isolation": "read committed",
    "lock_timeout": f"{LOCK_SECONDS}s", "statement_timeout": f"{STATEMENT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS}s",
}  # fmt: skip
# How the operating system finds out that the server's machine is gone (libpq's own names).
LINE = {
    "connect_timeout": str(CONNECT_SECONDS), "keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2",
    "keepalives_count": "3", "tcp_user_timeout": "10000", "application_name": "printserver",
}  # fmt: skip

# By the beginning of SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html), the longest first; no state at all
# is libpq's own word for a connection that is not there.
COMPLAINTS: tuple[tuple[str, type[PrintServerError]], ...] = (
    ("53100", StoreFull),
    ("23505", StoreConflict),
    ("25006", StoreBusy),  # a standby, which becomes writable or is left for the new primary
    ("25P03", StoreBusy),
    ("55P03", StoreBusy),
    ("57", StoreBusy),
    ("58030", StoreBusy),
    ("08", StoreBusy),
    ("40", StoreBusy),
    ("53", StoreBusy),
)
# What no second try mends, when a store is opened.
NO_ENTRY = ("28", "3D", "42501", "3F")
STANDBY = text("SELECT pg_is_in_recovery()")
PUBLISHING = text("SELECT pg_advisory_xact_lock(8631, 1)")
ALONE = text("SELECT pg_advisory_xact_lock(8631, 2)")
UPGRADING = text("SELECT pg_advisory_xact_lock(8631, 0)")
POSITIONS = text(
    "INSERT INTO stream (position, node, id) "
    "SELECT (SELECT coalesce(max(position), 0) FROM stream) + row_number() OVER (ORDER BY id), node, id "
    "FROM journal WHERE node = :node AND id > :after"
)
# The sequence gives numbers outside transactions: those that were refused leave gaps.
FURTHER = text(
    "SELECT setval(pg_get_serial_sequence('jobs', 'id'), nextval(pg_get_serial_sequence('jobs', 'id')) + :n - 1)"
)


def postgresql_database(
    url: URL, *, transaction_seconds: float = TRANSACTION_SECONDS, seconds: Callable[[], float] = time.monotonic
) -> Database:
    """Return a database of a PostgreSQL server; raises ConfigurationError, StoreBusy.

    `transaction_seconds` is how long a transaction may take before its connection is given up; `seconds` is a monotonic
    clock.
    """
    engine = _engine(url)
    watch = Watch(transaction_seconds)

    @contextmanager
    def watched(connection: Connection) -> Iterator[None]:
        # None only where the connection is given back, and here it is in use
        with watch.over(connection.connection.driver_connection.fileno()):  # type: ignore[union-attr]
            yield

    return Database(
        engine, complaint, Vacuum(engine, seconds).scrub, skip_job_numbers, shared=True, publish=publish,
        watched=watched, prepare=_prepare, alone=_alone, reach=Outage(PAUSE_SECONDS, seconds), unanswered=unanswered,
        settled=_settled,
    )  # fmt: skip


def _engine(url: URL) -> Engine:
    options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in SESSION.items())
    given = dict(url.query)
    options = f"{given.pop('options', '')} {options}".strip()
    try:
        engine = create_engine(
            url.set(drivername=DRIVER, query=given), poolclass=QueuePool, pool_size=12, max_overflow=4,
            pool_timeout=LOCK_SECONDS,
            connect_args={**{key: value for key, value in LINE.items() if key not in given}, "options": options},
        )  # fmt: skip
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError("this is not the address of a database", where="store.url") from error
    except ImportError as error:
        raise ConfigurationError(
            "PostgreSQL needs the package psycopg", where="store.url", allowed="pip install 'printserver[postgres]'"
        ) from error
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_begin(connection: Connection) -> None:
    """Say what the transaction is; by this a connection that has died is found out before anything was done on it."""
    reading = connection.get_execution_options().get(READING, False)
    level = "REPEATABLE READ READ ONLY" if reading else "READ COMMITTED"
    connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")


def _prepare(connection: Connection) -> None:
    """Refuse a server that loses commits, and let one node after another bring the tables up."""
    connection.execute(UPGRADING)
    for setting in ("fsync", "full_page_writes"):
        if connection.execute(text(f"SHOW {setting}")).scalar() != "on":
            said = f"this server may lose what was committed: {setting} is off"
            raise ConfigurationError(said, where="store.url", allowed=f"{setting} = on")
    encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        raise ConfigurationError(f"the database keeps text as {encoding}", where="store.url", allowed="UTF8")


def _alone(connection: Connection) -> None:
    connection.execute(ALONE)


def publish(connection: Connection, node: str, after: int) -> None:
    """Give a node's new journal rows their places in the stream of all nodes, right before the commit.

    Whoever comes next waits for that commit: places are taken in the order in which rows become visible, without gaps.
    """
    connection.execute(PUBLISHING)
    connection.execute(POSITIONS, {"node": node, "after": after})


def _settled(connection: Connection) -> None:
    """Wait until each transaction that has told the journal, and was ending, is over; raises StoreBusy on a standby.

    A standby may not have what its primary has committed (PostgreSQL manual, 27.4).
    """
    if connection.execute(STANDBY).scalar_one():
        raise StoreBusy()
    connection.execute(PUBLISHING)


def skip_job_numbers(connection: Connection, count: int) -> None:
    """Let the numbers of jobs go on further."""
    if count > 0:
        connection.execute(FURTHER, {"n": count})


class Vacuum:
    """Asks for dead rows of keys to be cleared away, now and then: each time costs a look at the whole table."""

    def __init__(self, engine: Engine, seconds: Callable[[], float]) -> None:
        """Ask through `engine`; `seconds` is a monotonic clock."""
        self._engine, self._seconds = engine, seconds
        self._next = seconds()

    def scrub(self) -> bool:
        """Vacuum the tables in which keys and tickets were overwritten, unless that was done a moment ago."""
        if self._seconds() < self._next:
            return False
        self._next = self._seconds() + VACUUM_SECONDS
        try:
            with self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM job_keys, jobs")
        except SQLAlchemyError:
            return False  # the server's own vacuum comes by
        return True


def complaint(error: DBAPIError) -> PrintServerError:
    """Return what a database error means for the caller."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if not state and _is_of_connection(error):
        return StoreBusy(f"{StoreBusy().message} ({_first_line(error)})")
    for beginning, kind in COMPLAINTS:
        if state.startswith(beginning):
            return kind(f"{kind().message} ({state})")
    if state.startswith(NO_ENTRY):
        return ConfigurationError(f"the database lets nobody in: {_first_line(error)}", where="store.url")
    return StoreDamaged(f"the store cannot be read or written: {_first_line(error)}")


def unanswered(error: DBAPIError) -> bool:
    """Tell whether an error at a commit says nothing of the commit: the connection was lost, or its session ended."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(("57", "08")) or (not state and _is_of_connection(error))


def _is_of_connection(error: DBAPIError) -> bool:
    # by name, for psycopg may not be there; its ConnectionTimeout is an OperationalError too
    kinds = {kind.__name__ for kind in type(error.orig).__mro__}
    return error.connection_invalidated or not kinds.isdisjoint(("OperationalError", "InterfaceError"))


def _first_line(error: DBAPIError) -> str:
    lines: list[Any] = str(error.orig).splitlines()
    return str(lines[0]) if lines else type(error.orig).__name__
