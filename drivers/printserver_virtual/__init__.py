"""A printer without protocol that writes pictures of cards: for trying things out and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver_virtual.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return the virtual printer's driver; raises ConfigurationError."""
    if driver.lower() != FAMILY:
        return None
    from printserver_virtual.driver import VirtualDriver

    return VirtualDriver(model, options)


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return the virtual printer."""
    from printserver_virtual.emulator import VirtualPrinter, decode

    return [EmulatorEntry(FAMILY, VirtualPrinter, decode)]
