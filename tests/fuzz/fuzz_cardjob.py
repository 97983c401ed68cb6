"""Archives of strangers: what is taken is what Python's own zipfile finds in it, and all else ends in a typed error."""

from __future__ import annotations

import io
import warnings
import zipfile

from printserver.documents.cardjob import read_cardjob
from printserver.errors import DocumentBroken, PrintServerError
from printserver.listeners.archive_end import ArchiveScanner
from printserver.model.cardjob import read_manifest
from tests.fuzz.fuzz_documents import spoiled
from tests.fuzz.source import Source

NAMES = [
    "front.png", "back.jpg", "front.k.png", "back.o.tif", "front.pdf", "front", "../front.png", "/front.png", "a\\b",
    "front.png/", "FRONT.PNG", "C:x", "fr\0nt.png", "front.y.png", "",
]  # fmt: skip
MANIFESTS = [b"", b"version = 1\n", b"[ticket]\ncopies = 2\n", b"tracks = ['A']\n", b"[data]\na = 'b'\n", b"x", b"\xff"]


class Pipe(io.BytesIO):
    """A stream that cannot be wound back."""

    def seekable(self) -> bool:
        return False

    def seek(self, *arguments: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def archive_of(source: Source) -> bytes:
    """Return an archive, most often a whole card job, now and then with an odd name, twice a name, or a comment."""
    stream: io.BytesIO = Pipe() if source.whole(0, 3) == 3 else io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that stand twice are wanted
        names = ["job.toml", "front.png", *(source.one_of(NAMES) for _ in range(max(0, source.whole(0, 5) - 2)))]
        for name in names:
            data = source.one_of(MANIFESTS) if name == "job.toml" else source.values(source.whole(0, 60)).tobytes()
            packing = source.one_of([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            info = zipfile.ZipInfo(name.replace("\0", "?"))
            archive.writestr(info, data, packing)
        archive.comment = source.one_of([b"", b"", b"PK\x05\x06" + b"\0" * 18, b"a comment"])
    return stream.getvalue()


def fuzz_archive(data: bytes) -> None:
    source = Source(data)
    judge_archive(spoiled(archive_of(source), source))


def fuzz_raw_archive(data: bytes) -> None:
    """Any bytes at all, as they are, and as what follows an archive's first bytes."""
    judge_archive(data)
    judge_archive(b"PK\x03\x04" + data)
    try:
        read_manifest(data)
    except PrintServerError:
        return


def judge_archive(document: bytes) -> None:
    """Raise AssertionError where a card job is taken that zipfile reads otherwise, or ends elsewhere than it does."""
    ends = set()
    for step in (len(document) or 1, 7):
        ends.add(ended(document, step))
    assert len(ends) == 1
    try:
        contents = read_cardjob(document)
    except PrintServerError:
        return
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert len(archive.namelist()) == len(contents.members) + 1
        for member in contents.members.values():
            assert archive.read(member.name) == member.data
    assert ends & {len(document), -len(document)}


def ended(document: bytes, step: int) -> int | None:
    """Return where the scanner of the raw door sees an end: negative when only by closing, None when not at all."""
    scanner = ArchiveScanner()
    try:
        for at in range(0, len(document), step):
            end = scanner.feed(document[at : at + step])
            if end is not None:
                return at + end
    except DocumentBroken:
        return 0
    return -len(document) if scanner.ends_by_closing() else None


CARDJOBS = {"cardjob": fuzz_archive, "raw-cardjob": fuzz_raw_archive}
