"""EPCL as bytes: framing both ways, escaping, the USB prefix form, and the answers.

Laws kept here:

1. One tokeniser reads what a host sends, for the emulator, for recorded jobs and for the driver's own blocks.
2. An ESC that is not escaped begins a command, wherever it stands: half a command is broken, never part of the next.
3. Bytes of either side may be hostile: reading ends in a token, a reply, or in "more is needed"; it never raises.

| piece | bytes | source |
|---|---|---|
| command | 1B text 0D, in its data 1B, 0D and 5B each after a 5B | 980081-001 Rev F, 2-36 |
| prefix form | length of the text and 2, in four bytes, high one first; text; 0D | job of an i-series printer at USB |
| accepted | 06 | 980081-001 Rev F, B-2 |
| refused, or a state | 15 code 04 | the same |
| data | text; how it ends is not told | the same |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from printserver.dialogue import Framed

ESC, CR, GUARD, ACK, NACK, EOT = 0x1B, 0x0D, 0x5B, 0x06, 0x15, 0x04

_TO_GUARD = re.compile(rb"[\x1b\x0d\x5b]")
_GUARDED = re.compile(rb"\x5b([\x1b\x0d\x5b])")
# A guard takes the byte after it along, unless that is neither of the three: in a batch it parts commands.
_STOP = re.compile(rb"\x5b[\x1b\x0d\x5b]|[\x1b\x0d]")
PREFIX = 4
# Longer than any image, escaped whole.
COMMAND_LIMIT = 4_000_000
REPLY_LIMIT, CODE_LIMIT = 256, 16

# Names of commands; anything may follow those of the first row at once.
GLUED = ("vO", "vZ", "O", "Z", "T", "&B", "&L", "&D", "+EC", "+RB", "+RIB", "+C", "!R")
PLAIN = (
    "GS", "PS", "G", "vG", "F", "vF", "$F", "I", "IS", "IV", "IH", "MO", "MC", "M", "m", "L", "vL", "V", "E", "A", ".",
    "&P", "&E", "&E*", "&R", "&CDEW", "&CDER", "&SVM",
)  # fmt: skip
_LONGEST_FIRST = sorted((*GLUED, *PLAIN), key=len, reverse=True)
_AFTER_PLAIN = b" 0123456789"


def escape(data: bytes) -> bytes:
    """Put a 5B before each byte that would end or begin a command."""
    return _TO_GUARD.sub(lambda found: b"[" + found[0], data)


def unescape(data: bytes) -> bytes:
    """Undo `escape`."""
    return _GUARDED.sub(rb"\1", data)


def command(text: str, data: bytes = b"") -> bytes:
    """Frame one command; `data` follows the text and is escaped, the text is sent as it stands."""
    return b"\x1b" + text.encode("ascii") + escape(data) + b"\r"


def prefixed(text: str) -> bytes:
    """Frame one command in the USB prefix form; no source tells of data in it."""
    return (len(text) + 2).to_bytes(PREFIX, "big") + text.encode("ascii") + b"\r"


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was sent; `rest` is what follows its name, still escaped; `prefix` = the USB form."""

    name: str
    rest: bytes = b""
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Strange:
    """A command that is not of this table, by its first characters."""

    name: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no command: half of one, or nothing that begins one."""

    what: str


Token: TypeAlias = Command | Strange | Broken


def named(body: bytes, *, prefix: bool = False) -> Command | Strange:
    """Part a command's name from what follows it."""
    for name in _LONGEST_FIRST:
        head = name.encode("ascii")
        after = body[len(head) : len(head) + 1]
        if body.startswith(head) and (name in GLUED or after in _AFTER_PLAIN):
            return Command(name, body[len(head) :], prefix)
    return Strange(harmless(body.split(b" ", 1)[0][:8]) or "nothing")


