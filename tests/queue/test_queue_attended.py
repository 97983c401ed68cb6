"""Attended queues, whose jobs somebody at the printer releases, and queues that keep hours."""

from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest

from printserver.errors import BadRequest, ConfigurationError, NameTaken, UnknownPrinter
from printserver.model.holding import HeldFor, HoldUntil
from printserver.model.job import CardState, JobState
from printserver.model.printer import PrinterState, QueueConfig
from printserver.queue.administering import Administration
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.views import QueueView
from tests.queue.queue_kit import ANNA, EPOCH, World, config, world

HOUR = 3600.0


def administration(here: World) -> Administration:
    return Administration(here.life.keeper, here.life.board, here.service)


# attended


def test_each_job_of_an_attended_queue_waits_until_somebody_releases_it(tmp_path: Path) -> None:
    here = world(tmp_path, attended=True)
    first, second = here.submit("a"), here.submit("b")
    here.run(60)
    assert (first.state, first.reasons) == (JobState.HELD, ("job-hold-until-specified", "job-release-wait"))
    assert here.out("a") == here.out("b") == 0
    here.do(here.service.release(second.id, ANNA))
    here.run_until(here.in_state(second, CardState.DONE))
    assert here.job(second).held_for is None
    assert here.state(first) is CardState.QUEUED


def test_a_job_for_a_later_time_of_day_is_not_released_by_its_time(tmp_path: Path) -> None:
    here = world(tmp_path, attended=True)
    job = here.submit("a", hold_until=HoldUntil.NIGHT)
    assert (job.held_for, job.ticket.hold_until) == (HeldFor.RELEASE, None)


