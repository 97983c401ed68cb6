"""What operators do with a whole queue: closed, holding, ending, out of use, reordered, purged."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.errors import BadTicket, DocumentPurged, NotAccepting, NotPossibleNow, StoreFull
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import QueueNotes
from printserver.model.ticket import Ticket
from printserver.queue.administering import Administration
from printserver.queue.views import IncomingDocument, Submission
from tests.queue.queue_kit import ANNA, JPEG, World, world


def office(here: World) -> Administration:
    """The administration of the present life."""
    return Administration(here.life.keeper, here.life.board, here.service)


def finished(here: World, *jobs: Job) -> None:
    for job in jobs:
        here.run_until(lambda job=job: here.job(job).state.final)  # type: ignore[misc]  # the loop's own job


# closed, holding


def test_a_closed_queue_takes_no_job_and_prints_those_it_has(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    assert not here.do(office(here).change("card", ANNA, accepting=False)).config.accepting
    with pytest.raises(NotAccepting):
        here.submit("b")
    finished(here, job)
    here.kill()
    with pytest.raises(NotAccepting):
        here.submit("b")
    here.do(office(here).change("card", ANNA, accepting=True))
    finished(here, here.submit("b"))
    assert here.out("b") == 1


def test_new_jobs_are_held_and_released_together_but_not_those_that_somebody_held(tmp_path: Path) -> None:
    here = world(tmp_path)
    asked, stopped = here.submit("a", hold=True), here.submit("b", not_before=here.wall() + 1e6)
    here.do(here.service.hold(stopped.id, ANNA))
    here.do(office(here).change("card", ANNA, hold_new=True))
    new, taken = here.submit("c"), here.submit("d")
    here.do(here.service.release(taken.id, ANNA))
    here.do(here.service.hold(taken.id, ANNA))
    assert here.job(new).state is JobState.HELD
    here.kill()
    here.do(office(here).release_held_new("card", ANNA))
    assert [here.job(each).hold for each in (asked, stopped, new, taken)] == [True, True, False, True]
    finished(here, new)
    assert not here.submit("e").hold


def test_what_is_said_of_a_queue_is_kept(tmp_path: Path) -> None:
    here = world(tmp_path)
    notes = QueueNotes(location="2nd floor", geo="geo:-6.2,106.8")
    here.do(office(here).change("card", ANNA, notes=notes))
    assert here.do(office(here).change("card", ANNA, accepting=False)).config.notes == notes
    here.kill()
    assert here.service.queue("card").config.notes == notes


# ending, out of use


def test_a_pause_after_the_present_job_finishes_that_job_and_no_other(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit("a", copies=3), here.submit("b", priority=1)
    here.run_until(here.in_state(job, CardState.PRINTING))
    assert here.do(office(here).pause_after_current("card", ANNA)).ending
    later = here.submit("c", priority=100)
    finished(here, job)
    here.run(60)
    view = here.service.queue("card")
    assert (view.config.paused, view.ending) == (True, False)
    assert (here.out("a"), here.out("b"), here.out("c")) == (3, 0, 0)
    here.do(here.service.resume("card", ANNA))
    finished(here, other, later)


def test_what_was_prepared_behind_the_present_job_is_given_back(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(other, CardState.READY))
    here.do(office(here).pause_after_current("card", ANNA))
    finished(here, job)
    here.run(30)
    assert here.state(other) is CardState.QUEUED
    assert here.out("b") == 0


def test_nothing_more_is_printed_though_the_pause_itself_cannot_be_kept(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(other, CardState.READY))
    here.do(office(here).pause_after_current("card", ANNA))

    def full(call: str) -> None:
        if call == "put_queue":
            raise StoreFull

    here.life.keeper.before = full
    finished(here, job)
    here.run(60)
    assert (here.out("b"), here.state(other)) == (0, CardState.QUEUED)
    here.life.keeper.before = lambda call: None
    here.do(here.service.resume("card", ANNA))
    finished(here, other)


def test_without_a_present_job_the_pause_comes_at_once(tmp_path: Path) -> None:
    here = world(tmp_path)
    assert here.do(office(here).pause_after_current("card", ANNA)).config.paused


def test_a_resume_takes_the_coming_pause_back(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(job, CardState.PRINTING))
    here.do(office(here).pause_after_current("card", ANNA))
    here.do(here.service.resume("card", ANNA))
    finished(here, job, other)
    assert not here.service.queue("card").config.paused


def test_a_queue_that_is_shut_down_keeps_its_jobs_until_it_is_started(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit("a", hold=True)
    here.do(office(here).change("card", ANNA, hold_new=True))
    here.do(office(here).shut_down("card", ANNA))
    here.do(here.service.release(job.id, ANNA))
    with pytest.raises(NotAccepting):
        here.submit("b")
    here.kill()
    here.run(30)
    assert here.out("a") == 0
    config_now = here.do(office(here).start_up("card", ANNA)).config
    assert (config_now.accepting, config_now.paused, config_now.hold_new, config_now.shut_down) == (
        True, False, False, False
    )  # fmt: skip
    finished(here, job)


def test_who_resumes_a_queue_on_a_page_has_it_in_use_again(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(office(here).shut_down("card", ANNA))
    assert not here.do(here.service.resume("card", ANNA)).config.shut_down


# order


def test_a_job_is_moved_to_the_front_and_behind_another(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(here.service.pause("card", ANNA))
    jobs = [here.submit(name) for name in "abc"]
    here.do(office(here).schedule(jobs[2].id, None, ANNA))
    here.do(office(here).schedule(jobs[0].id, jobs[1].id, ANNA))
    here.do(here.service.resume("card", ANNA))
    finished(here, *jobs)
    assert [bytes(each) for each in here.printer.out] == [b"c", b"b", b"a"]


def test_behind_what_is_being_printed_is_before_all_that_wait(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, _, third, fourth = (here.submit(name) for name in "abcd")
    here.run_until(here.in_state(first, CardState.PRINTING))
    here.do(office(here).schedule(fourth.id, first.id, ANNA))
    assert here.job(fourth).ticket.priority > here.job(third).ticket.priority


def test_a_finished_job_is_not_moved_and_nothing_is_moved_behind_it(tmp_path: Path) -> None:
    here = world(tmp_path)
    old = here.submit("a")
    finished(here, old)
    waiting = here.submit("b", hold=True)
    for job, after in ((old.id, None), (waiting.id, old.id), (waiting.id, waiting.id)):
        with pytest.raises(NotPossibleNow):
            here.do(office(here).schedule(job, after, ANNA))


def test_the_present_job_is_the_one_in_a_printer(tmp_path: Path) -> None:
    here = world(tmp_path)
    assert here.do(office(here).current("card")) is None
    job = here.submit("a")
    here.submit("b")
    here.run_until(here.in_state(job, CardState.PRINTING))
    current = here.do(office(here).current("card"))
    assert current is not None
    assert current.id == job.id


# many


def test_a_purge_cancels_what_waits_spares_the_card_in_the_device_and_leaves_the_journal(tmp_path: Path) -> None:
    here = world(tmp_path)
    done = here.submit("a")
    finished(here, done)
    printing, waiting = here.submit("b", copies=2), here.submit("c", hold=True)
    here.run_until(here.in_state(printing, CardState.PRINTING))
    here.do(office(here).purge("card", ANNA))
    assert here.job(done).purged
    assert here.job(waiting).state is JobState.CANCELED
    assert here.story(done)
    finished(here, printing)
    assert here.out("b") == 1
    assert not here.job(printing).purged
    with pytest.raises(DocumentPurged):
        here.do(here.service.reprint(done.id, ANNA))


def test_several_are_cancelled_whatever_finished_meanwhile(tmp_path: Path) -> None:
    here = world(tmp_path)
    old = here.submit("a")
    finished(here, old)
    held = here.submit("b", hold=True)
    here.do(office(here).cancel_all([old.id, held.id], ANNA))
    assert here.job(held).state is JobState.CANCELED


# pages and proofs


def test_a_proof_makes_its_cards_and_the_job_after_it_all_copies(tmp_path: Path) -> None:
    here = world(tmp_path)
    proof = here.submit("a", copies=3, proof=1)
    assert len(proof.cards) == 1
    finished(here, proof)
    again = here.do(here.service.reprint(proof.id, ANNA))
    assert (len(again.cards), again.ticket.proof, again.ticket.reprint_of) == (3, None, proof.id)
    other = here.do(here.service.reprint(proof.id, ANNA, changes={"copies": 2, "hold": True}))
    assert (len(other.cards), other.hold) == (2, True)


def test_only_the_chosen_pages_are_printed(tmp_path: Path) -> None:
    here = world(tmp_path)
    both = tuple(IncomingDocument(data=JPEG + name) for name in (b"a", b"b"))
    ticket = Ticket(pages=("2-9",))
    job = here.do(here.service.submit(Submission(ticket=ticket, documents=both)))
    assert [(card.front, card.back) for card in job.cards] == [(2, None)]
    finished(here, job)
    assert (here.out("a"), here.out("b")) == (0, 1)
    with pytest.raises(BadTicket) as refused:
        here.do(here.service.submit(Submission(ticket=Ticket(pages=("3-3",)), documents=both)))
    assert refused.value.where == "pages"
