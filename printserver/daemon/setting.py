"""Everything that differs from one run of the daemon to another."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from printserver.config import Configuration
from printserver.daemon.service_manager import ServiceManager
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.plugins import Plugins
from printserver.store.place import DataPlace
from printserver.transport.usb import UsbHost


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything that differs from one run to another; `reactor`, `wall`, `randomness` are time and chance.

    `manager` is told when the server is ready, stops, and lives; `usb` is the machine's USB.
    """

    configuration: Configuration
    place: DataPlace
    plugins: Plugins
    reactor: Any  # a Twisted reactor: its interfaces are zope's, which no type checker reads
    wall: Callable[[], float]
    randomness: Callable[[int], bytes] = os.urandom
    printers: tuple[PrinterConfig, ...] = ()
    queues: tuple[QueueConfig, ...] = ()
    raw_port: int | None = None
    pace: str = "fast"
    faults: tuple[str, ...] = ()
    manager: ServiceManager | None = None
    usb: UsbHost = field(default_factory=UsbHost)
