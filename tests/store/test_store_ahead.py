"""Blobs written ahead: after a power cut, which takes what no sync brought to disk, all that was promised is there."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.errors import StoreBusy
from printserver.store import ahead
from printserver.store.ahead import Ahead
from printserver.store.ahead_file import BLOCK, FILES, read_entries, recover, sync_file
from printserver.store.spool import Spool

KEY = bytes(32)
SMALL = 16 * BLOCK


class Disk:
    """A directory that knows what of it is on disk: own files that were synced, and the two files up to their sync."""

    def __init__(self, folder: Path, file_bytes: int = SMALL) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.file_bytes = folder, file_bytes
        self.safe: set[str] = set()
        self.images: dict[int, bytes] = {}
        self.lock = Lock()
        self.open()

    def open(self) -> None:
        self.ahead = Ahead(self.folder, file_bytes=self.file_bytes, sync=self._sync, sync_file=self._sync_file)

    def _sync(self, descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        self.images[os.fstat(descriptor).st_ino] = os.pread(descriptor, size, 0)

    def _sync_file(self, path: Path) -> None:
        with self.lock:
            self.safe.add(path.name)

    def write(self, number: int, blob: bytes) -> bool:
        """Write a blob's own file, as the spool does, and keep it."""
        name = f"{number:032x}"
        (self.folder / name).write_bytes(blob)
        return self.ahead.keep(name, blob)

    def cut(self, torn: Callable[[str], int]) -> None:
        """Pull the plug: what was not synced is lost, or as much of it as `torn` says is left."""
        self.ahead._settler.shutdown()  # a moment at which nothing is under way
        for path in self.folder.iterdir():
            if path.name in FILES:
                path.write_bytes(self.images.get(path.stat().st_ino, b""))
            elif path.name not in self.safe:
                data = path.read_bytes()
                left = min(torn(path.name), len(data))
                path.write_bytes(data[:left] + bytes(len(data) - left)) if left else path.unlink()

    def read(self, number: int) -> bytes:
        return (self.folder / f"{number:032x}").read_bytes()


def test_what_was_kept_is_put_back_after_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "spool")
    blobs = [os.urandom(size) for size in (1, 100, BLOCK, 5000)]
    for number, blob in enumerate(blobs):
        assert disk.write(number, blob)
    disk.cut(lambda name: 0)
    disk.open()
    assert [disk.read(number) for number in range(len(blobs))] == blobs


@given(
    sizes=st.lists(st.integers(0, 2 * BLOCK - 100), min_size=1, max_size=40), cuts=st.sets(st.integers(0, 39)),
    torn=st.integers(0, 3000), gone=st.sets(st.integers(0, 39)),
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_whatever_is_written_and_cut_nothing_promised_is_lost(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cuts: set[int], torn: int, gone: set[int],
) -> None:  # fmt: skip
    disk = Disk(tmp_path_factory.mktemp("cut") / "spool")
    promised: dict[int, bytes] = {}
    for number, size in enumerate(sizes):
        blob = bytes([number]) * size
        if disk.write(number, blob):
            promised[number] = blob
        if number in cuts:
            disk.cut(lambda name: torn)
            disk.open()
        if number in gone and promised.pop(number, None) is not None:
            (disk.folder / f"{number:032x}").unlink()
    disk.cut(lambda name: torn)
    disk.open()
    assert {number: disk.read(number) for number in promised} == promised
    disk.ahead.close()


def test_a_file_is_written_over_only_when_all_in_it_is_settled(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "spool")
    begun, go = Event(), Event()

    def slowly(path: Path) -> None:
        begun.set()
        assert go.wait(10)
        disk._sync_file(path)

    disk.ahead._sync_file = slowly
    written = [disk.write(number, bytes(BLOCK)) for number in range(20)]
    assert begun.wait(10)
    # fifteen blocks a file, two a blob: seven fit into each; the next ones have to be synced as files of their own
    assert written == [True] * 14 + [False] * 6
    go.set()
    while not disk.write(99, bytes(BLOCK)):
        pass
    assert {f"{number:032x}" for number in range(7)} <= disk.safe
    disk.ahead.close()


def test_an_orderly_end_leaves_nothing_to_be_put_back(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "spool")
    for number in range(9):
        assert disk.write(number, b"blob")
    disk.ahead.close()
    assert len(disk.safe) == 9
    assert [read_entries(disk.folder / name)[1] for name in FILES] == [[], []]


def test_what_was_removed_and_comes_back_looks_old_so_that_it_is_swept(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "spool")
    disk.write(1, b"removed")
    (disk.folder / f"{1:032x}").unlink()
    disk.ahead._settler.shutdown()
    recover(disk.folder)
    assert (disk.folder / f"{1:032x}").stat().st_mtime == 0
    kept = Spool(disk.folder)
    assert kept.sweep(frozenset(), older_than=1.0) == {f"{1:032x}"}


@pytest.mark.parametrize("at", [BLOCK, BLOCK + 4, BLOCK + 20, BLOCK + 41])
def test_an_entry_that_is_not_whole_is_none_and_nothing_behind_it_was_promised(tmp_path: Path, at: int) -> None:
    disk = Disk(tmp_path / "spool")
    disk.write(1, b"x" * 5000)
    disk.write(2, b"y" * 5000)
    file = disk.folder / FILES[0]
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    assert read_entries(file)[1] == []
    data[at] ^= 1
    file.write_bytes(data)
    assert [entry.blob[:1] for entry in read_entries(file)[1]] == [b"x", b"y"]
    disk.ahead.close()


@pytest.mark.parametrize("junk", [b"", b"PSA1", os.urandom(3 * BLOCK), bytes(2 * BLOCK)])
def test_a_file_of_junk_is_empty(tmp_path: Path, junk: bytes) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(junk)
    assert recover(tmp_path) == 0
    Ahead(tmp_path).close()


def test_a_disk_that_fails_is_told_and_not_trusted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Spool(tmp_path, ahead=True)
    assert kept._ahead is not None
    failures = iter([OSError(errno.EIO, "Input/output error")])

    def sync() -> None:
        for failure in failures:
            raise failure

    monkeypatch.setattr(kept._ahead._current.shared, "_sync", sync)
    with pytest.raises(StoreBusy):
        kept.write(KEY, b"front")
    assert kept.names() == frozenset()
    name = kept.write(KEY, b"front")  # by the slow way
    assert kept.read(KEY, name) == b"front"
    assert not kept._ahead.keep("0" * 32, b"")
    kept.close()


def test_where_no_room_is_for_it_documents_are_kept_the_slow_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes, at: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept = Spool(tmp_path, ahead=True)
    monkeypatch.setattr(ahead, "write_at", full)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    name = kept.write(KEY, b"front")
    assert (kept.read(KEY, name), len(synced)) == (b"front", 2)  # the file and the directory
    monkeypatch.undo()
    kept.close()


def test_own_files_are_not_synced_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Spool(tmp_path, ahead=True)
    synced: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", synced.append)
        for _ in range(5):
            kept.write(KEY, b"front")
    assert not synced
    kept.close()


def test_a_file_that_is_gone_has_nothing_to_sync(tmp_path: Path) -> None:
    sync_file(tmp_path / "gone")
