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


@hookspec
def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Identity | None:
    """Say who a found device is, judging by its ids alone; None = not mine, an empty model = which one is not told.

    Called with some of the ids too, to find out what was enough: the same ids always get the same answer. What ids
    there are, docs/technicians.md lists. Every package is asked; nobody is chosen where two know a device.
    """


@hookspec
def printserver_emulators() -> list[EmulatorEntry]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return the emulators of this package."""
