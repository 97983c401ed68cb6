"""An emulated printer on a bench, and how many cards it has put out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.task import Clock

from printserver.driver import EmulatedPrinter, EmulatorEntry
from printserver.emulation import FAST, CardMachine, FaultBook, Memory, NoShelf
from printserver.model.card import Geometry


@dataclass(frozen=True, slots=True)
class Bench:
    """A printer with its counts: cards out by the output, cards in the reject box, and whether one is inside.

    `faults` are those of its machine; what is set there, the printer has to complain of.
    """

    printer: EmulatedPrinter
    out: Callable[[], int]
    rejected: Callable[[], int]
    inside: Callable[[], bool]
    faults: FaultBook

    @property
    def used(self) -> int:
        """Return how many blanks were used up, wherever they are now."""
        return self.out() + self.rejected() + self.inside()


def bench_of(entry: EmulatorEntry, model: str, geometry: Geometry, clock: Clock) -> Bench:
    """Return a printer of a driver's own emulator on the server's own machine, all supplies full."""
    faults = FaultBook()
    machine = CardMachine(
        now=clock.seconds, geometry=geometry, shelf=NoShelf(), faults=faults, memory=Memory(), pace=FAST
    )
    return Bench(
        entry.build(model, machine),
        out=lambda: machine.counter("cards"),
        rejected=lambda: machine.counter("rejected"),
        inside=lambda: machine.loaded,
        faults=faults,
    )
