"""A backup of the data directory as one file, made while a server works on it.

Laws kept here:

1. The database is copied as it is at one moment; every document that it names is in the backup, or the backup fails.
   One that was purged since that moment is left out, and named.
2. The manifest comes last and tells each member's size and SHA-256: a file without it is no backup.
3. The master key, the server's TLS key and plugins are not in a backup: without the key it opens nothing.

The file is a tar archive (POSIX.1-2001 pax) of `store.sqlite`, `spool/NAME` for each sealed document, and
`manifest.json`.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from printserver.errors import ConfigurationError, DataDirectoryInUse, StoreDamaged, StoreFull
from printserver.model.chain import Head
from printserver.store.ahead_file import FILES, read_entries, recover
from printserver.store.keys import sync_directory
from printserver.store.opening import newest_heads, spool_names
from printserver.store.place import DataPlace
from printserver.store.spool import NO_ROOM
from printserver.store.sqlite import reading_database

DATABASE, MANIFEST, SPOOL = "store.sqlite", "manifest.json", "spool/"
FORMAT = 1


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file in a backup: size in bytes and SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds: when it was made (seconds since the epoch, UTC), how far the journal had come, its members.

    `purged` are documents whose jobs were purged while the backup was made.
    """

    format: int
    made: float
    heads: tuple[Head, ...]
    members: dict[str, Member]
    purged: tuple[str, ...] = ()


def write_backup(place: DataPlace, target: Path, clock: Callable[[], float]) -> Manifest:
    """Write a backup of a data directory to a new file (0600); a server may be at work on it.

    Raises ConfigurationError (no store; the file is there already or cannot be made), StoreDamaged (a document is
    missing), StoreFull.
    """
    if target.exists():
        raise ConfigurationError("is there already", where=str(target), allowed="the name of a new file")
    _recover(place)
    draft = target.with_name(f".{target.name}.part")
    try:
        with _beside(draft) as snapshot:
            _copy_database(place.database, snapshot)
            manifest = _write_archive(place, snapshot, draft, clock())
        os.link(draft, target)  # never replaces what came meanwhile
        sync_directory(target.parent)
    except OSError as error:
        kind = StoreFull if error.errno in NO_ROOM else ConfigurationError
        raise kind(f"the backup cannot be written: {error.strerror}", where=str(target)) from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _recover(place: DataPlace) -> None:
    """Put back documents that a crash has taken, where no server is there that has done it."""
    with suppress(OSError, DataDirectoryInUse):
        if any(read_entries(place.spool / file)[1] for file in FILES):
            lock = place.lock()
            try:
                recover(place.spool)
            finally:
                os.close(lock)


@contextmanager
def _beside(draft: Path) -> Iterator[Path]:
    """Give a name for a copy of the database beside the backup; it is gone at the end."""
    snapshot = draft.with_name(f"{draft.name}.sqlite")
    try:
        yield snapshot
    finally:
        snapshot.unlink(missing_ok=True)


def _copy_database(source: Path, snapshot: Path) -> None:
    os.close(os.open(snapshot, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    database = reading_database(source)
    with closing(database.engine.raw_connection()) as reading, closing(sqlite3.connect(snapshot)) as copy:
        connection = reading.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    database.close()


def _write_archive(place: DataPlace, snapshot: Path, draft: Path, now: float) -> Manifest:
    with open(draft, "xb", opener=_private) as file:
        manifest = _fill(place, snapshot, file, now)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _fill(place: DataPlace, snapshot: Path, file: IO[bytes], now: float) -> Manifest:
    members, purged = dict[str, Member](), list[str]()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        members[DATABASE] = _add(tar, DATABASE, snapshot)
        for name in sorted(spool_names(snapshot)):
            try:
                members[SPOOL + name] = _add(tar, SPOOL + name, place.spool / name)
            except FileNotFoundError:
                purged.append(_purged(place, name))
        manifest = Manifest(
            format=FORMAT, made=now, heads=tuple(newest_heads(snapshot, now)), members=members, purged=tuple(purged)
        )
        _add_bytes(tar, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _purged(place: DataPlace, name: str) -> str:
    """Return a document's name when it was purged meanwhile; raises StoreDamaged when it should still be there."""
    if name in spool_names(place.database):
        raise StoreDamaged("a document is missing", where=f"spool/{name}")
    return name


def _add(tar: tarfile.TarFile, name: str, path: Path) -> Member:
    with open(path, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)) as file:
        info = _info(name, os.fstat(file.fileno()).st_size)
        hashing = _Hashing(file)
        tar.addfile(info, hashing)  # type: ignore[arg-type]  # all that it calls is `read`
    return Member(info.size, hashing.digest.hexdigest())


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    tar.addfile(_info(name, len(data)), io.BytesIO(data))


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


class _Hashing:
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece
