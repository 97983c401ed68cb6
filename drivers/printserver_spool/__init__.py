"""Driver for printers with closed languages: the card goes to a CUPS queue, or to a command, as a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver_spool.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for a CUPS queue or a command; raises ConfigurationError for an unknown model or option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_spool.driver import SpoolDriver

    return SpoolDriver(model, options)


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return a small spooler."""
    from printserver_spool.emulator import spooler
    from printserver_spool.recorded import decode

    return [EmulatorEntry(FAMILY, spooler, decode, {"queue": "cards"})]
