"""One card: it comes out, and whatever happens to the link, there is never a second one.

Laws kept here:

1. No fault of the link at any moment makes two cards of one: a card that was not committed has moved nothing, and a
   committed one uses up one blank at most.
2. `Done` that is sure is said only when the emulated printer has put the card out; `Spoiled` only when it has not.
3. A conversation ends in an outcome or a typed fault. If it waits for a person it has said so.
4. Reconciling after the fault says nothing that is not so, and feeds no card.
"""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from printserver.dialogue import Point
from printserver.driver import Block, Done, Spoiled, Unknown
from printserver.errors import StoreBusy
from printserver.testing.conformance.subject import Subject, Trial, ending
from printserver.testing.dialogue_player import DialoguePlayer
from printserver.testing.hostile import Disturbance

FAULTS = [kind for kind in Disturbance if kind is not Disturbance.SPLINTER]


class CardTests(Subject):
    """One card, undisturbed and disturbed at every effect."""

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
            _, fault = ending(player, self.driver().print_card(None, blocks, player.link.info))
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

    # how a card is judged

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
        outcome, fault = ending(again, self.driver().print_card(None, blocks, again.link.info))
        again.rest()
        assert (fault, trial.bench.used) == (None, 1), f"the next attempt ended with {outcome}"

    def _check_reconciled(self, trial: Trial) -> None:
        """Ask again on a sound link: the verdict is true, and no card is fed."""
        if trial.outcome is not None and not isinstance(trial.outcome, Unknown):
            return
        player = DialoguePlayer(trial.bench.printer, trial.player.clock)
        verdict, _ = ending(player, self.driver().reconcile(trial.evidence, player.link.info))
        if isinstance(verdict, Done) and verdict.sure:
            assert trial.bench.out() == 1, "judged done, but it never came out"
        player.rest()
        assert trial.bench.used <= 1, "reconciling fed a card"
        assert not (isinstance(verdict, Spoiled) and trial.bench.out()), "judged spoiled, but it came out"


def _in_order(blocks: list[Block], data: bytes) -> bool:
    at = 0
    for block in blocks:
        found = data.find(block.data, at)
        if found < 0:
            return False
        at = found + len(block.data)
    return True
