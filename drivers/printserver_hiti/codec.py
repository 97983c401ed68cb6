"""The frames of HiTi printers, both ways.

Laws kept here:

1. A frame's length is known before its data is read; what is no frame is dropped up to the next A5.
2. Bytes of either side may be hostile: reading ends in a token, a reply, or in "more is needed"; it never raises.

| piece | bytes |
|---|---|
| command | A5, length of all that follows in two bytes, 50, command in two, arguments |
| image | A5, upper two bytes of (n + 8), 50, 83 09, its lowest byte, first line in two, lines in two, n bytes |
| reply | A5, length in two bytes, status (50, 51, 53 well; D8 bad command, DB unknown error), command in two, data |

All numbers have their high byte first. Source: Gutenprint's backend_hiti.c 0.50, where photo printers of the same maker
work so; for CS-2xx it names commands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from printserver.dialogue import Framed

MARK, HOST, BAD_COMMAND = 0xA5, 0x50, 0xD8
GOOD = frozenset({0x50, 0x51, 0x53})
HEAD, IMAGE_HEAD = 6, 11
IMAGE = 0x8309
SUMMARY, STATUS, INPUT_ALERT, JAM = 0x0100, 0x0400, 0x0403, 0x0405
START_JOB, END_JOB, FORMAT, START_PAGE, END_PAGE = 0x0500, 0x0501, 0x8100, 0x8200, 0x8201
# Commands have short arguments; what announces more is damaged.
ARGUMENTS_LIMIT = 4096
REPLY_LIMIT = 4096


def command(code: int, arguments: bytes = b"") -> bytes:
    """Frame one command."""
    return bytes([MARK]) + (3 + len(arguments)).to_bytes(2, "big") + bytes([HOST]) + code.to_bytes(2, "big") + arguments


def reply(code: int, data: bytes = b"", status: int = HOST) -> bytes:
    """Frame a printer's reply."""
    return bytes([MARK]) + (3 + len(data)).to_bytes(2, "big") + bytes([status]) + code.to_bytes(2, "big") + data


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was sent."""

    code: int
    arguments: bytes = b""


@dataclass(frozen=True, slots=True)
class Image:
    """A stretch of lines of the plane that is open."""

    first: int
    lines: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no frame."""

    what: str


Token: TypeAlias = Command | Image | Broken


class Tokeniser:
    """Cuts a host's bytes into frames; surplus stays inside until more comes."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Return the count of bytes that are not yet a whole frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Token]:
        """Take bytes and return the frames that are whole now."""
        self._buffer += data
        found = []
        while (token := self._next()) is not None:
            found.append(token)
        return found

    def _next(self) -> Token | None:
        buffer = self._buffer
        if buffer and (buffer[0] != MARK or (len(buffer) > 3 and buffer[3] != HOST)):
            return self._astray()
        if len(buffer) < HEAD:
            return None
        length, code = int.from_bytes(buffer[1:3], "big"), int.from_bytes(buffer[4:6], "big")
        if code == IMAGE:
            return self._image(length)
        if not 3 <= length <= ARGUMENTS_LIMIT:
            return self._astray()
        taken = self._take(3 + length)
        return None if taken is None else Command(code, taken[HEAD:])

    def _image(self, upper: int) -> Token | None:
        if len(self._buffer) < IMAGE_HEAD:
            return None
        size = (upper << 8 | self._buffer[6]) - 8
        if size < 0:
            return self._astray()
        taken = self._take(IMAGE_HEAD + size)
        if taken is None:
            return None
        return Image(int.from_bytes(taken[7:9], "big"), int.from_bytes(taken[9:11], "big"), taken[IMAGE_HEAD:])

    def _take(self, count: int) -> bytes | None:
        if len(self._buffer) < count:
            return None
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _astray(self) -> Broken:
        at = self._buffer.find(MARK, 1)
        del self._buffer[: at if at > 0 else len(self._buffer)]
        return Broken("no frame")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a printer said to a command."""

    status: int
    code: int
    data: bytes = b""

    @property
    def good(self) -> bool:
        """Whether the printer took the command."""
        return self.status in GOOD


def reply_frame(data: bytes, ended: bool) -> Framed | None:
    """Frame one reply: its head tells how much data follows; what begins as none is a message as it stands."""
    if data and data[0] != MARK:
        return Framed(data[:REPLY_LIMIT], min(len(data), REPLY_LIMIT))
    if len(data) >= HEAD:
        length = 3 + max(3, min(REPLY_LIMIT, int.from_bytes(data[1:3], "big")))
        if len(data) >= length:
            return Framed(data[:length], length)
    return Framed(data, len(data)) if ended and data else None


def parse_reply(message: bytes) -> Reply | None:
    """Take a framed reply apart; None when it is none."""
    if len(message) < HEAD or message[0] != MARK or len(message) != 3 + int.from_bytes(message[1:3], "big"):
        return None
    return Reply(message[3], int.from_bytes(message[4:6], "big"), message[HEAD:])


def harmless(text: bytes) -> str:
    """Return a device's words with nothing in them but printable ASCII, 120 characters at most."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else " " for byte in text[:120]).strip()
