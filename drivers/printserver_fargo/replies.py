"""Asking a printer how it is, by vendor control transfers, and what it answers.

Laws kept here:

1. An answer is a value or nothing: nonsense is never a printer that is well.
2. The printer's own words are shown word for word, made harmless.

| transfer | bytes | source |
|---|---|---|
| OUT 41 00 0000 0000 | three zeros, packet `g` of version 0 with 32 zeros: 43 bytes | others.md A1, captured |
| IN C1 00 0000 0000 | up to 520 bytes: packet `g` of version 0; texts that each end with a zero | the same |

The first text is USR_CMD_SUCCESSFUL, the second `DH:1;IH:0;...`: flags whose meaning is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.dialogue import Control
from printserver.model.alert import Alert, AlertKind
from printserver_fargo.packets import COMMAND, Packet, PacketReader, packet

OUT, IN = 0x41, 0xC1
QUESTION = bytes(3) + packet("g", bytes(32), COMMAND)
LONGEST = 520
ASK = Control(OUT, 0, 0, 0, data=QUESTION)
HEAR = Control(IN, 0, 0, 0, length=LONGEST)

WELL = "USR_CMD_SUCCESSFUL"
SHOWN = 120


@dataclass(frozen=True, slots=True)
class Told:
    """What a printer said of itself: its verdict, and its flags word for word."""

    verdict: str
    flags: str = ""

    @property
    def well(self) -> bool:
        """Tell whether nothing stands in the way, as far as it says."""
        return self.verdict == WELL

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Return what stands in the way, in its own words."""
        words = " ".join(filter(None, (self.verdict, self.flags)))
        return () if self.well else (Alert(kind=AlertKind.OTHER, verbatim=words[:SHOWN]),)


def parse(answer: bytes) -> Told | None:
    """Take an answer apart; None when it is none."""
    reader = PacketReader()
    found = reader.feed(answer.rstrip(b"\0"))  # a packet ends in eP; what a longer transfer is filled with is no matter
    match found:
        case [Packet("g", version, payload)] if version == COMMAND and reader.held == 0:
            texts = [harmless(text) for text in payload.split(b"\0") if text]
        case _:
            return None
    return Told(texts[0], "".join(texts[1:])) if texts and texts[0] else None


def answer_of(verdict: str, flags: str) -> bytes:
    """Return an answer, as the emulated printer gives it."""
    return packet("g", b"".join(text.encode("ascii", "replace") + b"\0" for text in (verdict, flags)), COMMAND)


def harmless(text: bytes) -> str:
    """Return a device's words with nothing in them but printable ASCII, 120 characters at most."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in text[:SHOWN]).strip()
