"""Taking a USB device: its printer interface is claimed for this server alone, and given back.

Laws kept here:

1. A program that works with the device is not pushed aside: only a kernel driver that nobody uses is detached, and it
   is attached again when the device is given back.
2. What cannot be had says why: who holds it, or which right is missing.
3. All calls here block, for their timeout at the longest; they belong into a thread.

Sources: USB 2.0 sections 9.4 and 9.6; USB Printer Class 1.1 sections 4 and 5.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass

from printserver.dialogue import LinkLost, Stalled, TimedOut
from printserver.transport.link import words_of
from printserver.transport.usb_census import IPP_OVER_USB, PRINTER, Plugged
from printserver.transport.usb_handle import Configuration, Setting, UsbHandle
from printserver.transport.usb_refusals import DeviceForbidden, DeviceHeld, Places, holders, how_to_permit

VENDOR = 0xFF
BULK, KIND = 0x02, 0x03
IN = 0x80
TO_INTERFACE_CLASS, REQUEST_KIND = 0x21, 0x7F
GET_DEVICE_ID = 0
ENDPOINT, GET_STATUS, HALTED = 0x02, 0, 1
LOOK_SECONDS = 1.0
GONE = frozenset({errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.ESHUTDOWN})


@dataclass(frozen=True, slots=True)
class Interface:
    """The interface that carries the printer's language; `inlet` is 0 where the device answers nothing."""

    number: int
    setting: int
    outlet: int
    inlet: int


@dataclass(frozen=True, slots=True)
class ClaimedDevice:
    """A device that is ours; `detached` = the kernel's driver wants it back."""

    plugged: Plugged
    interface: Interface
    detached: bool

    def write(self, data: memoryview, timeout: float) -> int:
        """Send bytes and return how many were taken; 0 when none was within `timeout` seconds."""
        import usb.core

        try:
            return int(self.plugged.handle.write(self.interface.outlet, bytes(data), _milliseconds(timeout)))
        except usb.core.USBTimeoutError:
            return 0

    def read(self, size: int, timeout: float) -> bytes:
        """Return what came, nothing when nothing did within `timeout` seconds."""
        import usb.core

        try:
            return bytes(self.plugged.handle.read(self.interface.inlet, size, _milliseconds(timeout)))
        except usb.core.USBTimeoutError:
            return b""

    def unhalt(self) -> None:
        """Let an inlet that refused to go on begin anew."""
        self.plugged.handle.clear_halt(self.interface.inlet)

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int, timeout: float
    ) -> bytes:
        """Do a control transfer; a class request to interface 0 goes to the interface that is claimed."""
        import usb.core

        if request_type & REQUEST_KIND == TO_INTERFACE_CLASS and index == 0:
            index = _own_index(request, self.interface)
        asks = bool(request_type & IN)
        try:
            answer = self.plugged.handle.ctrl_transfer(
                request_type, request, value, index, length if asks else data, _milliseconds(timeout)
            )
        except usb.core.USBTimeoutError as error:
            raise TimedOut from error
        except usb.core.USBError as error:
            raise (Stalled() if error.errno == errno.EPIPE else LinkLost(0, words_of(error))) from error
        return bytes(answer) if asks else b""

    def release(self) -> None:
        """Give the device back, as far as it is still there."""
        import usb.core
        import usb.util

        handle, number = self.plugged.handle, self.interface.number
        with contextlib.suppress(usb.core.USBError):
            usb.util.release_interface(handle, number)
            if self.detached:
                handle.attach_kernel_driver(number)
        with contextlib.suppress(usb.core.USBError):
            usb.util.dispose_resources(handle)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # 0 would mean for ever


def _own_index(request: int, interface: Interface) -> int:
    # Printer Class 1.1 section 4.2.1: GET_DEVICE_ID has the interface in the high byte and the setting in the low one
    return interface.number << 8 | interface.setting if request == GET_DEVICE_ID else interface.number


def claim(plugged: Plugged, places: Places) -> ClaimedDevice:
    """Take a device; raises DeviceHeld, DeviceForbidden, or LinkLost when it is gone or is no printer."""
    import usb.core
    import usb.util

    try:
        return _claim(plugged, places)
    except usb.core.USBError as error:
        usb.util.dispose_resources(plugged.handle)
        raise refusal(error, plugged, places) from error
    except LinkLost:
        usb.util.dispose_resources(plugged.handle)
        raise


