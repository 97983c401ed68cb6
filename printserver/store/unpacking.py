"""Putting a backup back: everything in it is verified before any of it counts.

Laws kept here:

1. Only the names that a backup has are written, into a new folder; links, devices and further members are refused.
2. The folder takes the data directory's place when every member is what the manifest says and `ready` has made of the
   store what it must be before a server may see it; not before.
3. A data directory that holds something is never written over.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from printserver.errors import BackupDamaged, ConfigurationError, StoreFull
from printserver.store.backup import DATABASE, FORMAT, MANIFEST, SPOOL, Manifest, Member
from printserver.store.keys import sync_directory
from printserver.store.place import DataPlace
from printserver.store.spool import NO_ROOM

PIECE = 1024 * 1024
# 130 bytes for each of half a million documents
MANIFEST_BYTES = 64 * 1024 * 1024

_MEMBER = re.compile(rf"{re.escape(DATABASE)}|{SPOOL}[0-9a-f]{{32}}|{re.escape(MANIFEST)}")


def unpack(source: Path, place: DataPlace, ready: Callable[[Path], None]) -> Manifest:
    """Put a backup's files where the data directory is to be, and return its manifest.

    `ready` is called with the database's path before the files are put there; what it raises ends the whole.
    Raises BackupDamaged naming the member, ConfigurationError (the file cannot be read; the directory is not empty),
    StoreFull.
    """
    _refuse_what_is_there(place)
    draft = place.root.with_name(place.root.name + ".restoring")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        (draft / SPOOL).mkdir(mode=0o700, parents=True)
        draft.chmod(0o700)
        manifest = _unpacked(source, draft)
        ready(draft / DATABASE)
        if place.root.exists():
            place.root.rmdir()
        draft.rename(place.root)
        sync_directory(place.root.parent)
    except OSError as error:
        kind = StoreFull if error.errno in NO_ROOM else ConfigurationError
        raise kind(f"the backup cannot be put back: {error.strerror}", where=str(error.filename or source)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _refuse_what_is_there(place: DataPlace) -> None:
    if place.root.exists() and (not place.root.is_dir() or any(place.root.iterdir())):
        raise ConfigurationError(
            "holds something already", where=str(place.root), allowed="a new directory, or an empty one"
        )


def _unpacked(source: Path, folder: Path) -> Manifest:
    found, manifest = dict[str, Member](), b""
    try:
        with source.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for info in tar:
                if manifest:
                    raise BackupDamaged("something follows the manifest", where=info.name)
                data = _data_of(tar, info, found)
                if info.name == MANIFEST:
                    manifest = data.read(MANIFEST_BYTES)
                else:
                    found[info.name] = _write(data, folder / info.name)
    except tarfile.TarError as error:
        raise BackupDamaged(f"this is no backup, or it was cut: {error}", where=str(source)) from error
    sync_directory(folder / SPOOL)
    sync_directory(folder)
    return _verified(manifest, found, str(source))


def _data_of(tar: tarfile.TarFile, info: tarfile.TarInfo, found: dict[str, Member]) -> IO[bytes]:
    data = tar.extractfile(info) if info.isreg() and not info.issparse() else None
    if data is None or not _MEMBER.fullmatch(info.name) or info.name in found:
        raise BackupDamaged(
            "a backup has no such member", where=info.name, allowed=f"{DATABASE}, {SPOOL}NAME, {MANIFEST}, each once"
        )
    return data


def _write(data: IO[bytes], path: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        while piece := data.read(PIECE):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return Member(size, digest.hexdigest())


def _verified(manifest: bytes, found: dict[str, Member], source: str) -> Manifest:
    if not manifest:
        raise BackupDamaged("this is no backup, or it was cut: it has no manifest", where=source)
    try:
        told = msgspec.json.decode(manifest, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupDamaged(f"the manifest cannot be read: {error}", where=MANIFEST) from error
    if told.format != FORMAT:
        raise BackupDamaged(f"its form is {told.format}", where=MANIFEST, allowed=str(FORMAT))
    for name in sorted(told.members.keys() | found.keys()):
        if told.members.get(name) != found.get(name):
            raise BackupDamaged("is not what the manifest says", where=name)
    if DATABASE not in found:
        raise BackupDamaged("there is no store in it", where=source)
    return told
