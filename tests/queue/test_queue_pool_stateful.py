"""Several printers that fail, ribbons that change, jobs of several needs: each card once, where it can be done."""

import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from printserver.errors import NotPossibleNow, StoreConflict, UnsupportedByPrinter
from printserver.model.job import IN_DEVICE, Card, CardState, Job
from printserver.queue.views import Verdict
from tests.contract.store_kit import broken_link
from tests.queue.pool_kit import PoolPrinter, declared, machine, pool
from tests.queue.queue_kit import ANNA, World

NAMES = ("left", "right", "third")
RIBBONS, STOCKS = st.sampled_from(["K", "KO"]), st.sampled_from(["cr80-pvc", "composite"])
WAITING = (CardState.QUEUED, CardState.RENDERING, CardState.READY)


class PoolMachine(RuleBasedStateMachine):
    """One queue over three printers; `allowed` = how many cards of each job may come out."""

    @initialize(ordered=st.booleans(), ribbons=st.tuples(RIBBONS, RIBBONS, RIBBONS), stock=STOCKS,
                blanks=st.tuples(*[st.sampled_from([-1, 0, 1, 50])] * 3))  # fmt: skip
    def begin(self, ordered: bool, ribbons: tuple[str, ...], stock: str, blanks: tuple[int, ...]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        stocks = ("cr80-pvc", "cr80-pvc", stock)
        configs = [declared(*each) for each in zip(NAMES, ribbons, stocks, strict=True)]
        self.ordered, self.allowed, self.stocks = ordered, Counter[int](), dict(zip(NAMES, stocks, strict=True))
        self.here: World = pool(
            Path(self.folder.name), *configs, blanks=blanks, ordered=ordered, max_attempts=50, on_error="skip"
        )
        for name in NAMES:
            machine(self.here, name).watch = lambda card, name=name: self.leaves(name, card)  # type: ignore[misc]

    def teardown(self) -> None:
        if hasattr(self, "here"):
            self.all_comes_out()
            self.here.life.keeper.stop()
            self.folder.cleanup()

    # what must hold

    def leaves(self, name: str, document: bytes) -> None:
        """The bytes of a card leave for a printer."""
        job = self.here.job(int(document))
        ticket = job.ticket
        assert ticket.ribbon in (None, machine(self.here, name).ribbon), "another ribbon is in this printer"
        assert ticket.stock in (None, self.stocks[name]), "another card stock is in this printer"
        if self.ordered:
            card = next(each for each in job.cards if each.state in IN_DEVICE and each.printer == name)
            for other in self.here.jobs():
                for each in other.cards:
                    assert (each.job, each.number) == (job.id, card.number) or not self.hinders(each, other, card)

    def hinders(self, other: Card, its_job: Job, card: Card) -> bool:
        """Tell whether another card of an ordered queue should have come first, or keeps the next from its turn."""
        if other.state in (*IN_DEVICE, CardState.UNCERTAIN, CardState.SPOILED):
            return True
        before = (other.job, other.number) < (card.job, card.number)
        return before and other.state in WAITING and not its_job.hold

    def all_comes_out(self) -> None:
        """All printers are well and have what is asked for: each card comes out as often as it may."""
        self.here.mend()
        for name in NAMES:
            machine(self.here, name).open = False
        for job in self.here.jobs():
            if job.hold:
                with suppress(NotPossibleNow):
                    self.here.do(self.here.service.release(job.id, ANNA))
        for ribbon in ("K", "KO") * 60:
            if all(job.state.final for job in self.here.jobs()):
                break
            for name in NAMES:
                self.load(name, ribbon)
            self.here.run(60)
            self.settle_all()
        for job in self.here.jobs():
            assert job.state.final, (job.id, job.state, job.reasons, [card.state for card in job.cards])
            least = sum(card.state is CardState.DONE for card in job.cards)
            assert least <= self.here.out(str(job.id)) <= self.allowed[job.id]
        broken_link(self.here.life.keeper.store)

    def settle_all(self) -> None:
        for job in self.here.jobs():
            for card in job.cards:
                if card.state is CardState.UNCERTAIN:
                    with suppress(NotPossibleNow, StoreConflict):
                        self.here.do(self.here.service.settle(job.id, card.number, Verdict.DONE, ANNA))


    # what people do

    @rule(copies=st.integers(1, 4), ribbon=st.none() | RIBBONS, stock=st.none() | STOCKS, hold=st.booleans())
    def submit(self, copies: int, ribbon: str | None, stock: str | None, hold: bool) -> None:
        number = len(self.here.jobs()) + 1
        with suppress(UnsupportedByPrinter):
            self.here.submit(str(number), copies=copies, ribbon=ribbon, stock=stock, hold=hold and copies == 1)
            self.allowed[number] = copies

    @rule(which=st.integers(0, 9), wish=st.sampled_from(["cancel", "hold", "release"]))
    def wish(self, which: int, wish: str) -> None:
        jobs = self.here.jobs()
        if which < len(jobs):
            with suppress(NotPossibleNow, StoreConflict):
                self.here.do(getattr(self.here.service, wish)(jobs[which].id, ANNA))

    @rule(name=st.sampled_from(NAMES), ribbon=RIBBONS)
    def load(self, name: str, ribbon: str) -> None:
        """Change a ribbon, with the cover open, while no card is on its way into the printer."""
        printer: PoolPrinter = machine(self.here, name)
        if printer.ribbon == ribbon or self.here.life.board.entry(name).card is not None:
            return
        printer.open = True
        self.here.run(3)
        if self.here.life.board.entry(name).card is None:
            printer.ribbon = ribbon
        self.here.run(3)
        printer.open = False

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

    @rule(name=st.sampled_from(NAMES), mood=st.sampled_from(["jams", "open", "closed"]))
    def misbehave(self, name: str, mood: str) -> None:
        printer = machine(self.here, name)
        if mood == "jams":
            printer.jams += 1
        else:
            printer.open = mood == "open"

    @rule()
    def pull_the_plug(self) -> None:
        self.here.kill()


PoolMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestPool = PoolMachine.TestCase
