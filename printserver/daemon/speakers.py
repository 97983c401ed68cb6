"""Which drivers speak in a process of their own: all that are not bundled, so that a crash stops one printer."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec
import structlog

from printserver.plugins import Origin, PluginRecord, Plugins
from printserver.queue.board import PrinterEntry
from printserver.sandbox.command import worker_environment
from printserver.sandbox.distant import DistantDriver
from printserver.sandbox.reactor import Reactor
from printserver.sandbox.speaker import SpeakerSettings
from printserver.sandbox.speaking import CrashCount, DriverHome

MODULE = "printserver.sandbox.speaker"
log = structlog.get_logger("drivers")


class Speakers:
    """The processes of this server's drivers, one a printer."""

    def __init__(self, reactor: Reactor, plugins: Plugins) -> None:
        """Start processes by `reactor`; `out_of_use` is told once of each package that crashed too often."""
        self._reactor, self._plugins = reactor, plugins
        self.out_of_use: Callable[[CrashCount], None] = lambda crashes: None
        self._homes: dict[str, DriverHome] = {}
        self._crashes: dict[str, CrashCount] = {}

    def house(self, entry: PrinterEntry) -> None:
        """Let a printer's driver speak where it belongs."""
        self.leave(entry.config.name)
        record = self._plugins.offering(entry.info.name)
        if record is None or record.origin is Origin.BUNDLED:
            return
        home = DriverHome(
            self._reactor, entry.info.name, self._command(record, entry), worker_environment(),
            self._crashes.setdefault(record.package, CrashCount(record.package, told=self._tell)),
        )
        self._homes[entry.config.name] = home
        entry.speaker = DistantDriver(home)

    def leave(self, printer: str) -> None:
        """End a printer's process, if it has one."""
        home = self._homes.pop(printer, None)
        if home is not None:
            home.end()

    async def stop(self) -> None:
        """End all processes."""
        for printer in tuple(self._homes):
            self.leave(printer)

    def _tell(self, crashes: CrashCount) -> None:
        log.error("driver disabled", package=crashes.package, fault=crashes.last)
        self.out_of_use(crashes)

    def _command(self, record: PluginRecord, entry: PrinterEntry) -> tuple[str, ...]:
        settings = SpeakerSettings(
            package=record.package, driver=entry.info.name, model=entry.config.model, options=entry.options,
            paths=tuple(self._plugins.paths),
        )
        return (sys.executable, "-P", "-m", MODULE, msgspec.json.encode(settings).decode())
