"""Emulated printers at an emulated USB: a backend of pyusb, in memory.

Laws kept here:

1. Whatever uses pyusb works on it unchanged: descriptors, strings, claiming, bulk and control transfers, time-outs,
   stalls and unplugging come as from libusb.
2. The printer behind the descriptors is any emulated printer; faults of the line are the same as over any other line.
3. A transfer waits in the thread that asked for it, as libusb's does, and never longer than its time-out.

Sources: USB 2.0 chapter 9; USB Printer Class 1.1 section 4; pyusb's contract, usb.backend.IBackend.
"""

from __future__ import annotations

import errno
import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import NoReturn

import usb.backend
import usb.core

from printserver.dialogue import TimedOut
from printserver.driver.emulator import AnswersControl, EmulatedPrinter
from printserver.emulation.faults import FaultBook
from printserver.emulation.port import Port

OUT, IN = 0x01, 0x82
FULL_SPEED_PACKET = 64
STRING, LANGUAGES, ENGLISH = 3, 0, b"\x04\x03\x09\x04"
GET_DESCRIPTOR, GET_STATUS_OF_PIPE = (0x80, 6), (0x82, 0)
LIBUSB = {errno.ENODEV: -4, errno.EACCES: -3, errno.EBUSY: -6, errno.EPIPE: -9, errno.ENOENT: -5}
TICK = 0.02
# addresses are 7 bits: each of ten ports has twelve in turn
PORTS, ROUNDS = 10, 12


@dataclass(frozen=True, slots=True)
class Label:
    """What a device tells of itself; an empty text = it tells none."""

    vendor: int
    product: int
    serial: str = ""
    maker: str = ""
    name: str = ""
    interface_class: int = 7
    answers: bool = True


class UsbPrinter:
    """One emulated printer as a USB device. Its switches may be turned while it works.

    `refuses` = the operating system answers opening with this errno; `halted` = the pipe out is stalled; `short` = a
    transfer takes this many bytes at most; `kernel_driver` = a driver of the kernel has the interface.
    """

    def __init__(self, label: Label, printer: EmulatedPrinter, now: Callable[[], float], faults: FaultBook) -> None:
        """Put `printer`, whose clock is `now`, behind a USB plug."""
        self.label, self.faults = label, faults
        self._printer, self._now = printer, now
        self._port = Port(printer, faults)
        self._said = bytearray()
        self._changed = threading.Condition()
        self.plugged, self.halted, self.kernel_driver = True, False, False
        self.refuses, self.short, self.pluggings = 0, 0, 0
        self.owner: object = None

    def unplug(self) -> None:
        """Pull the plug; what waits in a transfer fails at once."""
        with self._changed:
            self.plugged, self.owner = False, None
            self._said.clear()
            self._port.disconnected()
            self._changed.notify_all()

    def plug(self) -> None:
        """Put the plug in again; the device gets a new address."""
        with self._changed:
            self.plugged = True
            self.pluggings += 1

    def check(self) -> None:
        """Raise USBError when the plug is out."""
        if not self.plugged:
            fail(errno.ENODEV)

    def claim(self, owner: object) -> None:
        """Give the interface to one handle; raises USBError when another has it."""
        self.check()
        if self.kernel_driver or self.owner not in (None, owner):
            fail(errno.EBUSY)
        if self.owner is None:
            self.owner = owner
            self._port.connected()

    def release(self, owner: object) -> None:
        """Take the interface back."""
        with self._changed:
            if self.owner is owner:
                self.owner = None
                self._said.clear()
                self._port.disconnected()

    def send(self, data: bytes, seconds: float) -> int:
        """Take bytes out of a transfer and return how many; raises USBError."""
        with self._changed:
            self._wait_until(lambda: not self._port.stalled, seconds)
            if self.halted:
                fail(errno.EPIPE)
            part = data[: self.short] if self.short else data
            self._say(self._port.receive(part))
            self.check()
            return len(part)

    def say(self, size: int, seconds: float) -> bytes:
        """Return what the printer has to say; raises USBError."""
        with self._changed:
            self._wait_until(lambda: bool(self._said), seconds)
            part = bytes(self._said[:size])
            del self._said[:size]
            return part

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        """Answer a control transfer; raises USBError."""
        with self._changed:
            self.check()
            if (request_type, request, value >> 8) == (*GET_DESCRIPTOR, STRING):
                return self._string(value & 0xFF)[:length]
            if (request_type, request) == GET_STATUS_OF_PIPE:
                return bytes([self.halted and index == OUT, 0])
            if not isinstance(self._printer, AnswersControl):
                fail(errno.EPIPE)
            try:
                answer = self._printer.control(request_type, request, value, index, data, length)
            except TimedOut:
                silence()
            self._changed.notify_all()
            if answer is None:
                fail(errno.EPIPE)
            return answer[:length]

    def _string(self, index: int) -> bytes:
        texts = (self.label.maker, self.label.name, self.label.serial)
        if index == LANGUAGES:
            return ENGLISH
        if not 0 < index <= len(texts) or not texts[index - 1]:
            fail(errno.EPIPE)
        text = texts[index - 1].encode("utf-16-le")
        return bytes([len(text) + 2, STRING]) + text

    def _wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait in the caller's thread, letting the printer's time pass; raises USBError."""
        until = self._now() + seconds
        while True:
            self.check()
            due = self._printer.due()
            if due is not None and due <= self._now():
                self._say(self._port.tick())
            if ready():
                return
            left = until - self._now()
            if left <= 0:
                silence()
            self._changed.wait(min(left, TICK))

    def _say(self, answer: bytes) -> None:
        self._said += answer
        if self._port.drops():
            self.plugged, self.owner = False, None
            self._said.clear()
            self._port.disconnected()
        self._changed.notify_all()


def fail(number: int) -> NoReturn:
    """Raise pyusb's error of an errno, as its libusb backend does."""
    raise usb.core.USBError(errno.errorcode[number], LIBUSB[number], number)


