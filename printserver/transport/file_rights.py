"""Why a device file cannot be opened, in words that say what to do about it.

Sources: udev(7); Debian's groups for devices, `lp` for printers and `dialout` for serial lines.
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path

from printserver.dialogue import LinkLost
from printserver.transport.link import words_of
from printserver.transport.usb_refusals import DeviceForbidden, by_rule, group_of, of_group

FORBIDDEN = (errno.EACCES, errno.EPERM)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of device files: udev's subsystem, and the group that is to have them."""

    subsystem: str
    group: str


PRINTER_FILE, SERIAL_LINE = Kind("usbmisc", "lp"), Kind("tty", "dialout")


def how_to_permit_file(path: Path, kind: Kind) -> str:
    """Say how the account gets the right to open a device file: by its group where it has one, else by a rule."""
    group = group_of(path)
    if group is not None:
        return of_group(path, group)
    name = re.sub(r"[0-9]+$", "[0-9]*", path.resolve().name)
    return by_rule(f'SUBSYSTEM=="{kind.subsystem}", KERNEL=="{name}", GROUP="{kind.group}", MODE="0660"', kind.group)


def refusal_of_file(error: OSError, path: str, kind: Kind) -> LinkLost:
    """Return what an error of opening a device file means: DeviceForbidden with what to do, or LinkLost."""
    if error.errno in FORBIDDEN and path.startswith("/"):
        return DeviceForbidden(f"the server may not open {path}: {how_to_permit_file(Path(path), kind)}")
    return LinkLost(0, f"{path}: {words_of(error)}")


def forbidden(path: Path, kind: Kind) -> DeviceForbidden | None:
    """Return the refusal that opening a file would end in, judging by its rights; nothing is opened."""
    if not path.exists() or os.access(path, os.R_OK | os.W_OK):
        return None
    return DeviceForbidden(f"the server may not open {path}: {how_to_permit_file(path, kind)}")
