"""What LPD clients say: command lines and control files, read into values.

Laws kept here:

1. A line ends in a value or in BadRequest; names from clients are texts for people and never places.
2. Of a control file only what makes a card is read: who sends it, its name, its files and their copies.

Source: RFC 1179, sections 5 (commands), 6 (receiving a job) and 7 (control file lines).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from printserver.errors import BadRequest
from printserver.model.display import harmless
from printserver.model.ticket import MAX_COPIES

LONGEST_NAME = 255
MOST_FILES = 52  # section 7: a file is told from others by one letter, dfA to dfz
# Files that are printed as they are (7.17, 7.18, 7.22, 7.24); the other letters name programs of the seventies.
PRINTED = frozenset("flop")
FILTERED = frozenset("cdgnrtv")
UNKNOWN_SIZE = 0  # the file ends with its own end; CUPS' mode "stream" announces it so


class Command(IntEnum):
    """What a connection begins with: section 5."""

    PRINT_WAITING = 1
    RECEIVE = 2
    SHORT_STATE = 3
    LONG_STATE = 4
    REMOVE = 5


class Part(IntEnum):
    """What follows the wish to send a job: section 6."""

    ABORT = 1
    CONTROL = 2
    DATA = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with its queue and its further words."""

    command: Command
    queue: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that comes next: its size in bytes (0 = it ends by itself) and its name."""

    part: Part
    size: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """What a control file says: user, job name, the names of the files to print, how often."""

    user: str
    name: str
    files: tuple[str, ...]
    copies: int


def asked(line: bytes) -> Asked:
    """Read a command line without its line feed; raises BadRequest."""
    words = _text(line[1:]).split()
    if not line or line[0] not in tuple(Command) or not words:
        raise BadRequest("is no LPD command", where="command", allowed="1 to 5 and a queue")
    return Asked(Command(line[0]), words[0], tuple(words[1:]))


def announced(line: bytes) -> Announced:
    """Read a line that announces a part of a job; raises BadRequest."""
    if not line or line[0] not in tuple(Part):
        raise BadRequest("is no part of a job", where="subcommand", allowed="1 to 3")
    part = Part(line[0])
    if part is Part.ABORT:
        return Announced(part)
    size, _, name = _text(line[1:]).strip().partition(" ")
    if not (size.isascii() and size.isdigit() and len(size) < 20) or not name:
        raise BadRequest("the size or the name of a file is missing", where="subcommand", allowed="SIZE NAME")
    return Announced(part, int(size), name.strip())


def control(data: bytes) -> Control:
    """Read a control file; raises BadRequest."""
    user = title = source = ""
    printed: list[str] = []
    for line in _text(data).splitlines():
        letter, said = line[:1], line[1:].strip()
        if letter in FILTERED:
            raise BadRequest("files of this kind are not printed here", where=letter, allowed=", ".join(PRINTED))
        if letter in PRINTED and said:
            printed.append(said)
        elif letter == "P":
            user = said
        elif letter == "J":
            title = said
        elif letter == "N":
            source = source or said
    files = tuple(dict.fromkeys(printed))
    return Control(_name(user) or "anonymous", _name(title or source) or "card", files, _copies(printed, files))


def _copies(printed: list[str], files: tuple[str, ...]) -> int:
    """Return how often all files are to be printed: LPD repeats a file's line (7.18)."""
    counts = {printed.count(file) for file in files}
    if not 1 <= len(files) <= MOST_FILES:
        allowed = f"1 to {MOST_FILES} files"
        raise BadRequest(f"{len(files)} files are to be printed", where="control file", allowed=allowed)
    if len(counts) > 1:
        raise BadRequest("files are to be printed differently often", where="control file", allowed="as often")
    [copies] = counts
    if copies > MAX_COPIES:
        raise BadRequest(f"{copies} copies", where="control file", allowed=f"1 to {MAX_COPIES}")
    return copies


def _name(said: str) -> str:
    return harmless(said)[:LONGEST_NAME]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
