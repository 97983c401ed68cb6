"""A card that is ruined too often: its job is held for a person, and the queue stops or goes on."""

from dataclasses import replace
from pathlib import Path

import pytest

from printserver.dialogue import Dialogue
from printserver.driver import Capabilities, Outcome, Spoiled
from printserver.errors import NotPossibleNow
from printserver.model.holding import HeldFor
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import Identity, PrinterState
from printserver.queue.views import Verdict
from printserver.store.contract import JobQuery
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, World, config, world


def is_held(here: World, job: Job) -> bool:
    return here.job(job).held_for is HeldFor.ATTEMPTS


def test_a_job_whose_attempts_are_used_up_is_held_and_its_queue_stops(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=2, on_error="stop")
    here.printer.jams = 9
    job, other = here.submit("a"), here.submit("b")
    here.run_until(lambda: is_held(here, job))
    here.run(60)
    assert len(here.card(job).attempts) == 2
    found = here.job(job)
    assert (found.state, found.reasons) == (JobState.HELD, ("job-hold-until-specified", "attempts-used"))
    reason = here.card(job).reason
    assert here.state(job) is CardState.QUEUED
    assert reason is not None
    assert reason.code == "card-jam"
    view = here.service.queue("card")
    assert view.config.paused
    assert view.reason is not None
    assert view.reason.detail == "1/1: card-jam"
    assert "stopped" in [event.what for event in here.events if event.kind == "queue"]
    [held] = [event for event in here.events if event.kind == "job" and event.what == "held"]
    assert (held.data["for"], held.data["by"]) == ("attempts-used", "server")
    assert here.state(other) is CardState.QUEUED
    assert here.do(here.service.resume("card", ANNA)).reason is None


def test_a_queue_that_skips_goes_on_with_the_other_jobs(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=1, on_error="skip")
    here.printer.jams = 1
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))
    assert is_held(here, job)
    assert not here.service.queue("card").config.paused
    assert here.out("a") == 0


def test_a_person_releases_it_for_as_many_attempts_again(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=2, on_error="skip")
    here.printer.jams = 4
    job = here.submit()
    for attempts in (2, 4):
        here.run_until(lambda: is_held(here, job))
        assert len(here.card(job).attempts) == attempts
        assert here.do(here.service.release(job.id, ANNA)).held_for is None
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1
    assert len(here.card(job).attempts) == 5


def test_a_person_cancels_it_instead(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=1, on_error="skip")
    here.printer.jams = 9
    job = here.submit()
    here.run_until(lambda: is_held(here, job))
    assert here.do(here.service.cancel(job.id, ANNA)).state is JobState.CANCELED
    with pytest.raises(NotPossibleNow):
        here.do(here.service.release(job.id, ANNA))


def test_the_other_cards_of_a_held_job_wait_with_it_and_the_one_in_a_printer_is_finished(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"), max_attempts=1, on_error="skip")
    here.printers["left"].jams = 9
    job = here.submit(copies=4)
    here.run_until(lambda: is_held(here, job))
    here.run(60)
    states = [card.state for card in here.job(job).cards]
    assert set(states) == {CardState.QUEUED, CardState.DONE}
    assert here.job(job).state is JobState.HELD
    assert here.out() == states.count(CardState.DONE) < 4


def test_it_stays_held_over_a_restart_and_is_found_by_its_reason(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=1, on_error="skip")
    here.printer.jams = 1
    job, other = here.submit("a"), here.submit("b", hold=True)
    here.run_until(lambda: is_held(here, job))
    here.kill()
    here.run(60)
    query = JobQuery(states=frozenset({JobState.HELD}), held_for=HeldFor.ATTEMPTS)
    assert [each.id for each in here.do(here.service.jobs(query)).jobs] == [job.id]
    assert here.job(other).held_for is None
    assert here.out() == 0


def test_what_a_person_says_of_a_card_is_not_counted_by_the_server(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=1, on_error="skip")
    here.printer.swallows = 1
    job = here.submit()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.do(here.service.settle(job.id, 1, Verdict.SPOILED, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


def test_a_job_that_a_person_held_meanwhile_tells_the_servers_reason_too(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=1, on_error="skip")
    here.printer.jams = 1
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.do(here.service.hold(job.id, ANNA))
    here.run_until(lambda: is_held(here, job))
    assert "attempts-used" in here.job(job).reasons


# where the ruined card is


class Boxless(BenchDriver):
    """Its printer has no reject box: what it ruins may lie among the good cards."""

    def capabilities(self, identity: Identity) -> Capabilities:
        return replace(super().capabilities(identity), reject_box=False)


class Unfed(Boxless):
    """It knows that no card left the feeder."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        outcome = yield from super().outcome(before)
        return Spoiled(outcome.reason, fed=False) if isinstance(outcome, Spoiled) else outcome


def test_without_a_reject_box_a_ruined_card_waits_for_a_person_and_its_printer_too(tmp_path: Path) -> None:
    here = world(tmp_path, driver=Boxless)
    here.printer.jams = 1
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.run(60)
    assert here.printer_state() is PrinterState.STOPPED
    assert len(here.card(job).attempts) == 1
    assert here.out("a") == here.out("b") == 0
    here.do(here.service.settle(job.id, 1, Verdict.SPOILED, ANNA))
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.out("a") == 1


def test_a_restarted_server_does_not_print_it_anew_either(tmp_path: Path) -> None:
    here = world(tmp_path, driver=Boxless)
    here.printer.jams = 1
    job = here.submit("a")
    here.run_until(lambda: here.card(job).committed)
    here.kill()
    here.run(120)
    assert here.state(job) is CardState.UNCERTAIN
    assert here.out("a") == 0


def test_what_never_left_the_feeder_is_printed_anew_by_any_printer(tmp_path: Path) -> None:
    here = world(tmp_path, driver=Unfed)
    here.printer.jams = 1
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out("a") == 1
