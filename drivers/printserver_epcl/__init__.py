"""Driver for Eltron and Zebra card printers that speak EPCL: P300 to P600, P110i to P520i."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver.model.printer import Identity
from printserver_epcl.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver

MAKERS = ("zebra", "eltron")


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for an EPCL model; raises ConfigurationError for an unknown model or option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_epcl.driver import EpclDriver

    return EpclDriver(model, options)


@hookimpl
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Know a printer by maker and model in its IEEE 1284 device id; the vendor id is that of label printers too."""
    words = {key.lower(): value.lower() for key, value in ids.items()}
    named = words.get("mdl", "").replace(" ", "")
    longest_first = sorted((model.name for model in info().model), key=len, reverse=True)
    found = next((name for name in longest_first if name in named), "")
    if not found or not any(maker in words.get("mfg", "") for maker in MAKERS):
        return None
    return Identity(family=FAMILY, model=found, serial=ids.get("serial", ""))


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return the family's emulator."""
    from printserver_epcl.emulator import EpclEmulator
    from printserver_epcl.recorded import decode

    return [EmulatorEntry(FAMILY, EpclEmulator, decode)]
