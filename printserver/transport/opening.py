"""From a device's address to its link."""

from __future__ import annotations

from collections.abc import Mapping

from printserver.errors import ConfigurationError
from printserver.transport.address import (
    ExecAddress,
    LoopAddress,
    PcscAddress,
    SerialAddress,
    TcpAddress,
    UnixAddress,
    UsbAddress,
    UsblpAddress,
    parse_address,
)
from printserver.transport.exec import exec_link
from printserver.transport.link import Link, Reactor
from printserver.transport.loop import Answering, LoopLink
from printserver.transport.serial import SerialLink
from printserver.transport.stream import tcp_link, unix_link
from printserver.transport.usb import UsbHost, UsbLink
from printserver.transport.usblp import UsblpLink

CONNECT_TIMEOUT = 5.0
BUILT = "tcp:HOST:PORT, unix:PATH, serial:URL, usb:SERIAL, usb:@PORT, usblp:PATH, exec:NAME"


def open_link(
    address: str, reactor: Reactor, *, timeout: float = CONNECT_TIMEOUT, device: Answering | None = None,
    usb: UsbHost | None = None, commands: Mapping[str, tuple[str, ...]] | None = None,
) -> Link:
    """Return a link to the device at `address`; nothing is opened before the link's `open` or a dialogue's run.

    `timeout` is for connecting, in seconds; `device` is what `loop:` leads to, `usb` a USB that is not the machine's
    own, `commands` what `exec:` may run, by name. Raises ConfigurationError for an address that cannot be read or a
    kind of link that this server has not.
    """
    match parse_address(address):
        case TcpAddress() as tcp:
            return tcp_link(tcp, reactor, timeout)
        case UnixAddress() as unix:
            return unix_link(unix, reactor, timeout)
        case LoopAddress():
            return _loop(address, device, reactor)
        case SerialAddress() as line:
            return SerialLink(line, reactor)
        case UsblpAddress() as character_device:
            return UsblpLink(character_device, reactor)
        case UsbAddress() as plugged:
            return UsbLink(plugged, reactor, usb or UsbHost())
        case PcscAddress():
            raise _missing(address, "PC/SC readers")
        case ExecAddress() as command:
            return exec_link(command, commands or {}, reactor)


def _loop(address: str, device: Answering | None, reactor: Reactor) -> Link:
    if device is None:
        raise ConfigurationError("loop: leads to nothing outside of tests", where=f"device = {address!r}")
    return LoopLink(device, reactor)


def _missing(address: str, what: str, allowed: str = BUILT) -> ConfigurationError:
    return ConfigurationError(
        f"{what} cannot be reached by this version of the server", where=f"device = {address!r}", allowed=allowed
    )
