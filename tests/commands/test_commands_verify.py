"""`printserver verify-journal` on a store's file, without its key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from printserver.lifecycle import CardEvent
from printserver.model.chain import Head
from printserver.store import open_store
from printserver.store.heads import HeadFile, NewestHead
from printserver.store.place import DataPlace, data_place
from tests.commands.command_kit import call
from tests.contract.store_kit import a_job, a_printer, led, with_queues


@pytest.fixture
def place(tmp_path: Path) -> DataPlace:
    """A store with a job begun, its head kept beside it and elsewhere; the key is gone."""
    found = data_place(tmp_path / "d", None)
    found.prepare()
    store = open_store(found.database, master_key=found.key, clock=lambda: 5.0, node="here")
    with_queues(store)
    led(store, store.add_job(a_job()), CardEvent.RENDER)
    head = store.head()
    assert head is not None
    NewestHead(found.head).keep(head)
    HeadFile(tmp_path / "heads").keep(head)
    store.put_printer(a_printer("another"), "test")
    store.close()
    found.key.unlink()
    return found


def change(place: DataPlace, *statements: str) -> None:
    with sqlite3.connect(place.database) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_a_whole_journal(place: DataPlace, tmp_path: Path) -> None:
    done = call("verify-journal", "--data", place.root)
    assert (done.code, done.stderr) == (0, "")
    assert done.lines[0].startswith("here: whole, ")
    assert done.lines[0].endswith(" rows, 1 kept heads met")
    told = call("verify-journal", "--data", place.root, "--heads", tmp_path / "heads", "--json").json()
    assert told["whole"] is True
    assert [chain["node"] for chain in told["chains"]] == ["here"]
    assert not place.key.exists(), "verifying made a key"


def test_an_edited_row_ends_with_1(place: DataPlace) -> None:
    change(place, "UPDATE journal SET subject = '2/1' WHERE id = 4")
    done = call("verify-journal", "--data", place.root)
    assert done.code == 1
    assert done.lines[0].startswith("here: NOT whole")
    assert done.lines[1].startswith("  edited: row 4 ")
    assert call("verify-journal", "--data", place.root, "--json").json()["whole"] is False


def test_a_store_rolled_back_is_found_by_the_head_beside_it_and_by_one_kept_elsewhere(
    place: DataPlace, tmp_path: Path
) -> None:
    with sqlite3.connect(place.database) as database:
        [[hash]] = database.execute("SELECT hash FROM journal WHERE id = 3")
    change(place, "DELETE FROM journal WHERE id > 3", f"UPDATE heads SET id = 3, hash = '{hash}'")
    assert "rolled-back" in call("verify-journal", "--data", place.root).out
    place.head.unlink()
    assert call("verify-journal", "--data", place.root).code == 0
    assert "rolled-back" in call("verify-journal", "--data", place.root, "--heads", tmp_path / "heads").out


def test_what_cannot_be_read_is_one_line(place: DataPlace, tmp_path: Path) -> None:
    assert "no store" in call("verify-journal", "--data", tmp_path / "nothing").complaint()
    (tmp_path / "heads").write_text("{\n")
    done = call("verify-journal", "--data", place.root, "--heads", tmp_path / "heads")
    assert done.code == 2
    assert "heads:1" in done.complaint()


def test_it_reads_while_another_process_writes(place: DataPlace) -> None:
    writer = sqlite3.connect(place.database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE heads SET hash = 'x'")
    assert call("verify-journal", "--data", place.root).code == 0
    writer.execute("ROLLBACK")
    writer.close()


def test_a_head_of_another_node_is_not_forgotten(place: DataPlace, tmp_path: Path) -> None:
    HeadFile(tmp_path / "heads").keep(Head(node="there", id=1, at=1.0, hash="x"))
    done = call("verify-journal", "--data", place.root, "--heads", tmp_path / "heads")
    assert done.code == 1
    assert "there: NOT whole, 0 rows" in done.out
