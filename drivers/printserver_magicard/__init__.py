"""Driver for Magicard card printers: Rio, Tango, Avalon, Alto, Opera, Tempo, Enduro, Pronto, Rio Pro."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver.model.printer import Identity
from printserver_magicard.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver

# Vendor id of Magicard. Several models share a product id, so the model comes from the device's own words first.
USB_VENDOR = "0c1f"


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for a Magicard model; raises ConfigurationError for an unknown model or option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_magicard.driver import MagicardDriver

    return MagicardDriver(model, options)


@hookimpl
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Know a Magicard printer by its USB vendor id, or by the maker in its IEEE 1284 device id."""
    words = {key.lower(): value.lower() for key, value in ids.items()}
    if words.get("vid") != USB_VENDOR and "magicard" not in words.get("mfg", ""):
        return None
    return Identity(family=FAMILY, model=_model_of(words), serial=ids.get("serial", ""))


def _model_of(words: dict[str, str]) -> str:
    """Return the model that the device names, else the only one that its product id may mean, else nothing."""
    named = (words.get("mdl") or words.get("name", "")).replace(" ", "")
    longest_first = sorted((model.name for model in info().model), key=len, reverse=True)
    found = next((name for name in longest_first if name in named), "")
    product = f"{words.get('vid', '')}:{words.get('pid', '')}"
    meant = [model.name for model in info().model if product in model.usb]
    return found or (meant[0] if len(meant) == 1 else "")


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return the family's emulator."""
    from printserver_magicard.emulator import MagicardEmulator
    from printserver_magicard.recorded import decode

    return [EmulatorEntry(FAMILY, MagicardEmulator, decode)]
