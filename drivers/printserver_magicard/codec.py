"""The framing of the language, both ways: requests, jobs side by side, replies.

Laws kept here:

1. One tokeniser reads what a host sends, for the emulator, for recorded jobs and for the tests of the driver.
2. 05 before a message is attention, NUL, CR and LF are padding; a plane's length is known before it is read.
3. Bytes of either side may be hostile: reading ends in a token, a reply, or in "more is needed"; it never raises.

| piece | bytes | source |
|---|---|---|
| request | (05 x 9) 01 2C "REQ," words 2C 1C 03 | vendor's driver, recorded |
| request | 05 x 9 01 words 2C 1C 03, REQ or not | Gutenprint's backend: no comma after 01 |
| side of a job | 05 x 64, 01 2C, commands parted by commas, 1C, planes, 03 | vendor's driver, recorded |
| plane | as many bytes as SZB, SZG, SZR or SZK says, then 1C and the plane's letter and 3A | the same |
| reply | 01 ... 03 | recorded |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from printserver.dialogue import until
from printserver_magicard.layout import PANEL_OF_TAG

SOH, ETX, ENQ, FS = 0x01, 0x03, 0x05, 0x1C
LEAD_IN, ATTENTION = bytes([ENQ]) * 64, bytes([ENQ]) * 9
PADDING = b"\0\r\n\x05"

HEADER_LIMIT = 16_384
# No plane is longer than six bits a dot of a long card (1026 lines and more are not sent by these drivers).
PLANE_LIMIT = 2 * 1016 * 576
REPLY_LIMIT = 4096

reply_frame = until(bytes([ETX]), REPLY_LIMIT)


def request(*words: str, comma: bool = True) -> bytes:
    """Frame a request; Rio and Tango get it without the comma after SOH."""
    start = b"\x01," if comma else b"\x01"
    return ATTENTION + start + ",".join(("REQ", *words, "")).encode("ascii") + bytes([FS, ETX])


def side_head(commands: list[str]) -> bytes:
    """Frame a side's header; no comma stands before FS: the firmware does not bear one there."""
    return LEAD_IN + b"\x01," + ",".join(commands).encode("ascii") + bytes([FS])


def plane_end(tag: str) -> bytes:
    """Return what follows a plane's bytes."""
    return bytes([FS]) + tag.encode("ascii") + b":"


@dataclass(frozen=True, slots=True)
class Request:
    """A question or an order; words without REQ."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideHead:
    """A side of a job begins; its words are those between the commas."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaneData:
    """One plane of the side, whole."""

    tag: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SideEnd:
    """The side is whole."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are nothing of the language; `what` names them for the count of unknown commands."""

    what: str


Token: TypeAlias = Request | SideHead | PlaneData | SideEnd | Broken


class Tokeniser:
    """Cuts a host's bytes into tokens; surplus stays inside until more comes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._planes: list[tuple[str, int]] = []
        self._in_side = False
        self._taken = 0
        self._searched = 0

    @property
    def in_side(self) -> bool:
        """Tell whether a side has begun and is not whole yet."""
        return self._in_side

    @property
    def pending(self) -> int:
        """Return the count of bytes since the beginning of a message that is not whole; padding is not counted."""
        return len(self._buffer) + self._taken if self._in_side else len(self._buffer.lstrip(PADDING))

    def feed(self, data: bytes) -> list[Token]:
        """Take bytes and return the tokens that are whole now."""
        self._buffer += data
        found = []
        while (token := self._next()) is not None:
            found.append(token)
        return found

    def _next(self) -> Token | None:
        if not self._in_side:
            return self._between()
        if self._planes:
            return self._plane()
        if not self._buffer:
            return None
        whole = self._buffer[0] == ETX
        self._leave(1 if whole else 0)
        return SideEnd() if whole else Broken("side without end")

    def _leave(self, count: int) -> None:
        del self._buffer[:count]
        self._in_side, self._planes, self._taken = False, [], 0

    def _between(self) -> Token | None:
        """Read up to FS; what stands before SOH is nothing of the language."""
        stray = self._skip_to_start()
        if stray is not None:
            return stray
        end = self._buffer.find(FS, max(1, self._searched))
        again = self._buffer.find(SOH, 1, end if end >= 0 else len(self._buffer))
        if again >= 0 or (end < 0 and len(self._buffer) >= HEADER_LIMIT):
            self._drop(again if again >= 0 else 1)
            return Broken("header without end")
        if end < 0:
            self._searched = len(self._buffer)
            return None
        words = _words(bytes(self._buffer[1:end]))
        if _is_job(words):
            return self._begin(words, end + 1)
        if len(self._buffer) == end + 1:
            return None
        self._drop(end + 1 + (self._buffer[end + 1] == ETX))
        return Request(words[1:] if words[:1] == ("REQ",) else words)

    def _skip_to_start(self) -> Token | None:
        kept = self._buffer.lstrip(PADDING)
        if len(kept) < len(self._buffer):
            self._buffer, self._searched = kept, 0
        if not self._buffer or self._buffer[0] == SOH:
            return None
        start = self._buffer.find(SOH)
        if start < 0 and len(self._buffer) < HEADER_LIMIT:
            # It is told once, when a message follows or when it has grown too long.
            return None
        self._drop(start if start >= 0 else len(self._buffer))
        return Broken("bytes outside of a message")

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0

    def _begin(self, words: tuple[str, ...], used: int) -> Token:
        self._drop(used)
        planes = _planes_of(words)
        if planes is None:
            return Broken("plane size")
        self._in_side, self._planes, self._taken = True, planes, used
        return SideHead(words)

    def _plane(self) -> Token | None:
        tag, size = self._planes[0]
        if len(self._buffer) < size + 3:
            return None
        data, end = bytes(self._buffer[:size]), bytes(self._buffer[size : size + 3])
        if end != plane_end(tag):
            # Where the next message begins is not known any more; it is looked for behind what was announced.
            self._leave(size)
            return Broken("plane without end")
        del self._buffer[: size + 3]
        self._taken += size + 3
        self._planes = self._planes[1:]
        return PlaneData(tag, data)


def _words(header: bytes) -> tuple[str, ...]:
    text = header.decode("latin-1").removeprefix(",").removesuffix(",")
    return tuple(text.split(","))


def _is_job(words: tuple[str, ...]) -> bool:
    """A job begins with NOC (vendor's filter), but a careless one may not: then its planes tell."""
    return words[0].startswith("NOC") or any(word.startswith("SZ") for word in words)


def _planes_of(words: tuple[str, ...]) -> list[tuple[str, int]] | None:
    """Return each plane with its size, in the order of the header; None for sizes that cannot be."""
    found = [(word[2:3], word[3:]) for word in words if word.startswith("SZ")]
    if any(tag not in PANEL_OF_TAG or not _is_size(size) for tag, size in found):
        return None
    return [(tag, int(size)) for tag, size in found]


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= PLANE_LIMIT
