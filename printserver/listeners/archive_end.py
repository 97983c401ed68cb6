"""Where a card job ends: a ZIP archive followed record by record, without unpacking anything.

Laws kept here:

1. Lengths are followed, contents are not: a record's mark inside a member, or inside a comment, is no record.
2. The end record, with its comment, is the end. An archive whose lengths stand behind its members cannot be followed:
   it ends when its sender closes right after an end record that says where it stands, and never before.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.6 to 4.3.16.
"""

from __future__ import annotations

from collections.abc import Callable

from printserver.documents.cardjob import records
from printserver.documents.cardjob.records import LOCAL
from printserver.errors import DocumentBroken

ARCHIVE_START = LOCAL
MARK = 4
LONGEST_TAIL = records.END_RECORD.size + 0xFFFF


def _after_local(head: bytes) -> int | None:
    found = records.local_at(head, 0)
    if found is None or found.flags & records.LENGTHS_BEHIND:
        return None
    return found.name + found.extra + found.packed


def _after_entry(head: bytes) -> int | None:
    found = records.entry_at(head, 0)
    return None if found is None else found.name + found.extra + found.comment


def _after_end(head: bytes) -> int | None:
    found = records.end_at(head, 0)
    return None if found is None else found.comment


RECORDS: dict[bytes, tuple[int, Callable[[bytes], int | None]]] = {
    records.LOCAL: (records.LOCAL_HEADER.size, _after_local),
    records.ENTRY: (records.DIRECTORY_ENTRY.size, _after_entry),
    records.END: (records.END_RECORD.size, _after_end),
}
"""How long each record is, and how many bytes follow it; None = it does not say."""


class ArchiveScanner:
    """Follows the records of an archive up to its end record's comment."""

    def __init__(self) -> None:
        """Begin before the first member."""
        self._head = b""
        self._skip = self._seen = 0
        self._last = self._lost = False
        self._tail = b""

    def feed(self, data: bytes) -> int | None:
        """Take bytes; return how many belong to the archive once it ends; raises DocumentBroken."""
        self._seen += len(data)
        at = 0
        while at < len(data) and not self._lost:
            step = min(self._skip, len(data) - at)
            self._skip -= step
            at += step
            if not self._skip:
                at += self._take_head(data[at : at + self._missing()])
            if self._last and not self._skip:
                return at
        if self._lost:
            self._tail = (self._tail + data)[-LONGEST_TAIL:]
        return None

    @property
    def tells_its_end(self) -> bool:
        """Tell whether the archive can be followed to its end, as far as it has come."""
        return not self._lost

    def ends_by_closing(self) -> bool:
        """Tell whether an archive that cannot be followed ends right after an end record that stands where it says."""
        before = self._seen - len(self._tail)
        found = records.end_of(self._tail, before) if self._lost else None
        if found is None:
            return False
        at, end = found
        return end.offset + end.size == before + at

    def _missing(self) -> int:
        """Return how many bytes of the record's fixed part have not come."""
        if self._last:
            return 0
        size = RECORDS[self._head[:MARK]][0] if len(self._head) >= MARK else MARK
        return size - len(self._head)

    def _take_head(self, piece: bytes) -> int:
        self._head += piece
        mark = self._head[:MARK]
        if len(self._head) < MARK:
            return len(piece)
        if mark not in RECORDS:
            raise DocumentBroken("the archive's records do not follow each other")
        size, after = RECORDS[mark]
        if len(self._head) == size and not self._last:
            follows = after(self._head)
            self._lost = follows is None
            self._skip, self._last, self._head = follows or 0, mark == records.END, b""
        return len(piece)
