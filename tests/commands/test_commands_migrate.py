"""`printserver migrate`: everything is there afterwards, in one place alone."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psycopg
import pytest

from printserver.lifecycle import CardEvent
from printserver.model.account import Account, Role, Token
from printserver.model.ticket import Ticket
from printserver.store import Spool, open_store
from printserver.store.contract import Artifact, ArtifactKind, JobQuery, JobStore, NewCard, NewDocument, NewJob
from printserver.store.opening import open_keeping
from printserver.store.place import DataPlace, data_place
from tests.commands.command_kit import call
from tests.contract.store_kit import COMMITTED, KEY, PRINTED, a_job, broken_link, led, with_queues
from tests.postgresql import server


@pytest.fixture
def url() -> str:
    return server().url(server().new_database())


@pytest.fixture
def place(tmp_path: Path) -> DataPlace:
    """A store with jobs in many states, a document in the spool, accounts, a cursor."""
    found = data_place(tmp_path / "d", None)
    found.prepare()
    store = with_queues(open_store(found.database, master_key=found.key, clock=lambda: 5.0, node="here"))
    spool = Spool(found.spool)
    blob = spool.write(KEY, b"portrait" * 1000)
    document = NewDocument(format="image/png", size=8000, sha256="ab" * 32, blob=blob)
    ticket = Ticket(name="eve", user="eve", tracks=("A1",))
    store.add_job(NewJob(queue="card", ticket=ticket, key=KEY, documents=(document,), cards=(NewCard(), NewCard())))
    store.put_artifact(1, 1, Artifact(kind=ArtifactKind.FRONT, blob=spool.write(KEY, b"front")))
    for events in (PRINTED, (*COMMITTED, CardEvent.DOUBT)):
        job = store.add_job(a_job())
        led(store, job, *events)
        with_blob(found, job.id, spool.write(KEY, b"more"))
    store.put_account(Account(name="anna", role=Role.OPERATE, secret="hash", created=1.0), "test")
    store.add_token(Token(name="shop", role=Role.SUBMIT, digest="digest", created=1.0), "test")
    store.skip_job_numbers(40)
    store.move_cursor("webhook", 4)
    store.close()
    return found


def with_blob(place: DataPlace, job: int, blob: str) -> None:
    with sqlite3.connect(place.database) as database:
        database.execute("UPDATE documents SET blob = ? WHERE job = ?", [blob, job])
    database.close()


def everything(store: JobStore) -> tuple[object, ...]:
    jobs = store.jobs(JobQuery()).jobs
    return (
        jobs, store.printers(), store.queues(), store.accounts(), store.tokens(), store.events(0, 1000),
        [store.job_events(job.id) for job in jobs], [store.document_blob(job.id, 1) for job in jobs],
        store.cursor("webhook"), store.artifact(1, 1, ArtifactKind.FRONT), store.head(), store.blobs(),
    )  # fmt: skip


def test_everything_is_there_and_goes_on(place: DataPlace, url: str) -> None:
    store = open_store(place.database, master_key=place.key, clock=lambda: 5.0, node="here")
    before = everything(store)
    store.close()
    done = call("migrate", "--to", url, "--data", place.root)
    assert (done.code, done.stderr) == (0, "")
    assert "3 jobs, 4 documents" in done.lines[0]
    moved, spool = open_keeping(url, place.spool, master_key=place.key, clock=lambda: 5.0, node="here")
    assert everything(moved) == before
    assert spool.read(moved.job_key(1), moved.document_blob(1, 1)) == b"portrait" * 1000
    assert broken_link(moved) is None
    assert moved.add_job(a_job()).id == 44
    claim = moved.claim("front-office", ["card"])
    assert claim is not None
    assert (claim.job.id, claim.card.number) == (1, 1)
    led(moved, moved.job(1), CardEvent.RENDERED, CardEvent.START, "COMMITTED")
    assert broken_link(moved) is None
    moved.close()


def test_no_server_finds_the_former_store(place: DataPlace, url: str) -> None:
    assert call("migrate", "--to", url, "--data", place.root).code == 0
    assert not place.database.exists()
    assert "no store" in call("migrate", "--to", url, "--data", place.root).complaint()
    store = open_store(
        place.root / "store.sqlite.migrated", master_key=place.key, clock=lambda: 5.0, node="here"
    )
    assert len(store.jobs(JobQuery()).jobs) == 3
    store.close()


def test_a_database_that_holds_a_store_is_left_alone(place: DataPlace, url: str, tmp_path: Path) -> None:
    other = open_store(url, master_key=tmp_path / "other.key", clock=lambda: 5.0, node="there")
    other.close()
    assert "holds a store already" in call("migrate", "--to", url, "--data", place.root).complaint()
    assert place.database.exists()


@pytest.mark.parametrize("harm", ["document", "journal"])
def test_what_is_not_whole_is_not_moved(place: DataPlace, url: str, harm: str) -> None:
    if harm == "document":
        for path in place.spool.iterdir():
            path.unlink()
    else:
        with sqlite3.connect(place.database) as database:
            database.execute("UPDATE journal SET what = 'spoil' WHERE id = 6")
        database.close()
    done = call("migrate", "--to", url, "--data", place.root)
    assert done.code != 0
    assert place.database.exists()
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [], "something stayed behind"


@pytest.mark.parametrize(("target", "said"), [
    ("d/other.sqlite", "is no database server"), ("mysql://host/base", "no store is kept in mysql"),
])  # fmt: skip
def test_a_wrong_target_is_named(place: DataPlace, target: str, said: str) -> None:
    assert said in call("migrate", "--to", target, "--data", place.root).complaint()


def test_a_running_server_is_not_moved_from_under_its_feet(place: DataPlace, url: str) -> None:
    lock = place.lock()
    try:
        assert call("migrate", "--to", url, "--data", place.root).code != 0
    finally:
        os.close(lock)
    assert place.database.exists()
