"""What a database server's own files hold of a job after its purge: of a person nothing, ever; of its key what the
server's vacuum and the recycling of its log have not come to yet, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from printserver.model.ticket import Ticket
from printserver.store.blob_spool import BlobSpool
from printserver.store.contract import JobStore, NewCard, NewDocument, NewJob
from printserver.store.opening import open_keeping
from tests.contract.store_kit import PRINTED, PostgresqlShelf, led, with_queues

KEY = bytes(range(60, 92))
PHOTO = b"a photo that remains" * 1000
PERSONAL = (b"Eve Remaining", b"eve-remaining-here", b"B4929000000717", b"10.9.8.77", b"a photo that remains", KEY)
LOG, MOST = "pg_wal", 2 * 1024**3


@pytest.fixture
def shelf(tmp_path: Path) -> PostgresqlShelf:
    return PostgresqlShelf(tmp_path / "shelf")


@pytest.fixture
def kept(shelf: PostgresqlShelf, tmp_path: Path) -> Iterator[tuple[JobStore, BlobSpool]]:
    store, spool = open_keeping(
        shelf.url, tmp_path / "spool", master_key=shelf.key, clock=shelf.clock, node="here"
    )
    yield with_queues(store), spool
    store.close()


def places(shelf: PostgresqlShelf, sought: bytes) -> set[str]:
    """Return the folders of the server's data, and its log, whose files hold some bytes."""
    found, seen = set[str](), 0
    for path in (*shelf.server.data.rglob("*"), shelf.server.folder / "log"):
        if path.is_file():
            content = path.read_bytes()
            seen += len(content)
            assert seen < MOST, "the search has its bound"
            if sought in content:
                found.add(path.relative_to(shelf.server.folder).parts[-1 if path.parent == shelf.server.folder else 1])
    return found


def settle(shelf: PostgresqlShelf) -> None:
    """Bring what is in the server's memory to its files."""
    with shelf.server.connect(shelf.name) as connection:
        connection.execute(b"CHECKPOINT")


def test_the_files_of_the_server_hold_nothing_personal_and_the_key_is_gone_from_its_tables(
    shelf: PostgresqlShelf, kept: tuple[JobStore, BlobSpool]
) -> None:
    store, spool = kept
    blob = spool.write(KEY, PHOTO)
    ticket = Ticket(name="Eve Remaining", user="eve-remaining-here", tracks=("B4929000000717",))
    document = NewDocument(format="image/png", size=len(PHOTO), sha256="0f" * 32, blob=blob)
    new = NewJob(
        queue="card", ticket=ticket, key=KEY, origin="ipp 10.9.8.77", documents=(document,), cards=(NewCard(),)
    )
    job = led(store, store.add_job(new), *PRINTED)
    [[wrapped]] = shelf.rows(f"SELECT wrapped FROM job_keys WHERE job = {job.id}")
    assert isinstance(wrapped, bytes)
    settle(shelf)
    assert "base" in places(shelf, wrapped), "the search finds what is there"
    assert {text: where for text in PERSONAL if (where := places(shelf, text))} == {}
    spool.remove(store.purge(job.id, "records office", "asked for"))
    store.scrub()
    settle(shelf)
    assert places(shelf, wrapped) <= {LOG}, "what its log has is recycled by the server alone"
    assert {text: where for text in PERSONAL if (where := places(shelf, text))} == {}
