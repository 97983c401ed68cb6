"""Blobs that are safe at once: two files that keep their blocks take each blob first, its own file is synced later.

To sync a new file, the file system's journal has to take up its entry, its blocks and its size; to sync what was
written over blocks that a file has already, nothing but the data: on ext4 1 to 3 ms instead of 9 for 300 kB. So
databases write ahead, and so does this. The files' form is in ahead_file.py.

Laws kept here:

1. When `keep` returns True, the blob is on disk with its name.
2. A file is written over only when each blob in it is on disk as a file of its own, or removed.
3. What a crash took from a blob's own file is put back from here before anybody reads it.
4. What finds no room here, or fails here, is left to the slow way; nothing is lost by it.
"""

from __future__ import annotations

import os
import threading
from binascii import crc32
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from printserver.store.ahead_file import (
    BLOCK,
    FILES,
    length_of,
    packed,
    recover,
    settled_block,
    sync_all,
    sync_file,
    write_at,
)
from printserver.store.keys import sync_directory
from printserver.store.syncing import SharedSync

FILE_BYTES = 32 * 1024 * 1024
GROWTH = 2 * 1024 * 1024
"""A file grows by so much at a time: zeros, so that the next syncs find blocks there."""
LARGEST = 8
"""A blob that takes more than this part of a file is synced as a file of its own."""


@dataclass(slots=True)
class _File:
    """One of the two files; `end` is where the next entry comes, `names` what is not settled in it."""

    descriptor: int
    size: int
    shared: SharedSync
    turn: int = 0
    end: int = BLOCK
    names: list[str] = field(default_factory=list)
    settling: Future[None] | None = None

    def is_settled(self) -> bool:
        """Tell whether each blob in it is on disk as a file of its own."""
        if self.settling is None:
            return not self.names
        return self.settling.done() and self.settling.exception() is None


class Ahead:
    """Takes blobs of one directory; safe to use from several threads."""

    def __init__(
        self, directory: Path, *, file_bytes: int = FILE_BYTES, sync: Callable[[int], None] = os.fdatasync,
        sync_file: Callable[[Path], None] = sync_file,
    ) -> None:  # fmt: skip
        """Put back what a crash has taken, and keep two files of `file_bytes` bytes; raises OSError.

        `sync` brings one of them to disk, `sync_file` a blob's own file. Nothing else may work on the directory.
        """
        self._directory, self._file_bytes, self._sync_file = directory, file_bytes, sync_file
        self._log = structlog.get_logger("ahead")
        self._turn = recover(directory, sync_file)
        self._files = [_opened(directory / name, sync) for name in FILES]
        self._current = self._files[0]
        self._lock = threading.Lock()
        self._settler = ThreadPoolExecutor(1, "settle")
        self._usable = self._begin(self._current)

    def keep(self, name: str, blob: bytes) -> bool:
        """Bring a blob to disk whose own file is written and not synced; False = sync that. Raises OSError."""
        length, crc = length_of(len(blob)), crc32(blob)
        if length > self._file_bytes // LARGEST:
            return False
        with self._lock:
            file = self._write(length, name, blob, crc) if self._usable else None
        if file is None:
            return False
        try:
            file.shared.sync()
        except OSError:
            self._usable = False  # what is said of a file that failed once is not to be trusted
            raise
        return True

    def close(self) -> None:
        """Bring everything to disk where it belongs; what fails is put back at the next start."""
        with self._lock:
            self._usable = False
            todo = [file for file in self._files if file.names and not file.is_settled()]
        for file in todo:
            if file.settling is None:
                file.settling = self._settler.submit(self._settle, file)
        self._settler.shutdown()
        for file in self._files:
            os.close(file.descriptor)

    # under the lock

    def _write(self, length: int, name: str, blob: bytes, crc: int) -> _File | None:
        """Write an entry and return which file it is in; None = there is no room now."""
        if self._current.end + length > self._file_bytes and not self._turn_over():
            return None
        file = self._current
        try:
            self._grow(file, file.end + length)
            write_at(file.descriptor, packed(file.turn, name, blob, crc), file.end)
        except OSError:
            return None
        file.end += length
        file.names.append(name)
        return file

    def _grow(self, file: _File, needed: int) -> None:
        while file.size < needed:
            more = min(GROWTH, self._file_bytes - file.size)
            write_at(file.descriptor, bytes(more), file.size)
            file.size += more

    def _turn_over(self) -> bool:
        """Go on in the other file, where it is settled; the full one is settled from now on."""
        full, other = self._current, self._files[self._current is self._files[0]]
        if full.settling is None:
            full.settling = self._settler.submit(self._settle, full)
        if not other.is_settled():
            self._try_again(other)
            return False
        self._current = other
        return self._begin(other)

    def _begin(self, file: _File) -> bool:
        """Begin a file's next turn; what it held is settled."""
        former, self._turn = self._turn, self._turn + 1
        file.turn, file.end, file.names, file.settling = self._turn, BLOCK, [], None
        try:
            write_at(file.descriptor, settled_block(former), 0)
        except OSError:
            return False
        file.size = max(file.size, BLOCK)
        return True

    def _try_again(self, file: _File) -> None:
        if file.settling is not None and file.settling.done():
            self._log.warning("documents not synced", error=str(file.settling.exception()))
            file.settling = self._settler.submit(self._settle, file)

    # on the settler's thread

    def _settle(self, file: _File) -> None:
        """Bring the own files of a file's blobs to disk; raises OSError."""
        sync_all([self._directory / name for name in file.names], self._sync_file)
        sync_directory(self._directory)
        with suppress(OSError):  # the next start would look again, and find everything there
            write_at(file.descriptor, settled_block(file.turn), 0)


def _opened(path: Path, sync: Callable[[int], None]) -> _File:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return _File(descriptor, os.fstat(descriptor).st_size, SharedSync(partial(sync, descriptor)))
