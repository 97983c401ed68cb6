"""Cancelling a job at every moment of a card's life."""

from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from printserver.errors import NotPossibleNow
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import PrinterState
from tests.queue.queue_kit import ANNA, World, world


def goes_on(here: World) -> None:
    """The printer prints the next job as if nothing had been."""
    other = here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.out("b") == 1


def test_while_it_waits(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True, copies=3)
    assert here.do(here.service.cancel(job.id, ANNA)).state is JobState.CANCELED
    goes_on(here)


def test_while_it_is_rendered(tmp_path: Path) -> None:
    here = world(tmp_path)
    gate: Deferred[None] = Deferred()
    here.renderer.waits = [gate]
    job = here.submit()
    here.run(1)
    assert here.state(job) is CardState.RENDERING
    assert here.do(here.service.cancel(job.id, ANNA)).state is JobState.CANCELED
    gate.callback(None)
    goes_on(here)
    assert here.out("a") == 0


def test_while_it_is_ready(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, second = here.submit("c"), here.submit("a")
    here.run_until(here.in_state(second, CardState.READY))
    assert here.do(here.service.cancel(second.id, ANNA)).state is JobState.CANCELED
    goes_on(here)
    assert here.state(first) is CardState.DONE
    assert here.out("a") == 0


def test_while_the_device_waits_before_the_commit_mark(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    other = blocked_before_the_mark(here)
    here.do(here.service.cancel(other.id, ANNA))
    here.run(2)
    assert here.state(other) is CardState.CANCELED
    here.printer.open = False
    here.run(30)
    assert here.out("z") == 0
    assert PrinterState.OFFLINE not in states_told(here)
    goes_on(here)


def blocked_before_the_mark(here: World) -> Job:
    """Open the cover between the status and the card's own question."""
    here.life.keeper.before = lambda name: setattr(here.printer, "open", True) if name == "claim" else None
    other = here.submit("z")
    here.run_until(here.in_state(other, CardState.BLOCKED))
    here.life.keeper.before = lambda name: None
    return other


def states_told(here: World) -> list[object]:
    return [event.data["state"] for event in here.events if event.kind == "printer" and event.what == "state"]


def test_right_before_the_commit_mark_the_cancel_wins(tmp_path: Path) -> None:
    here = world(tmp_path)
    moments: list[str] = []

    def before(name: str) -> None:
        if name == "job" and not moments and here.life.workers["left"]._attempt is not None:
            moments.append(name)
            here.do(here.service.cancel(1, ANNA))

    here.life.keeper.before = before
    job = here.submit()
    here.run(30)
    assert moments
    assert here.state(job) is CardState.CANCELED
    assert here.out() == 0
    assert PrinterState.OFFLINE not in states_told(here)
    goes_on(here)


def test_after_the_commit_mark_the_outcome_decides(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(copies=2)
    here.run_until(lambda: here.card(job).committed)
    asked = here.do(here.service.cancel(job.id, ANNA))
    assert "processing-to-stop-point" in asked.reasons
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.state(job, 2) is CardState.CANCELED
    assert here.job(job).state is JobState.COMPLETED
    assert "job-completed-with-errors" in here.job(job).reasons
    assert here.out() == 1


def test_a_ruined_card_of_a_cancelled_job_fails_and_stops_no_queue(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=3)
    here.printer.jams = 1
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.do(here.service.cancel(job.id, ANNA))
    here.run(30)
    assert here.state(job) is CardState.FAILED
    assert not here.service.queue("card").config.paused
    assert here.out() == 0


# Two copies, of which the first jams once: each call of the store that comes on the way.
MOMENTS = [("apply", number) for number in range(2, 15)]
MOMENTS += [("job", 2), ("job", 3), ("job", 4), ("claim", 1), ("claim", 2), ("job_key", 1), ("job_key", 2)]


@pytest.mark.parametrize(("call", "number"), MOMENTS)
def test_a_cancel_between_any_two_calls_of_the_store(tmp_path: Path, call: str, number: int) -> None:
    here = world(tmp_path)
    here.printer.jams = 1
    job = here.submit(copies=2, hold=True)
    came = cancel_at(here, job, call, number)
    here.do(here.service.release(job.id, ANNA))
    here.run(120)
    assert came(), "the moment never came"
    assert here.job(job).state.final, here.job(job).cards
    assert here.out() == sum(card.state is CardState.DONE for card in here.job(job).cards)
    goes_on(here)


def cancel_at(here: World, job: Job, call: str, number: int) -> Callable[[], bool]:
    """Cancel a job right before the store's so manyth call of a name; returns whether that came."""
    calls: list[str] = []

    def before(name: str) -> None:
        calls.append(name)
        if name == call and calls.count(call) == number:
            try:
                here.do(here.service.cancel(job.id, ANNA))
            except NotPossibleNow:
                assert here.job(job).state.final

    here.life.keeper.before = before
    return lambda: calls.count(call) >= number
