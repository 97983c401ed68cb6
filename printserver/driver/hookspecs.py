"""Hooks that a driver package implements. Entry-point group `printserver`; names are prefixed `printserver_`.

Hooks return values and are called with keywords. A package's `__init__` stays cheap: it imports `driver.py` and
`emulator.py` only inside the hooks.
"""

from __future__ import annotations

import pluggy

from printserver.driver.contract import Driver
from printserver.driver.emulator import EmulatorEntry
from printserver.driver.info import DriverInfo
from printserver.model.printer import Identity

CONTRACT_VERSION = 1

hookspec = pluggy.HookspecMarker("printserver")
hookimpl = pluggy.HookimplMarker("printserver")


@hookspec
def printserver_drivers() -> list[DriverInfo]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return the facts of each driver in this package."""


@hookspec(firstresult=True)
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    """Return a driver for a model of one's own family, None for any other; raises ConfigurationError."""


@hookspec(firstresult=True)
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Say who a found device is, judging by its ids alone (USB ids, IEEE 1284 device id); None = not mine."""


@hookspec
def printserver_emulators() -> list[EmulatorEntry]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return the emulators of this package."""