def test_a_released_job_is_not_asked_about_again_when_a_card_of_it_is_printed_anew(tmp_path: Path) -> None:
    here = world(tmp_path, attended=True)
    here.printer.jams = 1
    job = here.submit("a")
    here.do(here.service.release(job.id, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    here.do(here.service.reject(job.id, 1, ANNA))
    here.run_until(lambda: here.out("a") == 2)


def test_what_is_printed_again_is_a_job_of_its_own_and_waits(tmp_path: Path) -> None:
    here = world(tmp_path, attended=True)
    job = here.submit("a")
    here.do(here.service.release(job.id, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    again = here.do(here.service.reprint(job.id, ANNA))
    here.run(60)
    assert here.job(again).held_for is HeldFor.RELEASE
    assert here.out("a") == 1


def test_jobs_of_an_attended_queue_are_not_released_with_those_that_were_held_as_new(tmp_path: Path) -> None:
    here = world(tmp_path, attended=True, hold_new=True)
    job = here.submit("a")
    here.do(administration(here).release_held_new("card", ANNA))
    here.run(30)
    assert here.job(job).hold


def test_it_is_attended_from_a_moment_on_and_no_more_from_another(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(administration(here).set_queue("card", ANNA, {"attended": True}))
    waits = here.submit("a")
    here.do(administration(here).set_queue("card", ANNA, {"attended": False}))
    goes = here.submit("b")
    here.run_until(here.in_state(goes, CardState.DONE))
    assert here.job(waits).hold, "it still waits for a person"


# hours


def opening_in(here: World, hours: float) -> str:
    """Return hours that begin so many hours from now, and are one hour long."""
    here.life.board.zone = UTC
    begin = datetime.fromtimestamp(here.wall() + hours * HOUR, UTC)
    end = datetime.fromtimestamp(here.wall() + (hours + 1) * HOUR, UTC)
    return f"{begin:%a %H:%M}-{end:%H:%M}"


def set_hours(here: World, hours: str) -> QueueView:
    return here.do(administration(here).set_queue("card", ANNA, {"hours": hours}))


def test_outside_its_hours_a_queue_takes_jobs_and_prints_them_when_its_hours_begin(tmp_path: Path) -> None:
    here = world(tmp_path)
    view = set_hours(here, opening_in(here, 1))
    assert view.opens is not None
    job = here.submit("a")
    here.run(600)
    assert here.job(job).state is JobState.PENDING
    assert here.printer_state() is PrinterState.IDLE
    here.clock.advance(HOUR)
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.service.queue("card").opens is None


def test_the_card_in_a_printer_is_finished_when_the_hours_end_and_no_other_is_begun(tmp_path: Path) -> None:
    here = world(tmp_path)
    set_hours(here, opening_in(here, 0))
    first, second = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(second, CardState.READY))
    assert here.state(first) is CardState.PRINTING
    here.printer.open = True
    here.run(5)
    assert here.state(first) is CardState.BLOCKED
    here.clock.advance(HOUR)
    here.printer.open = False
    here.run_until(here.in_state(first, CardState.DONE))
    here.run(60)
    assert here.state(second) is CardState.QUEUED
    assert here.out("b") == 0


def test_a_card_that_was_prepared_is_given_back_when_the_hours_end(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, second = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(second, CardState.READY))
    set_hours(here, opening_in(here, 3))
    here.run_until(here.in_state(first, CardState.DONE))
    here.run(60)
    assert here.state(second) is CardState.QUEUED
    set_hours(here, "")
    here.run_until(here.in_state(second, CardState.DONE))


def test_hours_are_kept_over_a_restart(tmp_path: Path) -> None:
    here = world(tmp_path)
    set_hours(here, opening_in(here, 5))
    job = here.submit("a")
    here.kill()
    here.life.board.zone = UTC
    here.run(60)
    assert here.state(job) is CardState.QUEUED
    assert here.wall() > EPOCH


def test_a_queue_without_hours_of_the_same_printer_goes_on(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(administration(here).add_queue(QueueConfig(name="always", printers=("left",)), ANNA))
    set_hours(here, opening_in(here, 5))
    waits, goes = here.submit("a"), here.submit("b", queue="always")
    here.run_until(here.in_state(goes, CardState.DONE))
    assert here.state(waits) is CardState.QUEUED


# adding and setting


def test_a_queue_is_added_while_the_server_runs_and_prints(tmp_path: Path) -> None:
    here = world(tmp_path)
    view = here.do(administration(here).add_queue(QueueConfig(name="desk", printers=("left",)), ANNA))
    assert view.config.name == "desk"
    job = here.submit("a", queue="desk")
    here.run_until(here.in_state(job, CardState.DONE))
    assert "added" in [event.what for event in here.events if event.subject == "desk"]


@pytest.mark.parametrize(
    ("queue", "error"),
    [
        (QueueConfig(name="card", printers=("left",)), NameTaken),
        (QueueConfig(name="desk", printers=("right",)), UnknownPrinter),
        (QueueConfig(name="desk", printers=("left",), hours="always"), BadRequest),
    ],
)
def test_a_queue_that_cannot_be_is_not_added(tmp_path: Path, queue: QueueConfig, error: type[Exception]) -> None:
    here = world(tmp_path)
    with pytest.raises(error):
        here.do(administration(here).add_queue(queue, ANNA))
    assert [each.name for each in here.life.keeper.store.queues()] == ["card"]


def test_a_printer_that_is_taken_into_a_queue_takes_its_waiting_jobs(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"), printers=("left",))
    here.cut("left")
    here.run(5)
    job = here.submit("a")
    here.run(30)
    assert here.state(job) is CardState.QUEUED
    here.do(administration(here).set_queue("card", ANNA, {"printers": ("left", "right")}))
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.card(job).printer == "right"


def test_a_changed_queue_wakes_its_printers_those_that_it_had_and_those_that_it_has(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"), printers=("left",))
    with mock.patch.object(PrinterWorker, "wake", autospec=True) as wake:
        here.do(administration(here).set_queue("card", ANNA, {"printers": ("right",)}))
    assert {call.args[0].name for call in wake.call_args_list} == {"left", "right"}


def test_hours_that_are_none_keep_a_store_from_being_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        world(tmp_path, hours="always")
    assert caught.value.where == "queue.card.hours"
