"""Room for documents: counted by every blob, taken before anything is written, refused with a reason and a remedy."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from printserver.errors import SpoolFull, StoreFull
from printserver.store import Spool
from printserver.store.room import Room
from printserver.store.spool import PIECE_BYTES, sealed_size

KEY = bytes(range(32))


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_what_is_counted_is_what_lies_on_the_disk(tmp_path: Path, size: int) -> None:
    spool = Spool(tmp_path / "spool")
    name = spool.write(KEY, bytes(size), document=True)
    assert sealed_size(size) == on_disk(tmp_path / "spool") == spool.room.used
    spool.write(KEY, b"a preview")
    spool.remove([name, name])
    spool.remove([name])
    assert spool.room.used == on_disk(tmp_path / "spool") == sealed_size(9)


def test_a_document_without_room_is_refused_and_comes_in_when_there_is_some(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", room=Room(2 * sealed_size(1000)))
    first = spool.write(KEY, bytes(1000), document=True)
    spool.write(KEY, bytes(1000), document=True)
    with pytest.raises(SpoolFull) as refusal:
        spool.write(KEY, b"", document=True)
    assert refusal.value.retry
    assert len(spool.names()) == 2
    spool.remove([first])
    spool.write(KEY, bytes(1000), document=True)


def test_what_an_accepted_job_needs_is_never_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", room=Room(sealed_size(1000)))
    spool.write(KEY, bytes(1000), document=True)
    spool.write(KEY, b"a preview")
    assert spool.room.used == on_disk(tmp_path / "spool")


def test_what_could_not_be_written_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool", room=Room(10_000))

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("printserver.store.spool.os.pwrite", refuse)
    for document in (True, False):
        with pytest.raises(StoreFull):
            spool.write(KEY, bytes(1000), document=document)
    assert spool.room.used == 0


def test_the_count_begins_with_what_is_there(tmp_path: Path) -> None:
    """After a crash: a whole blob, one that nobody refers to, and a file that is not ours."""
    former = Spool(tmp_path / "spool")
    kept, orphan = former.write(KEY, bytes(5000)), former.write(KEY, bytes(700))
    (tmp_path / "spool" / "lost+found").mkdir()
    os.utime(tmp_path / "spool" / orphan, (1000, 1000))
    spool = Spool(tmp_path / "spool", room=Room(sealed_size(5000) + sealed_size(10)))
    spool.sweep(frozenset({kept}), older_than=2000)
    assert spool.room.used == sealed_size(5000)
    spool.write(KEY, bytes(10), document=True)
    with pytest.raises(SpoolFull):
        spool.write(KEY, b"", document=True)


def test_many_writers_never_take_more_than_there_is(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", room=Room(5 * sealed_size(50_000)))

    def write(_: int) -> bool:
        try:
            spool.write(KEY, bytes(50_000), document=True)
        except SpoolFull:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(write, range(40)))
    assert taken.count(True) == 5
    assert on_disk(tmp_path / "spool") == 5 * sealed_size(50_000)


def test_the_disk_keeps_some_room_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool", room=Room(free=1_000_000))

    class Disk:
        f_bavail, f_frsize = 1000, 1024

    monkeypatch.setattr(os, "statvfs", lambda _: Disk)
    spool.write(KEY, bytes(23_000), document=True)
    with pytest.raises(SpoolFull, match="almost full"):
        spool.write(KEY, bytes(24_000), document=True)


def test_what_was_refused_last_is_in_the_way_until_it_would_fit(tmp_path: Path) -> None:
    room = Room(100)
    assert room.trouble(tmp_path) is None
    room.take_if_free(60, tmp_path)
    with pytest.raises(SpoolFull):
        room.take_if_free(41, tmp_path)
    assert "take all the room" in str(room.trouble(tmp_path))
    room.give_back(1)
    assert room.trouble(tmp_path) is None
    room.take(1000)
    assert room.trouble(tmp_path) is not None
    room.give_back(1000)
    room.take_if_free(1, tmp_path)
    assert room.trouble(tmp_path) is None
