"""A printer for one command alone, without a server: which it is, its driver, and its link.

Laws kept here:

1. A printer has one master. While a server runs on the data directory its printers are not taken from it.
2. The reactor is an argument; `task.react` hands it to the command.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from twisted.internet.task import react

from printserver.commands.options import all_of, as_usage, config_option, data_option
from printserver.commands.serve import node_of, place_of, plugin_folder, store_of
from printserver.config import Configuration, read_configuration
from printserver.driver import Capabilities, Driver, DriverInfo
from printserver.errors import ConfigurationError
from printserver.model.card import Ribbon
from printserver.model.printer import Identity, PrinterConfig
from printserver.plugins import load_plugins
from printserver.store.opening import open_store
from printserver.store.place import DataPlace
from printserver.transport.link import Link, Reactor
from printserver.transport.opening import open_link

T = TypeVar("T")

printer_options = all_of([
    click.option("--driver", metavar="FAMILY", help="Its driver, where no PRINTER is named."),
    click.option("--model", metavar="MODEL", help="Its model."),
    click.option("--device", metavar="ADDRESS", help="Its address, such as usb:SERIAL or tcp:HOST:PORT."),
    click.option("--ribbon", metavar="RIBBON", help="The ribbon that is in it; else the one that is declared."),
    click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="A driver's own option."),
    config_option, data_option,
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bench:
    """A printer for one command."""

    info: DriverInfo
    model: str
    driver: Driver
    device: str
    ribbon: Ribbon
    capabilities: Capabilities
    data: Path
    options: dict[str, str]

    def link(self, reactor: Reactor) -> Link:
        """Return a new link to it."""
        return open_link(self.device, reactor)


@contextmanager
def bench_of(
    printer: str | None, config: Path | None, data: Path | None, given: Mapping[str, str | None],
    options: Sequence[str],
) -> Iterator[Bench]:
    """Yield the printer that is declared under a name, or that the options describe; no server starts meanwhile.

    Raises click.UsageError where it is not whole, ConfigurationError for what does not fit, DataDirectoryInUse while
    a server has the printers.
    """
    configuration = read_configuration(config)
    place = place_of(configuration, data)
    place.prepare()
    lock = place.lock()
    try:
        declared = _described(given, options) if printer is None else _declared(printer, configuration, place)
        yield _opened(declared, given.get("ribbon"), configuration, place)
    finally:
        os.close(lock)


def _described(given: Mapping[str, str | None], options: Sequence[str]) -> PrinterConfig:
    """Return a printer as the options say; its ribbon stays open."""
    missing = [f"--{name}" for name in ("driver", "model", "device") if not given.get(name)]
    if missing:
        raise click.UsageError(f"name a PRINTER that is declared, or give {', '.join(missing)}")
    pairs = dict(each.partition("=")[::2] for each in options)
    return PrinterConfig(
        name="", driver=str(given["driver"]).lower(), model=str(given["model"]).lower(), device=str(given["device"]),
        ribbon=given.get("ribbon") or "", options=pairs,
    )  # fmt: skip


def _declared(name: str, configuration: Configuration, place: DataPlace) -> PrinterConfig:
    store = open_store(
        store_of(configuration, place), master_key=place.key, clock=time.time, node=node_of(configuration)
    )
    known = {each.name: each for each in (*configuration.printers(), *store.printers()) if not each.retired}
    if name not in known:
        allowed = ", ".join(known) or "none is declared; give --driver, --model and --device"
        raise ConfigurationError(f"there is no printer {name!r}", where="PRINTER", allowed=allowed)
    return known[name]


def _opened(declared: PrinterConfig, ribbon: str | None, configuration: Configuration, place: DataPlace) -> Bench:
    shelf = load_plugins(plugin_folder(configuration, place)).shelf()
    with as_usage("--driver"):
        info = shelf.info(declared.driver)
    with as_usage("--model"):
        driver = shelf.open(info.name, declared.model, declared.options)
    can = driver.capabilities(Identity(family=info.name, model=declared.model))
    wanted = ribbon or declared.ribbon
    found = can.ribbon(wanted) if wanted else (can.ribbons[0] if can.ribbons else None)
    if found is None:
        names = ", ".join(each.name for each in can.ribbons)
        raise click.BadParameter(f"there is no ribbon {wanted!r} (allowed: {names})", param_hint="--ribbon")
    if declared.simulated:
        raise click.UsageError("this printer is emulated by the server; name one that has an address of its own")
    return Bench(info, declared.model, driver, declared.device, found, can, place.root, declared.options)


def run_with_reactor(work: Callable[[Reactor], Awaitable[T]]) -> T:
    """Run something that needs a reactor, and return what it comes to; what it raises escapes."""
    ends: list[T] = []
    faults: list[Exception] = []

    async def main(reactor: Any) -> None:  # noqa: ANN401 - react's own
        try:
            ends.append(await work(reactor))
        except Exception as error:  # carried over: react would write a traceback
            faults.append(error)

    try:
        react(main)
    except SystemExit as end:
        if faults:
            raise faults[0] from None
        if not ends:
            raise click.Abort from end
    return ends[0]
