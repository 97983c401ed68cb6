"""The faults of a line, between an emulated printer and whatever carries its bytes.

Laws kept here:

1. The printer behind the port knows nothing of these faults; they strike exactly between two bytes.
2. A silent printer works on; a stalled one takes nothing and loses nothing.
"""

from __future__ import annotations

from printserver.driver.emulator import EmulatedPrinter
from printserver.emulation.faults import FaultBook, FaultKind

# Flipping these bits turns every ASCII character and control code into something no manual knows.
NOISE = 0xA5


class Port:
    """An emulated printer's socket: the same calls as EmulatedPrinter, and whether the link must break."""

    def __init__(self, printer: EmulatedPrinter, faults: FaultBook) -> None:
        self._printer = printer
        self._faults = faults
        self._held = bytearray()
        self._connected = False

    def connected(self) -> None:
        """Take note that a host has connected."""
        self._held.clear()
        self._connected = True
        self._printer.connected()

    def disconnected(self) -> None:
        """Take note that the host is gone; what it sent before is worked off."""
        self._connected = False
        self._printer.disconnected()

    @property
    def stalled(self) -> bool:
        """Tell whether the device takes no more bytes now."""
        return self._faults.on(FaultKind.STALL)

    def drops(self) -> bool:
        """Tell once whether the link breaks now."""
        return self._faults.spend(FaultKind.DROP_LINK)

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host and return the answer that gets through."""
        self._held += data
        answer = bytearray()
        while self._held and not self.stalled and not self._faults.on(FaultKind.DROP_LINK):
            room = self._faults.bytes_until_next()
            part = bytes(self._held[:room])
            del self._held[: len(part)]
            answer += self._printer.receive(part)
            self._faults.bytes_passed(len(part))
        return self._disturb(bytes(answer))

    def due(self) -> float | None:
        """Return when `tick` is wanted next."""
        return self._printer.due()

    def tick(self) -> bytes:
        """Let time pass; bytes that were held back by a stall go in when it is over."""
        answer = self._printer.tick()
        return self._disturb(answer) + self.receive(b"")

    def _disturb(self, answer: bytes) -> bytes:
        if not answer or not self._connected or self._faults.on(FaultKind.SILENT):
            return b""
        if self._faults.spend(FaultKind.GARBLE):
            return bytes(byte ^ NOISE for byte in answer)
        return answer
