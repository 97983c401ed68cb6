"""Asking a USB device what it is, without taking it from anybody.

Laws kept here:

1. What the kernel's printer driver has asked already is read from where the kernel shows it; the device is asked only
   where nothing is shown, and only for what every printer answers: its IEEE 1284 device id.
2. An interface that somebody works with is left to them.
3. All calls here block, a second or so; they belong into a thread.

Sources: USB Printer Class 1.1 section 4.2.1 (GET_DEVICE_ID); Linux, drivers/usb/class/usblp.c (`ieee1284_id`).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass, field

from printserver.dialogue import LinkLost
from printserver.transport.device_id import parse_device_id, parse_words
from printserver.transport.usb_census import PRINTER, Plugged, UsbDevice
from printserver.transport.usb_claim import GET_DEVICE_ID, IN, TO_INTERFACE_CLASS, refusal
from printserver.transport.usb_handle import Configuration, Setting, UsbHandle
from printserver.transport.usb_refusals import Places

LOOK_MILLISECONDS = 1000
MOST_BYTES = 1024
ID_FILE = "ieee1284_id"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device said of itself by the keys of its IEEE 1284 device id; `trouble` = why it could not be opened."""

    words: dict[str, str] = field(default_factory=dict)
    trouble: LinkLost | None = None


def ids_of(device: UsbDevice) -> dict[str, str]:
    """Return what USB itself tells of a device: `vid`, `pid`, and `serial`, `maker`, `name` as far as it tells them."""
    told = {"serial": device.serial, "maker": device.maker, "name": device.name}
    return {"vid": f"{device.vendor:04x}", "pid": f"{device.product:04x}"} | {
        key: text for key, text in told.items() if text
    }


def ask(plugged: Plugged, places: Places) -> Asked:
    """Return what a device says of itself, and whether this account may open it."""
    import usb.core
    import usb.util

    shown = _shown(plugged.device.port, places)
    try:
        configuration = _opened(plugged.handle)
        if shown or configuration is None:
            return Asked(shown)
        return Asked(_answered(plugged.handle, configuration))
    except usb.core.USBError as error:
        return Asked(shown, refusal(error, plugged, places))
    finally:
        usb.util.dispose_resources(plugged.handle)


def _shown(port: str, places: Places) -> dict[str, str]:
    """Return the words of the device id that the kernel's printer driver has asked for."""
    for path in sorted(places.shown(port).parent.glob(f"{port}:*/{ID_FILE}")):
        try:
            found = parse_words(path.read_text(errors="replace"))
        except OSError:
            continue
        if found:
            return found
    return {}


def _opened(handle: UsbHandle) -> Configuration | None:
    """Open a device by asking for its configuration, which disturbs nobody; None = it is not configured."""
    import usb.core

    try:
        return handle.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno is None:
            return None
        raise


def _answered(handle: UsbHandle, configuration: Configuration) -> dict[str, str]:
    """Return the words of the first interface that answers; one that refuses the question has none."""
    import usb.core

    for each in _printers(configuration):
        number, setting = each.bInterfaceNumber, each.bAlternateSetting
        try:
            if _has_driver(handle, number):
                continue
            answer = handle.ctrl_transfer(
                TO_INTERFACE_CLASS | IN, GET_DEVICE_ID, 0, number << 8 | setting, MOST_BYTES, LOOK_MILLISECONDS
            )
        except usb.core.USBError as error:
            if error.errno == errno.EBUSY:
                raise  # somebody works with it, which is worth telling
            continue
        found = parse_device_id(bytes(answer))
        if found:
            return found
    return {}


def _printers(configuration: Configuration) -> Iterator[Setting]:
    return (each for each in configuration if each.bInterfaceClass == PRINTER)


def _has_driver(handle: UsbHandle, number: int) -> bool:
    try:
        return handle.is_kernel_driver_active(number)
    except NotImplementedError:
        return False  # an operating system without such drivers
