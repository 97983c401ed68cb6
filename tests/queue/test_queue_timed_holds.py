"""A job that is held until a time of day is released when it is there, also after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from printserver.model.holding import HoldUntil
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import Duplicates
from printserver.model.ticket import Ticket
from printserver.queue.timed_holds import TimedHolds
from printserver.queue.views import By, IncomingDocument, Submission
from tests.queue.queue_kit import JPEG, World, world

SAME = Submission(
    ticket=Ticket(hold_until=HoldUntil.EVENING), documents=(IncomingDocument(data=JPEG + b"a"),), client="192.0.2.7"
)
EVENING, NIGHT = HoldUntil.EVENING, HoldUntil.NIGHT


class Desk:
    """A world with what releases its jobs; `now` is the time of day."""

    def __init__(self, folder: Path) -> None:
        self.world: World = world(folder)
        self.now: HoldUntil | None = None
        self.holds = self.begun()

    def begun(self) -> TimedHolds:
        board = self.world.life.board
        holds = TimedHolds(lambda until: until is self.now, lambda queue: board.queue_config(queue).duplicates)
        holds.begin(self.world.life.keeper.store.unfinished())
        self.world.life.hub.subscribe(holds.heed)
        return holds

    def submit(self, **ticket: Any) -> Job:  # noqa: ANN401 - a ticket's fields
        return self.world.submit(**ticket)

    def look(self) -> None:
        self.world.run(1)
        self.world.do(self.holds.release_due(self.world.service))
        self.world.run(1)

    def restart(self) -> None:
        self.world.kill()
        self.world.begin()
        self.holds = self.begun()


def test_it_waits_until_its_time_and_is_printed_then(tmp_path: Path) -> None:
    here = Desk(tmp_path)
    job = here.submit(hold_until=EVENING)
    assert (job.hold, job.state, job.reasons) == (True, JobState.HELD, ("job-hold-until-specified",))
    for here.now in (None, NIGHT):
        here.look()
        assert here.world.job(job).state is JobState.HELD
    here.now = EVENING
    here.look()
    here.world.run_until(here.world.in_state(job, CardState.DONE))
    released = [event for event in here.world.do(here.world.service.story(job.id)) if event.what == "released"]
    assert [event.data["by"] for event in released] == ["server"]


def test_it_is_remembered_over_a_restart(tmp_path: Path) -> None:
    here = Desk(tmp_path)
    job = here.submit(hold_until=EVENING)
    here.look()
    here.restart()
    here.look()
    assert here.world.job(job).state is JobState.HELD
    here.now = EVENING
    here.look()
    here.world.run_until(here.world.in_state(job, CardState.DONE))


def test_a_waiting_job_can_be_held_so_and_held_for_good_instead(tmp_path: Path) -> None:
    here = Desk(tmp_path)
    job = here.submit(hold=True)
    here.look()
    here.world.do(here.world.service.hold(job.id, By("sari"), EVENING))
    assert here.world.job(job).ticket.hold_until is EVENING
    here.world.do(here.world.service.hold(job.id, By("omar")))
    assert here.world.job(job).ticket.hold_until is None
    here.now = EVENING
    here.look()
    assert here.world.job(job).state is JobState.HELD
    here.world.do(here.world.service.hold(job.id, By("sari"), EVENING))
    here.look()
    here.world.run_until(here.world.in_state(job, CardState.DONE))


def test_who_releases_it_earlier_is_heeded_and_a_reprint_waits_for_nothing(tmp_path: Path) -> None:
    here = Desk(tmp_path)
    job = here.submit(hold_until=EVENING)
    here.look()
    here.world.do(here.world.service.release(job.id, By("sari")))
    here.world.run_until(here.world.in_state(job, CardState.DONE))
    here.now = EVENING
    here.look()
    again = here.world.do(here.world.service.reprint(job.id, By("sari")))
    assert (again.hold, again.ticket.hold_until) == (False, None)


def test_a_queue_that_holds_new_jobs_holds_it_for_good(tmp_path: Path) -> None:
    here = Desk(tmp_path)
    queue = here.world.life.board.queue_config(None)
    here.world.life.board.put_queue(replace(queue, hold_new=True))
    job = here.submit(hold_until=EVENING)
    here.now = EVENING
    here.look()
    assert here.world.job(job).state is JobState.HELD
    assert here.world.job(job).ticket.hold_until is None


def test_what_is_too_like_an_earlier_job_stays_held(tmp_path: Path) -> None:
    here = Desk(tmp_path)
    queue = here.world.life.board.queue_config(None)
    here.world.life.board.put_queue(replace(queue, duplicates=Duplicates.HOLD))
    first, second = (here.world.do(here.world.service.submit(SAME)) for _ in range(2))
    assert (second.duplicate_of, second.hold) == (first.id, True)
    here.now = EVENING
    here.look()
    assert here.world.job(first).state is not JobState.HELD
    assert here.world.job(second).state is JobState.HELD
