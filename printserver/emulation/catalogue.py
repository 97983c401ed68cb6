"""Finds the emulator of a driver among installed packages, without knowing any of them by name."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass

from printserver.driver import EmulatorEntry
from printserver.driver.loading import shelf_of
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


def find_emulator(driver: str, model: str, packages: Sequence[str]) -> Emulated:
    """Load packages and return the emulator of a driver's model, its first one when `model` is empty.

    Raises ConfigurationError naming the drivers or models there are, PluginBroken naming a package that fails.
    """
    shelf = shelf_of(packages)
    info, entry = shelf.info(driver), shelf.emulator(driver)
    chosen = model or info.model[0].name
    opened = shelf.open(info.name, chosen, dict(entry.options))
    return Emulated(entry, chosen, opened.capabilities(Identity(family=info.name, model=chosen)).geometry)
