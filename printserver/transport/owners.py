"""Which configured printer has a device already.

A device is known by what an address means, not by its text: a USB device by serial number, port or ids alike, a file by
where its name leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from printserver.errors import ConfigurationError
from printserver.transport.address import (
    Address,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    UsblpAddress,
    parse_address,
)
from printserver.transport.usb_census import UsbDevice, fits


class Owners:
    """The configured printers by their devices' addresses."""

    def __init__(self, devices: Mapping[str, str]) -> None:
        """Take the printers' names, each with the address of its device; what is no address of ours has none."""
        self._addresses: list[tuple[str, Address]] = []
        for name, text in devices.items():
            try:
                self._addresses.append((name, parse_address(text)))
            except ConfigurationError:
                continue  # an emulated printer, or a kind of link that a plugin brings

    def of_usb(self, device: UsbDevice, files: Iterable[Path] = ()) -> str:
        """Return the printer that has a USB device, itself or through a file of it; empty = none."""
        for name, address in self._addresses:
            if isinstance(address, UsbAddress) and fits(address, device):
                return name
        return self.of_files(files)

    def of_files(self, files: Iterable[Path]) -> str:
        """Return the printer that has a device file under one of its names, empty = none."""
        wanted = {path.resolve() for path in files}
        for name, address in self._addresses:
            path = address.path if isinstance(address, UsblpAddress) else _line(address)
            if path.startswith("/") and Path(path).resolve() in wanted:
                return name
        return ""

    def of_tcp(self, hosts: Iterable[str], port: int) -> str:
        """Return the printer that has a port of a host under one of its names, empty = none."""
        wanted = {(host.lower().rstrip("."), port) for host in hosts}
        for name, address in self._addresses:
            if isinstance(address, TcpAddress) and (address.host.lower().rstrip("."), address.port) in wanted:
                return name
        return ""


def _line(address: Address) -> str:
    return address.url if isinstance(address, SerialAddress) else ""
