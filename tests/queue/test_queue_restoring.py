"""A store that is older than what was printed since: nothing of it is printed on doubt, and no counter settles it."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.lifecycle import CardEvent
from printserver.model.chain import Head
from printserver.model.job import CardState, JobState
from printserver.queue.doubts import was_restored
from printserver.queue.restoring import SKIPPED_NUMBERS, doubt_all, is_older
from printserver.queue.views import Verdict
from printserver.store.contract import JobStore
from tests.contract.store_kit import (
    COMMITTED,
    PRINTED,
    RENDERED,
    STARTED,
    SqliteShelf,
    a_job,
    card,
    led,
    with_queues,
)
from tests.queue.queue_kit import ANNA, world


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return with_queues(SqliteShelf(tmp_path).open())


UNFINISHED = {
    "queued": (), "rendering": RENDERED[:1], "ready": RENDERED, "printing": STARTED, "committed": COMMITTED,
    "blocked": (*STARTED, CardEvent.BLOCK), "blocked, committed": (*COMMITTED, CardEvent.BLOCK),
    "spoiled": (*COMMITTED, CardEvent.SPOIL), "in doubt": (*COMMITTED, CardEvent.DOUBT),
}  # fmt: skip


@pytest.mark.parametrize("way", UNFINISHED)
def test_every_card_that_is_not_final_is_in_doubt(store: JobStore, way: str) -> None:
    job = led(store, store.add_job(a_job()), *UNFINISHED[way])
    assert doubt_all(store, "a test") == 1
    found = card(store.job(job.id))
    assert found.state is CardState.UNCERTAIN
    if way != "in doubt":
        assert found.reason is not None
        assert found.reason.code == "restored"
    assert was_restored(found, store.job_events(job.id))
    assert store.job(job.id).state is JobState.STOPPED
    assert store.claim("p", ["card"]) is None


def test_what_is_final_stays_and_the_journal_tells_how_many_are_in_doubt(store: JobStore) -> None:
    done = led(store, store.add_job(a_job()), *PRINTED)
    store.add_job(a_job(copies=2))
    assert doubt_all(store, "a test") == 2
    assert card(store.job(done.id)).state is CardState.DONE
    last = store.events(store.last_event() - 1, 1)[0]
    assert (last.kind, last.what, last.data) == ("server", "restored", {"note": "a test", "cards": 2})
    assert doubt_all(store, "again") == 2


def test_a_number_that_was_given_since_is_not_given_again(store: JobStore) -> None:
    assert store.add_job(a_job()).id == 1
    doubt_all(store, "a test")
    assert store.add_job(a_job()).id == 2 + SKIPPED_NUMBERS
    assert store.add_job(a_job()).id == 3 + SKIPPED_NUMBERS


def test_numbers_are_skipped_also_before_the_first_job(store: JobStore) -> None:
    store.skip_job_numbers(10)
    assert store.add_job(a_job()).id == 11


def test_the_device_is_not_asked_about_a_card_that_was_in_doubt_before(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.cut()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    doubt_all(here.life.keeper.store, "a test")
    here.kill()
    here.mend()
    here.run(120)
    assert (here.out(), here.state(job)) == (1, CardState.UNCERTAIN)


def test_a_store_is_older_when_it_lacks_the_row_of_a_kept_head(store: JobStore) -> None:
    store.add_job(a_job())
    head = store.head()
    assert head is not None
    store.add_job(a_job())
    assert not is_older(store, [])
    assert not is_older(store, [head])
    assert not is_older(store, [Head(node="there", id=99, at=0.0, hash="x")])
    assert is_older(store, [Head(node="here", id=head.id, at=0.0, hash="another")])
    assert is_older(store, [Head(node="here", id=head.id + 50, at=0.0, hash=head.hash)])


def test_nothing_is_printed_before_a_person_releases_it(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.cut()
    job = here.submit()
    doubt_all(here.life.keeper.store, "a test")
    here.kill()
    here.mend()
    here.run(120)
    assert (here.out(), here.state(job)) == (0, CardState.UNCERTAIN)
    here.do(here.service.settle(job.id, 1, Verdict.QUEUED, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


def test_the_device_is_not_asked_about_a_card_of_an_older_store(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    doubt_all(here.life.keeper.store, "a test")
    here.kill()  # the printer goes on: its counter will have moved by one, but other cards may have moved it
    here.run(120)
    assert (here.out(), here.state(job)) == (1, CardState.UNCERTAIN)
