"""`printserver serve`: the server as a process; the entry point that owns the reactor."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import structlog

from printserver.commands.checking import check_certificate, check_default_queue, check_fonts, check_printers
from printserver.commands.logging import set_up_logging
from printserver.commands.options import config_option, data_option
from printserver.commands.report import exit_code, explain
from printserver.config import Configuration, default_data, read_configuration, webhook_targets
from printserver.driver.proofs import FOLDER, readable_proofs
from printserver.emulation.faults import parse_fault
from printserver.errors import ConfigurationError, PluginBroken, PrintServerError
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.plugins import Plugins, load_plugins
from printserver.store.place import DataPlace, data_place

ONE_WISH_SECONDS = 1.0


@click.command()
@config_option
@data_option
@click.option("--bind", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of pages, API and IPP (8631); 0 = off.")
@click.option("--tls-port", type=click.IntRange(0, 65535), help="The same over TLS (8632); 0 = off.")
@click.option("--raw-port", type=click.IntRange(0, 65535), help="Raw stream to the default queue (9100); 0 = off.")
@click.option("--lpd-port", type=click.IntRange(0, 65535), help="LPD (5515); 0 = off.")
@click.option("--emulate", metavar="FAMILY[:MODEL]", help="One queue `card` on an emulated printer.")
@click.option("--fault", multiple=True, help="A fault of the emulated printer, such as ribbon-out@panel=k.")
@click.option("--pace", type=click.Choice(["fast", "real"]), default="fast", help="Pace of the emulated printer.")
@click.option("--safe", is_flag=True, help="Load bundled plugins only.")
def serve(config: Path | None, data: Path | None, bind: str | None, port: int | None, tls_port: int | None,
          raw_port: int | None, lpd_port: int | None, emulate: str | None, fault: tuple[str, ...], pace: str,
          safe: bool) -> None:
    """Run the print server until it is told to stop."""
    flags = {"bind": bind, "port": port, "tls_port": tls_port, "lpd_port": lpd_port}
    configuration = with_flags(read_configuration(config), flags)
    place = place_of(configuration, data)
    plugins = load_plugins(plugin_folder(configuration, place), safe=safe)
    printers, queues = emulated(emulate, plugins) if emulate else ((), ())
    if config is not None:
        check_file(configuration, plugins, str(config), None if store_begun(configuration, place) else queues)
    check_faults(fault)
    set_up_logging()
    plugins.proofs = readable_proofs(place.root / FOLDER, _complain)
    _run(
        configuration=configuration, place=place, plugins=plugins, wall=time.time, printers=printers, queues=queues,
        raw_port=raw_port, pace=pace, faults=fault,
    )


def with_flags(configuration: Configuration, flags: dict[str, Any]) -> Configuration:
    """Put the command line's flags above the file."""
    given = {name: value for name, value in flags.items() if value is not None}
    return msgspec.structs.replace(configuration, server=msgspec.structs.replace(configuration.server, **given))


def check_file(
    configuration: Configuration, plugins: Plugins, source: str, more: Sequence[QueueConfig] | None
) -> None:
    """Raise ConfigurationError with file and key before anything is made or started.

    `more` are the queues beside the file's; None = a store that has queues of its own, so that they are not known yet.
    """
    check_printers(configuration, plugins, source)
    check_certificate(configuration, source)
    check_fonts(configuration, source)
    webhook_targets(configuration, source)
    if more is not None:
        check_default_queue(configuration, (*configuration.queue, *(each.name for each in more)), source)


def _complain(fault: PluginBroken) -> None:
    structlog.get_logger("serve").warning("proof left out", where=fault.where, detail=fault.message)


def place_of(configuration: Configuration, data: Path | None) -> DataPlace:
    """Return where data lie: flag, file, default."""
    server = configuration.server
    root = data or (Path(server.data) if server.data else default_data())
    return data_place(root, Path(server.key) if server.key and data is None else None)


def store_begun(configuration: Configuration, place: DataPlace) -> bool:
    """Tell whether the store may have queues of its own already."""
    return configuration.store.url is not None or place.database.exists()


def store_of(configuration: Configuration, place: DataPlace) -> str | Path:
    """Return where the store is: the database that the file names, else a file in the data directory."""
    return configuration.store.url or place.database


def node_of(configuration: Configuration) -> str:
    """Return the name of this server's chain of the journal."""
    return configuration.store.node or socket.gethostname()


def plugin_folder(configuration: Configuration, place: DataPlace) -> Path:
    """Return the drop-in folder."""
    return Path(configuration.server.plugins) if configuration.server.plugins else place.plugins


