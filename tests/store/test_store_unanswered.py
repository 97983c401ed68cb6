"""The answer to a commit is lost on its way: it is found out whether it has happened, or said that nobody knows."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from printserver.errors import StoreBusy
from printserver.model.event import NewEvent
from printserver.store.blobs import SharedSpool
from printserver.store.contract import NewDocument
from printserver.store.database import Database
from printserver.store.opening import opened
from printserver.store.postgresql import postgresql_database, unanswered
from printserver.store.sql import SqlStore
from tests.contract.store_kit import KEY, PostgresqlShelf, a_job, broken_link, with_queues
from tests.database_line import Line
from tests.postgresql import SOCKET_PORT

PATIENCE = 30


@dataclass
class Far:
    """A store at the end of a line."""

    shelf: PostgresqlShelf
    line: Line
    database: Database
    store: SqlStore

    def jobs(self) -> int:
        return len(self.shelf.rows("SELECT id FROM jobs"))

    def _mend(self) -> None:
        if self.line.lost.wait(PATIENCE):
            self.line.restore()

    @contextmanager
    def mended(self) -> Iterator[None]:
        """Let the line be whole again as soon as something was lost."""
        mender = threading.Thread(target=self._mend)
        mender.start()
        try:
            yield
        finally:
            mender.join(PATIENCE)
            assert self.line.lost.is_set()


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    shelf = PostgresqlShelf(tmp_path)
    with_queues(shelf.open()).close()
    line = Line(shelf.server.folder / f".s.PGSQL.{SOCKET_PORT}")
    database = postgresql_database(make_url(f"postgresql://postgres@127.0.0.1:{line.port}/{shelf.name}"))
    store = opened(database, master_key=shelf.key, clock=shelf.clock, node="here", randomness=os.urandom)
    assert isinstance(store, SqlStore)
    with closing(line), closing(store):
        yield Far(shelf, line, database, store)


def _stubborn(far: Far) -> SqlStore:
    """Return a store that does not wait until the line is whole."""
    database = replace(far.database, wait=lambda seconds: None)
    far.store._database = database
    return far.store


def test_what_has_happened_is_answered(far: Far) -> None:
    far.line.lose_answer()
    with far.mended():
        job = far.store.add_job(a_job())
    assert (far.jobs(), far.store.job(job.id).id, broken_link(far.store)) == (1, job.id, None)


def test_what_has_not_happened_is_refused_for_certain(far: Far) -> None:
    far.line.lose_question()
    with far.mended(), pytest.raises(StoreBusy) as busy:
        far.store.add_job(a_job())
    assert (far.jobs(), busy.value.unsure, broken_link(far.store)) == (0, False, None)


def test_calls_that_share_a_transaction_are_answered_like_one(far: Far) -> None:
    notes = [NewEvent(kind="server", subject="x", what=f"n{number}") for number in range(3)]
    far.line.lose_answer()
    with far.mended():
        told = far.store.together([_noting(far.store, note) for note in notes])
    assert [getattr(each, "what", None) for each in told] == ["n0", "n1", "n2"]
    assert far.shelf.rows("SELECT count(*) FROM journal WHERE subject = 'x'") == [(3,)]
    assert broken_link(far.store) is None


def _noting(store: SqlStore, note: NewEvent) -> Callable[[], object]:
    return lambda: store.note(note)


def test_a_database_that_stays_away_leaves_it_unsure(far: Far) -> None:
    store = _stubborn(far)
    far.line.lose_answer()
    with pytest.raises(StoreBusy) as busy:
        store.add_job(a_job())
    assert busy.value.unsure
    assert far.jobs() == 1


def test_a_transaction_that_tells_nothing_is_unsure_at_once(far: Far) -> None:
    spool = SharedSpool(replace(far.database, wait=_never), far.shelf.clock)
    far.line.lose_answer()
    with far.mended(), pytest.raises(StoreBusy) as busy:
        spool.write(KEY, b"a document")
    assert busy.value.unsure


def _never(seconds: float) -> None:
    raise AssertionError("there is nothing to wait for")


class _Original(Exception):
    def __init__(self, state: str | None) -> None:
        self.sqlstate = state


@pytest.mark.parametrize(("error", "open_to_doubt"), [
    (psycopg.OperationalError("it is closed"), True), (_Original("57P01"), True), (_Original("08006"), True),
    (_Original("40001"), False), (_Original("53100"), False), (_Original("23503"), False),
])  # fmt: skip
def test_what_the_database_itself_says_of_a_commit_is_certain(error: Exception, open_to_doubt: bool) -> None:
    assert unanswered(DBAPIError("COMMIT", {}, error)) is open_to_doubt


def test_a_job_is_known_by_its_document(far: Far) -> None:
    spool = SharedSpool(far.database, far.shelf.clock)
    name = spool.write(KEY, b"a document")
    assert spool.job_of(name) is None
    document = NewDocument(format="image/png", size=10, sha256="0" * 64, blob=name)
    job = far.store.add_job(msgspec.structs.replace(a_job(), documents=(document,)))
    assert spool.job_of(name) == job.id


def test_nobody_says_that_a_job_is_not_there_while_one_is_on_its_way(far: Far) -> None:
    spool, found = SharedSpool(far.database, far.shelf.clock), list[int | None]()
    with far.shelf.server.connect(far.shelf.name) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(8631, 1)")  # as each transaction that ends has it
        asking = threading.Thread(target=lambda: found.append(spool.job_of("0" * 32)))
        asking.start()
        while not far.shelf.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert asking.is_alive()
        assert not found
    asking.join(PATIENCE)
    assert found == [None]
