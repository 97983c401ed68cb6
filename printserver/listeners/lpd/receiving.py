"""A job in the making: its control file and its documents, in whichever order they come.

Laws kept here:

1. A job is whole when its control file and every file that it prints are there, and not before.
2. A file whose size is not announced ends where its own format ends; closing the connection ends nothing.
3. What is kept is counted against the door's limits and let go whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from printserver.errors import BadRequest, DocumentTooLarge
from printserver.listeners.archive_end import ArchiveScanner
from printserver.listeners.document_ends import PdfScanner, Scanner, SvgScanner
from printserver.listeners.first_bytes import scanner_for
from printserver.listeners.lpd.limits import LpdLimits
from printserver.listeners.lpd.words import MOST_FILES, UNKNOWN_SIZE, Announced, Control, Part, control


@dataclass(slots=True)
class Incoming:
    """A file that is coming in; `feed` takes bytes and tells how many were its own and whether it is whole."""

    file: Announced
    limit: int
    hold: Callable[[int], None]
    head: bytearray = field(default_factory=bytearray)
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    scanner: Scanner | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        """Refuse what is announced to be too large, before it comes."""
        if self.file.size > self.limit:
            raise DocumentTooLarge(allowed=f"{self.limit} bytes")

    @property
    def data(self) -> bytes:
        """Return what has come."""
        return b"".join(self.pieces)

    def feed(self, data: bytes) -> int:
        """Take bytes; return how many belong to the file. Raises what its scanner raises, and DocumentTooLarge."""
        if self.file.size != UNKNOWN_SIZE:
            used = min(len(data), self.file.size - self.size)
            self._keep(data[:used])
            self.whole = self.size == self.file.size
            return used
        return self._scan(data)

    def _scan(self, data: bytes) -> int:
        already = len(self.head)
        if self.scanner is None:
            self.head += data
            self.scanner = scanner_for(bytes(self.head))
            if self.scanner is None:
                return len(data)
            if isinstance(self.scanner, PdfScanner | SvgScanner):
                raise BadRequest("this format does not tell its end: its size must be announced", where="subcommand")
            data = bytes(self.head)
        else:
            already = 0
        end = self.scanner.feed(data)
        if isinstance(self.scanner, ArchiveScanner) and not self.scanner.tells_its_end:
            raise BadRequest("this archive does not tell where it ends: its size must be announced", where="subcommand")
        self._keep(data[:end])
        self.whole = end is not None
        return (len(data) if end is None else end) - already

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise DocumentTooLarge(allowed=f"{self.limit} bytes")
        self.pieces.append(data)
        self.hold(len(data))


class Receiving:
    """The job that a connection is sending now."""

    def __init__(self, queue: str, limits: LpdLimits, hold: Callable[[int], None]) -> None:
        """`hold` counts bytes that are kept, and raises ServerBusy when there are too many."""
        self.queue = queue
        self.control: Control | None = None
        self.documents: dict[str, bytes] = {}
        self._limits = limits
        self._hold = hold

    def begin(self, file: Announced) -> Incoming:
        """Begin with a file; raises BadRequest, DocumentTooLarge."""
        if file.part is Part.CONTROL:
            if self.control is not None:
                raise BadRequest("this job has a control file already", where="subcommand")
            if file.size == UNKNOWN_SIZE:
                raise BadRequest("is empty", where="control file", allowed="1 byte or more")
            return Incoming(file, self._limits.control, self._hold)
        self._check_wanted(file.name)
        return Incoming(file, self._limits.document, self._hold)

    def _check_wanted(self, name: str) -> None:
        if name in self.documents:
            raise BadRequest("this file has come already", where="subcommand")
        wanted = self.control.files if self.control else None
        if wanted is not None and name not in wanted:
            raise BadRequest("the control file does not name this file", where="subcommand")
        if len(self.documents) >= MOST_FILES:
            raise BadRequest("there are too many files", where="subcommand", allowed=f"1 to {MOST_FILES} files")

    def end(self, incoming: Incoming) -> None:
        """Take a file that is whole; raises BadRequest for a control file that makes no job."""
        if incoming.file.part is Part.CONTROL:
            found = control(incoming.data)
            strange = sorted(set(self.documents) - set(found.files))
            if strange:
                raise BadRequest("does not name every file that came", where="control file")
            self.control = found
        else:
            self.documents[incoming.file.name] = incoming.data

    @property
    def whole(self) -> bool:
        """Tell whether all parts have come."""
        return self.control is not None and set(self.control.files) == set(self.documents)
