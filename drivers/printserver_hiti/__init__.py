"""HiTi CS-2xx card printers: who they are, how they are, and their recorded jobs. Nothing is printed on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver.model.printer import Identity
from printserver_hiti.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for a CS-2xx printer; raises ConfigurationError for an unknown model, and for any option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_hiti.driver import HitiDriver

    return HitiDriver(model, options)


@hookimpl
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Know a printer by its USB ids: each model has its own."""
    words = {key.lower(): value.lower() for key, value in ids.items()}
    product = f"{words.get('vid', '')}:{words.get('pid', '')}"
    found = next((model.name for model in info().model if product in model.usb), "")
    return Identity(family=FAMILY, model=found, serial=ids.get("serial", "")) if found else None


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return the family's emulator."""
    from printserver_hiti.emulator import HitiEmulator
    from printserver_hiti.recorded import decode

    return [EmulatorEntry(FAMILY, HitiEmulator, decode)]
