"""A card job written: the same card gives the same bytes, on every machine and in every year.

Laws kept here:

1. Members are stored as they are: pictures are packed already, and packing differs from one library to the next.
2. Names, order, times and rights are fixed; what a member holds is the only thing that varies.

Source: PKWARE APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from printserver.documents.cardjob import records
from printserver.documents.cardjob.names import Slot
from printserver.model.cardjob import MANIFEST

NEEDED = 10  # version 1.0: a stored file (section 4.4.3.2)
FIRST_DAY = 1 << 5 | 1  # 1980-01-01, the first that can be written (MS-DOS date)


def write_cardjob(manifest: bytes, members: Mapping[Slot, tuple[str, bytes]]) -> bytes:
    """Return the archive of a manifest and of members, each with the ending of its name; they are not looked into."""
    ordered = sorted(members, key=lambda slot: (slot.side != "front", slot.panel or ""))
    files = [(MANIFEST, manifest)]
    files += [(f"{slot.called}.{members[slot][0]}", members[slot][1]) for slot in ordered]
    body, directory = bytearray(), bytearray()
    for name, data in files:
        entry = _entry(name, data, len(body))
        body += _local(name, data) + name.encode() + data
        directory += entry + name.encode()
    count = len(files)
    end = records.END_RECORD.pack(records.END, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory) + end


def _local(name: str, data: bytes) -> bytes:
    size = len(data)
    return records.LOCAL_HEADER.pack(
        records.LOCAL, NEEDED, 0, records.STORED, 0, FIRST_DAY, zlib.crc32(data), size, size, len(name), 0
    )


def _entry(name: str, data: bytes, offset: int) -> bytes:
    size = len(data)
    return records.DIRECTORY_ENTRY.pack(
        records.ENTRY, NEEDED, NEEDED, 0, records.STORED, 0, FIRST_DAY, zlib.crc32(data), size, size, len(name),
        0, 0, 0, 0, 0, offset,
    )  # fmt: skip
