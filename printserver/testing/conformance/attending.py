"""A person at the printer: what clears it feeds no card, and its maintenance has ended when the driver says so.

Laws kept here:

1. A committed card that waits in the printer comes out once at most, whatever `recover` sends, and before or after its
   cause was removed. What was judged before it stays true: a spoiled card never comes out.
2. `maintain` returns only when the printer rests and has counted what the driver declares; nothing moves afterwards.
   Where the printer never tells (`untold`), it ends with DeviceReplyUnknown and never returns.
3. Maintenance that is declared is not refused, and what is refused has moved nothing.
"""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from printserver.driver import Block, Done, Outcome, Spoiled
from printserver.emulation import FaultKind, FaultSpec
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert
from printserver.model.upkeep import Maintenance
from printserver.testing.bench import Bench
from printserver.testing.conformance.replies import COMPLAINTS
from printserver.testing.conformance.subject import Subject, ending, evidence_of
from printserver.testing.dialogue_player import DialoguePlayer
from printserver.testing.hostile import Disturbance

# What keeps the first card from coming out, and how a driver would name it.
CAUSES = {kind: sorted(kinds) for kind, kinds in COMPLAINTS.items() if kinds}
# One answer that is lost or damaged, and a link that comes back at once.
FAULTS = (Disturbance.GARBLE, Disturbance.SILENCE, Disturbance.BREAK)


class AttendingTests(Subject):
    """`recover` and `maintain`."""

    @pytest.mark.parametrize("removed_first", [True, False])
    @pytest.mark.parametrize("kind", CAUSES)
    def test_clearing_a_printer_feeds_no_card(self, kind: FaultKind, removed_first: bool) -> None:
        """The link is cut while a committed card waits; it is judged where it can be, and the printer is cleared."""
        for blocks in self.jobs():
            clock = Clock()
            bench = self.bench(clock)
            bench.faults.set(FaultSpec(kind, "card", "1"))
            waiting = self._left_waiting(bench, clock, blocks)
            if removed_first:
                bench.faults.clear()
                waiting.rest()
            player = DialoguePlayer(bench.printer, clock)
            verdict, _ = ending(player, self.driver().reconcile(evidence_of(waiting), player.link.info))
            self._clear(bench, clock, kind)
            bench.faults.clear()
            waiting.rest()
            self._check_cleared(bench, verdict, committed=waiting.committed)

    def _left_waiting(self, bench: Bench, clock: Clock, blocks: list[Block]) -> DialoguePlayer:
        """Send a card whole, and lose the link."""
        moment = len(self.attempt(blocks).player.effects) - 1
        player = DialoguePlayer(bench.printer, clock, disturbance=Disturbance.CUT_BEFORE, at=moment)
        ending(player, self.driver().print_card(None, blocks, player.link.info))
        return player

    def _clear(self, bench: Bench, clock: Clock, kind: FaultKind) -> None:
        """Do what the server does when a person says that the cause is removed."""
        player = DialoguePlayer(bench.printer, clock)
        status, _ = ending(player, self.driver().status(player.link.info))
        told = () if status is None else status.alerts
        for alert in told or (Alert(kind=CAUSES[kind][0]),):
            player = DialoguePlayer(bench.printer, clock)
            ending(player, self.driver().recover(alert, player.link.info))

    def _check_cleared(self, bench: Bench, verdict: Outcome | None, *, committed: bool) -> None:
        assert bench.used <= committed, "clearing the printer fed a card"
        assert not (isinstance(verdict, Spoiled) and bench.out()), "a card that was judged spoiled came out"
        assert not (isinstance(verdict, Done) and verdict.sure and bench.out() != 1), "judged done, and it is not out"

    def test_maintenance_has_ended_when_the_driver_says_so(self) -> None:
        """Each action that is declared: see law 2."""
        for known in self.capabilities().maintenance:
            fault = self._maintained(known, None, 0)[1]
            if known.action in self.untold:
                assert isinstance(fault, DeviceReplyUnknown), f"{known.action}: it cannot know, and came to {fault}"
            else:
                assert fault is None, f"{known.action}: {fault}"

    @pytest.mark.parametrize("kind", FAULTS)
    def test_a_fault_at_any_moment_of_maintenance_ends_it_not_too_early(self, kind: Disturbance) -> None:
        """Disturb the link at every effect: it ends in a typed fault, or truly."""
        for known in self.capabilities().maintenance:
            moments = len(self._maintained(known, None, 0)[0].effects)
            for moment in range(moments):
                try:
                    self._maintained(known, kind, moment)
                except Exception as error:
                    error.add_note(f"{known.action}, {kind} at effect {moment} of {moments}")
                    raise

    def _maintained(
        self, known: Maintenance, kind: Disturbance | None, moment: int
    ) -> tuple[DialoguePlayer, Exception | None]:
        """Do it on a new printer, and hold what came of it against the laws."""
        clock = Clock()
        bench = self.bench(clock)
        counted = self._counters(bench, clock)
        player = DialoguePlayer(bench.printer, clock, disturbance=kind, at=moment)
        _, fault = ending(player, self.driver().maintain(known.action, player.link.info))
        if fault is None:
            assert known.action not in self.untold, f"{known.action} returned, and nothing tells that it has ended"
            assert bench.used == bench.out() == known.blanks, f"{known.action} returned, and the card is not out"
            assert bench.printer.due() is None, f"{known.action} returned, and the printer still moves"
            now = self._counters(bench, clock)
            grown = now.get("cards", 0) - counted.get("cards", 0)
            assert known.blanks <= grown <= known.counts or "cards" not in now, f"{known.action}: {counted}, then {now}"
            player.rest()
            assert self._counters(bench, clock) == now, f"{known.action} returned before it was counted"
        player.rest()
        most = 0 if isinstance(fault, UnsupportedByPrinter) else known.blanks
        assert bench.used <= most, f"{known.action}: {bench.used} cards were used"
        return player, fault

    def _counters(self, bench: Bench, clock: Clock) -> dict[str, int]:
        player = DialoguePlayer(bench.printer, clock)
        status, _ = ending(player, self.driver().status(player.link.info))
        return {} if status is None else dict(status.counters)
