"""A database of a real PostgreSQL server for one site, and the line by which the site's server reaches it."""

from __future__ import annotations

from tests.database_line import Line
from tests.postgresql import SOCKET_PORT, server

# All sessions of this database but the one that says so.
END_SESSIONS = (
    b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    b"WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class SharedDatabase:
    """`url` is the address over the line, `itself` the one beside it."""

    def __init__(self) -> None:
        """Make an empty database on the server of this process."""
        self._server = server()
        self._name = self._server.new_database()
        self.line = Line(self._server.folder / f".s.PGSQL.{SOCKET_PORT}")
        self.url = f"postgresql://postgres@127.0.0.1:{self.line.port}/{self._name}"
        self.itself = self._server.url(self._name)

    def end_sessions(self) -> None:
        """Let the database end all sessions there are."""
        with self._server.connect(self._name) as connection:
            connection.execute(END_SESSIONS)

    def close(self) -> None:
        """Let nobody through any more."""
        self.line.cut()
        self.line.close()
