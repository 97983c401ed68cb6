"""What an emulator of a driver's family is, seen from the server: sans-IO, with the machine it moves as an argument.

Laws kept here:

1. An emulated printer is bytes in, bytes out, over an injected clock; sockets and processes are somebody else's.
2. A card appears only when it leaves the machine, never before.
3. `decode` reads a recorded job of the family: unknown commands are counted, sizes are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

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


class Machine(Protocol):
    """The moving parts that an emulator works with (`printserver.emulation` builds them)."""

    def now(self) -> float:
        """Return the machine's time in seconds."""
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


@dataclass(frozen=True, slots=True)
class EmulatorEntry:
    """How a driver offers its emulator: `build(model, machine)` and `decode(model, job bytes)`."""

    driver: str
    build: Callable[[str, Machine], EmulatedPrinter]
    decode: Callable[[str, bytes], DecodedJob]
