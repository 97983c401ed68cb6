"""`printserver backup` and `restore`, on a store of a server that does not run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from printserver.model.job import CardState
from printserver.store import open_store
from printserver.store.place import DataPlace, data_place
from tests.commands.command_kit import call
from tests.contract.store_kit import PRINTED, a_job, led, with_queues


@pytest.fixture
def place(tmp_path: Path) -> DataPlace:
    """A store with a finished card, a waiting one, and no documents."""
    found = data_place(tmp_path / "d", None)
    found.prepare()
    store = with_queues(open_store(found.database, master_key=found.key, clock=time.time, node="here"))
    led(store, store.add_job(a_job()), *PRINTED)
    store.add_job(a_job())
    for blob in store.blobs():
        (found.spool / blob).write_bytes(b"sealed")
    store.close()
    return found


def test_there_and_back(place: DataPlace, tmp_path: Path) -> None:
    done = call("backup", tmp_path / "b", "--data", place.root)
    assert (done.code, done.stderr) == (0, "")
    assert "3 files" in done.lines[0]
    assert str(place.key) in done.lines[1]
    (tmp_path / "e.key").write_bytes(place.key.read_bytes())
    (tmp_path / "e.key").chmod(0o600)
    told = call("restore", tmp_path / "b", "--data", tmp_path / "e", "--json").json()
    assert (told["data"], told["cards-in-doubt"]) == (str(tmp_path / "e"), 1)
    again = data_place(tmp_path / "e", None)
    store = open_store(again.database, master_key=again.key, clock=time.time, node="here")
    assert [card.state for job in (1, 2) for card in store.job(job).cards] == [CardState.DONE, CardState.UNCERTAIN]
    assert store.events(store.last_event() - 1, 1)[0].data["note"] == "restored from a backup"
    store.close()


def test_what_cannot_be_is_one_line_and_changes_nothing(place: DataPlace, tmp_path: Path) -> None:
    call("backup", tmp_path / "b", "--data", place.root)
    for words, told in [
        (("backup", tmp_path / "b", "--data", place.root), "is there already"),
        (("backup", tmp_path / "c", "--data", tmp_path / "nothing"), "no store"),
        (("restore", tmp_path / "b", "--data", place.root), "holds something already"),
        (("restore", tmp_path / "d.key", "--data", tmp_path / "e"), "no backup"),
        (("restore", tmp_path / "nothing", "--data", tmp_path / "e"), "No such file"),
        (("restore", tmp_path / "b", "--data", tmp_path / "e"), "master key is missing"),
    ]:
        done = call(*words)
        assert done.code != 0
        assert told in done.complaint(), words
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "d", "d.key"]
