"""PostgreSQL as the store uses it: what is refused, what its complaints mean, and several nodes on one database."""

import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from printserver.errors import (
    ConfigurationError,
    PrintServerError,
    StoreBusy,
    StoreConflict,
    StoreDamaged,
    StoreFull,
)
from printserver.lifecycle import CardEvent
from printserver.model.event import NewEvent
from printserver.model.job import Reason
from printserver.model.ticket import Ticket
from printserver.store import open_store
from printserver.store.blobs import SharedSpool
from printserver.store.contract import AlreadyAccepted, JobStore, NewDocument, Sent
from printserver.store.database import Database
from printserver.store.location import shown
from printserver.store.opening import verify_journal
from printserver.store.postgresql import complaint, postgresql_database
from printserver.store.schema import VERSION_TABLE
from printserver.store.spool import Spool
from printserver.store.tables import metadata
from printserver.store.watching import Watch
from tests.contract.store_kit import (
    KEY,
    STARTED,
    PostgresqlShelf,
    a_job,
    a_step,
    broken_link,
    led,
    with_queues,
)


@pytest.fixture
def shelf(tmp_path: Path) -> PostgresqlShelf:
    return PostgresqlShelf(tmp_path)


@pytest.fixture
def database(shelf: PostgresqlShelf) -> Iterator[Database]:
    made = postgresql_database(make_url(shelf.url), transaction_seconds=0.8)
    yield made
    made.close()


@pytest.fixture
def nodes(shelf: PostgresqlShelf) -> Iterator[tuple[JobStore, JobStore]]:
    first, second = with_queues(shelf.open("one")), shelf.open("two")
    yield first, second
    first.close()
    second.close()


# opening


def test_the_revisions_give_the_tables_that_the_statements_know(database: Database) -> None:
    with database.transaction(reading=True) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


WRONG = {
    "postgresql://": "names no database",
    "postgresql://host": "names no database",
    "mysql://host/base": "no store is kept in mysql",
    "postgresql+asyncpg://host/base": "no store is kept in postgresql",
    "://": "not the address of a database",
    "postgresql://host:port/base": "not the address of a database",
}


@pytest.mark.parametrize("url", WRONG)
def test_a_wrong_address_is_refused_with_what_is_allowed(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=WRONG[url]) as refused:
        open_store(url, master_key=tmp_path / "key", clock=lambda: 0.0, node="here")
    assert "postgresql://" in refused.value.allowed


def test_no_password_is_shown() -> None:
    assert "secret" not in shown("postgresql://anna:secret@host/base")


def test_a_server_that_is_not_there_is_busy(shelf: PostgresqlShelf, tmp_path: Path) -> None:
    away = shelf.url.replace("host=", "host=/nowhere")
    with pytest.raises(StoreBusy):
        open_store(away, master_key=tmp_path / "key", clock=shelf.clock, node="a")


def test_a_database_that_is_not_there_is_named(shelf: PostgresqlShelf, tmp_path: Path) -> None:
    with pytest.raises(PrintServerError, match="nowhere"):
        open_store(shelf.url.replace(shelf.name, "nowhere"), master_key=tmp_path / "key", clock=shelf.clock, node="a")


def test_every_session_waits_for_the_disk(database: Database) -> None:
    with database.transaction() as connection:
        told = [connection.execute(text(f"SHOW {name}")).scalar() for name in (
            "synchronous_commit", "transaction_isolation", "lock_timeout"
        )]  # fmt: skip
    assert told == ["on", "read committed", "5s"]


def test_the_first_nodes_key_is_everybodys(shelf: PostgresqlShelf, tmp_path: Path) -> None:
    with_queues(shelf.open("one")).close()
    (tmp_path / "other.key").write_bytes(os.urandom(32))
    (tmp_path / "other.key").chmod(0o600)
    for key, complaint_ in ((tmp_path / "other.key", "does not open"), (tmp_path / "none.key", "is missing")):
        with pytest.raises(ConfigurationError, match=complaint_):
            open_store(shelf.url, master_key=key, clock=shelf.clock, node="two")


# complaints


class _Original(Exception):
    def __init__(self, state: str | None) -> None:
        self.sqlstate = state
        super().__init__("first line\nsecond line")


@pytest.mark.parametrize(("state", "kind"), [
    ("53100", StoreFull), ("53300", StoreBusy), ("57P01", StoreBusy), ("40P01", StoreBusy), ("40001", StoreBusy),
    ("55P03", StoreBusy), ("25006", StoreBusy), ("08006", StoreBusy), ("23505", StoreConflict), ("23503", StoreDamaged),
    ("XX001", StoreDamaged), ("28P01", ConfigurationError), ("3D000", ConfigurationError), (None, StoreDamaged),
])  # fmt: skip
def test_a_complaint_is_one_of_the_projects_errors(state: str | None, kind: type[PrintServerError]) -> None:
    found = complaint(DBAPIError("SELECT", {}, _Original(state)))
    assert type(found) is kind
    assert "second line" not in found.message


