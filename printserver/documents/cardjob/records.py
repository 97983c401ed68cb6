"""The records of a ZIP archive as bytes and values: local header, directory entry, end of directory, data descriptor.

Laws kept here:

1. Nothing is interpreted here; what may be is judged by `archive.py`.
2. Fields that no reader of card jobs looks at are written as zero and not read.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12 (central directory),
4.3.16 (end of central directory), 4.4.4 (general purpose flags).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

LOCAL, ENTRY, END, DESCRIPTOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x07\x08"
ZIP64_END, ZIP64_LOCATOR = b"PK\x06\x06", b"PK\x06\x07"

LOCAL_HEADER = struct.Struct("<4s5H3I2H")
DIRECTORY_ENTRY = struct.Struct("<4s6H3I5H2I")
END_RECORD = struct.Struct("<4s4H2IH")
DESCRIBED = struct.Struct("<3I")

STORED, DEFLATED = 0, 8
ENCRYPTED, LENGTHS_BEHIND, STRONGLY_ENCRYPTED, MASKED = 1 << 0, 1 << 3, 1 << 6, 1 << 13
ABSENT_16, ABSENT_32 = 0xFFFF, 0xFFFFFFFF
"""What a field holds whose value stands in a zip64 record instead (section 4.4.1.4)."""


class Local(NamedTuple):
    """The header before a member's bytes; `extra` bytes follow its name."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    name: int
    extra: int


class Entry(NamedTuple):
    """A member as the directory has it."""

    made_by: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    name: int
    extra: int
    comment: int
    disk: int
    attributes: int
    offset: int


class End(NamedTuple):
    """The last record of an archive; its comment follows."""

    disk: int
    directory_disk: int
    here: int
    total: int
    size: int
    offset: int
    comment: int


def local_at(archive: bytes, at: int) -> Local | None:
    """Return the local header that stands at a place, None when none does."""
    if archive[at : at + 4] != LOCAL or at + LOCAL_HEADER.size > len(archive):
        return None
    _, _, flags, method, _, _, crc, packed, size, name, extra = LOCAL_HEADER.unpack_from(archive, at)
    return Local(flags, method, crc, packed, size, name, extra)


def entry_at(archive: bytes, at: int) -> Entry | None:
    """Return the directory entry that stands at a place, None when none does."""
    if archive[at : at + 4] != ENTRY or at + DIRECTORY_ENTRY.size > len(archive):
        return None
    (_, made_by, _, flags, method, _, _, crc, packed, size, name, extra, comment, disk, _, attributes,
     offset) = DIRECTORY_ENTRY.unpack_from(archive, at)  # fmt: skip
    return Entry(made_by, flags, method, crc, packed, size, name, extra, comment, disk, attributes, offset)


def end_at(archive: bytes, at: int) -> End | None:
    """Return the end record that stands at a place, None when none does."""
    if archive[at : at + 4] != END or at + END_RECORD.size > len(archive):
        return None
    return End(*END_RECORD.unpack_from(archive, at)[1:])


def end_of(archive: bytes, before: int = 0) -> tuple[int, End] | None:
    """Return where the end record stands whose comment ends with the archive, and the record; None when none does.

    `before` bytes of the archive are not at hand. Of several the one is meant whose directory ends where it begins; a
    comment may hold what looks like a record.
    """
    ends = list(_ends(archive))
    meant = [(at, end) for at, end in ends if end.offset + end.size == before + at]
    return next(iter(meant or ends), None)


def _ends(archive: bytes) -> Iterator[tuple[int, End]]:
    at, first = len(archive), max(0, len(archive) - END_RECORD.size - ABSENT_16)
    while (at := archive.rfind(END, first, at + len(END) - 1)) >= 0:
        found = end_at(archive, at)
        if found is not None and at + END_RECORD.size + found.comment == len(archive):
            yield at, found
