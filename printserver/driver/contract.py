"""What a driver is.

Laws kept here:

1. A driver knows bytes and meaning; all contact with the world is by yielded effects (`printserver.dialogue`).
2. `encode` is pure and runs in the sandboxed worker; the concatenation of its blocks is the job file `job.prn`.
3. `print_card` yields `Mark(Point.COMMITTED, evidence)` before the first byte that may feed or personalise a card,
   the counters having been read just before.
4. An ability is a small protocol that a driver also satisfies; it is found by `isinstance`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from printserver.dialogue import Dialogue
from printserver.driver.capabilities import Capabilities
from printserver.driver.outcome import Outcome
from printserver.model.alert import Alert
from printserver.model.card import Geometry, Ribbon, Side, SidePanels
from printserver.model.job import Mark
from printserver.model.printer import Identity, PrinterStatus
from printserver.model.upkeep import MaintenanceAction as MaintenanceAction  # part of this contract


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What a driver may know of its link: kind (`tcp`, `unix`, `usb`, `serial`, `usblp`, `loop`), abilities, serial."""

    kind: str
    abilities: frozenset[str] = frozenset()
    serial: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PrintableCard:
    """One card as a driver gets it: panels of the front and perhaps the back, ribbon, tracks, driver options."""

    sides: tuple[SidePanels, ...]
    ribbon: Ribbon
    geometry: Geometry
    tracks: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    def side(self, side: Side) -> SidePanels | None:
        """Return the panels of one side, None when that side stays blank."""
        return next((panels for panels in self.sides if panels.side is side), None)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the device's bytes with a name for the journal; `feeds` = it may feed or personalise a card."""

    name: str
    data: bytes
    feeds: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an attempt that was broken off: its marks in order, the serial it ran on."""

    marks: tuple[Mark, ...]
    serial: str = ""

    def of(self, point: str) -> dict[str, str]:
        """Return the evidence of the last mark of a point, empty when it was not passed."""
        found = [mark.evidence for mark in self.marks if mark.point == point]
        return found[-1] if found else {}


@runtime_checkable
class Driver(Protocol):
    """One model of one family; see the module's laws."""

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return what this printer can do."""
        ...

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return the device's bytes for a card, in sending order."""
        ...

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask the device who it is."""
        ...

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask the device for supplies, alerts and counters."""
        ...

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Print one card; `card` has no panels here when the blocks were made in a worker."""
        ...

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Find out what became of a committed card whose attempt was broken off."""
        ...

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Bring the device back after a person has removed a cause."""
        ...

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Clean, calibrate or print the device's own test card, and return when it has ended by the device's own word.

        Asked for only what `Capabilities.maintenance` names, with no card in the device. Whatever it raises but
        UnsupportedByPrinter leaves it open what became of the card that was fed: a person has to look then.
        """
        ...


@runtime_checkable
class EncodesMagstripe(Protocol):
    """A printer with a magnetic encoder."""

    def check_tracks(self, tracks: Sequence[str]) -> None:
        """Raise BadTicket, naming track and position, when a track cannot be encoded."""
        ...


@runtime_checkable
class PositionsChip(Protocol):
    """A printer that brings a card to a chip station and takes it back."""

    def to_station(self, station: str, link: LinkInfo) -> Dialogue[None]:
        """Feed the card, or bring the fed card, to `contact` or `contactless`."""
        ...

    def from_station(self, link: LinkInfo) -> Dialogue[None]:
        """Bring the card back to where printing begins."""
        ...


@runtime_checkable
class FlipsCard(Protocol):
    """A printer that turns the card over by itself."""

    def flip(self, link: LinkInfo) -> Dialogue[None]:
        """Turn the card on its long edge."""
        ...


@runtime_checkable
class Laminates(Protocol):
    """A printer with a laminator."""

    def laminate(self, sides: Sequence[Side], link: LinkInfo) -> Dialogue[None]:
        """Laminate the named sides."""
        ...


@runtime_checkable
class TakesRawStream(Protocol):
    """A printer that accepts a ready job file of its own language."""

    def stream(self, job: bytes, link: LinkInfo) -> Dialogue[Outcome]:
        """Print a recorded job as it stands."""
        ...
