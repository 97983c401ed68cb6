"""Connections to a database in this process, kept ready between transactions.

Taking a connection out of a pool, beginning and ending a transaction by SQLAlchemy's own way costs about 0.4 ms of
processor time, several times what SQLite takes for it.

Laws kept here:

1. A transaction is committed when its block ends, rolled back when it raises; so it begins and ends as anywhere else.
2. A connection on which a transaction could not be ended is closed and never used again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from printserver.store.prepared import say

# The execution option by which an engine's hooks know a connection whose transactions are begun here.
KEPT = "printserver_kept"


class KeptConnections:
    """Lends connections of an engine, each to one transaction at a time; any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        """Open connections as they are needed."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT", **{KEPT: True})
        self._resting: list[Connection] = []  # its append and pop are whole steps for every thread

    @contextmanager
    def transaction(self, *, reading: bool) -> Iterator[Connection]:
        """Give a connection inside a transaction; raises DBAPIError."""
        connection = self._taken()
        try:
            say(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")
            yield connection
            say(connection, "COMMIT")
        except BaseException:
            if self._rolled_back(connection):
                self._resting.append(connection)
            raise
        self._resting.append(connection)

    def close(self) -> None:
        """Close those that nobody has."""
        while self._resting:
            self._resting.pop().close()

    def _taken(self) -> Connection:
        try:
            return self._resting.pop()
        except IndexError:
            connection = self._engine.connect()
            connection.begin()  # in name alone: it never ends, so that SQLAlchemy begins none of its own
            return connection

    def _rolled_back(self, connection: Connection) -> bool:
        """End the transaction, which a full disk has perhaps ended by itself (sqlite.org/lang_transaction.html, 3)."""
        try:
            if connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # sqlite3's own
                say(connection, "ROLLBACK")
        except SQLAlchemyError:
            connection.invalidate()
            connection.close()
            return False
        return True
