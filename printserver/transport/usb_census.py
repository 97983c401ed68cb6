"""Which USB devices are plugged in, and which of them an address means.

Laws kept here:

1. What the kernel shows is read first: a device is not opened to be listed. Where the kernel shows nothing, the device
   is asked, if this account may open it.
2. An address that two devices fit names neither of them.
3. A device that hangs does not keep the process from ending.
4. All calls here block; they belong into a thread.

Sources: USB 2.0 section 9.6, descriptors; Linux, Documentation/ABI/stable/sysfs-bus-usb.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from printserver.errors import ConfigurationError
from printserver.transport.address import UsbAddress
from printserver.transport.usb_handle import UsbHandle
from printserver.transport.usb_refusals import DevicesAlike, Places

HUB = 9
PRINTER = 7
IPP_OVER_USB = 4
LONGEST = 126
Plugging: TypeAlias = tuple[str, int, int]
HIDDEN = re.compile(r"[^\x20-\x7e\xa0-\u1fff\u2c00-\ud7ff]")


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A device as it is plugged in; `port` is written as Linux does: `1-1.2`; `printer` = it says that it is one."""

    vendor: int
    product: int
    port: str
    bus: int
    address: int
    serial: str = ""
    maker: str = ""
    name: str = ""
    printer: bool = False

    @property
    def plugging(self) -> Plugging:
        """Return what is the same as long as the device stays plugged in, and no longer."""
        return self.port, self.bus, self.address

    @property
    def ids(self) -> str:
        """Return the ids of maker and product as `vvvv:pppp`."""
        return f"{self.vendor:04x}:{self.product:04x}"


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device and pyusb's handle of it."""

    device: UsbDevice
    handle: UsbHandle


def plugged(backend: object, places: Places) -> list[Plugged]:
    """Return every device but hubs, in order of ports; raises ConfigurationError where libusb is missing."""
    import usb.core  # here, so that a server without USB printers does without the library

    try:
        handles = list(usb.core.find(find_all=True, backend=backend))
        for each in handles:
            _let_end(each)
        found = [
            Plugged(_described(each, places), each) for each in handles if each.bDeviceClass != HUB
        ]
    except usb.core.NoBackendError as error:
        raise ConfigurationError(
            "printers at USB need the library libusb-1.0, which is not installed",
            allowed="apt-get install libusb-1.0-0",
        ) from error
    return sorted(found, key=lambda each: _in_order(each.device.port))


def _let_end(handle: UsbHandle) -> None:
    """Let the process end though a transfer hangs: pyusb would then close devices, and wait for locks that it has.

    What was opened is closed by who opened it; the rest is the operating system's.
    """
    for each in (handle, getattr(handle, "backend", None)):
        finalizer = getattr(each, "_finalizer", None)
        if isinstance(finalizer, weakref.finalize):
            finalizer.atexit = False


def _in_order(port: str) -> list[int]:
    return [int(number) for number in re.findall("[0-9]+", port)]


def _described(handle: UsbHandle, places: Places) -> UsbDevice:
    ports = ".".join(map(str, handle.port_numbers or (0,)))
    port = f"{handle.bus}-{ports}"
    serial, maker, name = (
        _text(handle, port, places, shown, index)
        for shown, index in (
            ("serial", handle.iSerialNumber), ("manufacturer", handle.iManufacturer), ("product", handle.iProduct)
        )
    )
    return UsbDevice(
        vendor=handle.idVendor, product=handle.idProduct, port=port, bus=handle.bus or 0, address=handle.address or 0,
        serial=serial, maker=maker, name=name, printer=_is_printer(handle),
    )


def _text(handle: UsbHandle, port: str, places: Places, shown: str, index: int) -> str:
    """Return a device's word of itself, without what does not belong on a line."""
    import usb.util

    if not index:
        return ""
    try:
        text = (places.shown(port) / shown).read_text(errors="replace")
    except OSError:
        text = _asked(handle, index)
        usb.util.dispose_resources(handle)
    return HIDDEN.sub("", text)[:LONGEST].strip()


def _asked(handle: UsbHandle, index: int) -> str:
    import usb.core
    import usb.util

    try:
        return str(usb.util.get_string(handle, index))
    except (usb.core.USBError, ValueError, IndexError, UnicodeDecodeError):
        return ""  # not allowed, unplugged, or no text: the device counts as one that tells none


def _is_printer(handle: UsbHandle) -> bool:
    import usb.core

    try:
        return any(each.bInterfaceClass == PRINTER for configuration in handle for each in configuration)
    except usb.core.USBError:
        return False


def meant(address: UsbAddress, found: Sequence[Plugged]) -> Plugged | None:
    """Return the device that an address means, None when it is not there; raises DevicesAlike where two fit."""
    fitting = [each for each in found if fits(address, each.device)]
    if len(fitting) > 1:
        raise alike(address, [each.device for each in fitting])
    return fitting[0] if fitting else None


def fits(address: UsbAddress, device: UsbDevice) -> bool:
    """Tell whether an address could mean a device, judging by what USB tells of it."""
    if address.port:
        return device.port == address.port
    if address.ids:
        return device.ids == address.ids
    return device.serial == address.serial


def same(device: UsbDevice, other: UsbDevice) -> bool:
    """Tell whether a device is the one that was there before, at the same port; one like it may have come instead."""
    told = (device.ids, device.serial, device.port) == (other.ids, other.serial, other.port)
    return told and (bool(device.serial) or device.plugging == other.plugging)


def alike(address: UsbAddress, devices: Sequence[UsbDevice]) -> DevicesAlike:
    """Return the refusal for an address that several devices fit."""
    return DevicesAlike(f"{len(devices)} devices fit {address} and look alike: {', '.join(_seats(devices))}")


def _seats(devices: Sequence[UsbDevice]) -> Iterator[str]:
    for device in devices:
        yield f"usb:@{device.port} ({device.ids} {device.name})".replace(" )", ")")
