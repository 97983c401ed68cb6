"""Two people: the first one asks, the second one confirms, and one alone never makes a card exist twice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from printserver.errors import NameNeeded, NotPossibleNow, ReasonNeeded, SecondPersonNeeded
from printserver.model.job import CardState, Job
from printserver.model.printer import Decisions
from printserver.queue.asking import same_person
from printserver.queue.views import By, OpenWish, Verdict
from tests.queue.queue_kit import World, config, world

ANNA, BUDI = By("anna", "a scratch"), By("budi", "seen it")
Decision = Callable[[World, Job, By], Coroutine[Any, Any, Job]]

DECISIONS: list[tuple[Decision, CardState]] = [
    (lambda here, job, by: here.service.reprint(job.id, by, copies=2), CardState.DONE),
    (lambda here, job, by: here.service.reject(job.id, 1, by), CardState.DONE),
    *((lambda here, job, by, verdict=verdict: here.service.settle(job.id, 1, verdict, by), CardState.UNCERTAIN)
      for verdict in Verdict),
]  # fmt: skip
each_decision = pytest.mark.parametrize(("decide", "state"), DECISIONS)


def two(folder: Path, **queue: Any) -> World:  # noqa: ANN401 - a queue's fields
    return world(folder, decisions=Decisions.SECOND, **queue)


def card_in(here: World, state: CardState) -> Job:
    here.printer.swallows = int(state is CardState.UNCERTAIN)
    job = here.submit()
    here.run_until(here.in_state(job, state))
    return job


def asked(here: World, job: Job, decide: Decision, by: By = ANNA) -> OpenWish:
    with pytest.raises(SecondPersonNeeded):
        here.do(decide(here, job, by))
    [wish] = here.do(here.service.open_wishes(job.id))
    return wish


def happened(here: World, job: Job) -> bool:
    rows = here.life.keeper.store.job_events(job.id)
    return len(here.jobs()) > 1 or any(row.what.startswith("settle-") or row.what == "reject" for row in rows)


@each_decision
def test_one_person_alone_does_nothing_however_often_and_over_restarts(
    tmp_path: Path, decide: Decision, state: CardState
) -> None:
    here = two(tmp_path)
    job = card_in(here, state)
    wish = asked(here, job, decide)
    assert (wish.by, wish.reason) == ("anna", "a scratch")
    out = here.out()
    here.kill()
    for name in ("anna", " Anna ", "ANNA", "\uff41nna"):
        assert asked(here, job, decide, By(name, "again")) == wish
        with pytest.raises(SecondPersonNeeded):
            here.do(here.service.confirm(job.id, wish.id, By(name, "again")))
    here.run(60)
    assert (here.state(job), here.out(), happened(here, job)) == (state, out, False)


@each_decision
def test_another_person_confirms_also_after_a_restart(tmp_path: Path, decide: Decision, state: CardState) -> None:
    here = two(tmp_path)
    job = card_in(here, state)
    wish = asked(here, job, decide)
    here.kill()
    for nobody, error in ((By("", "seen"), NameNeeded), (By("budi"), ReasonNeeded)):
        with pytest.raises(error):
            here.do(here.service.confirm(job.id, wish.id, nobody))
    here.do(here.service.confirm(job.id, wish.id, BUDI))
    assert happened(here, job)
    assert here.do(here.service.open_wishes(job.id)) == ()
    jobs = len(here.jobs())
    with pytest.raises(NotPossibleNow):
        here.do(here.service.confirm(job.id, wish.id, By("cici", "me too")))
    assert len(here.jobs()) == jobs


@each_decision
def test_who_asks_for_the_same_has_confirmed_it(tmp_path: Path, decide: Decision, state: CardState) -> None:
    here = two(tmp_path)
    job = card_in(here, state)
    asked(here, job, decide)
    here.do(decide(here, job, BUDI))
    assert happened(here, job)
    assert here.do(here.service.open_wishes(job.id)) == ()


@each_decision
def test_a_wish_is_withdrawn(tmp_path: Path, decide: Decision, state: CardState) -> None:
    here = two(tmp_path)
    job = card_in(here, state)
    wish = asked(here, job, decide)
    here.do(here.service.withdraw(job.id, wish.id, BUDI))
    for work in (here.service.withdraw(job.id, wish.id, BUDI), here.service.confirm(job.id, wish.id, BUDI)):
        with pytest.raises(NotPossibleNow):
            here.do(work)
    assert asked(here, job, decide, BUDI).by == "budi", "it has to be asked for anew, and by two"
    assert not happened(here, job)


def test_another_verdict_is_no_confirmation(tmp_path: Path) -> None:
    here = two(tmp_path)
    job = card_in(here, CardState.UNCERTAIN)
    asked(here, job, lambda here, job, by: here.service.settle(job.id, 1, Verdict.DONE, by))
    for verdict in set(Verdict) - {Verdict.DONE}:
        with pytest.raises(NotPossibleNow):
            here.do(here.service.settle(job.id, 1, verdict, BUDI))
    assert not happened(here, job)


def test_other_copies_are_no_confirmation(tmp_path: Path) -> None:
    here = two(tmp_path)
    job = card_in(here, CardState.DONE)
    asked(here, job, lambda here, job, by: here.service.reprint(job.id, by))
    with pytest.raises(NotPossibleNow):
        here.do(here.service.reprint(job.id, BUDI, copies=2))
    assert len(here.jobs()) == 1


def test_a_wish_ends_when_the_device_settles_the_card(tmp_path: Path) -> None:
    here = two(tmp_path)
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.cut()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    wish = asked(here, job, lambda here, job, by: here.service.settle(job.id, 1, Verdict.DONE, by))
    here.mend()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.do(here.service.open_wishes(job.id)) == ()
    with pytest.raises(NotPossibleNow):
        here.do(here.service.confirm(job.id, wish.id, BUDI))


def test_a_wish_about_one_card_leaves_others_alone(tmp_path: Path) -> None:
    here = two(tmp_path)
    job = here.submit(copies=2)
    here.run_until(lambda: here.job(job).state.final)
    for number in (1, 2):
        with pytest.raises(SecondPersonNeeded):
            here.do(here.service.reject(job.id, number, ANNA))
    here.do(here.service.reject(job.id, 1, BUDI))
    assert [wish.decided.card for wish in here.do(here.service.open_wishes(job.id))] == [2]
    assert here.state(job, 2) is CardState.DONE


# against the device


def moved_on(here: World) -> Job:
    """Return a card in doubt of which the device says that it came out: the link broke, and two look like one."""
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.cut()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.printer.out.append(b"somebody else's card")  # so that the device cannot settle it by itself
    here.run(30)
    here.mend()
    here.run(60)
    assert here.state(job) is CardState.UNCERTAIN
    return job


@pytest.mark.parametrize("verdict", [Verdict.SPOILED, Verdict.QUEUED, Verdict.ABANDON])
@pytest.mark.parametrize("policy", list(Decisions))
def test_a_verdict_against_the_counter_needs_two_whatever_the_queue_says(
    tmp_path: Path, verdict: Verdict, policy: Decisions
) -> None:
    here = world(tmp_path, config(), decisions=policy)
    job = moved_on(here)
    asked(here, job, lambda here, job, by: here.service.settle(job.id, 1, verdict, by))
    here.do(here.service.settle(job.id, 1, verdict, BUDI))
    assert here.state(job) is not CardState.UNCERTAIN


def test_a_verdict_with_the_counter_is_one_persons(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = moved_on(here)
    here.do(here.service.settle(job.id, 1, Verdict.DONE, By("")))


@pytest.mark.parametrize(("one", "other", "same"), [
    ("Anna", " anna ", True), ("An  na", "an na", True), ("\uff21nna", "anna", True), ("anna", "hanna", False),
])  # fmt: skip
def test_who_is_who(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same
