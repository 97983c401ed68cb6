"""The master key's own file.

Laws kept here:

1. The file is made once, whole or not at all: written beside its place, on disk, then linked into it.
2. A file that others can read, that belongs to somebody else or has another length is refused, never repaired.
3. A key that is missing beside a store with jobs is an error; a new key would make every job unreadable.
4. Randomness is an argument.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from printserver.errors import ConfigurationError

KEY_BYTES = 32
DRAFT_BYTES = 8
OTHERS = stat.S_IRWXG | stat.S_IRWXO
ROOT = 0

Randomness = Callable[[int], bytes]


def master_key(path: Path, *, may_make: bool, randomness: Randomness) -> bytes:
    """Return the 32 bytes of the master key; a missing file is made only where `may_make` says so.

    Raises ConfigurationError, which names the file.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        if not may_make:
            raise ConfigurationError(
                "the master key is missing, and this store holds jobs that only it opens",
                where=str(path),
                allowed="the key file that was made with this store",
            ) from None
    except OSError as error:
        raise ConfigurationError(f"the master key cannot be read: {error.strerror}", where=str(path)) from error
    _make(path, randomness)
    return _read(path)


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _check(path, os.fstat(descriptor))
        return file.read(KEY_BYTES)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError("the master key is not a file", where=str(path))
    if found.st_uid not in (os.geteuid(), ROOT):
        raise ConfigurationError("the master key belongs to another account", where=str(path))
    if found.st_mode & OTHERS:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        raise ConfigurationError(f"others can open the master key (mode {mode})", where=str(path), allowed="mode 0600")
    if found.st_size != KEY_BYTES:
        raise ConfigurationError(
            f"the master key has {found.st_size} bytes", where=str(path), allowed=f"{KEY_BYTES} bytes"
        )


def _make(path: Path, randomness: Randomness) -> None:
    """Write the key beside its place and link it there: `link` never replaces what exists."""
    draft = path.with_name(f".{path.name}.{randomness(DRAFT_BYTES).hex()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write(draft, randomness(KEY_BYTES))
            with suppress(FileExistsError):  # another process was faster: its key counts
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        sync_directory(path.parent)
    except OSError as error:
        raise ConfigurationError(f"the master key cannot be made: {error.strerror}", where=str(path)) from error


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def sync_directory(directory: Path) -> None:
    """Bring the directory's entries to disk; a new or renamed file is safe only after it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
