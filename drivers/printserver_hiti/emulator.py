"""A HiTi CS-2xx printer made of software: it says who and how it is, and takes nothing else.

Laws kept here:

1. Every command but the questions of identification and status is refused (D8); no card ever moves.
2. What no source tells (the words of the summary, codes beside those of the status) is made up here, and the driver
   must not know it.
"""

from __future__ import annotations

from collections import Counter

from printserver.driver.emulator import Machine
from printserver_hiti.codec import (
    BAD_COMMAND,
    INPUT_ALERT,
    JAM,
    STATUS,
    SUMMARY,
    Command,
    Image,
    Tokeniser,
    reply,
)
from printserver_hiti.info import model_of

SUMMARY_BYTES = 79
# Fault: byte and bit of the status, and the code that its own question tells.
FAULTS = {
    "jam": (1, 0x02), "hopper-empty": (1, 0x08), "ribbon-out": (1, 0x01), "cover-open": (2, 0x08),
    "need-cleaning": (2, 0x02),
}  # fmt: skip
CODES = {JAM: ("jam", 0x00030000), INPUT_ALERT: ("hopper-empty", 0x00008000)}


class HitiEmulator:
    """One emulated printer of a model such as `cs-200e`; raises ConfigurationError for an unknown one.

    `unknown` counts the commands that it refused.
    """

    def __init__(self, model: str, machine: Machine) -> None:
        self._model = model_of(model)
        self._machine = machine
        self._tokens = Tokeniser()
        self.unknown: Counter[str] = Counter()

    def connected(self) -> None:
        """Begin the framing anew."""
        self._tokens = Tokeniser()

    def disconnected(self) -> None:
        """Forget half a frame."""
        self._tokens = Tokeniser()

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answers."""
        out = bytearray()
        for token in self._tokens.feed(data):
            match token:
                case Command(code):
                    out += self._answer(code)
                case Image():
                    self.unknown["8309"] += 1
        return bytes(out)

    def due(self) -> float | None:
        """Return None: nothing is ever under way."""
        return None

    def tick(self) -> bytes:
        """Return nothing: it never speaks by itself."""
        return b""

    def _answer(self, code: int) -> bytes:
        if self._machine.faulty("unknown-reply"):
            return reply(code, status=0xDB)
        match code:
            case found if found == SUMMARY:
                words = f"{self._model.title}\0EMULATED 1.0\0{self._machine.serial}".encode("ascii", "replace")
                return reply(code, words.ljust(SUMMARY_BYTES, b"\0")[:SUMMARY_BYTES])
            case found if found == STATUS:
                return reply(code, self._status())
            case found if found in CODES:
                fault, told = CODES[code]
                return reply(code, (told if self._machine.faulty(fault) else 0).to_bytes(4, "big"))
            case _:
                self.unknown[f"{code:04x}"] += 1
                return reply(code, status=BAD_COMMAND)

    def _status(self) -> bytes:
        status = bytearray(3)
        for fault, (place, bit) in FAULTS.items():
            if self._machine.faulty(fault):
                status[place] |= bit
        return bytes(status)
