"""Heads of the journal kept outside the store, so that a store that was changed or rolled back is found out.

Laws kept here:

1. A head is one line of JSON; a file of heads only grows, and each line is on disk before it counts as kept. A disk
   that takes a part of a line only (write(2)) has taken nothing.
2. The one head beside the data is replaced as a whole: a reader finds the former or the new one, never half of one.
3. Nothing of persons is in a head.
"""

from __future__ import annotations

import os
import syslog
from dataclasses import dataclass
from pathlib import Path

import msgspec

from printserver.errors import ConfigurationError
from printserver.model.chain import Head
from printserver.store.keys import sync_directory


def head_line(head: Head) -> str:
    """Return a head as its line, without the line's end."""
    return msgspec.json.encode(head).decode()


def read_heads(path: Path) -> list[Head]:
    """Read a file of heads; what stands before a line's first brace (as in a system log) is left out.

    Raises ConfigurationError naming file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"heads cannot be read: {error}", where=str(path)) from error
    return [_head(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _head(line: str, where: str) -> Head:
    try:
        return msgspec.json.decode(line[line.find("{") :], type=Head)
    except msgspec.DecodeError as error:
        raise ConfigurationError(
            f"this is no head: {error}", where=where, allowed='{"node": NAME, "id": N, "at": SECONDS, "hash": HEX}'
        ) from error


@dataclass(frozen=True, slots=True)
class HeadFile:
    """A file that each head is written to the end of; made 0600 where it is missing, never through a link."""

    path: Path

    def keep(self, head: Head) -> None:
        """Write a head; raises OSError."""
        fresh = not self.path.exists()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            _append(descriptor, f"{head_line(head)}\n".encode())
        finally:
            os.close(descriptor)
        if fresh:
            sync_directory(self.path.parent)


@dataclass(frozen=True, slots=True)
class SystemLog:
    """The system's log (syslog, facility `authpriv`)."""

    def keep(self, head: Head) -> None:
        """Write a head."""
        syslog.openlog("printserver", 0, syslog.LOG_AUTHPRIV)
        syslog.syslog(syslog.LOG_NOTICE, f"journal head {head_line(head)}")


def head_place(text: str, where: str) -> HeadFile | SystemLog:
    """Return the place that a configuration names; raises ConfigurationError at `where`."""
    kind, _, rest = text.partition(":")
    if kind == "file" and Path(rest).is_absolute():
        return HeadFile(Path(rest))
    if text == "syslog":
        return SystemLog()
    raise ConfigurationError(f"{text!r} is no place for heads", where=where, allowed="file:/PATH, syslog, webhook:NAME")


@dataclass(frozen=True, slots=True)
class NewestHead:
    """The file beside the data directory that holds the newest head of each node, one line each."""

    path: Path

    def keep(self, head: Head) -> None:
        """Replace the node's head; raises OSError."""
        others = [each for each in self.heads() if each.node != head.node] if self.path.exists() else []
        fresh = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _write_whole(descriptor, "".join(f"{head_line(each)}\n" for each in (*others, head)).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(fresh, self.path)
        sync_directory(self.path.parent)

    def heads(self) -> list[Head]:
        """Return what is kept, nothing before the first; raises ConfigurationError for a file that is no head."""
        return read_heads(self.path) if self.path.exists() else []


def _append(descriptor: int, line: bytes) -> None:
    """Write a line and wait for the disk; raises OSError, the file being as it was before."""
    length = os.fstat(descriptor).st_size
    try:
        _write_whole(descriptor, line)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, length)
        raise


def _write_whole(descriptor: int, data: bytes) -> None:
    """Write all of it; raises OSError: a full disk takes what still fits, and refuses the rest when asked again."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
