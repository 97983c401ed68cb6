"""The Evolis ESC command language: framing, both ways.

Law kept here: bytes of a device may be hostile; reading ends in a reply, or in "more is needed", and never raises. What
a host sends is read by `tokens`.

| piece | bytes | source |
|---|---|---|
| command | 1B name (3B parameter)* 0D | Evolis Programming Guide A5013 Rev E, framing |
| download | 1B name 3B parameters 3B payload 0D | the same; captures of the vendor's driver |
| reply | text 00 | the same |
| in ACK/NACK mode | 06, or 15 and a code character | the same |
"""

from __future__ import annotations

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
