"""A printer that answers every command with a text: the link breaks at every effect, and no card is made twice."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from printserver.driver import Done, EmulatorEntry, Evidence, Outcome, Spoiled
from printserver.errors import PrintServerError
from printserver.model.job import Mark
from printserver.testing import DialoguePlayer, Disturbance, bench_of
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.job import GEOMETRY
from printserver_evolis.recorded import decode
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import card_of
from tests.drivers.evolis_kit import PromptTalkative, Talkative

NAME = "primacy+mag"
KINDS = {"answers after its work": Talkative, "answers at once": PromptTalkative}
DRIVER = EvolisDriver(NAME, {"settle": "5"})
BLOCKS = list(DRIVER.encode(card_of(by_name("K"), GEOMETRY, 2, tracks=("A", "12"))))


class Trial:
    """One card with a stripe, on a new printer whose link is disturbed at one effect."""

    def __init__(self, answers: str, kind: Disturbance | None = None, at: int = 0) -> None:
        self.clock = Clock()
        self.bench = bench_of(EmulatorEntry("evolis", KINDS[answers], decode), NAME, GEOMETRY, self.clock)
        self.player = DialoguePlayer(self.bench.printer, self.clock, disturbance=kind, at=at)
        self.outcome: Outcome | PrintServerError
        try:
            self.outcome = self.player.play(DRIVER.print_card(None, BLOCKS, self.player.link.info))
        except PrintServerError as fault:
            self.outcome = fault
        self.out_at_end = self.bench.out()
        self.player.rest()

    def reconciled(self) -> Outcome:
        marks = tuple(Mark(str(mark.point), 0.0, mark.evidence) for mark in self.player.marks)
        again = DialoguePlayer(self.bench.printer, self.clock)
        found = again.play(DRIVER.reconcile(Evidence(marks), again.link.info))
        again.rest()
        return found


MOMENTS = [(answers, at) for answers in KINDS for at in range(len(Trial(answers).player.effects))]


@pytest.mark.parametrize(("answers", "at"), MOMENTS)
@pytest.mark.parametrize("kind", [kind for kind in Disturbance if kind is not Disturbance.SPLINTER])
def test_a_fault_at_any_moment_never_makes_a_second_card_nor_a_false_verdict(
    kind: Disturbance, answers: str, at: int
) -> None:
    trial = Trial(answers, kind, at)
    assert trial.bench.used <= 1
    if not trial.player.committed:
        assert trial.bench.used == 0
        return
    if isinstance(trial.outcome, Done):
        assert trial.out_at_end == 1, "done was said before the card was out"
    outcome = trial.outcome if isinstance(trial.outcome, Done | Spoiled) else trial.reconciled()
    assert isinstance(outcome, Done | Spoiled)
    assert trial.bench.used == 1 or isinstance(outcome, Spoiled)
    assert trial.bench.out() == (1 if isinstance(outcome, Done) else 0), outcome
    assert not trial.bench.inside()


@pytest.mark.parametrize("answers", KINDS)
def test_nothing_goes_wrong(answers: str) -> None:
    assert Trial(answers).outcome == Done({"cards": "1"})
