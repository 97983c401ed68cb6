"""What a host sends, cut into commands.

Laws kept here:

1. One tokeniser reads it, for the emulator, for recorded jobs and for the tests of the driver.
2. NUL between commands is padding; the start sign may be left out after an end; a payload's length is known before it
   is read.
3. Bytes may be hostile: reading ends in a command, or in "more is needed"; it never raises.

`Psc` may change the three signs (A5013 Rev E, framing); only other programs send it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from printserver_evolis.codec import HEADER_LIMIT, LINES, PAYLOAD_LIMIT, Command, download_size, number

FRAMING = "Psc"


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


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that frame a command."""

    start: bytes = b"\x1b"
    separator: bytes = b";"
    end: bytes = b"\r"

    @property
    def padding(self) -> bytes:
        """Return what may stand between commands."""
        return b"\0\r\n" + self.end

    def changed(self, codes: tuple[str, ...]) -> Signs:
        """Return what `Psc` sets: three decimal codes, none = the usual ones; such as cannot frame change nothing."""
        if not codes:
            return Signs()
        found = [number(code, 255) for code in codes]
        usable = [bytes([code]) for code in found if code]
        clear = len(codes) == 3 and len(set(usable)) == 3 and not any(sign.isalnum() for sign in usable)
        return Signs(*usable) if clear else self


class Tokeniser:
    """Cuts a host's bytes into commands; surplus stays inside until more comes."""

    def __init__(self) -> None:
        self._signs = Signs()
        self._buffer = bytearray()
        self._download: tuple[Command, int] | None = None
        self._header_length = 0

    @property
    def pending(self) -> int:
        """Return the count of bytes that are not yet a whole command; padding is not counted."""
        if self._download is not None:
            return len(self._buffer) + self._header_length
        return len(self._buffer.lstrip(self._signs.padding))

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
        kept = self._buffer.lstrip(self._signs.padding)
        if len(kept) < len(self._buffer):
            self._buffer = kept

    def _header(self) -> Command | None:
        """Read up to the end sign, or up to a download's payload, which is then waited for."""
        start = 1 if self._buffer[:1] == self._signs.start else 0
        window = bytes(self._buffer[start : start + HEADER_LIMIT])
        end = _header_end(window, self._signs)
        if self._starts_download(window[:end], start):
            return None
        if end == len(window) < HEADER_LIMIT:
            return None
        del self._buffer[: start + end]
        found = _parse(window[:end], self._signs)
        if found.name == FRAMING:
            # its own end is one of the old signs
            self._buffer = self._buffer.removeprefix(self._signs.end)
            self._signs = self._signs.changed(found.parameters)
        return found

    def _starts_download(self, header: bytes, start: int) -> bool:
        separator = self._signs.separator
        name, _, rest = header.partition(separator)
        counts, size_of = DOWNLOADS.get(name.decode("latin-1"), ((), _whole))
        for count in counts:
            fields = rest.split(separator, count)
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


def _header_end(window: bytes, signs: Signs) -> int:
    """Return where a header ends: before its end sign, or before a start that shows that the end was lost."""
    return min((at for at in (window.find(signs.end), window.find(signs.start)) if at >= 0), default=len(window))


def _parse(header: bytes, signs: Signs) -> Command:
    """Take a header apart; the data of a magnetic track may hold any character, separators and blanks too."""
    text, separator = header.decode("latin-1"), signs.separator.decode("latin-1")
    if text.startswith("Dm" + separator):
        name, *parts = text.split(separator, 2)
        return Command(name, tuple(parts))
    name, *parts = (part.strip() for part in text.split(separator))
    return Command(name, tuple(parts))
