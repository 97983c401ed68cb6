"""A spooler with a card printer behind it: a CUPS queue on the server's small IPP printer, or a command.

The command takes one PDF a connection and says `exit 0` when it has all of it, before anything is printed: so does one
that hands on what it got.
"""

from __future__ import annotations

from collections import deque

from printserver.driver import EmulatedPrinter, Machine
from printserver.driver.emulator import CardLost, Motion, Waiting
from printserver.emulation.activity import Activity
from printserver.emulation.ipp_printer import IppPrinter, Make
from printserver.model.card import SidePanels
from printserver_spool.info import variant
from printserver_spool.pdf import END, FORMAT
from printserver_spool.recorded import sides_of

QUEUE = "cards"
LIMIT = 64 * 1024 * 1024


def spooler(model: str, machine: Machine) -> EmulatedPrinter:
    """Return an emulated queue or command; raises ConfigurationError for an unknown one."""
    found = variant(model)
    if not found.queued:
        return EmulatedCommand(machine)
    make = Make(
        title=found.model.title, path=f"/printers/{QUEUE}", formats=(FORMAT,), reader=sides_of,
        two_sided=found.duplex, spooler=True,
    )  # fmt: skip
    return IppPrinter(make, machine)


class EmulatedCommand:
    """A command that takes a card and hands it on."""

    def __init__(self, machine: Machine) -> None:
        """Begin with nothing to do."""
        self._machine = machine
        self._input: bytearray | None = bytearray()
        self._queue: deque[tuple[SidePanels, ...]] = deque()
        self._activity = Activity(self._work(), machine.now)

    def connected(self) -> None:
        """Begin a run."""
        self._input = bytearray()

    def disconnected(self) -> None:
        """End a run; what it has taken whole goes on."""
        self._input = bytearray()

    def receive(self, data: bytes) -> bytes:
        """Take bytes; once the PDF is whole the run is over."""
        if self._input is None:
            return b""
        self._input += data
        if len(self._input) > LIMIT:
            self._input = None
            return b"exit 1 too much\n"
        sides = sides_of(bytes(self._input)) if self._input.endswith(END) else None
        if sides is None:
            return b""
        self._input = None
        self._queue.append(sides)
        self._activity.run()
        return b"exit 0\n"

    def due(self) -> float | None:
        """Return when the motion under way ends."""
        return self._activity.due()

    def tick(self) -> bytes:
        """Go on as far as time allows."""
        self._activity.run()
        return b""

    def _work(self) -> Motion:
        while True:
            while not self._queue:
                yield Waiting()
            try:
                yield from self._card(self._queue.popleft())
            except CardLost:
                continue  # nobody asks it any more

    def _card(self, sides: tuple[SidePanels, ...]) -> Motion:
        yield from self._machine.feed()
        for side in sides:
            for panel in side.panels:
                yield from self._machine.print_panel(side.side, panel)
        yield from self._machine.eject()
