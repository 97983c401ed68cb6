"""Drivers for commands that work without a daemon: found as the daemon finds them, chosen by name without case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printserver.commands.options import as_usage
from printserver.commands.output import say
from printserver.config import default_data
from printserver.driver import EmulatorEntry
from printserver.driver.loading import DriverShelf
from printserver.driver.proofs import FOLDER, readable_proofs
from printserver.model.card import Geometry
from printserver.model.printer import Identity
from printserver.plugins import Plugins, load_plugins

PLUGIN_FOLDER = "plugins"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A driver and one of its models; `ribbon` is the model's own, `paths` are where packages are found first."""

    driver: str
    model: str
    ribbon: str
    geometry: Geometry
    shelf: DriverShelf
    packages: Sequence[str]
    paths: Sequence[str]

    def emulator(self) -> EmulatorEntry:
        """Return the driver's emulator; raises ConfigurationError where it has none."""
        return self.shelf.emulator(self.driver)


def found_plugins() -> Plugins:
    """Return the plugins that a server on the default data directory has."""
    data = default_data()
    plugins = load_plugins(data / PLUGIN_FOLDER)
    plugins.proofs = readable_proofs(data / FOLDER, lambda fault: say(f"left out: {fault}"))
    return plugins


def choose(driver: str, model: str = "") -> Chosen:
    """Return a driver's model, its first when none is named; raises click.BadParameter naming those there are."""
    plugins = found_plugins()
    shelf = plugins.shelf()
    with as_usage("driver"):
        info = shelf.info(driver)
    name = model.lower() or info.model[0].name
    known = info.find_model(name)
    with as_usage("--model"):
        opened = shelf.open(info.name, name, {})
    capabilities = opened.capabilities(Identity(family=info.name, model=name))
    return Chosen(
        driver=info.name, model=name, ribbon=known.default_ribbon if known else capabilities.ribbons[0].name,
        geometry=capabilities.geometry, shelf=shelf, packages=plugins.packages, paths=plugins.paths,
    )  # fmt: skip
