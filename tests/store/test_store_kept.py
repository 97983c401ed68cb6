"""Connections that stay open between transactions: what was begun is ended, whatever happens in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Connection

from printserver.errors import StoreBusy, StoreConflict
from printserver.store.database import Database
from printserver.store.sqlite import sqlite_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = sqlite_database(tmp_path / "store.sqlite", busy_seconds=0.05)
    with made.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE cards (number INTEGER PRIMARY KEY)")
    yield made
    made.close()


def add(connection: Connection, number: int) -> None:
    connection.exec_driver_sql("INSERT INTO cards VALUES (?)", (number,))


def fail(database: Database, numbers: Sequence[int], then: Callable[[Connection], object] = lambda _: None) -> None:
    """Write cards, do something, and raise KeyError before the transaction ends."""
    with database.transaction() as connection:
        for number in numbers:
            add(connection, number)
        then(connection)
        raise KeyError


def numbers(folder: Path) -> list[int]:
    """Return what another program sees, which is what is committed."""
    other = sqlite3.connect(folder / "store.sqlite")
    found = [number for (number,) in other.execute("SELECT number FROM cards ORDER BY number")]
    other.close()
    return found


def file_of(connection: Connection) -> object:
    return connection.connection.dbapi_connection


def test_a_transaction_is_committed_when_its_block_ends(database: Database, tmp_path: Path) -> None:
    with database.transaction() as connection:
        add(connection, 1)
        assert numbers(tmp_path) == []
    assert numbers(tmp_path) == [1]


def test_one_connection_serves_one_transaction_after_another(database: Database) -> None:
    used = []
    for reading in (False, True, False):
        with database.transaction(reading=reading) as connection:
            used.append(file_of(connection))
    assert len(set(map(id, used))) == 1


def test_what_raises_is_rolled_back_and_the_connection_goes_on(database: Database, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        fail(database, [1])
    with pytest.raises(StoreConflict):
        fail(database, [2, 2])
    with database.transaction() as connection:
        add(connection, 3)
    assert numbers(tmp_path) == [3]


def test_two_transactions_at_once_have_a_connection_each(database: Database) -> None:
    seen: list[int] = []

    def read() -> None:
        with database.transaction(reading=True) as connection:
            seen.append(connection.exec_driver_sql("SELECT count(*) FROM cards").scalar_one())

    with database.transaction() as connection:
        add(connection, 1)
        reader = Thread(target=read)
        reader.start()
        reader.join()
    assert seen == [0]


def test_one_that_cannot_begin_is_busy_and_begins_later(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy), database.transaction() as connection:
        add(connection, 1)
    other.execute("ROLLBACK")
    other.close()
    with database.transaction() as connection:
        add(connection, 2)
    assert numbers(tmp_path) == [2]


def test_one_that_the_database_has_ended_by_itself_is_over(database: Database, tmp_path: Path) -> None:
    ended: list[object] = []

    def end(connection: Connection) -> None:  # as a full disk does
        connection.exec_driver_sql("ROLLBACK")
        ended.append(file_of(connection))

    with pytest.raises(KeyError):
        fail(database, [1], end)
    with database.transaction() as connection:
        assert file_of(connection) is ended[0]
        add(connection, 2)
    assert numbers(tmp_path) == [2]


def test_a_connection_whose_transaction_cannot_be_ended_is_used_no_more(database: Database, tmp_path: Path) -> None:
    broken: list[object] = []

    def forbid_everything(connection: Connection) -> None:
        file = file_of(connection)
        assert isinstance(file, sqlite3.Connection)
        file.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        broken.append(file)

    with pytest.raises(KeyError):
        fail(database, [1], forbid_everything)
    with database.transaction() as connection:
        assert file_of(connection) is not broken[0]
        add(connection, 2)
    assert numbers(tmp_path) == [2]


def test_when_a_database_is_closed_nobody_has_its_file_open(database: Database, tmp_path: Path) -> None:
    with database.transaction() as connection:
        add(connection, 1)
    database.close()
    # the last one to close a database takes its log away (sqlite.org/wal.html, 2.2)
    assert [path.name for path in tmp_path.iterdir()] == ["store.sqlite"]
    with database.transaction() as connection:
        add(connection, 2)
    assert numbers(tmp_path) == [1, 2]
