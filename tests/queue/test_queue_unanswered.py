"""The store has done what it was asked for, and the answer was lost on the way: nothing is lost, nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from printserver.dialogue import Dialogue, Mark, Point
from printserver.driver import Outcome
from printserver.errors import StoreBusy
from printserver.lifecycle import CardEvent
from printserver.model.job import CardState, Job
from printserver.model.printer import PrinterState
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, Submission
from printserver.store.contract import CardMark, CardStep
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import JPEG, World, world
from tests.queue.test_queue_doors import blobs

Lost = Callable[[str, tuple[Any, ...]], bool]
PICTURE = IncomingDocument(data=JPEG + b"a")


class FarStore:
    """A store whose answers may be lost: those for which `lost` says so, once, by the call's name and arguments."""

    def __init__(self, store: Any) -> None:  # noqa: ANN401 - any store
        self._store, self.shared = store, True
        self.lost: Lost = lambda name, given: False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of it
        call = getattr(self._store, name)
        if not callable(call):
            return call

        @wraps(call)
        def unanswered(*given: Any) -> Any:  # noqa: ANN401 - what it returns
            result = call(*given)
            if self.lost(name, given):
                self.lost = lambda name, given: False
                raise unsure()
            return result

        return unanswered


def unsure() -> StoreBusy:
    error = StoreBusy()
    error.unsure = True
    return error


def far(here: World, lost: Lost) -> World:
    """Let answers of a world's store be lost."""
    store = FarStore(here.life.keeper.store)
    store.lost = lost
    here.life.keeper.store = store
    return here


def answer(here: World, job: int | None, away: int = 0) -> None:
    """Let the spool say whose a document is, after the store was away so many times."""
    left = [away]

    def job_of(name: str) -> int | None:
        left[0] -= 1
        if left[0] >= 0:
            raise StoreBusy()
        return job

    here.life.keeper.spool.job_of = job_of  # type: ignore[method-assign]


def of(name: str) -> Lost:
    return lambda called, given: called == name


def step(event: CardEvent) -> Lost:
    return lambda called, given: called == "apply" and any(
        isinstance(change, CardStep) and change.event is event for change in given[1]
    )


def mark(point: Point) -> Lost:
    return lambda called, given: called == "apply" and any(
        isinstance(change, CardMark) and change.mark.point == point for change in given[1]
    )


# accepting


def test_a_job_that_was_accepted_all_the_same_is_answered_and_printed(tmp_path: Path) -> None:
    here = far(world(tmp_path), of("add_job"))
    answer(here, 1)
    job = here.submit()
    assert job.id == 1
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


def test_a_job_that_was_not_accepted_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    here = world(tmp_path)
    kept = blobs(here)

    def refuse(called: str) -> None:
        if called == "add_job":
            raise unsure()

    here.life.keeper.before = refuse
    answer(here, None)
    with pytest.raises(StoreBusy):
        here.submit()
    assert blobs(here) == kept


def test_nobody_is_told_anything_before_the_store_can_be_asked(tmp_path: Path) -> None:
    here = far(world(tmp_path), of("add_job"))
    answer(here, 1, away=3)
    told: list[Job] = []
    sent = Submission(ticket=Ticket(name="a"), documents=(PICTURE,))
    Deferred.fromCoroutine(here.service.submit(sent)).addCallback(told.append)
    here.run(2)
    assert told == []
    here.run(2)
    assert [job.id for job in told] == [1]


def test_the_last_document_of_a_job_that_came_all_the_same_is_answered(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(name="a"), incoming=True)))
    far(here, of("apply"))
    answer(here, job.id)
    assert not here.do(here.service.add_document(job.id, PICTURE, last=True)).incoming
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


# a card's way

STEPS = [
    of("claim"), step(CardEvent.RENDERED), step(CardEvent.START), mark(Point.COMMITTED), mark(Point.EJECTED),
    step(CardEvent.DONE),
]  # fmt: skip