def test_a_connection_that_is_gone_is_busy() -> None:
    for error in (psycopg.OperationalError("gone"), psycopg.errors.ConnectionTimeout("connection timeout expired")):
        assert type(complaint(DBAPIError("SELECT", {}, error))) is StoreBusy


def test_a_transaction_that_takes_too_long_is_given_up(database: Database) -> None:
    with pytest.raises(StoreBusy), database.transaction() as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    with database.transaction() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_who_ends_in_time_is_not_cut() -> None:
    cut: list[int] = []
    watch = Watch(0.4, cut.append)
    held, done = threading.Event(), threading.Event()
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        with watch.over(ours.fileno()):
            pass
        late = threading.Thread(target=lambda: _hold(watch, theirs.fileno(), held, done))
        late.start()
        held.wait(5)
        while not cut:
            done.wait(0.05)
        done.set()
        late.join(5)
        assert cut == [theirs.fileno()]


def _hold(watch: Watch, descriptor: int, held: threading.Event, done: threading.Event) -> None:
    with watch.over(descriptor):
        held.set()
        done.wait(10)


def test_who_comes_right_after_a_failure_does_not_wait_for_another(shelf: PostgresqlShelf) -> None:
    now = [100.0]
    away = postgresql_database(make_url(shelf.url.replace("host=", "host=/nowhere")), seconds=lambda: now[0])

    def complaint_of_one() -> str:
        with pytest.raises(StoreBusy) as busy, away.transaction():
            raise AssertionError("there is no server")
        return busy.value.message

    assert "nowhere" in complaint_of_one()
    assert "nowhere" not in complaint_of_one()
    now[0] += 60
    assert "nowhere" in complaint_of_one()


def test_a_server_that_comes_back_is_found_again(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    nodes[0].add_job(a_job())
    with shelf.server.connect("postgres") as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [shelf.name]
        )
    assert [store.job(1).id for store in nodes] == [1, 1]


def test_a_device_that_says_a_zero_character_keeps_its_card(nodes: tuple[JobStore, JobStore]) -> None:
    job = led(nodes[0], nodes[0].add_job(a_job()), *STARTED)
    step = a_step(job, CardEvent.RETURN)
    told = nodes[0].apply(job.id, [type(step)(
        number=1, version=step.version, event=step.event, reason=Reason("odd", "a\x00b"), outcome="broken\x00off"
    )])  # fmt: skip
    assert told.cards[0].reason == Reason("odd", "a\x00b")
    found = nodes[1].job(job.id).cards[0]
    assert found.reason == Reason("odd", "a\N{SYMBOL FOR NULL}b")


# several nodes


def test_all_nodes_see_one_stream_in_one_order(nodes: tuple[JobStore, JobStore]) -> None:
    one, two = nodes
    for number in range(6):
        nodes[number % 2].note(NewEvent(kind="server", subject="x", what=f"n{number}"))
    rows = one.events(one.last_event() - 6, 10)
    assert [row.what for row in rows] == [f"n{number}" for number in range(6)]
    assert {row.node for row in rows} == {"one", "two"}
    assert rows == two.events(two.last_event() - 6, 10)
    assert [row.id for row in rows] == list(range(rows[0].id, rows[0].id + 6))
    assert (broken_link(one), broken_link(two)) == (None, None)


def test_a_reader_of_the_stream_misses_nothing_while_many_write(
    nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf
) -> None:
    reader = shelf.open("reader")
    begin, written, seen = nodes[0].last_event(), 2 * 40, list[str]()

    def write(store: JobStore) -> None:
        for number in range(20):
            notes = [NewEvent(kind="server", subject=store.node, what=f"{number}.{part}") for part in range(2)]
            store.together([lambda each=each: store.note(each) for each in notes])  # type: ignore[misc]

    def read() -> None:
        last = begin
        while len(seen) < written:
            for row in reader.events(last, 7):
                assert row.id == last + 1
                last = row.id
                seen.append(f"{row.node} {row.what}")

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(read), *(pool.submit(write, store) for store in nodes)]:
            done.result(60)
    reader.close()
    assert len(set(seen)) == written
    assert (broken_link(nodes[0]), broken_link(nodes[1])) == (None, None)


def test_what_was_undone_among_others_has_no_place(nodes: tuple[JobStore, JobStore]) -> None:
    last = nodes[0].last_event()
    nodes[0].together([lambda: nodes[0].add_job(a_job(queue="nowhere")), lambda: nodes[0].add_job(a_job())])
    assert [(row.id, row.what) for row in nodes[1].events(last, 10)] == [(last + 1, "accepted")]