def silence() -> NoReturn:
    """Raise pyusb's time-out."""
    raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)


@dataclass(frozen=True, slots=True, eq=False)
class _Seat:
    """A place where a device is plugged in."""

    printer: UsbPrinter
    ports: tuple[int, ...]

    @property
    def address(self) -> int:
        """Return the number that the bus has given the device; 1 is the hub's."""
        return 1 + self.ports[-1] + PORTS * (self.printer.pluggings % ROUNDS)


@dataclass(frozen=True, slots=True, eq=False)
class _Handle:
    """A device that was opened."""

    seat: _Seat


class EmulatedBus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """One bus with printers at its ports, as `usb.core.find(backend=...)` takes it."""

    def __init__(self, *printers: UsbPrinter, bus: int = 1) -> None:
        """Plug the printers into the hub at port 1: the first at 1.1, the second at 1.2, and so on."""
        self._bus = bus
        self._seats = [_Seat(each, (1, number)) for number, each in enumerate(printers, 1)]

    def enumerate_devices(self) -> Iterator[_Seat]:
        """Return what is plugged in."""
        return iter([seat for seat in self._seats if seat.printer.plugged])

    def get_device_descriptor(self, dev: _Seat) -> SimpleNamespace:
        """Return the device descriptor."""
        label = dev.printer.label
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x0200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=label.vendor, idProduct=label.product, bcdDevice=0x0100,
            iManufacturer=1 if label.maker else 0, iProduct=2 if label.name else 0,
            iSerialNumber=3 if label.serial else 0, bNumConfigurations=1, bus=self._bus, address=dev.address,
            port_number=dev.ports[-1], port_numbers=dev.ports, speed=2,
        )

    def get_configuration_descriptor(self, dev: _Seat, config: int) -> SimpleNamespace:
        """Return the one configuration."""
        _only(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )

    def get_interface_descriptor(self, dev: _Seat, intf: int, alt: int, config: int) -> SimpleNamespace:
        """Return the one interface."""
        _only(intf, alt, config)
        label = dev.printer.label
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0,
            bNumEndpoints=len(_ends(label)), bInterfaceClass=label.interface_class, bInterfaceSubClass=1,
            bInterfaceProtocol=2 if label.answers else 1, iInterface=0, extra_descriptors=[],
        )

    def get_endpoint_descriptor(self, dev: _Seat, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        """Return an end of a pipe."""
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=_ends(dev.printer.label)[ep], bmAttributes=2,
            wMaxPacketSize=FULL_SPEED_PACKET, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )

    def open_device(self, dev: _Seat) -> _Handle:
        """Open a device."""
        dev.printer.check()
        if dev.printer.refuses:
            fail(dev.printer.refuses)
        return _Handle(dev)

    def close_device(self, dev_handle: _Handle) -> None:
        """Close a device; its interface is free again."""
        dev_handle.seat.printer.release(dev_handle)

    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        """Choose the configuration that is chosen already."""
        dev_handle.seat.printer.check()

    def get_configuration(self, dev_handle: _Handle) -> int:
        """Return the one configuration."""
        dev_handle.seat.printer.check()
        return 1

    def set_interface_altsetting(self, dev_handle: _Handle, intf: int, altsetting: int) -> None:
        """Choose the setting that is chosen already."""
        dev_handle.seat.printer.check()

    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        """Claim the interface."""
        dev_handle.seat.printer.claim(dev_handle)

    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        """Give the interface back."""
        dev_handle.seat.printer.check()
        dev_handle.seat.printer.release(dev_handle)

    def bulk_write(self, dev_handle: _Handle, ep: int, intf: int, data: Sequence[int], timeout: int) -> int:
        """Send bytes and return how many were taken."""
        return _claimed(dev_handle).send(bytes(data), timeout / 1000)

    def bulk_read(self, dev_handle: _Handle, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        """Fill `buff` with what came and return how many bytes those are."""
        data = _claimed(dev_handle).say(len(buff), timeout / 1000)
        buff[: len(data)] = array("B", data)
        return len(data)

    def ctrl_transfer(
        self, dev_handle: _Handle, bmRequestType: int, bRequest: int, wValue: int, wIndex: int, data: array[int],
        timeout: int,
    ) -> int:
        """Do a control transfer; an answer is put into `data`."""
        printer, asks = dev_handle.seat.printer, bool(bmRequestType & 0x80)
        sent = b"" if asks else bytes(data)
        answer = printer.control(bmRequestType, bRequest, wValue, wIndex, sent, len(data) if asks else 0)
        if not asks:
            return len(sent)
        data[: len(answer)] = array("B", answer)
        return len(answer)

    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        """Let a stalled pipe go on."""
        dev_handle.seat.printer.check()
        dev_handle.seat.printer.halted = False

    def reset_device(self, dev_handle: _Handle) -> None:
        """Do nothing that could be seen."""
        dev_handle.seat.printer.check()

    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        """Tell whether a driver of the kernel has the interface."""
        dev_handle.seat.printer.check()
        return dev_handle.seat.printer.kernel_driver

    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        """Take the interface from the kernel's driver."""
        dev_handle.seat.printer.kernel_driver = False

    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        """Give the interface to the kernel's driver."""
        dev_handle.seat.printer.kernel_driver = True


def _only(*numbers: int) -> None:
    if any(numbers):
        raise IndexError("there is but one")


def _ends(label: Label) -> tuple[int, ...]:
    return (OUT, IN) if label.answers else (OUT,)


def _claimed(handle: _Handle) -> UsbPrinter:
    printer = handle.seat.printer
    printer.check()
    if printer.owner is not handle:
        fail(errno.ENOENT)
    return printer
