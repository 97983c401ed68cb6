"""Registering driver packages by name: for the daemon, for a worker and for an emulator's process alike.

Which packages are fit to be loaded is decided once, by `printserver.plugins`; the other processes are told the
names and paths and load just those.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import pluggy

from printserver.driver import hookspecs
from printserver.driver.contract import Driver
from printserver.driver.emulator import EmulatorEntry
from printserver.driver.info import DriverInfo
from printserver.driver.proofs import Proof
from printserver.errors import ConfigurationError, PluginBroken
from printserver.model.printer import Tier


class DriverShelf:
    """The drivers that are there, by name."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        """Use the hooks of `manager`, whose packages are registered already."""
        self._manager = manager
        self.infos: dict[str, DriverInfo] = {
            info.name.lower(): info for infos in manager.hook.printserver_drivers() for info in infos
        }
        self.proofs: Sequence[Proof] = ()

    def tier(self, driver: str, model: str, ribbon: str) -> Tier:
        """Return how well a model with a ribbon is proven, by its package's proofs and by `proofs`.

        Raises ConfigurationError.
        """
        return self.info(driver).tier_of(model, self.proofs, ribbon)

    def info(self, driver: str) -> DriverInfo:
        """Return a driver's facts; raises ConfigurationError naming the drivers there are."""
        found = self.infos.get(driver.lower())
        if found is None:
            raise ConfigurationError(f"there is no driver {driver!r}", allowed=", ".join(sorted(self.infos)))
        return found

    def open(self, driver: str, model: str, options: dict[str, str]) -> Driver:
        """Open a driver for a model; raises ConfigurationError naming the models there are."""
        info = self.info(driver)
        if info.find_model(model.partition("+")[0]) is None:
            known = ", ".join(each.name for each in info.model)
            raise ConfigurationError(f"driver {info.name} knows no model {model!r}", allowed=known)
        opened: Driver | None = self._manager.hook.printserver_open_driver(
            driver=info.name, model=model, options=options
        )
        if opened is None:
            raise PluginBroken(f"driver {info.name} does not open its own model {model}")
        return opened

    def emulator(self, driver: str) -> EmulatorEntry:
        """Return a driver's emulator; raises ConfigurationError where it has none."""
        name = self.info(driver).name
        for entries in self._manager.hook.printserver_emulators():
            for entry in entries:
                if entry.driver == name:
                    found: EmulatorEntry = entry
                    return found
        raise ConfigurationError(f"driver {name} has no emulator")


def shelf_of(packages: Sequence[str], paths: Sequence[str] = ()) -> DriverShelf:
    """Import and register packages by name, found on `paths` first; raises PluginBroken naming the package."""
    sys.path[:0] = [path for path in paths if path not in sys.path]
    manager = pluggy.PluginManager("printserver")
    manager.add_hookspecs(hookspecs)
    for package in packages:
        try:
            manager.register(importlib.import_module(package), name=package)
        except Exception as error:
            # a plugin's import can fail in any way; it is named and the others still work
            raise PluginBroken(f"{type(error).__name__}: {error}", where=package) from error
    return DriverShelf(manager)
