r"""Transcripts: what host and device said, as text that people read and tests replay; no input or output here.

Laws kept here:

1. Text and value are the same thing: parsing what was written gives the transcript back, byte for byte.
2. A transcript is hostile until parsed: a line that is not understood is named, never skipped.
3. A replay gives the device's words only after the host has said exactly what it said then, in any pieces.

One line for each stretch of bytes: seconds, direction, form, body. `>` is the host, `<` the device. The form is `a`
for readable text (Python's escapes for the rest) or `x` for hex. Empty lines and lines that begin with `#` are notes.

    0.000000 > a \x1bRlr\r
    0.021500 < a OK\x00
    0.100000 > x 1b44623b793b3235363b
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from printserver.errors import Fault, PrintServerError

HEAD = "# printserver transcript 1"
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class TranscriptBroken(PrintServerError):
    """The transcript cannot be read."""

    code = "transcript-broken"
    fault = Fault.OPERATOR
    remedy = "Correct the line that the message names."


class TranscriptDiffers(PrintServerError):
    """The host said something else than the transcript has."""

    code = "transcript-differs"
    remedy = "Compare the driver with the recorded conversation."


class Direction(StrEnum):
    """Who spoke."""

    HOST = ">"
    DEVICE = "<"


@dataclass(frozen=True, slots=True)
class Line:
    """One stretch of bytes; `at` in seconds since the transcript's beginning."""

    at: float
    direction: Direction
    data: bytes


@dataclass(slots=True)
class Transcript:
    """A conversation in the order in which it happened."""

    lines: list[Line] = field(default_factory=list)

    def add(self, at: float, direction: Direction, data: bytes) -> None:
        """Note bytes; nothing is noted for none."""
        if data:
            self.lines.append(Line(round(at, 6), direction, data))

    def said(self, direction: Direction) -> bytes:
        """Return everything that one side said."""
        return b"".join(line.data for line in self.lines if line.direction is direction)

    def text(self) -> str:
        """Return the transcript as text, with its head."""
        return "\n".join([HEAD, *map(_written, self.lines)]) + "\n"


def parse_transcript(text: str) -> Transcript:
    """Read a transcript; raises TranscriptBroken with the number of the line."""
    lines = enumerate(text.split("\n"), start=1)
    return Transcript([_read(number, line) for number, line in lines if line.strip() and not line.startswith("#")])


def _written(line: Line) -> str:
    readable = sum(0x20 <= byte < 0x7F or byte in b"\r\n\0\x1b" for byte in line.data)
    form, body = ("a", _escaped(line.data)) if 2 * readable >= len(line.data) else ("x", line.data.hex())
    return f"{line.at:.6f} {line.direction} {form} {body}"


def _escaped(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else _escape(byte) for byte in data)


def _escape(byte: int) -> str:
    return {0x0D: r"\r", 0x0A: r"\n", 0x5C: r"\\"}.get(byte, f"\\x{byte:02x}")


def _read(number: int, text: str) -> Line:
    parts = text.split(" ", 3)
    try:
        at, direction, form, body = parts
        return Line(_seconds(at), Direction(direction), _unescaped(body) if form == "a" else _unhexed(form, body))
    except ValueError as error:
        raise TranscriptBroken(
            "this line is not understood", where=f"line {number}", allowed="SECONDS > a TEXT, SECONDS < x HEX"
        ) from error


def _seconds(text: str) -> float:
    if _SECONDS.fullmatch(text) is None:
        raise ValueError(text)
    return float(text)


def _unhexed(form: str, body: str) -> bytes:
    if form != "x":
        raise ValueError(form)
    return bytes.fromhex(body)


def _unescaped(body: str) -> bytes:
    found, at = bytearray(), 0
    while at < len(body):
        if body[at] != "\\":
            found += body[at].encode("ascii")
            at += 1
        elif body[at + 1 : at + 2] == "x":
            found += bytes.fromhex(body[at + 2 : at + 4].rjust(2, "?"))
            at += 4
        else:
            found.append({"r": 0x0D, "n": 0x0A, "\\": 0x5C}.get(body[at + 1 : at + 2], 256))
            at += 2
    return bytes(found)


class Replay:
    """A device made of a transcript: it answers as the recorded one did; time plays no part."""

    def __init__(self, transcript: Transcript) -> None:
        self._turns = list(_turns(transcript.lines))
        self._heard = b""
        self._position = 0

    @property
    def finished(self) -> bool:
        """Tell whether everything was said."""
        return not self._turns and not self._heard

    def greeting(self) -> bytes:
        """Return what the device says before the host says anything."""
        return self.receive(b"")

    def receive(self, data: bytes) -> bytes:
        """Take the host's bytes and return the device's; raises TranscriptDiffers at the first byte that differs."""
        self._heard += data
        answer = b""
        while self._turns:
            expected, reply = self._turns[0]
            self._compare(expected)
            if len(self._heard) < len(expected):
                return answer
            del self._turns[0]
            self._heard = self._heard[len(expected) :]
            self._position += len(expected)
            answer += reply
        if self._heard:
            raise TranscriptDiffers("the host goes on after the transcript's end", where=f"byte {self._position}")
        return answer

    def _compare(self, expected: bytes) -> None:
        pairs = zip(self._heard, expected, strict=False)
        at = next((at for at, (heard, wanted) in enumerate(pairs) if heard != wanted), None)
        if at is not None:
            found, wanted = self._heard[at : at + 16], expected[at : at + 16]
            raise TranscriptDiffers(
                f"the host said {found!r}", where=f"byte {self._position + at}", allowed=repr(wanted)
            )


def _turns(lines: Iterable[Line]) -> Iterable[tuple[bytes, bytes]]:
    """Join lines into turns: all that the host said, then all that the device said."""
    host = device = b""
    for line in lines:
        if line.direction is Direction.DEVICE:
            device += line.data
        elif device:
            yield host, device
            host, device = line.data, b""
        else:
            host += line.data
    if host or device:
        yield host, device
