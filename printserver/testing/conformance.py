"""The suite that every driver passes: `class TestMine(DriverConformance)` with the four facts filled in.

Laws kept here:

1. No fault of the link at any moment makes two cards of one: a card that was not committed has moved nothing, and a
   committed one uses up one blank at most.
2. `Done` that is sure is said only when the emulated printer has put the card out; `Spoiled` only when it has not.
3. A conversation ends in an outcome or a typed fault. If it waits for a person it has said so.
4. Reconciling after the fault says nothing that is not so, and feeds no card.

The author may override `cards` and `bench`; everything else follows from the driver, its emulator and its facts.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pytest
from twisted.internet.task import Clock

from printserver.dialogue import Dialogue, Point
from printserver.driver import (
    Block,
    Capabilities,
    Done,
    Driver,
    EmulatorEntry,
    EncodesMagstripe,
    Evidence,
    ModelInfo,
    Outcome,
    PrintableCard,
    Spoiled,
    Unknown,
)
from printserver.errors import PrintServerError, StoreBusy, UnsupportedByPrinter
from printserver.model.card import Panel, SidePanels
from printserver.model.job import Mark
from printserver.model.printer import Identity
from printserver.testing.bench import Bench, bench_of
from printserver.testing.cards import sample_card
from printserver.testing.dialogue_player import DialoguePlayer
from printserver.testing.hostile import Disturbance

Result = TypeVar("Result")

FAULTS = [kind for kind in Disturbance if kind is not Disturbance.SPLINTER]
# What a driver package may not import when it is only asked what it is.
HEAVY = frozenset({"serial", "smartcard", "twisted", "usb"})


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
        marks = (Mark(str(mark.point), 0.0, mark.evidence) for mark in self.player.marks)
        return Evidence(tuple(marks))


class Babble:
    """A device that answers everything with nonsense, in messages that end as messages do."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        """Return some bytes, perhaps none, or stall."""
        size = self._random.choice([0, 1, 2, 9, 300])
        return self._random.randbytes(min(size, length)) if size else None

    def receive(self, data: bytes) -> bytes:
        """Return some bytes, perhaps none."""
        size = self._random.choice([0, 1, 2, 9, 300])
        return self._random.randbytes(size) + b"\0\r\n" if size else b""


class DriverConformance:
    """Derive from this, name the class Test..., and fill in the four facts."""

    package: str

    def driver(self) -> Driver:
        """Return a new driver of the model under test."""
        raise NotImplementedError

    def model(self) -> ModelInfo:
        """Return the facts of the model under test."""
        raise NotImplementedError

    def emulator(self) -> EmulatorEntry:
        """Return the family's emulator."""
        raise NotImplementedError

    def cards(self) -> list[PrintableCard]:
        """Return the cards to try; by default one of the first ribbon, none where nothing is printed."""
        return [] if self.capabilities().refuses else [sample_card(self.capabilities())]

    def bench(self, clock: Clock) -> Bench:
        """Return a printer on a bench; by default the emulator on the server's own machine."""
        return bench_of(self.emulator(), self.model().name, self.capabilities().geometry, clock)

    # -- what a driver says of itself

    def capabilities(self) -> Capabilities:
        """Return the model's capabilities."""
        return self.driver().capabilities(Identity(family=self.package, model=self.model().name))

    def test_capabilities_are_coherent(self) -> None:
        """Ribbons, levels, options and abilities fit together."""
        can, model = self.capabilities(), self.model()
        names = [ribbon.name for ribbon in can.ribbons]
        assert names, "no ribbon"
        assert len(set(map(str.lower, names))) == len(names), "two ribbons of one name"
        assert {model.default_ribbon, *model.ribbons} <= set(names), "the facts name other ribbons"
        panels = {panel for ribbon in can.ribbons for panel in ribbon.front + ribbon.back}
        assert panels <= set(can.levels), "a panel without levels"
        assert all(2 <= levels <= 256 for levels in can.levels.values())
        assert all(allowed for allowed in can.options.values()), "an option without a default"
        assert min(can.geometry.width, can.geometry.height, can.geometry.dpi) > 0
        assert 0 <= can.magnetic_tracks <= 3
        assert not can.magnetic_tracks or isinstance(self.driver(), EncodesMagstripe)

    def test_the_package_is_cheap_to_import(self) -> None:
        """Asking a package what it is loads neither its driver nor anything heavy."""
        look = f"import sys, {self.package}; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, env=_paths())
        assert HEAVY.isdisjoint(name.split(".")[0] for name in run.stdout.split())
        assert {f"{self.package}.driver", f"{self.package}.emulator"}.isdisjoint(run.stdout.split())

    # -- bytes

    def test_encoding_is_pure(self) -> None:
        """The same card gives the same bytes, and keeps its panels."""
        for card, same in zip(self.cards(), self.cards(), strict=True):
            first, second = list(self.driver().encode(card)), list(self.driver().encode(card))
            assert first == second, "the same card gave other bytes"
            assert all(np.array_equal(panel.plane, kept.plane) for panel, kept in _pairs(card, same.sides))

    def test_what_is_encoded_decodes_to_the_same_panels(self) -> None:
        """The family's own reader finds one card in the job, with exactly the panels that were sent."""
        for card in self.cards():
            job = b"".join(block.data for block in self.driver().encode(card))
            decoded = self.emulator().decode(self.model().name, job)
            assert (decoded.unknown_commands, decoded.trailing_bytes, len(decoded.cards)) == ((), 0, 1)
            for sent, found in _pairs(card, decoded.cards[0].sides):
                assert (sent.name, sent.levels) == (found.name, found.levels)
                np.testing.assert_array_equal(sent.plane, found.plane)
            assert any(block.feeds for block in self.driver().encode(card))

    # -- one card

    def test_a_card_comes_out(self) -> None:
        """Nothing goes wrong: one card comes out, and the driver knows it if the device can say so."""
        for blocks in self.jobs():
            trial = self.attempt(blocks)
            self.check_trial(blocks, trial)
            assert trial.fault is None
            if self.capabilities().confirms.sure:
                assert isinstance(trial.outcome, Done)
                assert trial.outcome.sure
            assert (trial.bench.out(), trial.bench.rejected(), trial.bench.inside()) == (1, 0, False)

    def test_the_commit_mark_comes_before_the_first_feeding_byte(self) -> None:
        """Every block that feeds leaves after COMMITTED, and none before."""
        for blocks in self.jobs():
            trial = self.attempt(blocks)
            assert [mark.point for mark in trial.player.marks].count(Point.COMMITTED) == 1
            before, after = trial.player.bytes_around_commit()
            feeding = [block for block in blocks if block.feeds]
            assert feeding, "no block feeds a card"
            assert _in_order(feeding, after), "a feeding block did not leave after COMMITTED"
            assert not any(block.data in before for block in feeding)

    def test_a_commit_mark_that_cannot_be_kept_moves_nothing(self) -> None:
        """The store is away at COMMITTED: the card stays where it is."""
        for blocks in self.jobs():
            clock = Clock()
            bench = self.bench(clock)
            player = DialoguePlayer(bench.printer, clock, store_away=True)
            _, fault = _ending(player, self.driver().print_card(None, blocks, player.link.info))
            player.rest()
            assert isinstance(fault, StoreBusy)
            assert bench.used == 0, "a card moved before COMMITTED"

    def test_the_conversation_does_not_depend_on_the_pieces(self) -> None:
        """Bytes come one by one and leave in odd pieces: the same card, the same outcome."""
        for blocks in self.jobs():
            whole, splintered = self.attempt(blocks), self.attempt(blocks, Disturbance.SPLINTER, 0)
            assert splintered.fault is None
            assert splintered.outcome == whole.outcome
            splintered.player.rest()
            assert splintered.bench.out() == 1

    def test_what_refuses_to_print_moves_nothing_and_says_why(self) -> None:
        """A driver that refuses does so with its reason, in the bytes as in the conversation, and is never ready."""
        can, clock = self.capabilities(), Clock()
        if not can.refuses:
            assert self.cards(), "a driver that prints needs a card to try"
            return
        with pytest.raises(UnsupportedByPrinter, match=re.escape(can.refuses)):
            list(self.driver().encode(sample_card(can)))
        bench = self.bench(clock)
        player = DialoguePlayer(bench.printer, clock)
        _, fault = _ending(player, self.driver().print_card(None, [], player.link.info))
        player.rest()
        assert isinstance(fault, UnsupportedByPrinter)
        assert not player.committed
        assert bench.used == 0, "a card moved"
        assert not player.play(self.driver().status(player.link.info)).ready, "ready, though nothing is printed"

    # -- disturbed

    @pytest.mark.parametrize("kind", FAULTS)
    def test_a_fault_at_any_moment_never_makes_a_second_card(self, kind: Disturbance) -> None:
        """Disturb the link at every effect of a card; see the module's laws."""
        for blocks in self.jobs():
            moments = len(self.attempt(blocks).player.effects)
            for moment in range(moments):
                try:
                    self.check_trial(blocks, self.attempt(blocks, kind, moment))
                except Exception as error:
                    error.add_note(f"{kind} at effect {moment} of {moments}")
                    raise

    @pytest.mark.parametrize("seed", range(8))
    def test_nonsense_is_never_a_ready_printer(self, seed: int) -> None:
        """A device that babbles is not ready; whatever it says becomes a value or a typed error."""
        for begin in (self.driver().identify, self.driver().status):
            player = DialoguePlayer(Babble(seed), Clock())
            answer, _ = _ending(player, begin(player.link.info))
            assert not getattr(answer, "ready", False), "nonsense counts as ready"

    @pytest.mark.parametrize("seed", range(8))
    def test_nonsense_is_never_a_finished_card(self, seed: int) -> None:
        """A card sent to a device that babbles is neither done nor spoiled."""
        player = DialoguePlayer(Babble(seed), Clock())
        blocks = next(iter(self.jobs()), [])
        outcome, _ = _ending(player, self.driver().print_card(None, blocks, player.link.info))
        assert not isinstance(outcome, Spoiled)
        assert not (isinstance(outcome, Done) and outcome.sure)
        assert not (player.committed and self.capabilities().confirms.sure), "committed to a device that babbles"

    # -- how a card is judged

    def jobs(self) -> list[list[Block]]:
        """Return the blocks of each card."""
        return [list(self.driver().encode(card)) for card in self.cards()]

    def attempt(self, blocks: list[Block], kind: Disturbance | None = None, moment: int = 0) -> Trial:
        """Print one card on a new printer, disturbed or not."""
        clock = Clock()
        bench = self.bench(clock)
        player = DialoguePlayer(bench.printer, clock, disturbance=kind, at=moment)
        outcome, fault = _ending(player, self.driver().print_card(None, blocks, player.link.info))
        return Trial(player, bench, outcome, fault, bench.out())

    def check_trial(self, blocks: list[Block], trial: Trial) -> None:
        """Hold one attempt against the laws, then help the printer and look again."""
        if trial.player.helped:
            assert any(report.blocked for report in trial.player.reports), "it waited without a word"
        if isinstance(trial.outcome, Done) and trial.outcome.sure:
            assert trial.out_at_end >= 1, "done was said before the card was out"
        trial.player.rest()
        if isinstance(trial.outcome, Spoiled):
            assert trial.bench.out() == 0, "spoiled, but it came out"
        if trial.player.committed:
            assert trial.bench.used <= 1, "more than one blank was used"
            self._check_reconciled(trial)
        else:
            self._check_uncommitted(blocks, trial)

    def _check_uncommitted(self, blocks: list[Block], trial: Trial) -> None:
        """Nothing has moved, and the card is printed as if nothing had been."""
        assert not isinstance(trial.outcome, Done), "done without COMMITTED"
        assert trial.bench.used == 0, "a card moved before COMMITTED"
        again = DialoguePlayer(trial.bench.printer, trial.player.clock)
        outcome, fault = _ending(again, self.driver().print_card(None, blocks, again.link.info))
        again.rest()
        assert (fault, trial.bench.used) == (None, 1), f"the next attempt ended with {outcome}"

    def _check_reconciled(self, trial: Trial) -> None:
        """Ask again on a sound link: the verdict is true, and no card is fed."""
        if trial.outcome is not None and not isinstance(trial.outcome, Unknown):
            return
        player = DialoguePlayer(trial.bench.printer, trial.player.clock)
        verdict, _ = _ending(player, self.driver().reconcile(trial.evidence, player.link.info))
        if isinstance(verdict, Done) and verdict.sure:
            assert trial.bench.out() == 1, "judged done, but it never came out"
        player.rest()
        assert trial.bench.used <= 1, "reconciling fed a card"
        assert not (isinstance(verdict, Spoiled) and trial.bench.out()), "judged spoiled, but it came out"


def _ending(player: DialoguePlayer, dialogue: Dialogue[Result]) -> tuple[Result | None, PrintServerError | None]:
    """Return what a dialogue came to, or the typed error that it ended with; any other error escapes."""
    try:
        return player.play(dialogue), None
    except PrintServerError as fault:
        return None, fault


def _pairs(card: PrintableCard, sides: tuple[SidePanels, ...]) -> list[tuple[Panel, Panel]]:
    """Pair the panels of a card with those of other sides, which must be just as many."""
    assert [side.side for side in card.sides] == [side.side for side in sides]
    return [
        pair for mine, other in zip(card.sides, sides, strict=True)
        for pair in zip(mine.panels, other.panels, strict=True)
    ]  # fmt: skip


def _in_order(blocks: list[Block], data: bytes) -> bool:
    at = 0
    for block in blocks:
        found = data.find(block.data, at)
        if found < 0:
            return False
        at = found + len(block.data)
    return True


def _paths() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
