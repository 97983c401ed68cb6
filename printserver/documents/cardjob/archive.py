"""A ZIP archive read as strictly as a card deserves: which members it has, and the bytes of each.

Laws kept here:

1. Members, one after another, fill the archive from its first byte to its directory, and the directory reaches to the
   end record: nothing overlaps, nothing lies between, nothing follows. What may be read in two ways is refused.
2. What a local header says must agree with the directory; where lengths stand behind the bytes, these must agree.
3. Sizes are limited by what is declared, before anything is unpacked, and counted while it is.

Source: PKWARE APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from printserver.documents.cardjob import records
from printserver.documents.cardjob.names import shown, text_of
from printserver.documents.cardjob.records import Entry
from printserver.errors import BadCardjob, DocumentTooLarge

MEBIBYTE = 1 << 20
MAX_MEMBERS = 32
MAX_MEMBER = 64 * MEBIBYTE
MAX_TOTAL = 128 * MEBIBYTE
# White paper packs as tightly as deflate can, about 1000 to 1; a card at 600 dpi has 8 MiB of pixels. What is larger
# and still packs like that is no picture of a card.
FREE_SIZE, MAX_RATIO = 16 * MEBIBYTE, 100

SECRET = records.ENCRYPTED | records.STRONGLY_ENCRYPTED | records.MASKED
DOS_FOLDER = 0x10
PLAIN = "a plain ZIP archive"


@dataclass(frozen=True, slots=True)
class Packed:
    """A member as it lies in the archive: `at` is where its bytes begin."""

    name: str
    method: int
    crc: int
    at: int
    packed: int
    size: int


def members_of(archive: bytes) -> tuple[Packed, ...]:
    """Return the members in the order of their bytes; raises BadCardjob, DocumentTooLarge."""
    found = records.end_of(archive)
    if found is None:
        raise BadCardjob("the archive does not end with its directory: it is cut off, or bytes follow it")
    at, end = found
    if records.ABSENT_16 in end[:4] or records.ABSENT_32 in (end.size, end.offset):
        raise BadCardjob("the archive is of the zip64 kind", allowed=PLAIN)
    if end.disk or end.directory_disk or end.here != end.total or end.offset + end.size != at:
        raise BadCardjob("the archive's directory is not where its end record says")
    if records.END in archive[at + len(records.END) :]:
        raise BadCardjob("the archive's comment looks like a second end: other programs may see other members in it")
    if end.total > MAX_MEMBERS:
        raise DocumentTooLarge(f"the card job has {end.total} members", allowed=f"at most {MAX_MEMBERS}")
    entries = sorted(_directory(archive, end.offset, at, end.total), key=lambda each: each[0].offset)
    _check_sizes(entries)
    return tuple(_placed(archive, entries, end.offset))


def _directory(archive: bytes, at: int, until: int, total: int) -> Iterator[tuple[Entry, bytes]]:
    for _ in range(total):
        entry = records.entry_at(archive, at)
        if entry is None:
            raise BadCardjob("the archive's directory is broken")
        name_at = at + records.DIRECTORY_ENTRY.size
        name = archive[name_at : name_at + entry.name]
        at = name_at + entry.name + entry.extra + entry.comment
        _check_kind(entry, name)
        yield entry, name
    if at != until:
        raise BadCardjob("the archive's directory is broken")


def _check_kind(entry: Entry, name: bytes) -> None:
    """Refuse what is no plain file: links, folders, devices, what is encrypted or packed in another way."""
    mode = stat.S_IFMT(entry.attributes >> 16)
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
    if mode not in (0, stat.S_IFREG):
        raise BadCardjob(f"is {kinds.get(mode, 'a device')}", where=shown(text_of(name)), allowed="plain files")
    if entry.attributes & DOS_FOLDER or name.endswith(b"/"):
        raise BadCardjob("is a folder", where=shown(text_of(name)), allowed="plain files")
    if entry.flags & SECRET:
        raise BadCardjob("is encrypted", where=shown(text_of(name)), allowed="members that are not encrypted")
    if entry.method not in (records.STORED, records.DEFLATED):
        raise BadCardjob(f"is packed by method {entry.method}", where=shown(text_of(name)), allowed="stored, deflated")
    if records.ABSENT_32 in (entry.packed, entry.size, entry.offset) or entry.disk:
        raise BadCardjob("is of the zip64 kind, or on another disk", where=shown(text_of(name)), allowed=PLAIN)


def _check_sizes(entries: list[tuple[Entry, bytes]]) -> None:
    for entry, name in entries:
        if entry.size > MAX_MEMBER:
            raise DocumentTooLarge(
                f"has {entry.size} bytes when unpacked", where=shown(text_of(name)), allowed=f"at most {MAX_MEMBER}"
            )
        if entry.size > FREE_SIZE and entry.size > entry.packed * MAX_RATIO:
            raise DocumentTooLarge(
                f"unpacks to more than {MAX_RATIO} times its size", where=shown(text_of(name)),
                allowed=f"at most {MAX_RATIO} times, beyond {FREE_SIZE} bytes",
            )
    total = sum(entry.size for entry, _ in entries)
    if total > MAX_TOTAL:
        raise DocumentTooLarge(f"the card job has {total} bytes when unpacked", allowed=f"at most {MAX_TOTAL}")


def _placed(archive: bytes, entries: list[tuple[Entry, bytes]], directory: int) -> Iterator[Packed]:
    at = 0
    for entry, name in entries:
        local = records.local_at(archive, at) if entry.offset == at else None
        if local is None:
            raise BadCardjob("does not follow the member before it", where=shown(text_of(name)))
        name_at = at + records.LOCAL_HEADER.size
        begins = name_at + local.name + local.extra
        at = begins + entry.packed
        called = archive[name_at : name_at + local.name]
        if (called, local.flags, local.method) != (name, entry.flags, entry.method):
            raise BadCardjob("is called or packed otherwise in the archive's directory", where=shown(text_of(name)))
        told, same = local[2:5], (entry.crc, entry.packed, entry.size)
        if local.flags & records.LENGTHS_BEHIND:
            at = _after_descriptor(archive, at, same, name)
            told = same if told == (0, 0, 0) else told
        if told != same or at > directory:
            raise BadCardjob("has other sizes in the archive's directory", where=shown(text_of(name)))
        yield Packed(text_of(name), entry.method, entry.crc, begins, *same[1:])
    if at != directory:
        raise BadCardjob("between the archive's last member and its directory lies something else")


def _after_descriptor(archive: bytes, at: int, same: tuple[int, int, int], name: bytes) -> int:
    """Return where a data descriptor ends; its signature may be there or not (section 4.3.9.3)."""
    told = records.DESCRIBED.pack(*same)
    for mark in (records.DESCRIPTOR, b""):
        if archive.startswith(mark + told, at):
            return at + len(mark + told)
    raise BadCardjob("has other sizes in the archive's directory", where=shown(text_of(name)))


def unpacked(archive: bytes, member: Packed) -> bytes:
    """Return a member's bytes; raises BadCardjob when they are not those that were declared."""
    data = archive[member.at : member.at + member.packed]
    if member.method == records.DEFLATED:
        data = _inflated(data, member)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise BadCardjob("is damaged: its size or its check sum is wrong", where=shown(member.name))
    return data


def _inflated(data: bytes, member: Packed) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = inflater.decompress(data, member.size + 1)
    except zlib.error as error:
        raise BadCardjob(f"is damaged: {error}", where=shown(member.name)) from None
    if len(found) > member.size:
        raise BadCardjob(f"unpacks to more than the {member.size} bytes it declares", where=shown(member.name))
    if not inflater.eof or inflater.unused_data:
        raise BadCardjob("is damaged: its packed bytes end too soon or too late", where=shown(member.name))
    return found
