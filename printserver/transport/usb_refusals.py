"""Why a USB device cannot be had, in words that say what to do about it.

Laws kept here:

1. What only a person can mend (another program, a missing right, printers that look alike) stops a printer with its
   own reason; it is not told as a cable that is out.
2. A missing right names the rule that gives it, for this very device.
3. Who holds a device is read from the kernel's own lists, where the server may read them.

Sources: udev(7); proc(5) on /proc/PID/fd.
"""

from __future__ import annotations

import contextlib
import grp
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from printserver.dialogue import LinkLost
from printserver.errors import Fault, PrintServerError

RULES = "/etc/udev/rules.d/71-printserver-usb.rules"
GROUP = "lp"


class _Refused(LinkLost):
    """The printer cannot be reached."""

    fault = Fault.OPERATOR

    def __init__(self, message: str) -> None:
        self.sent = 0
        PrintServerError.__init__(self, message)


class DeviceHeld(_Refused):
    """Another program holds the device."""

    code = "device-held"
    remedy = "End the other program, or take the printer out of its list of printers."


class DeviceForbidden(_Refused):
    """The server may not open the device."""

    code = "device-forbidden"
    remedy = "Give the server's account the right to open the device; the message tells how."


class DevicesAlike(_Refused):
    """Several devices look alike, and nothing tells which one is meant."""

    code = "devices-alike"
    remedy = "Look which printer hangs at which port, and name each by its port: device = usb:@PORT."


@dataclass(frozen=True, slots=True)
class Places:
    """Where the kernel shows devices and processes."""

    dev: Path = Path("/dev")
    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    def node(self, bus: int, address: int) -> Path:
        """Return the file that a USB device is opened by."""
        return self.dev / "bus" / "usb" / f"{bus:03}" / f"{address:03}"

    def shown(self, port: str) -> Path:
        """Return the folder in which the kernel shows the device at a hub port."""
        return self.sys / "bus" / "usb" / "devices" / port

    def printer_files(self, port: str) -> list[Path]:
        """Return the files of the kernel's printer driver for the device at a port, as /dev/usb/lp0."""
        found = self.shown(port).glob(f"{port}:*/usbmisc/*")
        return sorted(self.dev / "usb" / each.name for each in found)


def udev_rule(vendor: int, product: int) -> str:
    """Return the line that lets the group have the device."""
    return (
        f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor:04x}", ATTR{{idProduct}}=="{product:04x}", '
        f'GROUP="{GROUP}", MODE="0660"'
    )


def of_group(node: Path, group: str) -> str:
    """Say how the account comes into the group that a file belongs to."""
    return (
        f"{node} belongs to the group {group}: put the server's account into it (usermod --append --groups "
        f"{group} ACCOUNT), then start the server again"
    )


def by_rule(rule: str, group: str) -> str:
    """Say where a line of udev goes, and what makes it count."""
    return (
        f"put this line into {RULES}: {rule} and run `udevadm control --reload` and `udevadm "
        f"trigger`; the server's account must be in the group {group}"
    )


def how_to_permit(vendor: int, product: int, node: Path) -> str:
    """Say how the account gets the right to open a device: by its group where it has one, else by a rule."""
    group = group_of(node)
    return of_group(node, group) if group is not None else by_rule(udev_rule(vendor, product), GROUP)


def group_of(node: Path) -> str | None:
    """Return the group that may open a file, None where it has none of its own."""
    try:
        found = node.stat()
        name = grp.getgrgid(found.st_gid).gr_name
    except (OSError, KeyError):
        return None
    return name if found.st_gid != 0 and found.st_mode & 0o060 == 0o060 else None


def holders(files: list[Path], proc: Path) -> list[str]:
    """Return who has one of the files open, as `name (process N)`, as far as this account may see."""
    wanted = {str(path) for path in files}
    return sorted({f"{_name(process)} (process {process.name})" for process in _having_open(wanted, proc)})


def _having_open(wanted: set[str], proc: Path) -> Iterator[Path]:
    for process in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile, or another account's
            if any(_target(entry) in wanted for entry in (process / "fd").iterdir()):
                yield process


def _target(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:
        return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return "a program"
