"""Whatever happens in whatever order: the store's states are those of a model of a few lines."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from printserver.errors import NotPossibleNow, StoreConflict
from printserver.lifecycle import CardEvent, advance
from printserver.model.job import CardState
from printserver.model.ticket import Ticket
from printserver.store.contract import CardMark, CardStep, Change, JobQuery, JobWish
from tests.contract.store_kit import PRINTER, SqliteShelf, a_job, a_mark, a_step, broken_link, with_queues

CARDS = st.integers(1, 2)
OPEN = {CardState.PRINTING, CardState.BLOCKED, CardState.WAITING, CardState.UNCERTAIN}


@dataclass
class ModelCard:
    """A card as the model has it: has it an open attempt, and did that one pass its commit mark?"""

    state: CardState = CardState.QUEUED
    version: int = 1
    open: bool = False
    committed: bool = False

    def step(self, event: CardEvent) -> None:
        self.state = advance(self.state, event, committed=self.committed)
        self.version += 1
        self.open = event is CardEvent.START or (self.open and self.state in OPEN)
        self.committed = self.committed and self.open


@dataclass
class ModelJob:
    """A job as the model has it."""

    cards: dict[int, ModelCard] = field(default_factory=lambda: {1: ModelCard(), 2: ModelCard()})
    hold: bool = False
    cancel: bool = False
    priority: int = 50

    @property
    def over(self) -> bool:
        return all(card.state.final for card in self.cards.values())


class StoreMachine(RuleBasedStateMachine):
    """Steps, marks, wishes, claims and restarts, each of which the model foresees."""

    jobs = Bundle("jobs")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.shelf = SqliteShelf(Path(self.folder.name))
        self.store = with_queues(self.shelf.open())
        self.model: dict[int, ModelJob] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(target=jobs, priority=st.sampled_from([20, 50, 80]), hold=st.booleans())
    def accept(self, priority: int, hold: bool) -> int:
        job = self.store.add_job(a_job(Ticket(priority=priority, hold=hold), copies=2)).id
        self.model[job] = ModelJob(priority=priority, hold=hold)
        return job

    @rule(job=jobs, number=CARDS, event=st.sampled_from(list(CardEvent)))
    def step(self, job: int, number: int, event: CardEvent) -> None:
        card = self.model[job].cards[number]
        try:
            card.step(event)
            refused = False
        except NotPossibleNow:
            refused = True
        self.change(job, a_step(self.store.job(job), event, number), refused)

    @rule(job=jobs, number=CARDS, count=st.integers(1, 6), data=st.data())
    def way(self, job: int, number: int, count: int, data: st.DataObject) -> None:
        """Events that the table knows, so that the far states are reached too."""
        for _ in range(count):
            state = self.model[job].cards[number].state
            known = [event for event in CardEvent if _known(state, event)]
            if known:
                self.step(job, number, data.draw(st.sampled_from(known)))

    @rule(job=jobs, number=CARDS)
    def commit(self, job: int, number: int) -> None:
        card = self.model[job].cards[number]
        refused = not card.open
        if card.open:
            card.committed, card.version = True, card.version + 1
        self.change(job, a_mark(self.store.job(job), "COMMITTED", number), refused)

    @rule(job=jobs, number=CARDS)
    def outdated(self, job: int, number: int) -> None:
        version = self.model[job].cards[number].version - 1
        try:
            self.store.apply(job, [CardStep(number=number, version=version, event=CardEvent.CANCEL)])
        except StoreConflict:
            return
        raise AssertionError("an outdated step was taken")

    @rule(job=jobs, hold=st.none() | st.booleans(), cancel=st.none() | st.booleans())
    def wish(self, job: int, hold: bool | None, cancel: bool | None) -> None:
        model = self.model[job]
        refused = model.over
        if not refused:
            model.hold = model.hold if hold is None else hold
            model.cancel = model.cancel if cancel is None else cancel
        self.change(job, JobWish(hold=hold, cancel=cancel), refused)

    @rule()
    def claim(self) -> None:
        waiting = [
            (-job.priority, id, number)
            for id, job in self.model.items()
            if not (job.hold or job.cancel)
            for number, card in job.cards.items()
            if card.state is CardState.QUEUED
        ]
        claim = self.store.claim(PRINTER, ["card"])
        if not waiting:
            assert claim is None
            return
        _, id, number = min(waiting)
        assert claim is not None
        assert (claim.job.id, claim.card.number) == (id, number)
        self.model[id].cards[number].step(CardEvent.RENDER)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.shelf.open()

    def change(self, job: int, change: CardStep | CardMark | JobWish, refused: bool) -> None:
        changes: list[Change] = [change]
        try:
            answer = self.store.apply(job, changes)
        except NotPossibleNow:
            assert refused
            return
        assert not refused
        assert answer == self.store.job(job)

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        for id, model in self.model.items():
            job = self.store.job(id)
            assert (job.hold, job.cancel, job.state.final) == (model.hold, model.cancel, model.over)
            assert (job.completed is not None) == model.over
            for card in job.cards:
                expected = model.cards[card.number]
                assert (card.state, card.version, card.committed) == (
                    expected.state, expected.version, expected.committed,
                )  # fmt: skip
        assert broken_link(self.store) is None
        found = self.store.jobs(JobQuery(limit=1000)).jobs
        assert [job.id for job in found] == sorted(self.model, reverse=True)
        assert [job.id for job in self.store.unfinished()] == [id for id, job in self.model.items() if not job.over]


def _known(state: CardState, event: CardEvent) -> bool:
    for committed in (False, True):
        try:
            advance(state, event, committed=committed)
        except NotPossibleNow:
            continue
        return True
    return False


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
