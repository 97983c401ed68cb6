"""The folder itself: which files are ready, and where each one goes. All of it blocks; a thread calls it.

Laws kept here:

1. A file is where its job is: `taking` until it is accepted, `printing/JOB-NAME` until the job is over, then `done` or
   `failed` with a reason beside it. Moving is renaming, so that a crash at any moment leaves it in one of these.
2. A file is taken when it has not changed from one look to the next and ends where its own format ends; one of a
   format that does not say where it ends, when it has not changed for a while.
3. Only plain files with one name are taken, opened below the folder's own descriptor and never through a link; what is
   something else is put aside unread.
4. A folder that others can write into is refused: who may put files there may print.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from printserver.errors import (
    ConfigurationError,
    DocumentBroken,
    DocumentEmpty,
    DocumentFormatUnsupported,
    DocumentTooLarge,
    NotAllowed,
    PrintServerError,
)
from printserver.listeners.first_bytes import scanner_for

TAKING, PRINTING, DONE, FAILED = "taking", "printing", "done", "failed"
ROOMS = (TAKING, PRINTING, DONE, FAILED)
# What programs call a file while they write it.
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")
REASON = ".reason.txt"
REASON_SECONDS = 7 * 86_400.0  # a reason names nobody, and somebody has to read it
OWN = "a folder of the server's own"
LONGEST_NAME = 200  # bytes, so that a job's number and the reason's ending fit into the 255 that Linux allows


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLimits:
    """Caps in bytes, pieces and seconds.

    `idle` is how long a file may stay unfinished before it is given up, `settled` how long one must be unchanged that
    does not say where it ends.
    """

    document: int = 64 * 1024 * 1024
    files: int = 16
    idle: float = 30.0
    settled: float = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a file was when it was looked at: when it differs, somebody is still writing."""

    inode: int
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read: its bytes, who owns it, and the key by which its job is known when it is sent again."""

    name: str
    data: bytes
    user: str
    key: str


class Tray:
    """One watched folder; `wall` tells seconds since the epoch."""

    def __init__(self, folder: Path, wall: Callable[[], float], limits: FolderLimits | None = None) -> None:
        """Nothing is touched before `open`."""
        self._folder = folder
        self._wall = wall
        self._limits = limits or FolderLimits()
        self._looks: dict[str, Look] = {}
        self._root = -1

    # the folder

    def open(self, key: str) -> None:
        """Make and check the folder and its rooms; raises ConfigurationError naming `key`."""
        try:
            with suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
            self._root = os.open(self._folder, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            _check_private(os.fstat(self._root), str(self._folder), key)
            for room in ROOMS:
                with suppress(FileExistsError):
                    os.mkdir(room, 0o700, dir_fd=self._root)
                _check_private(os.lstat(room, dir_fd=self._root), f"{self._folder}/{room}", key)
        except OSError as error:
            self.close()
            no_folder = error.errno in (errno.ELOOP, errno.ENOTDIR)
            what = "is no folder, or a link" if no_folder else str(error.strerror).lower()
            raise ConfigurationError(f"{self._folder}: {what}", where=key, allowed=OWN) from error
        except ConfigurationError:
            self.close()
            raise

    def close(self) -> None:
        """Let the folder go."""
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    # files that come

    def take_ready(self) -> None:
        """Move files that are ready into `taking`, and what is no file into `failed`."""
        seen: dict[str, Look] = {}
        taking = self._names(TAKING)
        room_left = self._limits.files - len(taking)
        for name in self._names(""):
            found = self._status(name)
            if found is None or stat.S_ISDIR(found.st_mode):
                continue
            look = Look(found.st_ino, found.st_size, found.st_mtime_ns)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                self._put_aside("", name, NotAllowed("this is no plain file with one name, and was not read"))
            elif self._looks.get(name) != look or room_left <= 0 or not self._is_whole(name, look):
                seen[name] = look
            elif _shortened(name) not in taking:  # else one of the same name waits there, and goes first
                self._move("", name, TAKING, _shortened(name))
                room_left -= 1
        self._looks = seen

    def _is_whole(self, name: str, look: Look) -> bool:
        """Tell whether a file ends where its format ends; one that is not whole is given up when it stays so."""
        if not self._waits(look):
            return True  # reading it says what is wrong with it
        try:
            with self._opened("", name) as file:
                data = _all(file, self._limits.document)
            return _ends(data)
        except DocumentFormatUnsupported:  # it does not say where it ends
            return self._wall() - look.modified / 1e9 >= self._limits.settled
        except PrintServerError:
            return True
        except OSError:
            return False

    def _waits(self, look: Look) -> bool:
        return self._wall() - look.modified / 1e9 < self._limits.idle

    def waiting(self) -> list[str]:
        """Return the names of the files that were taken and have no job yet, those of an earlier life too."""
        return self._names(TAKING)

    def read(self, name: str) -> Taken:
        """Read a taken file; raises DocumentEmpty, DocumentBroken, DocumentTooLarge, NotAllowed."""
        try:
            with self._opened(TAKING, name) as file:
                status = os.fstat(file)
                data = _all(file, self._limits.document)
        except OSError as error:
            raise NotAllowed(f"cannot be read: {error.strerror}", where=name) from error
        _check_whole(data)
        mark = f"{status.st_ino}:{status.st_mtime_ns}:{hashlib.sha256(data).hexdigest()}"
        return Taken(name, data, _owner(status.st_uid), f"folder {hashlib.sha256(mark.encode()).hexdigest()}")

    # what becomes of them

    def accepted(self, name: str, job: int) -> None:
        """The file has a job."""
        self._move(TAKING, name, PRINTING, f"{job}-{name}")

    def refused(self, name: str, error: PrintServerError) -> None:
        """The file is no job, and why."""
        self._put_aside(TAKING, name, error)

    def printing(self) -> dict[int, str]:
        """Return the files whose jobs are not known to be over, by their jobs' numbers."""
        found = (name.partition("-") for name in self._names(PRINTING))
        return {int(job): f"{job}-{rest}" for job, dash, rest in found if dash and job.isascii() and job.isdigit()}

    def finished(self, file: str, reason: str) -> None:
        """The job of a file in `printing` is over; a reason says why no card, or not each, was printed."""
        self._move(PRINTING, file, FAILED if reason else DONE, file)
        if reason:
            self._write_reason(file, reason)

    def ended(self) -> set[int]:
        """Return the numbers of the jobs whose files lie in `done` or `failed`."""
        found = (_job_of(name) for room in (DONE, FAILED) for name in self._names(room))
        return {number for number in found if number is not None}

    def forget(self, job: int, reason: str) -> None:
        """Remove the file of a job whose documents were thrown away; why it failed stays under its number alone."""
        for room in (DONE, FAILED):
            for name in self._names(room):
                if _job_of(name) == job and name != f"{job}{REASON}":
                    with suppress(OSError):
                        os.unlink(f"{room}/{name}", dir_fd=self._root)
        if reason:
            self._write_reason(str(job), reason)

    def throw_away(self, seconds: float) -> None:
        """Remove what is done or failed since so many seconds; reasons stay for a week at least."""
        for room in (DONE, FAILED):
            for name in self._names(room):
                found = self._status(f"{room}/{name}")
                kept = max(seconds, REASON_SECONDS) if name.endswith(REASON) else seconds
                if found is not None and self._wall() - found.st_ctime >= kept:
                    with suppress(OSError):
                        os.unlink(f"{room}/{name}", dir_fd=self._root)

    # small things

    def _names(self, room: str) -> list[str]:
        """Return what lies in a room, oldest name first; hidden and unfinished files are not seen."""
        folder = os.open(room or ".", os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._root)
        try:
            names = sorted(os.listdir(folder))
        finally:
            os.close(folder)
        if room:
            return names
        return [name for name in names if not name.startswith(".") and not name.endswith(UNFINISHED)]

    def _status(self, path: str) -> os.stat_result | None:
        try:
            return os.stat(path, dir_fd=self._root, follow_symlinks=False)
        except OSError:
            return None

    @contextmanager
    def _opened(self, room: str, name: str) -> Iterator[int]:
        """Open a plain file for reading; without waiting for a writer, should it be a pipe after all."""
        path = f"{room}/{name}" if room else name
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._root)
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise NotAllowed("this is no plain file with one name, and was not read", where=name)
            yield file
        finally:
            os.close(file)

    def _put_aside(self, room: str, name: str, error: PrintServerError) -> None:
        kept, number = _shortened(name), 1
        while self._status(f"{FAILED}/{kept}") is not None:  # one that failed before keeps its place
            number += 1
            kept = f"{number}-{_shortened(name)}"
        self._move(room, name, FAILED, kept)
        self._write_reason(kept, f"{error.sentence()}\n{error.remedy}")

    def _move(self, room: str, name: str, target: str, kept: str) -> None:
        """Rename a file to a name that is free there; one that is gone meanwhile is nobody's loss here."""
        with suppress(FileNotFoundError):
            source = f"{room}/{name}" if room else name
            os.rename(source, f"{target}/{kept}", src_dir_fd=self._root, dst_dir_fd=self._root)

    def _write_reason(self, name: str, reason: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(OSError):  # the file itself says by its place that it was not printed
            file = os.open(f"{FAILED}/{name}{REASON}", flags, 0o600, dir_fd=self._root)
            with os.fdopen(file, "w", encoding="utf-8") as text:
                text.write(f"{reason}\n")


def _job_of(name: str) -> int | None:
    """Return the number that a file was given when it had a job."""
    number, dash, _ = name.partition("-")
    return int(number) if dash and number.isascii() and number.isdigit() else None


def _check_private(status: os.stat_result, path: str, key: str) -> None:
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigurationError(f"{path}: is no folder", where=key, allowed=OWN)
    if status.st_mode & stat.S_IWOTH:
        raise ConfigurationError(f"{path}: everybody can write into it", where=key, allowed="chmod o-w on it")


def _check_whole(data: bytes) -> None:
    """Raise DocumentEmpty, or DocumentBroken for what does not end with its own end where its format has one."""
    if not data:
        raise DocumentEmpty()
    with suppress(DocumentFormatUnsupported):  # whether it is printed is the job service's answer
        if not _ends(data):
            raise DocumentBroken(f"the document stops after {len(data)} bytes, before its own end")


def _ends(data: bytes) -> bool:
    """Tell whether a whole file is a whole document; raises DocumentFormatUnsupported where no format says so."""
    scanner = scanner_for(data)
    return scanner is not None and (scanner.feed(data) is not None or scanner.ends_by_closing())


def _all(file: int, limit: int) -> bytes:
    pieces, size = list[bytes](), 0
    while piece := os.read(file, 1 << 20):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise DocumentTooLarge(allowed=f"{limit} bytes")
    return b"".join(pieces)


def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _shortened(name: str) -> str:
    """Return a name that leaves room for a job's number and an ending; its own ending stays."""
    whole = os.fsencode(name)
    if len(whole) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = f"{dot}{ending}" if dot and len(ending) <= 10 else ""
    return os.fsdecode(os.fsencode(stem or name)[: LONGEST_NAME - len(ending)]) + ending
