"""Card jobs made by Python's own zipfile, and by hand: what the project writes is tried against both."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

MANIFEST = "job.toml"


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    """Return an archive as Python's zipfile writes it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return stream.getvalue()


class _Pipe(io.RawIOBase):
    """A stream that cannot be wound back."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # whatever zipfile hands over
        self.written += piece
        return len(piece)


def piped(members: Mapping[str, bytes]) -> bytes:
    """Return an archive written into a pipe: lengths stand behind the members."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return bytes(pipe.written)


def card(**further: bytes) -> dict[str, bytes]:
    """Return the members of a card job; `front__k` is called front.k.png."""
    return {MANIFEST: b"", **{f"{name.replace('__', '.')}.png": data for name, data in further.items()}}


def patched(archive: bytes, mark: bytes, at: int, form: str, value: int, nth: int = 0) -> bytes:
    """Return an archive with a number of another value in the nth record of a mark, `at` bytes after its beginning."""
    place = -1
    for _ in range(nth + 1):
        place = archive.index(mark, place + 1)
    changed = bytearray(archive)
    struct.pack_into(form, changed, place + at, value)
    return bytes(changed)
