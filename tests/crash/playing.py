"""Plays runs: a fault, the server's next life, the person at the printer, the count.

Laws kept here:

1. A site is used for some runs, so that a server that has come back is the next run's warm one; then a new one is
   made, and a site where something was wrong is not used again.
2. A run that fails for whatever reason is a verdict like any other, with what was found.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.crash.batch import Batch, batch_of, story_of
from tests.crash.bureau import Bureau, bureau
from tests.crash.designs import Design
from tests.crash.faults import FAULTS, Scene
from tests.crash.judging import Counters, Verdict, judge
from tests.crash.life import Nursery
from tests.crash.people import Person
from tests.crash.runs import POSTGRESQL, Run
from tests.postgresql import server

CARDS_A_SITE = 60
MOST_TRIES, AGAIN_SECONDS = 20, 0.2
LOG_TAIL = 3000


@dataclass
class Player:
    """Plays one run after another on sites of its own, one for each driver and kind of store."""

    nursery: Nursery = field(default_factory=Nursery)
    _open: dict[tuple[str, str], tuple[ExitStack, Bureau, list[Design]]] = field(default_factory=dict)

    def play(self, run: Run) -> Verdict:
        """Play a run and return its verdict."""
        try:
            site, designs = self._site(run)
            fresh = [Design(len(designs) + at, run.two_sided, run.driver) for at in range(run.cards)]
            designs += fresh
            verdict = play(site, run, batch_of(run.seed, fresh, together=run.together), designs)
        except Exception as error:  # law 2: also what nobody has thought of
            verdict = Verdict(run, run.cards, faults=[f"{type(error).__name__}: {error}", traceback.format_exc()])
        if not verdict.well or len(designs) > CARDS_A_SITE:
            self._close((run.driver, run.store), verdict)
        return verdict

    def close(self) -> None:
        """End all sites."""
        for where in list(self._open):
            self._close(where)
        self.nursery.close()

    def _site(self, run: Run) -> tuple[Bureau, list[Design]]:
        where = run.driver, run.store
        if where not in self._open:
            stack = ExitStack()
            with stack:
                site = stack.enter_context(bureau(run.driver, self.nursery, run.store))
                site.start()
                stack = stack.pop_all()
            self._open[where] = stack, site, []
        _, site, designs = self._open[where]
        return site, designs

    def _close(self, where: tuple[str, str], verdict: Verdict | None = None) -> None:
        if where not in self._open:
            return
        stack, site, _ = self._open.pop(where)
        if verdict is not None and not verdict.well:
            verdict.faults.append(f"log: {site.log.read_text()[-LOG_TAIL:]}")
        stack.close()


def play(site: Bureau, run: Run, batch: Batch, known: list[Design]) -> Verdict:
    """Play a run on a site whose server is ready and whose printer is empty."""
    for design in batch.designs:
        assert design.look.front
    before = Counters.of(site)
    FAULTS[run.kind](Scene(site, run, batch))
    if not site.life.alive():
        if run.patient:
            site.await_rest(may_hold_a_card=True)
        site.start()
    batch.find(site.api)
    refusals = Counter(batch.refusals)
    while any(order.job is None for order in batch.orders):
        batch.send(site.api)
        assert batch.tries < MOST_TRIES, f"not accepted: {batch.refusals}"
        time.sleep(AGAIN_SECONDS)
    person = Person(site, batch)
    person.attend()
    try:
        site.await_rest()
    except AssertionError as error:
        raise AssertionError(f"{error}; {[story_of(site.api, job) for job in batch.jobs]}") from error
    verdict = judge(site, run, batch, before, known)
    verdict.people.update(person.verdicts)
    verdict.refusals.update(refusals)
    return verdict


def play_all(runs: Iterable[Run], *, players: int = 2, tell: Callable[[str], None] = print) -> list[Verdict]:
    """Play runs, several at a time, each on sites of its own; tell each that did not go well at once."""
    wanted = list(runs)
    if any(run.store == POSTGRESQL for run in wanted):
        server()  # it ends with the thread that has started it
    todo, lock, verdicts = iter(wanted), threading.Lock(), list[Verdict]()

    def work() -> None:
        player = Player()
        try:
            while True:
                with lock:
                    run = next(todo, None)
                if run is None:
                    return
                verdict = player.play(run)
                with lock:
                    verdicts.append(verdict)
                    tell(str(verdict))
        finally:
            player.close()

    threads = [threading.Thread(target=work) for _ in range(players)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts
