"""The Evolis ESC command language: framing, both ways.

Laws kept here:

1. One tokeniser reads what a host sends, for the emulator, for recorded jobs and for the tests of the driver.
2. NUL between commands is padding; ESC may be left out after CR; a payload's length is known before it is read.
3. Bytes of either side may be hostile: reading ends in a command, a reply, or in "more is needed"; it never raises.

| piece | bytes | source |
|---|---|---|
| command | 1B name (3B parameter)* 0D | Evolis Programming Guide A5013 Rev E, framing |
| download | 1B name 3B parameters 3B payload 0D | the same; captures of the vendor's driver |
| reply | text 00 | the same |
| in ACK/NACK mode | 06, or 15 and a code character | the same |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from printserver.dialogue import Framed

ESC, CR, LF, SEPARATOR, NUL, ACK, NACK = 0x1B, 0x0D, 0x0A, 0x3B, 0x00, 0x06, 0x15

# Columns of the landscape card are sent as lines of 648 dots, 1016 of them (A5013 Rev E; its printed totals contradict
# its own formula, the formula is what working drivers send).
LINE_DOTS, LINES = 648, 1016
# A partial download, for ribbons with half colour panels, has this many lines at most (A5013 Rev E, command Dbp).
PART_LINES = 420

# NACK codes of A5013 Rev E.
NACK_COMMAND, NACK_PARAMETER = "1", "2"
REFUSALS = frozenset({NACK_COMMAND, NACK_PARAMETER})

# Bits per dot of the level counts that may stand in a download; 6, 65 and 66 are other ways to say 64 levels.
BITS_OF = {"2": 1, "32": 5, "64": 6, "128": 7, "256": 8, "6": 6, "65": 6, "66": 6}

HEADER_LIMIT = 512
# No download is longer than two uncompressed panels of 256 levels: a longer count is a damaged one.
PAYLOAD_LIMIT = 2 * LINE_DOTS * LINES
REPLY_LIMIT = 4096


def command(name: str, *parameters: str | int, payload: bytes | None = None) -> bytes:
    """Frame one command; a payload follows the last separator and is itself followed by CR."""
    fields = [name, *(str(parameter) for parameter in parameters)]
    head = b"\x1b" + ";".join(fields).encode("ascii")
    return head + b"\r" if payload is None else head + b";" + payload + b"\r"


def text_reply(text: str) -> bytes:
    """Frame a reply of the printer."""
    return text.encode("ascii", "replace") + b"\0"


def ack() -> bytes:
    """Frame the printer's acknowledgement of one command."""
    return bytes([ACK])


def nack(code: str) -> bytes:
    """Frame the printer's refusal of one command."""
    return bytes([NACK]) + code.encode("ascii")


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was sent; `payload` only for downloads."""

    name: str
    parameters: tuple[str, ...] = ()
    payload: bytes = b""

    def parameter(self, index: int) -> str:
        """Return a parameter, empty when it was not given."""
        return self.parameters[index] if index < len(self.parameters) else ""


def download_size(levels: str, lines: int = LINES) -> int | None:
    """Return the bytes of an uncompressed download, None for a level count that the language does not have."""
    bits = BITS_OF.get(levels)
    return None if bits is None else lines * LINE_DOTS * bits // 8


def number(text: str, limit: int) -> int | None:
    """Return a decimal count, None when it is none or larger than `limit`."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= limit else None


def _whole(parameters: tuple[str, ...]) -> int | None:
    return download_size(parameters[1])


def _part(parameters: tuple[str, ...]) -> int | None:
    lines = number(parameters[3], LINES)
    return None if lines is None else download_size(parameters[1], lines)


def _counted(parameters: tuple[str, ...]) -> int | None:
    return number(parameters[-1], PAYLOAD_LIMIT)


# A Windows bitmap says its own size, least significant byte first, right after its two letters.
BMP, BMP_MARK, BMP_HEAD = "Dbmp", b"BM", 6


def _bmp_size(head: bytes) -> int:
    """Return the bytes of a bitmap file that begins so; what is none ends where its head ends."""
    size = int.from_bytes(head[2:BMP_HEAD], "little")
    return size if head.startswith(BMP_MARK) and BMP_HEAD <= size <= PAYLOAD_LIMIT else BMP_HEAD


# Name: the counts of parameters before the payload, and how its length follows from them.
DOWNLOADS: dict[str, tuple[tuple[int, ...], Callable[[tuple[str, ...]], int | None]]] = {
    "Db": ((2,), _whole),
    "Dbc": ((3, 4), _counted),
    "Dbp": ((4,), _part),
    "Dbpc": ((4,), _counted),
    "Dbmp": ((4,), lambda parameters: BMP_HEAD),
}


