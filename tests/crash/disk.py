"""A disk for a server's data that can be full for a while.

Where a file system in memory can be mounted (as root) it is a disk of its own, and full when it is full (ENOSPC). What
has its place there already, such as a log that is written from its beginning again, can still be written then.
Elsewhere, and where not a byte shall be written, files of the server may not grow beyond a length (RLIMIT_FSIZE, set
from outside by prlimit(2); EFBIG): that needs no privilege.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

MEGABYTES = 160
CHUNK = 65_536
# Not even a line of the log's header fits.
NO_ROOM = 1


class Disk:
    """A directory that can be made full."""

    def __init__(self, path: Path) -> None:
        """Make the directory, on a file system of its own where that can be."""
        self.path = path
        path.mkdir()
        self.own = os.geteuid() == 0 and _mounted(path)

    @contextlib.contextmanager
    def full(self, process: int, *, whole: bool = False) -> Iterator[None]:
        """Let the disk be full for a process until the end of the block; `whole` = it writes not a byte."""
        if self.own and not whole:
            filler = self.path / "filler"
            try:
                _fill(filler)
                yield
            finally:
                filler.unlink()
            return
        before = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (NO_ROOM, before[1]))
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process, resource.RLIMIT_FSIZE, before)

    def close(self) -> None:
        """Take the file system away."""
        if self.own:
            subprocess.run(["umount", "--lazy", str(self.path)], check=True)


def _mounted(path: Path) -> bool:
    size = f"size={MEGABYTES}m,mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", size, "printserver-crash", str(path)]
    return subprocess.run(mount, check=False, capture_output=True).returncode == 0


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (CHUNK, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
