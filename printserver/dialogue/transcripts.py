r"""Transcripts: what host and device said, as text that people read and tests replay; no input or output here.

Laws kept here:

1. Text and value are the same thing: parsing what was written gives the transcript back, byte for byte.
2. A transcript is hostile until parsed: a line that is not understood is named, never skipped.
3. A stretch that was left out keeps its length, and nothing of what it was: neither a digest nor its ends.

One line for each thing said: seconds, direction, form, body. `>` is the host, `<` the device. Before them stand facts,
a line each: `= KEY VALUE`. Empty lines and lines that begin with `#` are notes.

| form | body |
|---|---|
| `a` | readable text, with Python's escapes for the rest |
| `x` | hex |
| `r` | the count of bytes that were left out, being somebody's card, and what they were |
| `c` of the host | a USB control transfer: request type, request, value and index in hex; then the count of bytes that it reads at most, or the hex that it writes, `-` where it writes none |
| `c` of the device | what the transfer read in hex, `-` for nothing, or `stall` |

    = model alto
    0.000000 > a \x1bRlr\r
    0.021500 < a OK\x00
    0.100000 > x 1b44623b793b3235363b
    0.110000 > r 81920 panel Y
    0.120000 > c a1 01 0000 0000 1
    0.121000 < c 18
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from printserver.dialogue.effects import Control
from printserver.errors import Fault, PrintServerError

HEAD = "# printserver transcript 1"
NONE, STALL = "-", "stall"
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_COUNT = re.compile(r"[0-9]{1,9}")
_KEY = re.compile(r"[a-z][a-z0-9-]*")
_HEX = re.compile(r"([0-9a-f]{2})+")
# bmRequestType, bRequest, wValue, wIndex of a setup packet (USB 2.0 table 9-2).
_SETUP = re.compile(r"([0-9a-f]{2}) ([0-9a-f]{2}) ([0-9a-f]{4}) ([0-9a-f]{4}) (\S+)")
_READS = 0x80


class TranscriptBroken(PrintServerError):
    """The transcript cannot be read."""

    code = "transcript-broken"
    fault = Fault.OPERATOR
    remedy = "Correct the line that the message names."


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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of `length` bytes that is not kept; `name` says what it was, in words without line breaks."""

    at: float
    direction: Direction
    length: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """A USB control transfer that the host asked for; `length` bytes are read at most, or `data` is written."""

    at: float
    request_type: int
    request: int
    value: int
    index: int
    data: bytes = b""
    length: int = 0

    @property
    def reads(self) -> bool:
        """Tell whether the device is to say something."""
        return bool(self.request_type & _READS)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a control transfer came to; None = the device stalled it."""

    at: float
    data: bytes | None


Said: TypeAlias = Line | LeftOut | Setup | Reading


@dataclass(slots=True)
class Transcript:
    """A conversation in the order in which it happened; `facts` say with what it was held."""

    lines: list[Said] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def add(self, at: float, direction: Direction, data: bytes) -> None:
        """Note bytes; nothing is noted for none."""
        if data:
            self.lines.append(Line(round(at, 6), direction, data))

    def add_setup(self, at: float, transfer: Control) -> None:
        """Note a control transfer."""
        reads = bool(transfer.request_type & _READS)
        self.lines.append(
            Setup(
                round(at, 6), transfer.request_type, transfer.request, transfer.value, transfer.index,
                b"" if reads else transfer.data, transfer.length if reads else 0,
            )
        )  # fmt: skip

    def add_reading(self, at: float, data: bytes | None) -> None:
        """Note what a control transfer came to; None = it was stalled."""
        self.lines.append(Reading(round(at, 6), data))

    def said(self, direction: Direction) -> bytes:
        """Return everything that one side said in its stream; what was left out is not in it."""
        return b"".join(line.data for line in self.lines if isinstance(line, Line) and line.direction is direction)

    def text(self) -> str:
        """Return the transcript as text, with its head."""
        facts = [f"= {key} {value}" for key, value in self.facts.items()]
        return "\n".join([HEAD, *facts, *map(_written, self.lines)]) + "\n"


def parse_transcript(text: str) -> Transcript:
    """Read a transcript; raises TranscriptBroken with the number of the line."""
    transcript = Transcript()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            _take(transcript, line)
        except ValueError as error:
            raise TranscriptBroken(
                "this line is not understood", where=f"line {number}", allowed="SECONDS > a TEXT, SECONDS < x HEX"
            ) from error
    return transcript


def _take(transcript: Transcript, line: str) -> None:
    if line.startswith("= ") and not transcript.lines:
        key, _, value = line[2:].partition(" ")
        transcript.facts[_matched(_KEY, key)] = value
    else:
        transcript.lines.append(_read(line))


# written


def _written(line: Said) -> str:
    match line:
        case Line(at, direction, data):
            form, body = _form(data)
            return f"{at:.6f} {direction} {form} {body}"
        case LeftOut(at, direction, length, name):
            return f"{at:.6f} {direction} r {length}{' ' * bool(name)}{name}"
        case Setup(at, request_type, request, value, index, data, length):
            body = str(length) if line.reads else data.hex() or NONE
            return f"{at:.6f} > c {request_type:02x} {request:02x} {value:04x} {index:04x} {body}"
        case Reading(at, data):
            return f"{at:.6f} < c {STALL if data is None else data.hex() or NONE}"


def _form(data: bytes) -> tuple[str, str]:
    readable = sum(0x20 <= byte < 0x7F or byte in b"\r\n\0\x1b" for byte in data)
    return ("a", _escaped(data)) if 2 * readable >= len(data) else ("x", data.hex())


def _escaped(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else _escape(byte) for byte in data)


def _escape(byte: int) -> str:
    return {0x0D: r"\r", 0x0A: r"\n", 0x5C: r"\\"}.get(byte, f"\\x{byte:02x}")


# read; each raises ValueError


def _read(text: str) -> Said:
    seconds, arrow, form, body = text.split(" ", 3)
    at, direction = float(_matched(_SECONDS, seconds)), Direction(arrow)
    match form, direction:
        case "a", _:
            return Line(at, direction, _unescaped(body))
        case "x", _:
            return Line(at, direction, bytes.fromhex(body))
        case "r", _:
            length, _, name = body.partition(" ")
            return LeftOut(at, direction, int(_matched(_COUNT, length)), name)
        case "c", Direction.HOST:
            return _setup(at, body)
        case "c", Direction.DEVICE:
            return Reading(at, None if body == STALL else _unhexed(body))
        case _:
            raise ValueError(form)


def _setup(at: float, body: str) -> Setup:
    found = _SETUP.fullmatch(body)
    if found is None:
        raise ValueError(body)
    request_type, request, value, index = (int(part, 16) for part in found.groups()[:4])
    if request_type & _READS:
        return Setup(at, request_type, request, value, index, length=int(_matched(_COUNT, found[5])))
    return Setup(at, request_type, request, value, index, data=_unhexed(found[5]))


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text


def _unhexed(body: str) -> bytes:
    return b"" if body == NONE else bytes.fromhex(_matched(_HEX, body))


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
