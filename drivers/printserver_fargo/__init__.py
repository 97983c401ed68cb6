"""Driver for HID Fargo card printers: DTC4500e."""

from __future__ import annotations

from typing import TYPE_CHECKING

from printserver.driver import DriverInfo, EmulatorEntry, hookimpl
from printserver.model.printer import Identity
from printserver_fargo.info import FAMILY, info

if TYPE_CHECKING:
    from printserver.driver import Driver

# Vendor ids: Fargo's own, under which every device is a card printer, and HID's, under which only some are.
FARGO, HID = "09b0", "076b"
HID_PRINTERS = range(0xBF00, 0xC000)


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    """Return the family's facts."""
    return [info()]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for a Fargo model; raises ConfigurationError for an unknown model or option."""
    if driver.lower() != FAMILY:
        return None
    from printserver_fargo.driver import FargoDriver

    return FargoDriver(model, options)


@hookimpl
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Know a Fargo printer by its USB ids or its IEEE 1284 device id (HID Global, DTC4500e)."""
    words = {key.lower(): value.lower() for key, value in ids.items()}
    if not _is_fargo(words):
        return None
    return Identity(family=FAMILY, model=_model_of(words), serial=ids.get("serial", ""))


def _is_fargo(words: dict[str, str]) -> bool:
    vendor, product = words.get("vid", ""), words.get("pid", "")
    named = "fargo" in words.get("mfg", "") or "dtc4500e" in words.get("mdl", "")
    return named or vendor == FARGO or (vendor == HID and _is_printer_of_hid(product))


def _is_printer_of_hid(product: str) -> bool:
    try:
        return int(product, 16) in HID_PRINTERS
    except ValueError:
        return False


def _model_of(words: dict[str, str]) -> str:
    """Return the model that the device names, or that its product id means, else nothing."""
    named = words.get("mdl", "").replace(" ", "")
    product = f"{words.get('vid', '')}:{words.get('pid', '')}"
    return next((model.name for model in info().model if model.name in named or product in model.usb), "")


@hookimpl
def printserver_emulators() -> list[EmulatorEntry]:
    """Return the family's emulator."""
    from printserver_fargo.emulator import FargoEmulator
    from printserver_fargo.recorded import decode

    return [EmulatorEntry(FAMILY, FargoEmulator, decode)]
