"""Device addresses: one line of text that says where a device is.

| text | meaning |
|---|---|
| `tcp:HOST:PORT` | a network printer; IPv6 as `tcp:[::1]:9100` |
| `unix:PATH` | a UNIX socket, absolute path |
| `serial:URL` | a pyserial URL or device path; `serial:/dev/ttyUSB0?baud=19200` |
| `usblp:PATH` | Linux' printer class device, `/dev/usb/lp0`, or any character device |
| `usb:SERIAL` | a USB device by the serial number that USB tells |
| `usb:@1-1.2` | the USB device at a hub port, as Linux writes it: bus 1, port 1, and there port 2 |
| `usb:0c1f:2800` | the only USB device with these ids of maker and product |
| `usb:0c1f:2800/SERIAL` | of those with these ids, the one that has this serial number, or tells it when it is asked |
| `pcsc:READER` | a PC/SC reader by name |
| `exec:NAME` | a command that the configuration file lists under this name; it gets the card on its standard input |
| `loop:` | in memory, for tests |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from printserver.errors import ConfigurationError

ALLOWED = "tcp:HOST:PORT, unix:PATH, serial:URL, usblp:PATH, usb:SERIAL, usb:@PORT, exec:NAME, loop:"
DEFAULT_BAUD = 9600
USB_PORT = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}", re.ASCII)
USB_IDS = re.compile(r"([0-9a-f]{4}:[0-9a-f]{4})(?:/(.*))?", re.ASCII | re.IGNORECASE | re.DOTALL)
BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A TCP port of a host."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A UNIX stream socket."""

    path: str


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A serial line: a pyserial URL or a device path, and bits per second."""

    url: str
    baud: int = DEFAULT_BAUD


@dataclass(frozen=True, slots=True)
class UsblpAddress:
    """A character device."""

    path: str


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """A USB device by serial number, by hub port, by its `vvvv:pppp` ids, or by ids and serial number."""

    serial: str = ""
    port: str = ""
    ids: str = ""

    @property
    def asks(self) -> bool:
        """Tell whether the device itself may have to be asked for its serial number."""
        return bool(self.ids and self.serial)

    def __str__(self) -> str:
        return f"usb:{self.ids}/{self.serial}" if self.asks else f"usb:{self.serial or self.ids or '@' + self.port}"


@dataclass(frozen=True, slots=True)
class PcscAddress:
    """A smart card reader."""

    reader: str


@dataclass(frozen=True, slots=True)
class ExecAddress:
    """A command that speaks for the device, by the name that the configuration gives it."""

    command: str


@dataclass(frozen=True, slots=True)
class LoopAddress:
    """A device in memory."""


Address: TypeAlias = (
    TcpAddress | UnixAddress | SerialAddress | UsblpAddress | UsbAddress | PcscAddress | ExecAddress | LoopAddress
)


def parse_address(text: str) -> Address:
    """Return the address that `text` means; raises ConfigurationError that says what is allowed."""
    kind, colon, rest = text.strip().partition(":")
    if not colon or "\0" in text:
        raise _refused(text, "this is no device address")
    match kind:
        case "tcp":
            return _tcp(text, rest)
        case "unix":
            return UnixAddress(_path(text, rest))
        case "serial":
            return _serial(text, rest)
        case "usblp":
            return UsblpAddress(_path(text, rest))
        case "usb":
            return _usb(text, _filled(text, rest))
        case "pcsc":
            return PcscAddress(_filled(text, rest))
        case "exec":
            return ExecAddress(_filled(text, rest))
        case "loop" if not rest:
            return LoopAddress()
        case _:
            raise _refused(text, "this kind of device address is not known")


def _refused(text: str, why: str, allowed: str = ALLOWED) -> ConfigurationError:
    return ConfigurationError(why, where=f"device = {text!r}", allowed=allowed)


def _filled(text: str, rest: str) -> str:
    if not rest:
        raise _refused(text, "something must stand after the colon")
    return rest


def _path(text: str, rest: str) -> str:
    if not rest.startswith("/"):
        raise _refused(text, "the path must be absolute")
    return rest


def _usb(text: str, rest: str) -> UsbAddress:
    if rest.startswith("@"):
        if USB_PORT.fullmatch(rest, 1) is None:
            raise _refused(text, f"{rest[1:]!r} is no hub port", "usb:@BUS-PORT or usb:@BUS-PORT.PORT, as usb:@1-1.2")
        return UsbAddress(port=rest[1:])
    named = USB_IDS.fullmatch(rest)
    if named is not None:
        if named[2] == "":
            raise _refused(text, "a serial number must stand after the stroke", "usb:VVVV:PPPP/SERIAL")
        return UsbAddress(named[2] or "", ids=named[1].lower())
    return UsbAddress(rest)


def _tcp(text: str, rest: str) -> TcpAddress:
    host, colon, port = rest.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or (":" in bare and bare == host):
        raise _refused(text, "host and port are needed", "tcp:HOST:PORT, IPv6 as tcp:[ADDRESS]:PORT")
    return TcpAddress(bare, _number(text, port, "the port", range(1, 65_536)))


def _number(text: str, digits: str, what: str, allowed: range | tuple[int, ...]) -> int:
    # str.isdecimal alone lets other scripts' digits pass, and int() takes any number of them.
    value = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 8 else -1
    if value not in allowed:
        shown = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else ", ".join(map(str, allowed))
        raise _refused(text, f"{what} {digits!r} is not possible", shown)
    return value


def _serial(text: str, rest: str) -> SerialAddress:
    if "://" in rest:
        return SerialAddress(rest)
    path, question, query = rest.partition("?")
    if not question:
        return SerialAddress(_filled(text, path))
    key, _, value = query.partition("=")
    if key != "baud":
        raise _refused(text, f"the serial option {key!r} is not known", "baud")
    return SerialAddress(_filled(text, path), _number(text, value, "the speed", BAUD_RATES))
