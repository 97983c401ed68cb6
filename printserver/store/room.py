"""How much room there is for documents: a limit of their own, and what must stay free on the disk.

Laws kept here:

1. Room is taken before the first byte is written and given back when the blob is gone, so that many writers at once
   never take more than there is.
2. What belongs to an accepted job (previews, prepared panels) is counted and never refused.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from printserver.errors import SpoolFull

MEGABYTE = 1_000_000


class Room:
    """Counts the bytes of a directory's blobs; safe to use from several threads."""

    def __init__(self, most: int | None = None, free: int = 0) -> None:
        """Let documents in while blobs take up to `most` bytes (None = any) and `free` bytes are left on the disk."""
        self._most, self._free = most, free
        self._lock = Lock()
        self._used = 0
        self._wanted = 0  # what the last document wanted, where it found no room

    @property
    def used(self) -> int:
        """Return how many bytes are taken."""
        return self._used

    @property
    def most(self) -> int | None:
        """Return how many bytes documents may take, None = any number."""
        return self._most

    def begin(self, used: int) -> None:
        """Say how much is there already."""
        with self._lock:
            self._used = used

    def take(self, size: int) -> None:
        """Take room for what must be kept."""
        with self._lock:
            self._used += size

    def take_if_free(self, size: int, directory: Path | None) -> None:
        """Take room for a new document, None = not on a disk of this machine; raises SpoolFull, OSError."""
        with self._lock:
            trouble = self._trouble(size, directory)
            self._wanted = size if trouble is not None else 0
            if trouble is not None:
                raise trouble
            self._used += size

    def trouble(self, directory: Path | None) -> SpoolFull | None:
        """Return why nothing more, or not what was refused last, would be let in; raises OSError."""
        with self._lock:
            return self._trouble(self._wanted, directory)

    def _trouble(self, size: int, directory: Path | None) -> SpoolFull | None:
        if self._most is not None and self._used + size > self._most:
            return SpoolFull(
                "the documents that are kept take all the room that there is for them",
                allowed=f"{self._most // MEGABYTE} MB in all",
            )
        if directory is not None and self._free and _left(directory) - size < self._free:
            return SpoolFull("the disk is almost full", allowed=f"{self._free // MEGABYTE} MB must stay free")
        return None

    def give_back(self, size: int) -> None:
        """Give room back."""
        with self._lock:
            self._used -= size


def _left(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
