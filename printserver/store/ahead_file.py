"""The form of the files that take blobs ahead, and what is put back from them after a crash; see ahead.py.

Laws kept here:

1. An entry that was promised stands behind whole entries of its turn alone: one sync brought all of them to disk. So
   reading ends where one is not whole.
2. What was promised and its own file lacks is put back; what was promised to nobody is left.

A file is blocks of 4096 bytes. The first is `PSA1`, the turn up to which this file is settled (8 bytes, big-endian)
and CRC-32 of these 12 bytes. Then come entries, each from the begin of a block: `PSAE`, turn (8), length of the blob
(4), its name (16 bytes), CRC-32 of the blob (4), CRC-32 of the 36 bytes so far (4), the blob. A turn is one filling of
one file, from its second block on; the turns of both files are counted together.
"""

from __future__ import annotations

import os
import struct
from binascii import crc32
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from printserver.store.keys import sync_directory

BLOCK = 4096
FILES = ("ahead.0", "ahead.1")
SYNCING_THREADS = 8
"""File systems put syncs that come together into one turn of their journal."""
SETTLED = struct.Struct(">4sQ")
ENTRY = struct.Struct(">4sQI16sI")
CRC = struct.Struct(">I")
HEAD = ENTRY.size + CRC.size


@dataclass(frozen=True, slots=True)
class Entry:
    """A blob in one of the files."""

    turn: int
    name: str
    blob: bytes


def length_of(size: int) -> int:
    """Return how many bytes an entry takes whose blob has `size` bytes."""
    return -(-(HEAD + size) // BLOCK) * BLOCK


def packed(turn: int, name: str, blob: bytes, blob_crc: int) -> bytes:
    """Return an entry's bytes."""
    head = ENTRY.pack(b"PSAE", turn, len(blob), bytes.fromhex(name), blob_crc)
    return b"".join((head, CRC.pack(crc32(head)), blob))


def settled_block(turn: int) -> bytes:
    """Return the first block of a file that is settled up to a turn."""
    head = SETTLED.pack(b"PSA1", turn)
    return (head + CRC.pack(crc32(head))).ljust(BLOCK, b"\0")


def write_at(descriptor: int, data: bytes, at: int) -> None:
    """Write all of some bytes; raises OSError."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written


def sync_file(path: Path) -> None:
    """Bring a file to disk; one that is gone has nothing to bring. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def recover(directory: Path, sync: Callable[[Path], None] = sync_file) -> int:
    """Put back blobs whose own files lack what was promised; return the last turn. Raises OSError.

    What is put back looks old, so that it is swept where nothing refers to it. Nobody may work on the directory.
    """
    last = 0
    for file in FILES:
        settled, entries = read_entries(directory / file)
        last = max(last, settled, *(entry.turn for entry in entries))
        if not entries:
            continue
        for entry in entries:
            _put_back(directory / entry.name, entry.blob)
        sync_all([directory / entry.name for entry in entries], sync)
        sync_directory(directory)
        _settle(directory / file, last)
    return last


def sync_all(paths: Sequence[Path], sync: Callable[[Path], None]) -> None:
    """Bring many files to disk; raises OSError."""
    with ThreadPoolExecutor(SYNCING_THREADS, "settle") as threads:
        for _ in threads.map(sync, paths):
            pass


def read_entries(path: Path) -> tuple[int, Sequence[Entry]]:
    """Return up to which turn a file is settled, and its whole entries of a later one; (0, ()) where it is missing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0, ()
    with closing(os.fdopen(descriptor, "rb")):
        read = partial(os.pread, descriptor)
        settled = _settled(read(SETTLED.size + CRC.size, 0))
        return settled, list(_entries(read, settled))


def _entries(read: Callable[[int, int], bytes], settled: int) -> Iterator[Entry]:
    """Return the whole entries of the newest turn, unless it is settled."""
    at, turn = BLOCK, 0
    while (entry := _entry(read, at)) is not None and entry.turn > settled and entry.turn == (turn or entry.turn):
        turn = entry.turn
        yield entry
        at += length_of(len(entry.blob))


def _entry(read: Callable[[int, int], bytes], at: int) -> Entry | None:
    head = read(HEAD, at)
    if len(head) < HEAD:
        return None
    mark, turn, length, name, crc = ENTRY.unpack_from(head)
    if mark != b"PSAE" or CRC.unpack_from(head, ENTRY.size)[0] != crc32(head[: ENTRY.size]):
        return None
    blob = read(length, at + HEAD)
    return Entry(turn, name.hex(), blob) if len(blob) == length and crc32(blob) == crc else None


def _settled(block: bytes) -> int:
    """Return the turn up to which a file is settled; 0, which all follow, where that cannot be read."""
    if len(block) < SETTLED.size + CRC.size:
        return 0
    mark, turn = SETTLED.unpack_from(block)
    whole = mark == b"PSA1" and CRC.unpack_from(block, SETTLED.size)[0] == crc32(block[: SETTLED.size])
    return int(turn) if whole else 0


def _put_back(path: Path, blob: bytes) -> None:
    try:
        if path.read_bytes() == blob:
            return
    except FileNotFoundError:
        pass
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        write_at(descriptor, blob, 0)
    finally:
        os.close(descriptor)
    os.utime(path, (0, 0))


def _settle(path: Path, turn: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        write_at(descriptor, settled_block(turn), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
