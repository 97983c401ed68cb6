"""The emulated printers of one server: found again or started, one process each, addressed by name.

Laws kept here:

1. A printer that is still running from an earlier life of the server is taken as it is: its counters, hopper and
   numbering go on, as a real one's would.
2. One that runs as another model than is wanted now is ended first.
3. These calls block; from a reactor they belong in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from printserver.emulation.launch import Order, find_running, shut_down, start_emulator
from printserver.errors import ConfigurationError
from printserver.model.printer import PrinterConfig

SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes (unix(7)), and `.control` is added


@dataclass(frozen=True, slots=True)
class EmulatorPark:
    """Where emulators live: sockets and states in `folder`, their cards in `cards`."""

    folder: Path
    cards: Path
    pace: str = "fast"
    faults: Sequence[str] = ()
    packages: Sequence[str] = ()
    several: bool = False

    def address(self, printer: PrinterConfig) -> str:
        """Return a printer's address, its process found or started.

        Raises DeviceUnreachable when it does not start, ConfigurationError for a data directory with too long a name.
        """
        socket = self._socket(printer)
        running = find_running(self._control(printer))
        if running is not None and running.model != printer.model:
            shut_down(self._control(printer))
            running = None
        if running is None:
            start_emulator(self._order(printer, socket))
        return f"unix:{socket}"

    def shut_down(self, printer: PrinterConfig) -> None:
        """End a printer's process in order; a card in it is finished first."""
        shut_down(self._control(printer))

    def _order(self, printer: PrinterConfig, socket: Path) -> Order:
        cards = self.cards / printer.name if self.several else self.cards
        return Order(
            driver=printer.driver, model=printer.model, ribbon=printer.ribbon, listen=f"unix:{socket}", cards=cards,
            control=self._control(printer), log=self.folder / f"{printer.name}.log",
            state=self.folder / f"{printer.name}.state", pace=self.pace, faults=self.faults, packages=self.packages,
        )

    def _socket(self, printer: PrinterConfig) -> Path:
        path = self.folder / f"{printer.name}.sock"
        if len(str(path).encode()) > SOCKET_PATH_LIMIT:
            raise ConfigurationError(
                "the path is too long for a socket", where=str(path), allowed=f"up to {SOCKET_PATH_LIMIT} bytes"
            )
        return path

    def _control(self, printer: PrinterConfig) -> Path:
        return self._socket(printer).with_suffix(".sock.control")
