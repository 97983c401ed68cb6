"""A prepared statement does what the same statement does by SQLAlchemy's own way, and fails as it does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from printserver.errors import StoreConflict
from printserver.store.prepared import Prepared, savepoint
from printserver.store.schema import upgrade
from printserver.store.sqlite import sqlite_database
from printserver.store.tables import heads, job_keys, journal

HEAD = Prepared(insert(heads), "node", "id", "hash")
MOVE = Prepared(update(heads).where(heads.c.node == bindparam("its_node")), "id")
HASH = Prepared(select(heads.c.id, heads.c.hash).where(heads.c.node == bindparam("node")).limit(1))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = sqlite_database(tmp_path / "store.sqlite")
    with database.transaction() as connection:
        upgrade(connection)
        yield connection
    database.close()


def test_it_writes_and_reads_what_the_statement_does(connection: Connection) -> None:
    HEAD.run(connection, {"node": "here", "id": 7, "hash": "ab"})
    MOVE.run(connection, {"its_node": "here", "id": 8})
    assert HASH.row(connection, {"node": "here"}) == (8, "ab")
    assert connection.execute(select(heads)).all() == [("here", 8, "ab")]
    assert HASH.row(connection, {"node": "elsewhere"}) is None


def test_a_value_that_is_missing_or_unknown_is_refused_before_anything_is_written(connection: Connection) -> None:
    with pytest.raises(KeyError, match="hash"):
        HEAD.run(connection, {"node": "here", "id": 7})
    with pytest.raises(KeyError, match="colour"):
        HEAD.run(connection, {"node": "here", "id": 7, "hash": "ab", "colour": "red"})
    assert connection.execute(select(heads)).all() == []


def test_it_fails_as_the_statement_does(connection: Connection) -> None:
    row = {"node": "here", "id": 7, "hash": "ab"}
    HEAD.run(connection, row)
    with pytest.raises(IntegrityError) as prepared:
        HEAD.run(connection, row)
    with pytest.raises(IntegrityError) as plain:
        connection.execute(insert(heads), row)
    assert str(prepared.value.orig) == str(plain.value.orig)
    assert "ab" not in str(prepared.value), "values are kept out of messages"
    connection.exec_driver_sql("DROP TABLE heads")
    with pytest.raises(OperationalError):
        HASH.row(connection, {"node": "here"})


def test_what_the_database_complains_of_leaves_as_one_of_the_projects_errors(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path / "store.sqlite")
    row = {"node": "here", "id": 7, "hash": "ab"}

    def write_twice() -> None:
        with database.transaction() as connection:
            upgrade(connection)
            HEAD.run(connection, row)
            HEAD.run(connection, row)

    with pytest.raises(StoreConflict):
        write_twice()
    with database.transaction(reading=True) as connection, pytest.raises(OperationalError):
        HASH.row(connection, {"node": "here"})  # the tables went with the transaction
    database.close()


def test_flags_and_bytes_are_written_in_the_databases_form(connection: Connection) -> None:
    key = Prepared(insert(job_keys), "job", "key_id", "wrapped")
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    key.run(connection, {"job": 1, "key_id": b"\x00\x01", "wrapped": b"\xff"})
    assert connection.execute(select(job_keys)).all() == [(1, b"\x00\x01", b"\xff")]
    connection.execute(job_keys.delete())


def test_a_savepoint_undoes_its_own_block_alone(connection: Connection) -> None:
    HEAD.run(connection, {"node": "here", "id": 7, "hash": "ab"})
    with savepoint(connection):
        HEAD.run(connection, {"node": "there", "id": 1, "hash": "cd"})

    def move_and_fail(node: str) -> None:
        with savepoint(connection):
            MOVE.run(connection, {"its_node": "here", "id": 9})
            HEAD.run(connection, {"node": node, "id": 7, "hash": "ab"})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        move_and_fail("nowhere")
    with pytest.raises(IntegrityError):
        move_and_fail("here")
    assert connection.execute(select(heads.c.node, heads.c.id).order_by(heads.c.node)).all() == [
        ("here", 7), ("there", 1),
    ]  # fmt: skip


def test_journal_rows_need_no_conversion() -> None:
    assert {type(column.type).__name__ for column in journal.c} <= {"Integer", "BigInteger", "Double", "Text", "Words"}
