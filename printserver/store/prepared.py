"""Statements that are run for every job: compiled once for a database, then run without building anything.

SQLAlchemy's own way of a statement costs about 0.1 ms of processor time, several times what SQLite takes to run it.

Laws kept here:

1. What a statement does, and what its failure raises, is the same as by SQLAlchemy's own way.
2. A database in another process is asked by that way: waiting for it costs more than building does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, and where each value in its order comes from: its name, what is set already, its form."""

    text: str
    names: tuple[str, ...]
    fixed: Values
    forms: Mapping[str, Callable[[Any], Any]]

    def values(self, given: Values) -> list[Any]:
        """Return the values in order; raises KeyError for one that is missing, or that the statement has not."""
        if unknown := given.keys() - self.names:
            raise KeyError(*unknown)
        forms, fixed = self.forms, self.fixed
        return [
            value if (form := forms.get(name)) is None else form(value)
            for name in self.names
            for value in (given[name] if name in given else fixed[name],)
        ]


class Prepared:
    """A statement and the names of its values: columns of an insert or update, and its own parameters.

    What it returns must need no conversion: whole numbers, floats, text, bytes. A list cannot be one of its values.
    """

    def __init__(self, statement: Executable, *names: str) -> None:
        """`names` are the columns that an insert or update sets."""
        self._statement, self._names = statement, names
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Values) -> Sequence[Any]:
        """Run it and return its rows; raises DBAPIError."""
        if not _is_of_this_process(connection.dialect):
            return connection.execute(self._statement, dict(values)).all()
        compiled = self._for(connection.dialect)
        return say(connection, compiled.text, compiled.values(values))

    def row(self, connection: Connection, values: Values) -> Any | None:  # noqa: ANN401 - a row, by position
        """Run it and return its first row, None where there is none; raises DBAPIError."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: Values) -> None:
        """Run one that returns no rows; raises DBAPIError."""
        if not _is_of_this_process(connection.dialect):
            connection.execute(self._statement, dict(values))
            return
        compiled = self._for(connection.dialect)
        say(connection, compiled.text, compiled.values(values))

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._statement, self._names, dialect)
        return found


def _compile(statement: Executable, names: Sequence[str], dialect: Dialect) -> _Compiled:
    compiled = statement.compile(  # type: ignore[attr-defined]  # every statement has it, by ClauseElement
        dialect=dialect, column_keys=list(names) or None
    )
    assert isinstance(compiled, SQLCompiler)
    order = tuple(compiled.positiontup or ())
    forms = {
        name: form
        for name, parameter in compiled.binds.items()
        if (form := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    fixed = {name: each.effective_value for name, each in compiled.binds.items() if not each.required}
    return _Compiled(str(compiled), order, fixed, forms)


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what happens in this block, and that alone, when it raises; raises DBAPIError."""
    _say(connection, "SAVEPOINT one")
    try:
        yield
    except BaseException:
        _say(connection, "ROLLBACK TO SAVEPOINT one")
        _say(connection, "RELEASE SAVEPOINT one")
        raise
    _say(connection, "RELEASE SAVEPOINT one")


def _say(connection: Connection, words: str) -> None:
    if _is_of_this_process(connection.dialect):
        say(connection, words)
    else:
        connection.exec_driver_sql(words)


def _is_of_this_process(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


def say(connection: Connection, words: str, values: Sequence[Any] = ()) -> Sequence[Any]:
    """Run a statement of a database in this process and return its rows; raises DBAPIError."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(words, values)
        return cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        # as SQLAlchemy itself names a driver's errors; values are kept out of messages
        raise DBAPIError.instance(
            words, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()