def check_faults(specs: Sequence[str]) -> None:
    """Raise ConfigurationError for a fault that no emulated printer knows."""
    for spec in specs:
        parse_fault(spec)


def emulated(spec: str, plugins: Plugins) -> tuple[tuple[PrinterConfig, ...], tuple[QueueConfig, ...]]:
    """Return the one emulated printer and its queue `card`; raises ConfigurationError for an unknown family or model.

    `spec` is FAMILY or FAMILY:MODEL, matched without case; without a model the family's first is taken.
    """
    family, _, model = spec.lower().partition(":")
    shelf = plugins.shelf()
    if family not in shelf.infos:
        raise ConfigurationError(
            f"there is no driver {family!r}: install its package, or put it into the plugins folder",
            where="--emulate", allowed=", ".join(sorted(shelf.infos)),
        )
    info = shelf.info(family)
    shelf.emulator(family)
    model = model or info.model[0].name
    shelf.open(family, model, {})
    known = info.find_model(model.partition("+")[0])
    ribbon = known.default_ribbon if known else ""
    printer = PrinterConfig(name="card-printer", driver=info.name, model=model, device="emulated", ribbon=ribbon)
    return (printer,), (QueueConfig(name="card", printers=(printer.name,), raw_port=9100),)


def _run(**setting: Any) -> None:  # noqa: ANN401 - passed on to `Setting`, which is typed
    """Install the reactor, run the daemon in it, and exit with its code."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor as installed

    from printserver.daemon import Daemon, Setting
    from printserver.daemon.service_manager import service_manager

    reactor: Any = installed
    # Twisted's own is the wall clock: when that is set, every time-out would come at once, or hours late
    reactor.seconds = time.monotonic
    manager = service_manager(os.environ, os.getpid())
    daemon = Daemon(Setting(reactor=reactor, manager=manager, **setting))
    raise SystemExit(Serving(daemon, reactor).run())


class Serving:
    """Start, signals and stop of one daemon in this process."""

    def __init__(self, daemon: Any, reactor: Any) -> None:  # noqa: ANN401 - the reactor's interfaces are zope's
        """Run `daemon` in `reactor`."""
        self._daemon, self._reactor = daemon, reactor
        self._code = 0
        self._stopping: float | None = None
        self._log = structlog.get_logger("serve")

    def run(self) -> int:
        """Run until a signal comes; return the exit code."""
        self._reactor.callWhenRunning(self._begin)
        self._reactor.run()
        return self._code

    def _begin(self) -> None:
        from twisted.internet.defer import Deferred

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._reactor.callFromThread(self.stop))
        Deferred.fromCoroutine(self._start()).addErrback(self._failed)

    async def _start(self) -> None:
        await self._daemon.start()
        for door in self._daemon.doors:
            self._log.info("door open", door=door.name, host=door.host, port=door.port)
        if port := self._daemon.http_port():
            click.echo(f"printserver is ready: http://{_host(self._daemon)}:{port}/")
        elif port := self._daemon.tls_port():
            click.echo(f"printserver is ready: https://{_host(self._daemon)}:{port}/")

    def _failed(self, failure: Any) -> None:  # noqa: ANN401 - twisted's Failure is untyped here
        if failure.check(PrintServerError):
            click.echo(explain(failure.value), err=True)
            self._code = exit_code(failure.value)
        else:
            self._log.error("start failed", detail=failure.getTraceback())
            self._code = 1
        if self._stopping is None:  # else the stop that waits for the start to end does it
            self._reactor.stop()

    def stop(self) -> None:
        """Stop in an orderly way; asked a second time, at once.

        At once means as a killed server stops: the store is made for that, and threads that still wait are not.
        Signals that come together are one wish: `timeout` and terminals signal a process and its whole group.
        """
        from twisted.internet.defer import Deferred

        now = self._reactor.seconds()
        if self._stopping is not None:
            if now - self._stopping > ONE_WISH_SECONDS:
                self._log.warning("stopping at once")
                os._exit(1)
            return
        self._stopping = now
        self._log.info("stopping")
        Deferred.fromCoroutine(self._daemon.stop()).addBoth(lambda _: self._reactor.stop())


def _host(daemon: Any) -> str:  # noqa: ANN401 - see Serving
    host = next(door.host for door in daemon.doors if door.name in ("http", "https"))
    return f"[{host}]" if ":" in host else "localhost" if host in ("", "0.0.0.0") else str(host)


commands = {"serve": serve}
