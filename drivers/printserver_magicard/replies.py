"""What a Magicard printer says, taken apart.

Laws kept here:

1. A reply is a value or nothing: nonsense is never a printer that is well.
2. The printer's own words are shown word for word, made harmless.

| question | answer | source |
|---|---|---|
| REQ,ERR | 01 "STA" text LF (words - )MM:mm LF "(c" digits ")" 03 | recorded: 00:00 is well, 11:01 no card was fed |
| REQ,INF | 01 "STA$$" fields parted by "," or ":", then "," 03 | Enduro documentation in the vendor's sources |
| REQ,STA,key | 01, 7 bytes that echo the question, value, 2C 03 | Gutenprint's backend |
| GET_PORT_STATUS | one byte: 18 idle, 08 at work, 10 an error waits | recorded |
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from printserver.model.alert import Alert, AlertKind
from printserver_magicard.codec import SOH

IDLE, BUSY, FAULT = b"\x18", b"\x08", b"\x10"

WELL = "00:00"
# No source gives any other code.
ALERT_OF_CODE = {"11:01": AlertKind.FEEDER}

_CODE = re.compile(r"(?:^|\s)(\d{2}:\d{2})$")
_ECHO = 7
# REQ,INF, by the place of the field.
MODEL, HEAD, SERIAL, FIRMWARE, CARDS, PANELS, CLEANS = 1, 2, 3, 6, 9, 11, 12
SINCE_CLEAN, BETWEEN_CLEANS, HEAD_POSITION, MAJOR, MINOR, SHOTS, SHOTS_USED, FILM = 14, 15, 16, 19, 20, 22, 23, 24
FIELDS = 35


@dataclass(frozen=True, slots=True)
class Condition:
    """How the printer said it is: a code MM:mm and its words."""

    code: str
    text: str

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Return what stands in the way; nothing only when the code says that all is well."""
        if self.code == WELL:
            return ()
        return (Alert(kind=ALERT_OF_CODE.get(self.code, AlertKind.OTHER), verbatim=self.text),)


@dataclass(frozen=True, slots=True)
class Information:
    """The fields of REQ,INF."""

    fields: tuple[str, ...]

    def text(self, place: int) -> str:
        """Return a field."""
        return self.fields[place]

    def number(self, place: int) -> int | None:
        """Return a field that is a count, None when it is none."""
        text = self.fields[place].strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    @property
    def condition(self) -> Condition | None:
        """Return major and minor error, None when they are no numbers."""
        major, minor = self.number(MAJOR), self.number(MINOR)
        if major is None or minor is None:
            return None
        return Condition(f"{major:02}:{minor:02}", f"error {major:02}:{minor:02}")


def parse_error(message: bytes) -> Condition | None:
    """Take an answer to REQ,ERR apart; None when it is none."""
    if message[:4] != bytes([SOH]) + b"STA":
        return None
    lines = message[4:].decode("latin-1").split("\n")
    found = _CODE.search(lines[1].strip()) if len(lines) == 3 else None
    return None if found is None else Condition(found[1], harmless(f"{lines[0]} {lines[1]}".encode("latin-1")))


def parse_information(message: bytes) -> Information | None:
    """Take an answer to REQ,INF apart; None when it is none."""
    start = bytes([SOH]) + b"STA$$"
    if not message.startswith(start) or not message.endswith(b","):
        return None
    text = message[len(start) : -1].decode("latin-1")
    fields = tuple(harmless(each.encode("latin-1")) for each in re.split("[,:]", text))
    return Information(fields) if len(fields) >= FIELDS - 1 else None


def parse_parameter(message: bytes) -> str | None:
    """Return the value that an answer to REQ,STA holds, None when it is none; the echo's very bytes are not known."""
    if message[:1] != bytes([SOH]) or message[1:4] != b"STA" or not message.endswith(b","):
        return None
    return harmless(message[1 + _ECHO : -1]) if len(message) > 1 + _ECHO else None


def harmless(text: bytes) -> str:
    """Return a device's words with nothing in them but printable ASCII, 120 characters at most."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in text[:120]).strip()
