"""Whatever people, printers and plugs do in whatever order: no card twice, no job lost, nothing said that is not so."""

import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from printserver.errors import DocumentPurged, NotPossibleNow, StoreConflict, StoreFull
from printserver.lifecycle import Wishes, roll_up
from printserver.model.holding import HeldFor
from printserver.model.job import CardState
from printserver.queue.views import Verdict
from tests.contract.store_kit import broken_link
from tests.queue.queue_kit import ANNA, World, config, world

WHICH = st.integers(0, 30)
REFUSALS = (NotPossibleNow, StoreConflict, DocumentPurged, StoreFull)
NAMES = ("left", "right")


class QueueMachine(RuleBasedStateMachine):
    """One queue over two printers; `allowed` = how many cards of each job may come out, by people's words."""

    @initialize(
        max_attempts=st.integers(1, 3), on_error=st.sampled_from(["stop", "skip"]),
        moods=st.tuples(*[st.sampled_from(["jams", "swallows", "closed"])] * 2),
    )
    def begin(self, max_attempts: int, on_error: str, moods: tuple[str, str]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.here: World = world(
            folder, config("left"), config("right"), max_attempts=max_attempts, on_error=on_error
        )
        for printer in self.here.printers.values():
            printer.watch = self.see_bytes
        self.allowed: Counter[int] = Counter()
        self.said_done: Counter[int] = Counter()
        for name, mood in zip(NAMES, moods, strict=True):
            self.misbehave(name, mood)
        self.submit(2, 50, False)

    def teardown(self) -> None:
        if hasattr(self, "here"):
            self.all_is_well_in_the_end()
            self.here.life.keeper.stop()
            self.folder.cleanup()

    def see_bytes(self, name: bytes) -> None:
        """The bytes of a card leave: the store knows it already."""
        job = self.here.job(int(name))
        assert any(card.committed for card in job.cards), "a card's bytes left before its commit mark was kept"

    # what people do

    @rule(copies=st.integers(1, 3), priority=st.sampled_from([20, 50, 80]), hold=st.booleans())
    def submit(self, copies: int, priority: int, hold: bool) -> None:
        number = len(self.here.jobs()) + 1
        with suppress(StoreFull):
            job = self.here.submit(str(number), copies=copies, priority=priority, hold=hold)
            assert job.id == number
            self.allowed[job.id] = copies

    def some_job(self, which: int) -> int | None:
        known = sorted(self.allowed)
        return known[which % len(known)] if known else None

    @rule(which=WHICH, wish=st.sampled_from(["cancel", "hold", "release"]))
    def wish(self, which: int, wish: str) -> None:
        job = self.some_job(which)
        if job is not None:
            with suppress(*REFUSALS):
                self.here.do(getattr(self.here.service, wish)(job, ANNA))

    @rule(which=WHICH, number=st.integers(1, 3))
    def reject(self, which: int, number: int) -> None:
        job = self.some_job(which)
        if job is not None and number <= len(self.here.job(job).cards):
            with suppress(*REFUSALS):
                self.here.do(self.here.service.reject(job, number, ANNA))
                self.allowed[job] += 1

    @rule(which=WHICH, verdict=st.sampled_from(list(Verdict)))
    def settle(self, which: int, verdict: Verdict) -> None:
        doubts = [card for job in self.here.jobs() for card in job.cards if card.state is CardState.UNCERTAIN]
        if doubts:
            card = doubts[which % len(doubts)]
            with suppress(StoreFull):
                self.here.do(self.here.service.settle(card.job, card.number, verdict, ANNA))
                self.allowed[card.job] += verdict in (Verdict.SPOILED, Verdict.QUEUED)
                self.said_done[card.job] += verdict is Verdict.DONE

    @rule(pause=st.booleans())
    def pause(self, pause: bool) -> None:
        self.here.do((self.here.service.pause if pause else self.here.service.resume)("card", ANNA))

    @rule(name=st.sampled_from(NAMES))
    def clear(self, name: str) -> None:
        self.here.do(self.here.service.clear_printer(name, ANNA))

    # what machines do

    @rule(seconds=st.sampled_from([0.5, 2, 5, 20]))
    def wait(self, seconds: float) -> None:
        self.here.run(seconds)

    @rule(name=st.sampled_from(NAMES))
    def cut(self, name: str) -> None:
        self.here.cut(name)

    @rule()
    def mend(self) -> None:
        self.here.mend()

    @rule(name=st.sampled_from(NAMES), mood=st.sampled_from(["jams", "swallows", "open", "closed"]))
    def misbehave(self, name: str, mood: str) -> None:
        printer = self.here.printers[name]
        match mood:
            case "jams":
                printer.jams += 1
            case "swallows":
                printer.swallows += 1
            case _:
                printer.open = mood == "open"

    @rule()
    def pull_the_plug(self) -> None:
        self.here.kill()

    @rule()
    def restart(self) -> None:
        self.here.stop()
        self.here.begin()

    @rule(full=st.booleans())
    def fill_disk(self, full: bool) -> None:
        def before(name: str) -> None:
            if full and name in ("apply", "claim", "add_job", "put_artifact", "write", "keep_document"):
                raise StoreFull

        self.here.life.keeper.before = before

    # what must be so

    @invariant()
    def nothing_is_printed_without_a_word(self) -> None:
        for job, allowed in self.allowed.items():
            assert self.here.out(str(job)) <= allowed, f"job {job} came out too often"

    @invariant()
    def done_is_said_only_of_what_came_out(self) -> None:
        for job in self.here.jobs():
            done = sum(card.state is CardState.DONE for card in job.cards)
            assert done <= self.here.out(str(job.id)) + self.said_done[job.id]

    @invariant()
    def the_store_is_whole(self) -> None:
        jobs = self.here.jobs()
        assert {job.id for job in jobs} == set(self.allowed), "an accepted job is lost, or one is there unasked"
        for job in jobs:
            rolled = roll_up(job.cards, Wishes(job.hold, job.cancel, job.incoming, held_for=job.held_for))
            assert (job.state, job.reasons) == rolled
        assert broken_link(self.here.life.keeper.store) is None
        assert self.here.life.backlog.waiting("card") == sum(not job.state.final for job in jobs)

    def all_is_well_in_the_end(self) -> None:
        """When everybody does their part, every job that no person holds comes to an end."""
        self.here.life.keeper.before = lambda name: None
        for printer in self.here.printers.values():
            printer.open, printer.jams, printer.swallows = False, 0, 0
        self.here.mend()
        for _ in range(10):
            for job in self.here.jobs():
                if job.held_for is HeldFor.ATTEMPTS and not job.state.final:
                    self.here.do(self.here.service.release(job.id, ANNA))
            if all(job.state.final or job.hold for job in self.here.jobs()):
                break
            self.pause(False)
            self.here.run(90)
            while any(card.state is CardState.UNCERTAIN for job in self.here.jobs() for card in job.cards):
                self.settle(0, Verdict.QUEUED)
        for job in self.here.jobs():
            assert job.state.final or job.hold, f"job {job.id} is {job.state}: {job.cards}"
        self.nothing_is_printed_without_a_word()
        self.done_is_said_only_of_what_came_out()


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=20, stateful_step_count=20)
