"""What the device says: every complaint is told to people, and what nobody understands never counts as good."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from twisted.internet.task import Clock

from printserver.dialogue import Ask, Control, Listen, Report
from printserver.dialogue.transcripts import LeftOut
from printserver.driver import Block, Done, Spoiled
from printserver.emulation import FaultKind, FaultSpec
from printserver.model.alert import Alert, AlertKind
from printserver.model.display import harmless
from printserver.model.printer import PrinterStatus
from printserver.testing.bench import Bench
from printserver.testing.conformance.subject import Subject, Trial, ending
from printserver.testing.dialogue_player import DialoguePlayer
from printserver.testing.hostile import Disturbance
from printserver.web.reasons import ALERTS

# What an emulated machine may complain of, and how people may be told of it; the device's own words always may.
COMPLAINTS = {
    FaultKind.COVER_OPEN: {AlertKind.COVER_OPEN},
    FaultKind.RIBBON_OUT: {AlertKind.RIBBON_EMPTY, AlertKind.RIBBON_WRONG},
    FaultKind.HOPPER_EMPTY: {AlertKind.FEEDER},
    FaultKind.NEED_CLEANING: {AlertKind.CLEANING_DUE},
    FaultKind.JAM: {AlertKind.CARD_JAM, AlertKind.CARD_PATH},
    FaultKind.UNKNOWN_REPLY: set[AlertKind](),
}
# Simulated seconds after which a person removes the cause.
REMOVED = 300.0


@dataclass(frozen=True, slots=True)
class Complaint:
    """One attempt with a cause that was removed: what was told until then, and after how many effects."""

    trial: Trial
    told: list[Report]
    effects: int
    ended: bool


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


class ReplyTests(Subject):
    """Complaints, unknown replies, nonsense."""

    @pytest.mark.parametrize("kind", COMPLAINTS)
    def test_every_complaint_of_the_printer_is_told_to_people(self, kind: FaultKind) -> None:
        """A card with a cause that a person removes: until then it is told, in words, and the card is not done.

        A printer that cannot show its complaints says so with `blocks_visible`; with one that never says that a card is
        out the conversation may end before the complaint, and a person looks at the card.
        """
        for blocks in self.jobs():
            found = self.complaint(kind, blocks)
            if kind is FaultKind.UNKNOWN_REPLY and not self.acts_out(kind):
                continue
            sure = isinstance(found.trial.outcome, Done) and found.trial.outcome.sure
            assert not (sure and found.ended), "the card was done while the printer could not print it"
            blocked = [report for report in found.told if report.blocked]
            for report in blocked:
                self.check_told(report.status, COMPLAINTS[kind] | {AlertKind.OTHER})
            can = self.capabilities()
            checked = found.ended and not can.confirms.sure  # it does not wait for the card; a person looks at each
            if can.blocks_visible and found.trial.fault is None and not checked:
                assert blocked, "nobody was told why the printer waits"
            assert found.trial.bench.used <= 1, "more than one blank was used"

    @pytest.mark.parametrize("kind", COMPLAINTS)
    def test_a_printer_that_complains_is_not_ready(self, kind: FaultKind) -> None:
        """The link is cut while the printer waits; asked again, it is not ready and says why."""
        for blocks in self.jobs():
            found = self.complaint(kind, blocks)
            if not any(report.blocked for report in found.told):
                continue
            clock = Clock()
            bench = self.faulty_bench(clock, kind)
            player = DialoguePlayer(bench.printer, clock, disturbance=Disturbance.CUT_BEFORE, at=found.effects - 1)
            ending(player, self.driver().print_card(None, blocks, player.link.info))
            later = DialoguePlayer(bench.printer, clock)
            status, fault = ending(later, self.driver().status(later.link.info))
            assert status is not None or fault is not None, "it has neither a status nor a typed error"
            if status is not None:
                self.check_told(status, COMPLAINTS[kind] | {AlertKind.OTHER})

    def check_told(self, status: PrinterStatus | None, kinds: set[AlertKind]) -> None:
        """Hold what people are told against what is the case."""
        assert status is not None, "blocked, and nobody knows by what"
        assert not status.ready, "a printer that waits for a person counts as ready"
        assert status.alerts, "not ready, and no alert says why"
        assert kinds & {alert.kind for alert in status.alerts}, f"{status.alerts} speaks of something else"
        for alert in status.alerts:
            assert people_read(alert), f"{alert} has no words for people"

    @pytest.mark.parametrize("kind", [None, Disturbance.NOISE])
    def test_an_unknown_reply_is_a_typed_error_or_an_alert(self, kind: Disturbance | None) -> None:
        """No manual knows the printer's words, by a fault of its own or of the line: it is never ready."""
        if kind is None and not self.acts_out(FaultKind.UNKNOWN_REPLY):
            return
        clock = Clock()
        bench = self.faulty_bench(clock, FaultKind.UNKNOWN_REPLY) if kind is None else self.bench(clock)
        player = DialoguePlayer(bench.printer, clock, disturbance=kind)
        status, fault = ending(player, self.driver().status(player.link.info))
        if fault is None and any(isinstance(effect, Ask | Listen | Control) for effect in player.effects):
            assert status is not None, "neither a status nor a typed error"
            self.check_told(status, set(AlertKind))

    @pytest.mark.parametrize("seed", range(8))
    def test_nonsense_is_never_a_ready_printer(self, seed: int) -> None:
        """A device that babbles is not ready; whatever it says becomes a value or a typed error."""
        for begin in (self.driver().identify, self.driver().status):
            player = DialoguePlayer(Babble(seed), Clock())
            answer, _ = ending(player, begin(player.link.info))
            heard = any(isinstance(effect, Ask | Listen | Control) for effect in player.effects)
            assert not (heard and getattr(answer, "ready", False)), "nonsense counts as ready"

    @pytest.mark.parametrize("seed", range(8))
    def test_nonsense_is_never_a_finished_card(self, seed: int) -> None:
        """A card sent to a device that babbles is neither done nor spoiled."""
        player = DialoguePlayer(Babble(seed), Clock())
        outcome, _ = ending(player, self.driver().print_card(None, next(iter(self.jobs()), []), player.link.info))
        assert not isinstance(outcome, Spoiled)
        assert not (isinstance(outcome, Done) and outcome.sure)
        assert not (player.committed and self.capabilities().confirms.sure), "committed to a device that babbles"

    # how a complaint is brought about

    def complaint(self, kind: FaultKind, blocks: list[Block]) -> Complaint:
        """Print a card on a printer with a fault, which a person removes after a while."""
        clock = Clock()
        bench = self.faulty_bench(clock, kind)
        player = DialoguePlayer(bench.printer, clock)
        told: list[Report] = []
        effects: list[int] = []

        def remove() -> None:
            told.extend(player.reports)
            effects.append(len(player.effects))
            bench.faults.clear()

        clock.callLater(REMOVED, remove)
        outcome, fault = ending(player, self.driver().print_card(None, blocks, player.link.info))
        ended = not effects
        if ended:
            remove()
        trial = Trial(player, bench, outcome, fault, bench.out())
        player.rest()
        return Complaint(trial, told, effects[0], ended)

    def faulty_bench(self, clock: Clock, kind: FaultKind) -> Bench:
        """Return a printer with a fault."""
        bench = self.bench(clock)
        bench.faults.set(FaultSpec(kind))
        return bench

    def acts_out(self, kind: FaultKind) -> bool:
        """Tell whether the emulator says something else when asked how it is with this fault."""
        said = []
        for faulty in (False, True):
            clock = Clock()
            bench = self.faulty_bench(clock, kind) if faulty else self.bench(clock)
            player = DialoguePlayer(bench.printer, clock)
            ending(player, self.driver().status(player.link.info))
            said.append([(type(line), line.data) for line in player.transcript.lines if not isinstance(line, LeftOut)])
        return said[0] != said[1]


def people_read(alert: Alert) -> bool:
    """Tell whether an alert has words: the server's own for its kind, and the device's for what is not known here."""
    shown = harmless(alert.verbatim).strip()
    return bool(ALERTS[alert.kind].title) and (alert.kind is not AlertKind.OTHER or bool(shown))
