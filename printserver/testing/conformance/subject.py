"""What is under test: the four facts, the hooks that an author may override, and one attempt at one card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from twisted.internet.task import Clock

from printserver.dialogue import Dialogue
from printserver.driver import (
    Block,
    Capabilities,
    Driver,
    EmulatorEntry,
    Evidence,
    MaintenanceAction,
    ModelInfo,
    Outcome,
    PrintableCard,
)
from printserver.errors import PrintServerError
from printserver.model.job import Mark
from printserver.model.printer import Identity
from printserver.testing.bench import Bench, bench_of
from printserver.testing.cards import sample_card
from printserver.testing.dialogue_player import DialoguePlayer
from printserver.testing.hostile import Disturbance

Result = TypeVar("Result")


@dataclass(slots=True)
class Trial:
    """One attempt at one card: the outcome or the fault that it ended with, and the counts at that moment."""

    player: DialoguePlayer
    bench: Bench
    outcome: Outcome | None
    fault: PrintServerError | None
    out_at_end: int

    @property
    def evidence(self) -> Evidence:
        """Return what the server would have kept of the attempt."""
        return evidence_of(self.player)


def evidence_of(player: DialoguePlayer) -> Evidence:
    """Return what the server would have kept of what a player has played."""
    return Evidence(tuple(Mark(str(mark.point), 0.0, mark.evidence) for mark in player.marks))


class Subject:
    """The driver under test; the first four are to be filled in, the others may be overridden."""

    package: str
    # Imports beside those of `imports.ALLOWED` that the package needs, whole modules: {"zlib_ng"}.
    also_imports: frozenset[str] = frozenset()
    # Maintenance of which the printer never tells that it has ended, so that a person has to say so.
    untold: frozenset[MaintenanceAction] = frozenset()

    def driver(self) -> Driver:
        """Return a new driver of the model under test."""
        raise NotImplementedError

    def model(self) -> ModelInfo:
        """Return the facts of the model under test."""
        raise NotImplementedError

    def emulator(self) -> EmulatorEntry:
        """Return the family's emulator."""
        raise NotImplementedError

    def sample(self, ribbon: str = "", *, two_sided: bool = False, tracks: tuple[str, ...] = ()) -> PrintableCard:
        """Return a card on a ribbon, by default the kit's; for a printer that takes not every picture, one it takes."""
        return sample_card(self.capabilities(), ribbon, two_sided=two_sided, tracks=tracks)

    def cards(self) -> list[PrintableCard]:
        """Return the cards to try every fault with; by default one of the first ribbon, none if nothing is printed."""
        return [] if self.capabilities().refuses else [self.sample()]

    def bench(self, clock: Clock) -> Bench:
        """Return a printer on a bench; by default the emulator on the server's own machine."""
        return bench_of(self.emulator(), self.model().name, self.capabilities().geometry, clock)

    # what follows from them

    def capabilities(self) -> Capabilities:
        """Return the model's capabilities."""
        return self.driver().capabilities(Identity(family=self.package, model=self.model().name))

    def jobs(self) -> list[list[Block]]:
        """Return the blocks of each card."""
        return [list(self.driver().encode(card)) for card in self.cards()]

    def attempt(self, blocks: list[Block], kind: Disturbance | None = None, moment: int = 0) -> Trial:
        """Print one card on a new printer, disturbed or not."""
        clock = Clock()
        bench = self.bench(clock)
        player = DialoguePlayer(bench.printer, clock, disturbance=kind, at=moment)
        outcome, fault = ending(player, self.driver().print_card(None, blocks, player.link.info))
        return Trial(player, bench, outcome, fault, bench.out())


def ending(player: DialoguePlayer, dialogue: Dialogue[Result]) -> tuple[Result | None, PrintServerError | None]:
    """Return what a dialogue came to, or the typed error that it ended with; any other error escapes."""
    try:
        return player.play(dialogue), None
    except PrintServerError as fault:
        return None, fault