@pytest.mark.parametrize("lost", STEPS)
def test_a_card_comes_out_once_whichever_answer_is_lost(tmp_path: Path, lost: Lost) -> None:
    here = far(world(tmp_path), lost)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    here.run(30)
    assert here.out() == 1
    assert here.printer_state() is PrinterState.IDLE


@pytest.mark.parametrize("lost", [mark(Point.COMMITTED), mark(Point.EJECTED), step(CardEvent.DONE)])
def test_what_the_device_has_said_raises_no_doubt(tmp_path: Path, lost: Lost) -> None:
    here = far(world(tmp_path), lost)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert "doubt" not in here.story(job)


class TalkativeDriver(BenchDriver):
    """Tells more of a card's way: each mark counts the card's version up."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        yield Mark(Point.FED, {})
        yield Mark(Point.FRONT, {})
        return (yield from super().outcome(before))


def test_a_later_mark_stops_no_card_in_the_machine(tmp_path: Path) -> None:
    here = far(world(tmp_path, driver=TalkativeDriver), mark(Point.FED))
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert "doubt" not in here.story(job)
    assert [each for each in here.story(job) if each.isupper()] == ["COMMITTED", "FED", "FRONT", "EJECTED"]


def test_an_outcome_that_stands_already_stops_no_printer(tmp_path: Path) -> None:
    here = far(world(tmp_path), step(CardEvent.DONE))
    job = here.submit()
    states = set[PrinterState]()

    def done() -> bool:
        states.add(here.printer_state())
        return here.state(job) is CardState.DONE and here.printer_state() is PrinterState.IDLE

    here.run_until(done)
    assert states <= {PrinterState.IDLE, PrinterState.BUSY}


@pytest.mark.parametrize("lost", [step(CardEvent.BLOCK), step(CardEvent.UNBLOCK)])
def test_a_card_that_waited_for_a_person_ends_without_doubt(tmp_path: Path, lost: Lost) -> None:
    here = far(world(tmp_path), lost)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.PRINTING))
    here.run(1)
    here.printer.open = True
    here.run(5)
    here.printer.open = False
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1
    assert "doubt" not in here.story(job)


@pytest.mark.parametrize("change", [{"lease_until": -1.0}, {"owned": False}, {"lease": 8}])
def test_nothing_leaves_when_the_lease_ran_out_while_the_card_was_committed(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    here = far(world(tmp_path), lambda name, given: False)
    entry, store = here.life.board.entry("left"), here.life.keeper.store
    apply = store.apply

    def slow(job: int, changes: Any) -> Job:  # noqa: ANN401 - changes of any kind
        kept = apply(job, changes)
        if any(isinstance(each, CardMark) and each.mark.point is Point.COMMITTED for each in changes):
            attempt = here.life.workers["left"]._attempt
            assert attempt is not None
            attempt._lease, entry.lease = 7, 7
            for name, value in change.items():
                setattr(entry, name, value)
        return kept

    store.apply = slow  # type: ignore[method-assign] # the world's own store
    job = here.submit()
    here.run_until(lambda: here.state(job) is CardState.UNCERTAIN, seconds=30)
    assert here.out() == 0


def test_a_job_that_was_closed_all_the_same_is_answered(tmp_path: Path) -> None:
    here = far(world(tmp_path), lambda name, given: False)
    begun = here.do(here.service.submit(Submission(ticket=Ticket(name="a", user="anna"), documents=(), incoming=True)))
    here.do(here.service.add_document(begun.id, PICTURE, last=False))
    cast(FarStore, here.life.keeper.store).lost = lambda name, given: name == "apply" and bool(given[1])
    closed = here.do(here.service.add_document(begun.id, None, last=True))
    assert not closed.incoming
    here.run_until(lambda: here.state(closed) is CardState.DONE)
    assert here.out() == 1
