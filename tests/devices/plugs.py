"""USB printers for programs that run in a test bed of umockdev: emulated here, seen there through the real libusb.

The bed (`bed_process.py`) hands every claim and transfer over; here the printer of that device answers, an emulated one
behind the same `UsbPrinter` that the bus in memory has. Each pipe has a thread, as each has its own queue in a kernel.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import usb.core

from printserver.emulation.usb import IN, OUT, Label, UsbPrinter

BED = Path(__file__).with_name("bed_process.py")
SYSTEM_PYTHON = os.environ.get("SYSTEM_PYTHON", "/usr/bin/python3")
PRELOAD = "libumockdev-preload.so.0"
DEADLINE = 60.0
TICK = 0.05
CONTROL = 0
CONFIGURATION = b"\x09\x02\x20\x00\x01\x01\x00\xc0\x01"  # 32 bytes, one interface, value 1, powered by itself
BULK_OUT, BULK_IN = b"\x07\x05\x01\x02\x40\x00\x00", b"\x07\x05\x82\x02\x40\x00\x00"  # packets of 64 bytes
HUB = "12011001090000401D6B02000001000000010902190001010040000904000001090000000705810304000C"
BUS = "/sys/devices/pci0000:00/0000:00:14.0/usb1"


def descriptors(label: Label) -> str:
    """Device, configuration, interface and ends of pipes (USB 2.0 section 9.6), as the kernel shows them."""
    device = bytes([18, 1, 0x10, 1, 0, 0, 0, 64]) + label.vendor.to_bytes(2, "little")
    device += label.product.to_bytes(2, "little") + bytes([0, 1])
    device += bytes([1 if label.maker else 0, 2 if label.name else 0, 3 if label.serial else 0, 1])
    interface = bytes([9, 4, 0, 0, 2, label.interface_class, 1, 2, 0])
    return (device + CONFIGURATION + interface + BULK_OUT + BULK_IN).hex().upper()


def _record(path: str, address: int, shown: str, vendor: int, product: int, *attributes: str) -> str:
    node = f"bus/usb/001/{address:03}"
    lines = [
        f"P: {path.removeprefix('/sys')}", f"N: {node}", "E: DEVTYPE=usb_device", "E: DRIVER=usb",
        "E: SUBSYSTEM=usb", "E: BUSNUM=001",
        f"E: DEVNUM={address:03}", f"E: DEVNAME=/dev/{node}", "E: MAJOR=189", f"E: MINOR={address - 1}",
        "A: busnum=1\\n", f"A: devnum={address}\\n", "A: speed=12\\n", "A: bConfigurationValue=1\\n",
        f"A: idVendor={vendor:04x}\\n", f"A: idProduct={product:04x}\\n", *attributes, f"H: descriptors={shown}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


@dataclass
class Seat:
    """One printer and the port of the hub that it hangs at; `address` is a new one at each plugging."""

    printer: UsbPrinter
    number: int
    address: int
    taken: int = 0

    @property
    def port(self) -> str:
        """The port as addresses name it."""
        return f"1-1.{self.number}"

    @property
    def path(self) -> str:
        return f"{BUS}/1-1/{self.port}"

    @property
    def node(self) -> str:
        return f"/dev/bus/usb/001/{self.address:03}"

    def record(self) -> str:
        label = self.printer.label
        texts = (("serial", label.serial), ("manufacturer", label.maker), ("product", label.name))
        attributes = [f"A: {name}={text}\\n" for name, text in texts if text]
        return _record(self.path, self.address, descriptors(label), label.vendor, label.product, *attributes)


@dataclass
class Asked:
    """A transfer that a program waits for."""

    number: int
    words: dict[str, Any]
    forgotten: threading.Event = field(default_factory=threading.Event)


class Bed:
    """A test bed with printers at the ports 1-1.1, 1-1.2 and so on."""

    def __init__(self, *printers: UsbPrinter) -> None:
        self.seats = [Seat(each, number, number + 10) for number, each in enumerate(printers, 1)]
        self._next_address = 30
        self._under_way: dict[int, Asked] = {}
        self._pipes: dict[tuple[int, int], queue.SimpleQueue[Asked]] = {}
        self._programs: dict[int, object] = {}
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.broken: list[str] = []
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self._process = subprocess.Popen(
            ["umockdev-wrapper", SYSTEM_PYTHON, str(BED)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        hubs = [(_record(BUS, 1, HUB, 0x1D6B, 2), ""), (_record(f"{BUS}/1-1", 2, HUB, 0x1D6B, 2), "")]
        self._say([*hubs, *((each.record(), each.node) for each in self.seats)])
        self.root = Path(json.loads(self._line())["ready"])
        threading.Thread(target=self._listen, name="bed", daemon=True).start()

    # what tests do

    def environment(self) -> dict[str, str]:
        """What a program needs to see the printers."""
        before = os.environ.get("LD_PRELOAD", "")
        return {**os.environ, "LD_PRELOAD": f"{PRELOAD}:{before}".rstrip(":"), "UMOCKDEV_DIR": str(self.root)}

    def unplug(self, number: int = 1) -> None:
        """Pull a printer's plug, as the kernel tells it."""
        seat = self.seats[number - 1]
        seat.printer.unplug()
        self._say({"pull": seat.path, "node": seat.node})
        self._await("pulled")

    def plug(self, number: int = 1) -> None:
        """Put it in again, where it gets a new address."""
        seat = self.seats[number - 1]
        seat.printer.plug()
        self._next_address += 1
        seat.address = self._next_address
        self._say({"put": seat.record(), "path": seat.path, "node": seat.node})
        self._await("put")

    def hang(self, hangs: bool) -> None:
        """Let the kernel swallow every program that hands a transfer over."""
        self._say({"hang": hangs})
        self._await("hangs")

    def file(self, number: int = 1) -> Path:
        """The device file, as it stands in the bed."""
        return self.root / self.seats[number - 1].node.lstrip("/")

    def close(self) -> None:
        """End the bed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(DEADLINE)
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace")
        self._complaints.close()
        assert not self.broken, f"{self.broken}\n{said}"

    # what programs do

    def _listen(self) -> None:
        while line := self._line():
            words = json.loads(line)
            if "ask" in words:
                self._take(Asked(words["ask"], words))
            elif words["kind"] == "forget":
                if (asked := self._under_way.pop(words["of"], None)) is not None:
                    asked.forgotten.set()
            elif words["kind"] == "closed":
                self._seat(words["node"]).printer.release(self._program(words))
            elif words["kind"] == "broken":
                self.broken.append(words["words"])
            else:
                self._told.put(words["kind"])

    def _take(self, asked: Asked) -> None:
        seat, words = self._seat(asked.words["node"]), asked.words
        match words["kind"]:
            case "bulk" | "control":
                self._under_way[asked.number] = asked
                self._pipe(seat, words["end"]).put(asked)
            case kind:
                self._answer(asked, lambda: _decide(seat.printer, kind, self._program(words)))

    def _pipe(self, seat: Seat, end: int) -> queue.SimpleQueue[Asked]:
        found = self._pipes.get((seat.number, end))
        if found is None:
            found = self._pipes[seat.number, end] = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(seat, found), daemon=True).start()
        return found

    def _work(self, seat: Seat, asked_for: queue.SimpleQueue[Asked]) -> None:
        while True:
            asked = asked_for.get()
            while not self._try(seat, asked):
                if asked.forgotten.is_set():
                    self._done(asked, -errno.ENOENT)
                    break

    def _try(self, seat: Seat, asked: Asked) -> bool:
        """Do a transfer, or wait for it a little; whether it is over."""
        printer, words, data = seat.printer, asked.words, base64.b64decode(asked.words["data"])
        try:
            match words["kind"], words["end"]:
                case "control", _:
                    self._done(asked, 0, _control(printer, data))
                case _, end if end == OUT:
                    taken = printer.send(data, TICK)
                    seat.taken += taken
                    self._done(asked, 0, actual=taken)
                case _, end if end == IN:
                    self._done(asked, 0, printer.say(words["length"], TICK))
                case _:
                    self._done(asked, -errno.EPIPE)
        except usb.core.USBTimeoutError:
            asked.forgotten.wait(0.0 if words["kind"] == "bulk" else DEADLINE)  # one that is not asked twice
            return False
        except usb.core.USBError as error:
            self._done(asked, -(error.errno or errno.EIO))
        return True

    def _answer(self, asked: Asked, work: Callable[[], bytes]) -> None:
        try:
            self._done(asked, 0, work())
        except usb.core.USBError as error:
            self._done(asked, -(error.errno or errno.EIO))

    def _done(self, asked: Asked, status: int, data: bytes = b"", actual: int | None = None) -> None:
        self._under_way.pop(asked.number, None)
        words = {"done": asked.number, "status": status, "data": base64.b64encode(data).decode()}
        self._say(words if actual is None else words | {"actual": actual})

    def _program(self, words: dict[str, Any]) -> object:
        """One thing for one open file of a program: who owns an interface is told by `is`."""
        return self._programs.setdefault(words["program"], object())

    def _seat(self, node: str) -> Seat:
        return next(each for each in self.seats if each.node == node)

    # the line to the bed

    def _say(self, words: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        self._process.stdin.flush()

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _await(self, what: str) -> None:
        assert self._told.get(timeout=DEADLINE) == what


def _decide(printer: UsbPrinter, kind: str, program: object) -> bytes:
    match kind:
        case "claim":
            printer.claim(program)
        case "release":
            printer.release(program)
        case "unhalt":
            printer.halted = False
        case "detach":
            printer.kernel_driver = False
        case "attach":
            printer.kernel_driver = True
        case "driver" if printer.kernel_driver:
            return b"usblp"
        case "driver" if printer.owner is not None:
            return b"usbfs"
        case "driver":
            raise usb.core.USBError("no driver", -5, errno.ENODATA)
    return b""


def _control(printer: UsbPrinter, setup: bytes) -> bytes:
    value, index, length = (int.from_bytes(setup[at : at + 2], "little") for at in (2, 4, 6))
    return printer.control(setup[0], setup[1], value, index, setup[8:], length)


@contextmanager
def bed_of(*printers: UsbPrinter) -> Iterator[Bed]:
    """A bed with these printers, for the time of one test."""
    bed = Bed(*printers)
    try:
        yield bed
    finally:
        bed.close()


def await_that(what: Callable[[], object]) -> None:
    """Wait until something is true; fails when it does not become so."""
    until = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < until, "it did not come to be"
        time.sleep(0.02)
