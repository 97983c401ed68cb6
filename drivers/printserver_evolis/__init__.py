"""Driver for Evolis card printers: Pebble, Dualys, Zenius, Primacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver.model.printer import Identity
from printserver_evolis.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver

# Vendor id of Evolis; product ids stand in no source, so the model comes from the device's own words.
USB_VENDOR = "0f49"


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for an Evolis model; raises ConfigurationError for an unknown model or option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_evolis.driver import open_driver

    return open_driver(model, options)


@hookimpl
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Know an Evolis printer by its USB vendor id, or by the maker in its IEEE 1284 device id."""
    words = {key.lower(): value.lower() for key, value in ids.items()}
    if words.get("vid") != USB_VENDOR and "evolis" not in words.get("mfg", ""):
        return None
    known = (model.name for model in info().model)
    named = words.get("mdl") or words.get("name", "")
    return Identity(
        family=FAMILY, model=next((name for name in known if name in named), ""),
        serial=ids.get("serial", ""),
    )


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return the family's emulator."""
    from printserver_evolis.emulator import EvolisEmulator
    from printserver_evolis.recorded import decode

    # It answers only after its work, so that its counter need not be watched for as long as a card takes.
    return [EmulatorEntry(FAMILY, EvolisEmulator, decode, {"settle": "1"})]
