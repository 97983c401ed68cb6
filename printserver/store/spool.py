"""Documents and artefacts on disk, sealed piece by piece under the job's key.

Laws kept here:

1. A name is random and made here; it never comes from a client, and a name of another shape is refused.
2. When `write` returns, bytes and directory entry are on disk; when it raises, nothing stays behind. Until it returns
   nobody knows the name, so that a blob that a crash cut short is one to which nothing refers.
3. A blob that was cut, altered, reordered or put under another's name is noticed, never returned.
4. No link is followed.

A blob is `PSB1`, a salt of 16 bytes, then pieces: 64 KiB of data (the last one shorter, even empty) sealed by
AES-256-GCM, each followed by its tag of 16 bytes. The key is HKDF-SHA256(job key, salt); the nonce is the piece's
number (11 bytes, big-endian) and one byte that is 1 for the last piece: the STREAM construction (Hoang, Reyhanitabar,
Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015). The name is associated
data.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from printserver.errors import ConfigurationError, PrintServerError, StoreBusy, StoreDamaged, StoreFull
from printserver.store.ahead import Ahead
from printserver.store.ahead_file import write_at
from printserver.store.keys import Randomness, sync_directory
from printserver.store.room import Room
from printserver.store.sealing import TAG_BYTES, derived
from printserver.store.syncing import SharedSync

MAGIC = b"PSB1"
SALT_BYTES = 16
PIECE_BYTES = 64 * 1024
SEALED_BYTES = PIECE_BYTES + TAG_BYTES
PURPOSE = b"printserver spool"
NAME_BYTES = 16
NAME = re.compile(r"[0-9a-f]{32}")
# As blobs were called while they were written, by versions that renamed them then.
DRAFT = re.compile(r"[0-9a-f]{32}\.part")

# No space, no quota, no larger file allowed: all of them end when somebody makes room.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Spool:
    """One directory of sealed blobs; safe to use from several threads."""

    def __init__(
        self, directory: Path, randomness: Randomness = os.urandom, room: Room | None = None, *, ahead: bool = False
    ) -> None:
        """Make the directory (mode 0700) where it is missing; raises ConfigurationError.

        `ahead` = blobs are written ahead, see ahead.py: for the one process that has the directory alone.
        """
        self.room = room or Room()
        self._directory = directory
        self._randomness = randomness
        self._entries = SharedSync(partial(sync_directory, directory))
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._ahead = Ahead(directory) if ahead else None
        except OSError as error:
            raise ConfigurationError(f"the spool cannot be made: {error.strerror}", where=str(directory)) from error

    def write(self, key: bytes, data: bytes, *, document: bool = False) -> str:
        """Seal bytes under a job's key and return their name; raises StoreFull or StoreBusy.

        A new `document` needs room: raises SpoolFull where there is none.
        """
        size = sealed_size(len(data))
        self._take(size, document=document)
        try:
            return self._write(key, data)
        except BaseException:
            self.room.give_back(size)
            raise

    def _take(self, size: int, *, document: bool) -> None:
        if not document:
            self.room.take(size)
            return
        try:
            self.room.take_if_free(size, self._directory)
        except OSError as error:
            raise _trouble(error) from error

    def _write(self, key: bytes, data: bytes) -> str:
        name = self._randomness(NAME_BYTES).hex()
        salt = self._randomness(SALT_BYTES)
        path = self._directory / name
        try:
            self._write_safely(path, b"".join(sealed_blob(derived(key, PURPOSE, salt), salt, name, data)))
        except OSError as error:
            path.unlink(missing_ok=True)
            raise _trouble(error) from error
        return name

    def _write_safely(self, path: Path, blob: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            write_at(descriptor, blob, 0)
            if self._ahead is not None and self._ahead.keep(path.name, blob):
                return
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._entries.sync()

    def close(self) -> None:
        """Bring what was written ahead to where it belongs."""
        if self._ahead is not None:
            self._ahead.close()

    def read(self, key: bytes, name: str) -> bytes:
        """Return the bytes of a name; raises StoreDamaged when they are cut, altered, missing or not of this key."""
        try:
            whole = _read_whole(self._path(name))
        except OSError as error:
            raise StoreDamaged(f"a blob cannot be read: {error.strerror}", where=name) from error
        return b"".join(opened_blob(key, name, whole))

    def remove(self, names: Iterable[str]) -> None:
        """Delete blobs; one that is gone already is no fault."""
        paths = [self._path(name) for name in names]
        try:
            for path in paths:
                self._unlink(path)
            if paths:
                self._entries.sync()
        except OSError as error:
            raise _trouble(error) from error

    def job_of(self, name: str) -> int | None:
        """Return None: a store beside a folder always knows what it has accepted."""
        return None

    def names(self) -> frozenset[str]:
        """Return the names of all blobs."""
        return frozenset(entry.name for entry in self._directory.iterdir() if NAME.fullmatch(entry.name))

    def sweep(self, kept: frozenset[str], older_than: float) -> frozenset[str]:
        """Delete blobs and drafts that nothing refers to and that were written before `older_than`.

        `older_than` is in seconds since the epoch: it spares what was written for a job that is not accepted yet.
        Returns the names of the deleted files. From then on the room that is taken is counted, not looked at.
        """
        swept = frozenset(self._orphans(kept, older_than))
        for name in swept:
            (self._directory / name).unlink(missing_ok=True)
        self.room.begin(self._size())
        return swept

    def _size(self) -> int:
        with os.scandir(self._directory) as entries:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in entries if NAME.fullmatch(entry.name))

    def _unlink(self, path: Path) -> None:
        try:
            size = path.lstat().st_size
            path.unlink()
        except FileNotFoundError:
            return
        self.room.give_back(size)

    def _orphans(self, kept: frozenset[str], older_than: float) -> Iterator[str]:
        with os.scandir(self._directory) as entries:
            for entry in entries:
                ours = NAME.fullmatch(entry.name) or DRAFT.fullmatch(entry.name)
                if ours and entry.name not in kept and _written(entry) < older_than:
                    yield entry.name

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise StoreDamaged("this is not the name of a blob", where=name[:80])
        return self._directory / name


def sealed_size(size: int) -> int:
    """Return how many bytes a blob of so many bytes of data has."""
    return len(MAGIC) + SALT_BYTES + size + TAG_BYTES * (max(0, size - 1) // PIECE_BYTES + 1)


def _written(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return float("inf")  # renamed or removed meanwhile: not ours to sweep


def sealed_blob(key: bytes, salt: bytes, name: str, data: bytes) -> Iterator[bytes]:
    """Return a blob's bytes, piece by piece; `key` is the one that the salt gives."""
    cipher, view = AESGCM(key), memoryview(data)
    yield MAGIC + salt
    last = max(0, len(data) - 1) // PIECE_BYTES
    for number in range(last + 1):
        piece = view[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
        yield cipher.encrypt(_nonce(number, number == last), piece, name.encode())


def opened_blob(key: bytes, name: str, whole: bytes) -> Iterator[bytes]:
    """Return what a blob holds, by its job's key; raises StoreDamaged."""
    head = len(MAGIC) + SALT_BYTES
    if whole[: len(MAGIC)] != MAGIC or len(whole) < head + TAG_BYTES:
        raise StoreDamaged("a blob was cut or altered", where=name)
    cipher = AESGCM(derived(key, PURPOSE, whole[len(MAGIC) : head]))
    body = memoryview(whole)[head:]
    last = (len(body) - 1) // SEALED_BYTES
    for number in range(last + 1):
        piece = body[number * SEALED_BYTES : (number + 1) * SEALED_BYTES]
        try:
            yield cipher.decrypt(_nonce(number, number == last), piece, name.encode())
        except (InvalidTag, ValueError) as error:
            raise StoreDamaged("a blob was cut or altered, or belongs to another job", where=name) from error


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _read_whole(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _trouble(error: OSError) -> PrintServerError:
    if error.errno in NO_ROOM:
        return StoreFull(f"the spool has no room: {error.strerror}")
    return StoreBusy(f"the spool cannot be written: {error.strerror}")
