"""Finds the emulator of a driver among installed packages, without knowing any of them by name."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass

import pluggy

from printserver.driver import EmulatorEntry, hookspecs
from printserver.errors import ConfigurationError
from printserver.model.card import Geometry
from printserver.model.printer import Identity

GROUP = "printserver"


@dataclass(frozen=True, slots=True)
class Emulated:
    """A driver's emulator for one model, and the size of what it prints."""

    entry: EmulatorEntry
    model: str
    geometry: Geometry


def declared_packages() -> list[str]:
    """Return the packages that installed distributions declare as plugins."""
    return [point.value for point in importlib.metadata.entry_points(group=GROUP)]


def find_emulator(driver: str, model: str, packages: Iterable[str]) -> Emulated:
    """Load packages and return the emulator of a driver's model, its first one when `model` is empty.

    Raises ConfigurationError naming the drivers or models there are.
    """
    manager = _loaded(packages)
    entries = {entry.driver: entry for part in manager.hook.printserver_emulators() for entry in part}
    infos = {info.name: info for part in manager.hook.printserver_drivers() for info in part}
    name = driver.lower()
    if name not in entries or name not in infos:
        raise ConfigurationError(f"no emulator for {driver!r}", where="driver", allowed=", ".join(sorted(entries)))
    chosen = model or infos[name].model[0].name
    opened = manager.hook.printserver_open_driver(driver=name, model=chosen, options={})
    geometry = opened.capabilities(Identity(family=name, model=chosen)).geometry
    return Emulated(entries[name], chosen, geometry)


def _loaded(packages: Iterable[str]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    for package in dict.fromkeys(packages):
        try:
            manager.register(importlib.import_module(package), package)
        except ImportError as error:
            raise ConfigurationError(f"cannot be loaded: {error}", where=package) from error
    return manager
