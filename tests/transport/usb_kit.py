"""What the USB tests share: printers at an emulated bus, and a machine that shows what the test puts there."""

from __future__ import annotations

import time
from pathlib import Path

from printserver.emulation import FaultBook
from printserver.emulation.usb import EmulatedBus, Label, UsbPrinter
from printserver.transport.usb import UsbHost
from printserver.transport.usb_refusals import Places

VENDOR, PRODUCT = 0x0C1F, 0x2800
PRIMACY = Label(VENDOR, PRODUCT, "SN100", "Maker", "Card Printer")


class Echo:
    """A device that says back what it hears, and answers a status request of the printer class."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.hosts = 0
        self.asked: list[tuple[int, int, int, int]] = []

    def connected(self) -> None:
        self.hosts += 1

    def disconnected(self) -> None:
        self.hosts -= 1

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return data

    def due(self) -> float | None:
        return None

    def tick(self) -> bytes:
        return b""

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        self.asked.append((request_type, request, value, index))
        if request_type == 0xC1:
            time.sleep(length)  # a device that takes its time, and does not heed the transfer's time-out
        return {(0xA1, 1): b"\x18", (0xA1, 0): b"\x00\x09MFG:X;", (0xC1, 9): b"late", (0x41, 5): b""}.get(
            (request_type, request)
        )


def printer_of(label: Label = PRIMACY, device: Echo | None = None, faults: FaultBook | None = None) -> UsbPrinter:
    return UsbPrinter(label, device or Echo(), time.monotonic, faults or FaultBook())


def host_of(folder: Path, *printers: UsbPrinter) -> UsbHost:
    """Return a machine with these printers at its ports 1-1.1, 1-1.2, ...; `folder` holds what its kernel shows."""
    return UsbHost(EmulatedBus(*printers), Places(folder / "dev", folder / "sys", folder / "proc"))