def _claim(plugged: Plugged, places: Places) -> ClaimedDevice:
    import usb.core
    import usb.util

    handle = plugged.handle
    interface = _interface_of(plugged)
    detached = _detach(plugged, interface.number, places)
    try:
        usb.util.claim_interface(handle, interface.number)
        if interface.setting:
            handle.set_interface_altsetting(interface.number, interface.setting)
        for endpoint in (interface.outlet, interface.inlet):
            if endpoint and _is_halted(handle, endpoint):
                handle.clear_halt(endpoint)
    except usb.core.USBError:
        if detached:
            with contextlib.suppress(usb.core.USBError):
                handle.attach_kernel_driver(interface.number)
        raise
    return ClaimedDevice(plugged, interface, detached)


def _is_halted(handle: UsbHandle, endpoint: int) -> bool:
    """Tell whether a pipe still refuses, since a dialogue that was broken off (USB 2.0 section 9.4.5)."""
    import usb.core

    try:
        answer = handle.ctrl_transfer(IN | ENDPOINT, GET_STATUS, 0, endpoint, 2, _milliseconds(LOOK_SECONDS))
    except usb.core.USBError:
        return False  # a device that does not answer this is left as it is
    return bool(answer and answer[0] & HALTED)


def _detach(plugged: Plugged, number: int, places: Places) -> bool:
    """Let the kernel's driver leave the interface; raises DeviceHeld when somebody works through it."""
    import usb.core

    try:
        if not plugged.handle.is_kernel_driver_active(number):
            return False
    except NotImplementedError:
        return False  # an operating system without such drivers
    except usb.core.USBError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
            return False
        raise
    by_file = holders(places.printer_files(plugged.device.port), places.proc)
    if by_file:
        raise _held(plugged, by_file)
    plugged.handle.detach_kernel_driver(number)
    return True


def _interface_of(plugged: Plugged) -> Interface:
    import usb.core

    handle = plugged.handle
    try:
        configuration = handle.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno is not None:
            raise
        handle.set_configuration()  # it was not configured yet
        configuration = handle.get_active_configuration()
    found = sorted(_candidates(configuration), key=lambda each: each[0])
    if not found:
        raise LinkLost(0, f"the device {plugged.device.ids} has no interface that a printer has")
    return found[0][1]


def _candidates(configuration: Configuration) -> Iterator[tuple[tuple[bool, bool], Interface]]:
    """Yield interfaces that bytes can be sent to: printers first, among them those that answer."""
    for each in configuration:
        if each.bInterfaceClass not in (PRINTER, VENDOR) or _speaks_ipp(each):
            continue
        bulk = [end.bEndpointAddress for end in each if end.bmAttributes & KIND == BULK]
        outlet = next((end for end in bulk if not end & IN), 0)
        inlet = next((end for end in bulk if end & IN), 0)
        if outlet:
            rank = (each.bInterfaceClass != PRINTER, not inlet)
            yield rank, Interface(each.bInterfaceNumber, each.bAlternateSetting, outlet, inlet)


def _speaks_ipp(interface: Setting) -> bool:
    return bool(interface.bInterfaceClass == PRINTER and interface.bInterfaceProtocol == IPP_OVER_USB)


def refusal(error: OSError, plugged: Plugged, places: Places) -> LinkLost:
    """Return what an error of the USB library means: DeviceForbidden, DeviceHeld or LinkLost, with what to do."""
    device = plugged.device
    node = places.node(device.bus, device.address)
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = how_to_permit(device.vendor, device.product, node)
        return DeviceForbidden(f"the server may not open the USB device {device.ids} at port {device.port}: {hint}")
    if error.errno == errno.EBUSY:
        return _held(plugged, holders([node, *places.printer_files(device.port)], places.proc))
    if error.errno in GONE:
        return LinkLost(0, f"the USB device {device.ids} at port {device.port} is gone")
    return LinkLost(0, f"the USB device {device.ids} at port {device.port}: {words_of(error)}")


def _held(plugged: Plugged, who: list[str]) -> DeviceHeld:
    named = ", ".join(who) or "a program of another account"
    return DeviceHeld(f"the USB device {plugged.device.ids} at port {plugged.device.port} is held by {named}")
