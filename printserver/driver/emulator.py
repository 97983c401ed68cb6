"""What an emulator of a driver's family is, seen from the server: sans-IO, with the machine it moves as an argument.

Laws kept here:

1. An emulated printer is bytes in, bytes out, over an injected clock; sockets and processes are somebody else's.
2. A card appears only when it leaves the machine, never before.
3. `decode` reads a recorded job of the family: unknown commands are counted, sizes are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from printserver.errors import Fault, PrintServerError
from printserver.model.alert import AlertKind
from printserver.model.card import Panel, Ribbon, Side, SidePanels


@dataclass(frozen=True, slots=True, eq=False)
class DecodedCard:
    """One card as the bytes of a job describe it; `sides` hold levels as they were sent."""

    sides: tuple[SidePanels, ...]
    ribbon: Ribbon | None = None
    tracks: tuple[str, ...] = ()

    def panels(self, side: Side) -> tuple[Panel, ...]:
        """Return the panels of one side, empty when it was not printed."""
        return next((panels.panels for panels in self.sides if panels.side is side), ())


@dataclass(frozen=True, slots=True, eq=False)
class DecodedJob:
    """A recorded job taken apart."""

    cards: tuple[DecodedCard, ...]
    unknown_commands: tuple[str, ...] = ()
    trailing_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """A motion takes this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A motion cannot go on until something changes; `alert` is what a person must do, None = it is idle."""

    alert: AlertKind | None = None


# What moves parts: it yields pauses and waits, and is asked again when time has passed or something has changed.
Motion: TypeAlias = Generator[Pause | Waiting, None, None]


class CardLost(PrintServerError):
    """The card in the machine was taken out by a person; it will not leave by itself."""

    code = "card-lost"
    fault = Fault.DEVICE
    remedy = "Look for the card that was taken out and destroy it."


class Machine(Protocol):
    """The moving parts that an emulator works with (`printserver.emulation` builds them).

    Motions raise CardLost when the card in the machine was taken out by a person, and wait as long as a part cannot
    move. Counters are named `cards` (that left by the output), `panels`, `rejected`, `cleanings`, `since-cleaning`.
    """

    @property
    def serial(self) -> str:
        """Return the machine's serial number."""
        ...

    @property
    def ribbon(self) -> str:
        """Return the name of the ribbon that was put in, empty = whichever the model comes with."""
        ...

    @property
    def loaded(self) -> bool:
        """Tell whether a card is in the machine."""
        ...

    def now(self) -> float:
        """Return the machine's time in seconds."""
        ...

    def counter(self, name: str) -> int:
        """Return a counter that goes on over restarts, 0 when it never counted."""
        ...

    def supply(self, name: str) -> tuple[int, int]:
        """Return what remains and the capacity of `hopper`, `ribbon` or `cleaning`, in cards."""
        ...

    def faulty(self, kind: str) -> bool:
        """Tell whether a fault is on that the emulator itself must act out (`mag-error`, `unknown-reply`, ...)."""
        ...

    def feed(self) -> Motion:
        """Bring a blank card in; nothing happens when one is there already."""
        ...

    def print_panel(self, side: Side, panel: Panel) -> Motion:
        """Lay one panel on a side of the card."""
        ...

    def encode(self, tracks: Mapping[int, str]) -> Motion:
        """Write magnetic tracks, numbered from 1."""
        ...

    def flip(self) -> Motion:
        """Turn the card over on its long edge."""
        ...

    def eject(self) -> Motion:
        """Move the card out to the output; nothing happens without one."""
        ...

    def reject(self) -> Motion:
        """Move the card out to the reject box; nothing happens without one."""
        ...

    def clean(self) -> Motion:
        """Run a cleaning cycle."""
        ...


class EmulatedPrinter(Protocol):
    """A printer made of software, on its own byte protocol."""

    def connected(self) -> None:
        """Take note that a host has connected; the framing starts anew."""
        ...

    def disconnected(self) -> None:
        """Take note that the host is gone; the card in the machine goes on."""
        ...

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host and return the bytes that answer them now."""
        ...

    def due(self) -> float | None:
        """Return the time at which `tick` is wanted next, None when nothing is under way."""
        ...

    def tick(self) -> bytes:
        """Let time pass up to now and return bytes that the device sends by itself."""
        ...


@runtime_checkable
class AnswersControl(Protocol):
    """An emulated printer that also answers USB control transfers on its default pipe."""

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        """Return what an IN transfer reads, `length` bytes at most, or nothing for an OUT one; None = it is stalled.

        The fields are those of a setup packet (USB 2.0 section 9.3); may raise TimedOut, as a silent device would.
        """
        ...


@dataclass(frozen=True, slots=True)
class EmulatorEntry:
    """How a driver offers its emulator: `build(model, machine)` and `decode(model, job bytes)`.

    `options` of the driver suit its own emulator; a printer's own options go before them.
    """

    driver: str
    build: Callable[[str, Machine], EmulatedPrinter]
    decode: Callable[[str, bytes], DecodedJob]
    options: Mapping[str, str] = field(default_factory=dict)
