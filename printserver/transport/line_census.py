"""Which device files of printers and serial lines there are, and what the kernel shows of what hangs at them.

Laws kept here:

1. Nothing is opened: a serial line may belong to anything, and what opens it can reset what hangs there.
2. A file that goes while it is looked at is left out.

Sources: Linux, drivers/usb/class/usblp.c (`ieee1284_id`), Documentation/ABI/stable/sysfs-bus-usb; udev's rules for
`/dev/serial/by-id`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from printserver.model.display import harmless
from printserver.transport.device_id import LONGEST, parse_words
from printserver.transport.usb_asking import ID_FILE
from printserver.transport.usb_refusals import Places

HEX = re.compile(r"[0-9a-f]{4}", re.ASCII)


class Port(Protocol):
    """A serial line as pyserial tells of it."""

    device: str
    description: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    manufacturer: str | None
    product: str | None


Comports = Callable[[], Iterable[Port]]


class PlaceUnread(Exception):
    """A place where printers may be cannot be looked at now; no other place has part in it."""


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A device file, further names of it, and what the kernel shows of the device by the keys of ids."""

    path: Path
    ids: dict[str, str] = field(default_factory=dict)
    names: tuple[Path, ...] = ()


def printer_files(places: Places) -> list[DeviceFile]:
    """Return the files of the kernel's printer driver."""
    found = sorted((places.dev / "usb").glob("lp*"), key=lambda path: (len(path.name), path.name))
    return [DeviceFile(path, _shown(places.sys / "class" / "usbmisc" / path.name / "device")) for path in found]


def _shown(interface: Path) -> dict[str, str]:
    device = interface.resolve().parent
    found = {
        "vid": _hex(device / "idVendor"), "pid": _hex(device / "idProduct"), "serial": _line(device / "serial"),
        "maker": _line(device / "manufacturer"), "name": _line(device / "product"),
    }  # fmt: skip
    return {key: text for key, text in found.items() if text} | parse_words(_line(interface / ID_FILE, 4096))


def _line(path: Path, most: int = LONGEST) -> str:
    try:
        return harmless(path.read_text(errors="replace"))[:most].strip()
    except OSError:
        return ""


def _hex(path: Path) -> str:
    text = _line(path).lower()
    return text if HEX.fullmatch(text) else ""


def serial_lines(comports: Comports, places: Places) -> list[DeviceFile]:
    """Return the serial lines, and what the adapter tells of itself; raises PlaceUnread."""
    try:
        ports = sorted(comports(), key=lambda port: port.device)
    except (OSError, ValueError, TypeError) as error:
        # pyserial reads what the kernel shows without asking whether it is still there
        raise PlaceUnread(str(error)) from error
    return [DeviceFile(Path(port.device), _told(port), _names(Path(port.device), places)) for port in ports]


def _told(port: Port) -> dict[str, str]:
    found = {
        "vid": "" if port.vid is None else f"{port.vid:04x}", "pid": "" if port.pid is None else f"{port.pid:04x}",
        "serial": port.serial_number, "maker": port.manufacturer, "name": port.product,
    }  # fmt: skip
    return {key: shown for key, text in found.items() if text and (shown := harmless(text)[:LONGEST].strip())}


def _names(path: Path, places: Places) -> tuple[Path, ...]:
    """Return the names of a line that stay the same when it is plugged in again."""
    by_id = places.dev / "serial" / "by-id"
    try:
        return tuple(sorted(link for link in by_id.iterdir() if link.resolve() == path.resolve()))
    except OSError:
        return ()
