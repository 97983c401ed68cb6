"""pyusb's handle of a device, as far as it is used here: pyusb publishes no types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class End(Protocol):
    """One end of a pipe."""

    bEndpointAddress: int
    bmAttributes: int


class Setting(Protocol):
    """One setting of an interface."""

    bInterfaceNumber: int
    bAlternateSetting: int
    bInterfaceClass: int
    bInterfaceProtocol: int

    def __iter__(self) -> Iterator[End]:
        """Return its ends of pipes."""
        ...


class Configuration(Protocol):
    """One configuration of a device."""

    def __iter__(self) -> Iterator[Setting]:
        """Return its interfaces, each in all its settings."""
        ...


class UsbHandle(Protocol):
    """A device; what speaks with it blocks, and raises usb.core.USBError. Times are milliseconds."""

    idVendor: int
    idProduct: int
    bDeviceClass: int
    iSerialNumber: int
    iManufacturer: int
    iProduct: int
    bus: int | None
    address: int | None
    port_numbers: tuple[int, ...] | None

    def __iter__(self) -> Iterator[Configuration]:
        """Return its configurations."""
        ...

    def get_active_configuration(self) -> Configuration:
        """Return the configuration in use."""
        ...

    def set_configuration(self) -> None:
        """Choose the first configuration."""
        ...

    def set_interface_altsetting(self, interface: int, alternate_setting: int) -> None:
        """Choose a setting of an interface."""
        ...

    def write(self, endpoint: int, data: bytes, timeout: int) -> int:
        """Send bytes."""
        ...

    def read(self, endpoint: int, size: int, timeout: int) -> bytes:
        """Read bytes."""
        ...

    def ctrl_transfer(
        self, bmRequestType: int, bRequest: int, wValue: int, wIndex: int, data_or_wLength: bytes | int, timeout: int
    ) -> bytes:
        """Do a control transfer."""
        ...

    def clear_halt(self, ep: int) -> None:
        """Let a stalled pipe go on."""
        ...

    def is_kernel_driver_active(self, interface: int) -> bool:
        """Tell whether a driver of the kernel has an interface."""
        ...

    def detach_kernel_driver(self, interface: int) -> None:
        """Take an interface from the kernel's driver."""
        ...

    def attach_kernel_driver(self, interface: int) -> None:
        """Give an interface back to the kernel's driver."""
        ...