class Tokeniser:
    """Cuts a host's bytes into commands; surplus stays inside until more comes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._looked = 1

    @property
    def pending(self) -> int:
        """Return the count of bytes that are not yet a whole command; line ends between commands are not counted."""
        return len(self._buffer.lstrip(b"\r\n"))

    def feed(self, data: bytes) -> list[Token]:
        """Take bytes and return the commands that are whole now."""
        self._buffer += data
        found = []
        while (token := self._next()) is not None:
            found.append(token)
        return found

    def _next(self) -> Token | None:
        kept = self._buffer.lstrip(b"\r\n")
        if len(kept) < len(self._buffer):
            self._buffer = kept
        match self._buffer[:1]:
            case b"":
                return None
            case b"\x1b":
                return self._escaped()
            case b"\0":
                return self._counted()
            case _:
                return self._astray()

    def _escaped(self) -> Token | None:
        at = self._looked
        while (found := _STOP.search(self._buffer, at)) is not None:
            if found.end() - found.start() == 1:
                return self._ended(found.start())
            at = found.end()
        if len(self._buffer) > COMMAND_LIMIT:
            return self._drop(len(self._buffer), "endless command")
        # a guard at the very end may yet take the next byte along
        self._looked = max(at, len(self._buffer) - 1)
        return None

    def _ended(self, at: int) -> Token:
        body = bytes(self._buffer[1:at])
        self._looked = 1
        if self._buffer[at] == ESC:
            del self._buffer[:at]
            return Broken("half a command")
        del self._buffer[: at + 1]
        return named(body)

    def _counted(self) -> Token | None:
        """The length counts the text and two more; what the second is stands in no source."""
        if len(self._buffer) < PREFIX:
            return None
        length = int.from_bytes(self._buffer[:PREFIX], "big")
        if not 3 <= length <= COMMAND_LIMIT:
            return self._drop(PREFIX, "prefix")
        end = PREFIX + length - 1
        if len(self._buffer) < end:
            return None
        if self._buffer[end - 1] != CR:
            return self._drop(PREFIX, "prefix")
        body = bytes(self._buffer[PREFIX : end - 1])
        del self._buffer[:end]
        return named(body, prefix=True)

    def _astray(self) -> Token:
        """Nothing begins here: go on at the next byte that may begin a command."""
        starts = [at for at in (self._buffer.find(b"\x1b"), self._buffer.find(b"\0")) if at >= 0]
        return self._drop(min(starts, default=len(self._buffer)), "no command")

    def _drop(self, count: int, what: str) -> Broken:
        del self._buffer[:count]
        self._looked = 1
        return Broken(what)


# -- the printer's side


@dataclass(frozen=True, slots=True)
class Accepted:
    """06."""


@dataclass(frozen=True, slots=True)
class Refused:
    """15 code 04."""

    code: str


@dataclass(frozen=True, slots=True)
class Told:
    """Data of the printer, word for word; unprintable bytes became `?`, `clean` = there were none."""

    text: str
    clean: bool = True


Reply: TypeAlias = Accepted | Refused | Told


def reply_frame(data: bytes, ended: bool) -> Framed | None:
    """Frame one reply; text ends at a control code, which it takes along unless that begins the next reply."""
    start = len(data) - len(data.lstrip(b"\r\n\0"))
    rest = data[start:]
    if not rest:
        return None
    match rest[0]:
        case 0x06:
            return Framed(rest[:1], start + 1)
        case 0x15:
            return _code_frame(rest, start, ended)
        case _:
            return _text_frame(rest, start, ended)


def _code_frame(rest: bytes, start: int, ended: bool) -> Framed | None:
    at = rest.find(EOT, 0, CODE_LIMIT)
    if at >= 0:
        return Framed(rest[: at + 1], start + at + 1)
    length = min(len(rest), CODE_LIMIT)
    return Framed(rest[:length], start + length) if length == CODE_LIMIT or ended else None


def _text_frame(rest: bytes, start: int, ended: bool) -> Framed | None:
    at = next((at for at, byte in enumerate(rest[:REPLY_LIMIT]) if byte < 0x20), -1)
    if at == 0:
        return Framed(rest[:1], start + 1)
    if at > 0:
        return Framed(rest[:at], start + at + (rest[at] not in (ACK, NACK)))
    if len(rest) >= REPLY_LIMIT or ended:
        return Framed(rest[:REPLY_LIMIT], start + min(len(rest), REPLY_LIMIT))
    return None


def parse_reply(message: bytes) -> Reply:
    """Take a framed reply apart; a code that does not end as one is only text."""
    if message == bytes([ACK]):
        return Accepted()
    if message[:1] == bytes([NACK]) and message[-1:] == bytes([EOT]) and len(message) > 2:
        return Refused(harmless(message[1:-1]))
    return Told(harmless(message), all(0x20 <= byte < 0x7F for byte in message))


def harmless(text: bytes) -> str:
    """Return a device's words with nothing in them but printable ASCII, 120 characters at most."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in text[:120]).strip()
