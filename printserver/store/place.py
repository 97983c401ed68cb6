"""The data directory: where everything lies, and that only one server works on it.

Laws kept here:

1. The directory belongs to one server at a time; a lock held by the process says so and ends with it.
2. The master key lies outside the directory, so that a copy or backup of the data is worthless without it.
3. Nobody but the owner can enter.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from printserver.errors import ConfigurationError, DataDirectoryInUse


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Paths of one server's data; `key` is the master key's file."""

    root: Path
    key: Path

    @property
    def database(self) -> Path:
        """Return the embedded database's file."""
        return self.root / "store.sqlite"

    @property
    def spool(self) -> Path:
        """Return the folder of sealed documents."""
        return self.root / "spool"

    @property
    def cards(self) -> Path:
        """Return where an emulated printer puts its cards."""
        return self.root / "cards"

    @property
    def emulators(self) -> Path:
        """Return the folder of emulators' sockets and states."""
        return self.root / "emulators"

    @property
    def head(self) -> Path:
        """Return the file beside the directory that tells how far the journal had come."""
        return self.root.with_name(self.root.name + ".head")

    @property
    def tls(self) -> Path:
        """Return the folder of the certificate that the server makes for itself, with its private key."""
        return self.root / "tls"

    @property
    def plugins(self) -> Path:
        """Return the drop-in folder."""
        return self.root / "plugins"

    def prepare(self) -> None:
        """Make the folders that are missing; raises ConfigurationError when that is not possible."""
        for folder in (self.root, self.spool, self.cards, self.emulators):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigurationError(f"cannot be made: {error.strerror}", where=str(folder)) from error

    def lock(self) -> int:
        """Take the directory for this process; raises DataDirectoryInUse. Closing the descriptor lets it go."""
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise DataDirectoryInUse(where=str(self.root)) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return descriptor


def data_place(data: Path, key: Path | None) -> DataPlace:
    """Return the paths for a data directory; without `key` the master key is DATA.key beside it."""
    root = data.absolute()
    return DataPlace(root, (key or root.with_name(root.name + ".key")).absolute())
