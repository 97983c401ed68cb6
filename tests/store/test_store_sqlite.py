"""SQLite as the store uses it: what is promised to the disk, what a full disk means, and what questions cost."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Select, Update, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from printserver.errors import ConfigurationError, StoreBusy, StoreDamaged, StoreFull
from printserver.lifecycle import CardEvent
from printserver.model.job import JobState
from printserver.model.ticket import Ticket
from printserver.store import opening
from printserver.store.claiming import taking
from printserver.store.contract import JobQuery, JobStore, NewCard, NewJob
from printserver.store.database import Database
from printserver.store.loading import page_ids
from printserver.store.schema import MIGRATIONS, VERSION_TABLE, newest
from printserver.store.sqlite import reading_database, sqlite_database
from printserver.store.tables import metadata
from tests.contract.store_kit import (
    KEY,
    PRINTED,
    PRINTER,
    SqliteShelf,
    a_document,
    a_job,
    a_step,
    broken_link,
    led,
    with_queues,
)

SQLITE, POSTGRESQL = make_url("sqlite://").get_dialect()(), make_url("postgresql://").get_dialect()()


@pytest.fixture
def shelf(tmp_path: Path) -> SqliteShelf:
    return SqliteShelf(tmp_path)


@pytest.fixture
def database(shelf: SqliteShelf) -> Iterator[Database]:
    made = sqlite_database(shelf.folder / "store.sqlite", busy_seconds=0.25)
    yield made
    made.close()


@pytest.fixture
def store(shelf: SqliteShelf, database: Database) -> Iterator[JobStore]:
    """A store on `database`, so that a test can reach what lies below it."""
    opened = opening.opened(database, master_key=shelf.key, clock=shelf.clock, node="here", randomness=os.urandom)
    yield with_queues(opened)
    opened.close()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("pragma", "value"), [
    ("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("trusted_schema", 0),
    ("busy_timeout", 250),
])  # fmt: skip
@pytest.mark.parametrize("reading", [False, True])
def test_every_connection_keeps_the_promises(database: Database, pragma: str, value: object, reading: bool) -> None:
    with database.transaction(reading=reading) as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@pytest.mark.usefixtures("store")
def test_the_files_belong_to_the_server_alone(shelf: SqliteShelf) -> None:
    assert {path.name: path.stat().st_mode & 0o077 for path in shelf.folder.iterdir()} == {
        "store.sqlite": 0, "store.sqlite-wal": 0, "store.sqlite-shm": 0,
    }  # fmt: skip


# revisions


@pytest.mark.usefixtures("store")
def test_the_revisions_give_the_tables_that_the_statements_know(database: Database) -> None:
    with database.transaction(reading=True) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def take_back(shelf: SqliteShelf, revision: str) -> None:
    """Let a store be as a version left it whose newest revision was this one."""
    newer, older = shelf.folder / "store.sqlite", shelf.folder / "older.sqlite"
    database = sqlite_database(older)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()
    copying = sqlite3.connect(older)
    copying.execute("PRAGMA foreign_keys=OFF")
    copying.execute("ATTACH ? AS newer", (str(newer),))
    for (table,) in copying.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT IN (?, 'sqlite_sequence')",
        (VERSION_TABLE,),
    ).fetchall():
        columns = ", ".join(row[1] for row in copying.execute(f"PRAGMA main.table_info({table})"))
        copying.execute(f"DELETE FROM main.{table}")
        copying.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
    copying.commit()
    copying.close()
    for path in shelf.folder.glob("store.sqlite*"):
        path.unlink()
    older.rename(newer)


def test_cards_of_one_document_of_two_pages_keep_their_back_when_a_store_is_brought_up(
    store: JobStore, shelf: SqliteShelf
) -> None:
    documents = (a_document(), a_document())
    cards = (NewCard(front=1), NewCard(front=1, back=1), NewCard(front=1, back=2))
    store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, documents=documents, cards=cards))
    store.close()
    take_back(shelf, "0003")
    again = shelf.open()
    assert [(each.front_page, each.back, each.back_page) for each in again.job(1).cards] == [
        (1, None, 1), (1, 1, 2), (1, 2, 1)
    ]  # fmt: skip
    again.close()


def test_a_newer_store_is_refused_untouched(store: JobStore, shelf: SqliteShelf) -> None:
    store.close()
    shelf.change(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = shelf.files()
    with pytest.raises(ConfigurationError, match="a newer version made this store"):
        shelf.open()
    assert shelf.files() == before


def test_what_is_no_database_is_damage(shelf: SqliteShelf) -> None:
    shelf.folder.mkdir()
    (shelf.folder / "store.sqlite").write_text("This is a letter, not a database. " * 100)
    with pytest.raises(StoreDamaged):
        shelf.open()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigurationError, match=r"data/store\.sqlite"):
        SqliteShelf(tmp_path).open()


# refusals of disk and neighbours


def test_a_full_disk_refuses_whole_jobs_and_the_store_goes_on_when_there_is_room(
    store: JobStore, shelf: SqliteShelf, database: Database
) -> None:
    store.add_job(a_job())
    before = (store.last_event(), store.unfinished(), store.printers())
    limit = limited_pages(database)
    huge = a_job(Ticket(tracks=("A" * 400_000,)))
    with pytest.raises(StoreFull):
        store.add_job(huge)
    assert (store.last_event(), store.unfinished(), store.printers()) == before
    assert broken_link(store) is None
    limit.pop()
    database.close()
    assert store.add_job(huge).id == 2
    assert store.job(2).ticket.tracks == ("A" * 400_000,)


def limited_pages(database: Database) -> list[int]:
    """Let the database grow no further, for as long as the list that is returned holds its number."""
    with database.transaction(reading=True) as connection:
        limit = [int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()) + 2]

    def on_connect(connection: DBAPIConnection, _: object) -> None:
        for pages in limit:
            connection.cursor().execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "connect", on_connect)
    database.close()
    return limit


def test_a_store_that_another_program_holds_is_busy_and_then_goes_on(store: JobStore, shelf: SqliteShelf) -> None:
    job = store.add_job(a_job())
    holder = sqlite3.connect(shelf.folder / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        store.apply(job.id, [a_step(job, CardEvent.RENDER)])
    assert store.job(job.id) == job
    holder.execute("ROLLBACK")
    holder.close()
    assert led(store, job, CardEvent.RENDER).state is JobState.PROCESSING


def test_reading_goes_on_while_another_program_writes(store: JobStore, shelf: SqliteShelf) -> None:
    job = store.add_job(a_job())
    holder = sqlite3.connect(shelf.folder / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert (store.job(job.id), store.jobs(JobQuery()).jobs) == (job, (job,))
    holder.close()


# what is thrown away


def test_a_thrown_away_key_is_nowhere_in_the_files_however_many_jobs_there_are(
    store: JobStore, shelf: SqliteShelf
) -> None:
    for _ in range(150):
        store.add_job(a_job())
    wrapped = [bytes.fromhex(str(row[0])) for row in shelf.rows("SELECT hex(wrapped) FROM job_keys ORDER BY job")]
    for job in (1, 75, 150):
        led(store, store.job(job), CardEvent.CANCEL)
        store.purge(job)
    left = shelf.files()
    assert [number for number, key in enumerate(wrapped, 1) if key not in left] == [1, 75, 150]


def test_the_log_is_emptied_by_a_purge_unless_somebody_reads(store: JobStore, shelf: SqliteShelf) -> None:
    log = shelf.folder / "store.sqlite-wal"
    jobs = [led(store, store.add_job(a_job()), *PRINTED) for _ in range(2)]
    reader = sqlite3.connect(shelf.folder / "store.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM jobs").fetchall()
    store.purge(jobs[0].id)
    assert log.stat().st_size > 0
    store.scrub()
    assert log.stat().st_size > 0
    reader.close()
    store.scrub()
    assert log.stat().st_size == 0
    store.purge(jobs[1].id)
    assert log.stat().st_size == 0


# what questions cost


QUESTIONS: dict[str, Select[Any] | Update] = {
    "claim": taking(PRINTER, ["card", "badge"], 1.0),
    "newest page": page_ids(JobQuery()),
    "further page": page_ids(JobQuery(before=500)),
    "page of states": page_ids(JobQuery(states=frozenset({JobState.PENDING, JobState.STOPPED}), before=500)),
    "page of a queue": page_ids(JobQuery(queue="card", oldest_first=True)),
}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_frequent_question_scans_the_history(database: Database, question: str) -> None:
    plan = plan_of(database, QUESTIONS[question])
    scans = [line for line in plan if re.match(r"SCAN (?!anon_)", line)]
    # the newest page without any filter walks the primary key from its end and stops
    assert scans == (["SCAN jobs"] if question == "newest page" else [])
    assert any("SEARCH jobs" in line or line == "SCAN jobs" for line in plan)


@pytest.mark.usefixtures("store")
def test_a_claim_sorts_nothing(database: Database) -> None:
    plan = plan_of(database, QUESTIONS["claim"])
    assert "SEARCH jobs USING COVERING INDEX jobs_claim_ix (claimable=?)" in plan
    assert not [line for line in plan if "TEMP B-TREE" in line]


def plan_of(database: Database, question: Select[Any] | Update) -> list[str]:
    compiled = question.compile(dialect=SQLITE, compile_kwargs={"literal_binds": True})
    with database.transaction(reading=True) as connection:
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]


def test_the_claim_skips_what_another_node_holds_where_rows_are_locked() -> None:
    told = str(QUESTIONS["claim"].compile(dialect=POSTGRESQL))
    assert "FOR UPDATE OF jobs, cards SKIP LOCKED" in told
    assert "FOR UPDATE" not in str(QUESTIONS["claim"].compile(dialect=SQLITE))


def test_a_store_opened_for_reading_cannot_be_changed(shelf: SqliteShelf) -> None:
    shelf.open().close()
    reading = reading_database(shelf.folder / "store.sqlite")
    with pytest.raises(StoreBusy, match="READONLY"), reading.transaction(reading=True) as connection:
        connection.exec_driver_sql("DELETE FROM journal")
    reading.close()


def test_a_store_that_is_new_enough_is_opened_without_what_runs_revisions(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path)
    shelf.open().close()
    script = (
        "import sys; from pathlib import Path; from tests.contract.store_kit import SqliteShelf\n"
        "SqliteShelf(Path(sys.argv[1])).open().close(); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])


def test_the_newest_revision_is_the_head_of_all() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [newest()]