class Tokeniser:
    """Cuts a host's bytes into commands; surplus stays inside until more comes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._download: tuple[Command, int] | None = None
        self._header_length = 0

    @property
    def pending(self) -> int:
        """Return the count of bytes that are not yet a whole command; padding is not counted."""
        if self._download is not None:
            return len(self._buffer) + self._header_length
        return len(self._buffer.lstrip(b"\0\r\n"))

    def feed(self, data: bytes) -> list[Command]:
        """Take bytes and return the commands that are whole now."""
        self._buffer += data
        found = []
        while (token := self._next()) is not None:
            found.append(token)
        return found

    def _next(self) -> Command | None:
        if self._download is None:
            self._skip_padding()
            header = self._header()
            if header is not None:
                return header
        return self._payload()

    def _skip_padding(self) -> None:
        kept = self._buffer.lstrip(b"\0\r\n")
        if len(kept) < len(self._buffer):
            self._buffer = kept

    def _header(self) -> Command | None:
        """Read up to CR, or up to a download's payload, which is then waited for."""
        start = 1 if self._buffer[:1] == b"\x1b" else 0
        window = bytes(self._buffer[start : start + HEADER_LIMIT])
        end = _header_end(window)
        if self._starts_download(window[:end], start):
            return None
        if end == len(window) < HEADER_LIMIT:
            return None
        del self._buffer[: start + end]
        return _parse(window[:end])

    def _starts_download(self, header: bytes, start: int) -> bool:
        name, _, rest = header.partition(b";")
        counts, size_of = DOWNLOADS.get(name.decode("latin-1"), ((), _whole))
        for count in counts:
            fields = rest.split(b";", count)
            if len(fields) <= count:
                return False
            parameters = tuple(field.decode("latin-1") for field in fields[:count])
            if count == 3 and _is_first_line(parameters[2]):
                continue
            size = size_of(parameters)
            if size is None:
                return False
            self._header_length = start + len(name) + 1 + sum(len(field) + 1 for field in fields[:count])
            del self._buffer[: self._header_length]
            self._download = Command(name.decode("latin-1"), parameters), size
            return True
        return False

    def _payload(self) -> Command | None:
        if self._download is None or len(self._buffer) < self._download[1]:
            return None
        header, size = self._download
        if header.name == BMP and size == BMP_HEAD:
            size = _bmp_size(bytes(self._buffer[:BMP_HEAD]))
            self._download = header, size
            if len(self._buffer) < size:
                return None
        self._download = None
        payload = bytes(self._buffer[:size])
        del self._buffer[:size]
        return Command(header.name, header.parameters, payload)


def _is_first_line(text: str) -> bool:
    """Tell Dbc's fourth parameter form: a whole image needs at least a byte a line, so a smaller count is a line."""
    return number(text, LINES - 1) is not None


def _header_end(window: bytes) -> int:
    """Return where a header ends: before CR, or before an ESC that shows that the CR was lost."""
    return min((at for at in (window.find(b"\r"), window.find(b"\x1b")) if at >= 0), default=len(window))


def _parse(header: bytes) -> Command:
    """Take a header apart; the data of a magnetic track may hold any character, separators and blanks too."""
    text = header.decode("latin-1")
    if text.startswith("Dm;"):
        name, *parts = text.split(";", 2)
        return Command(name, tuple(parts))
    name, *parts = (part.strip() for part in text.split(";"))
    return Command(name, tuple(parts))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a printer said: refusal codes that had gathered, and its text if there was one."""

    text: str | None = None
    nacks: tuple[str, ...] = ()


def reply_frame(data: bytes, ended: bool) -> Framed | None:
    """Frame one reply: ACK and NACK signs that came before are part of it; a refused command has no text."""
    at = 0
    while at < len(data):
        if data[at] == ACK:
            at += 1
        elif data[at] == NACK and at + 1 < len(data):
            at += 2
            if chr(data[at - 1]) in REFUSALS:
                return Framed(data[:at], at)
        else:
            break
    end = data.find(b"\0", at)
    if end >= 0:
        return Framed(data[: end + 1], end + 1)
    return Framed(data, len(data)) if len(data) >= REPLY_LIMIT or (ended and data) else None


def parse_reply(message: bytes) -> Reply:
    """Take a framed reply apart; unprintable bytes of its text become `?`."""
    nacks, at = [], 0
    while at < len(message) and message[at] in (ACK, NACK):
        if message[at] == NACK:
            nacks.append(harmless(message[at + 1 : at + 2]))
            at += 1
        at += 1
    text = message[at:].removesuffix(b"\0")
    return Reply(harmless(text) if message[at:] else None, tuple(nacks))


def harmless(text: bytes) -> str:
    """Return a device's words with nothing in them but printable ASCII, 80 characters at most."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in text[:80])
