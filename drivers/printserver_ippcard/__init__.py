"""Driver for card printers on a network that speak IPP themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver_ippcard.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for an IPP card printer; raises ConfigurationError for an unknown model or option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_ippcard.driver import IppCardDriver

    return IppCardDriver(model, options)


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return a small IPP printer."""
    from printserver_ippcard.emulator import IppCardEmulator
    from printserver_ippcard.recorded import decode

    return [EmulatorEntry(FAMILY, IppCardEmulator, decode)]