def test_a_jobs_story_is_told_in_the_order_in_which_it_happened_at_whichever_node(
    nodes: tuple[JobStore, JobStore],
) -> None:
    one, two = nodes
    for number in range(9):
        two.note(NewEvent(kind="server", subject="x", what=f"ahead-{number}"))
    job = one.add_job(a_job())
    for store, event in ((two, CardEvent.RENDER), (one, CardEvent.RENDERED), (two, CardEvent.START)):
        job = led(store, job, event)
    told = [row.what for row in one.job_events(job.id) if row.kind == "card"]
    assert told == ["render", "rendered", "start"]


def test_each_node_has_a_chain_of_its_own(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    nodes[1].add_job(a_job())
    assert {report.node for report in verify_journal(shelf.url)} == {"one", "two"}
    head = nodes[1].head()
    assert head is not None
    assert nodes[0].holds(head)
    shelf.change("UPDATE journal SET what = 'spoil' WHERE node = 'two' AND id = 1")
    flaws = {report.node: len(report.flaws) for report in verify_journal(shelf.url)}
    assert flaws == {"one": 0, "two": 1}


def test_the_same_keyed_job_at_two_nodes_at_once_is_one_job(nodes: tuple[JobStore, JobStore]) -> None:
    barrier = threading.Barrier(2)

    def send(store: JobStore, number: int) -> int:
        new = a_job(Ticket(user="eve"))
        new = type(new)(queue=new.queue, ticket=new.ticket, key=KEY, documents=new.documents, cards=new.cards,
                        sent=Sent(content="c", key=f"k{number}"))  # fmt: skip
        barrier.wait(30)
        try:
            return store.add_job(new).id
        except AlreadyAccepted as known:
            return known.job

    with ThreadPoolExecutor(2) as pool:
        for number in range(10):
            found = [each.result(60) for each in [pool.submit(send, store, number) for store in nodes]]
            assert len(set(found)) == 1


# documents


@pytest.fixture
def spool(database: Database, shelf: PostgresqlShelf) -> SharedSpool:
    return SharedSpool(database, shelf.clock)


@pytest.mark.parametrize("size", [0, 1, 65_536, 200_000])
def test_what_was_written_is_read(spool: SharedSpool, size: int) -> None:
    data = os.urandom(size)
    name = spool.write(KEY, data)
    assert spool.read(KEY, name) == data
    assert spool.names() == {name}


def test_a_document_lies_sealed_and_opens_as_one_from_a_folder(
    spool: SharedSpool, shelf: PostgresqlShelf, tmp_path: Path
) -> None:
    name = spool.write(KEY, b"the holder's portrait " * 5000)
    [[whole]] = shelf.rows("SELECT data FROM blobs")
    assert isinstance(whole, bytes)
    assert b"portrait" not in whole
    folder = Spool(tmp_path / "spool")
    (tmp_path / "spool" / name).write_bytes(whole)
    assert folder.read(KEY, name) == b"the holder's portrait " * 5000


@pytest.mark.parametrize("tampering", [
    "UPDATE blobs SET data = substr(data, 1, 40)", "UPDATE blobs SET data = overlay(data placing 'xx' from 30)",
    "DELETE FROM blobs",
])  # fmt: skip
def test_a_blob_that_was_touched_is_noticed(spool: SharedSpool, shelf: PostgresqlShelf, tampering: str) -> None:
    name = spool.write(KEY, b"portrait" * 100)
    assert shelf.change(tampering) == 1
    with pytest.raises(StoreDamaged):
        spool.read(KEY, name)


def test_another_key_opens_nothing(spool: SharedSpool) -> None:
    with pytest.raises(StoreDamaged):
        spool.read(bytes(32), spool.write(KEY, b"portrait"))


def test_the_sweep_spares_what_is_young_or_referred_to(
    spool: SharedSpool, shelf: PostgresqlShelf, nodes: tuple[JobStore, JobStore]
) -> None:
    kept, orphan = spool.write(KEY, b"kept"), spool.write(KEY, b"orphan")
    new = a_job()
    document = NewDocument(format="image/png", size=4, sha256="ab" * 32, blob=kept)
    nodes[1].add_job(type(new)(queue="card", ticket=new.ticket, key=KEY, documents=(document,), cards=new.cards))
    shelf.clock.now += 10
    young = spool.write(KEY, b"young")
    assert spool.sweep(frozenset(), shelf.clock.now - 5) == {orphan}
    assert spool.names() == {kept, young}
    used = spool.room.used
    spool.remove([young, young])
    assert spool.names() == {kept}
    assert spool.room.used < used
