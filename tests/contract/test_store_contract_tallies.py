"""Who had how many cards, and quotas: counted as they are ordered, given back, and nameless after the purge."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from printserver.errors import QuotaExceeded
from printserver.lifecycle import CardEvent
from printserver.model.holding import HeldFor
from printserver.model.job import JobState
from printserver.model.quota import Holder, Limit, Over, Quota
from printserver.model.ticket import Ticket
from printserver.store.contract import AddCards, AddDocument, Change, JobStore, NewCard, NewJob
from tests.contract.store_kit import COMMITTED, Shelf, a_document, a_job, led, with_queues

ANI = Ticket(name="badge", user="Ani", department="HR")
SINCE = 900_000.0


def limit(cards: int, over: Over = Over.REFUSE, holder: Holder = Holder.USER, who: str = "ani") -> Limit:
    return Limit(quota=Quota(name="staff", holder=holder, who="*", cards=cards, over=over), who=who, since=SINCE)


def counts(store: JobStore, holder: Holder = Holder.USER) -> dict[str, tuple[int, int, int]]:
    found = store.tallies.counts(holder, None, None)
    return {each.name: (each.ordered, each.good, each.spoiled) for each in found}


def ordered(copies: int, *limits: Limit, ticket: Ticket = ANI) -> NewJob:
    return replace(a_job(ticket, copies=copies), limits=limits)


def test_good_and_spoiled_are_counted_for_user_and_department(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    job = store.add_job(a_job(ANI, copies=4))
    store.add_job(a_job(Ticket(user="budi")))
    led(store, job, *COMMITTED, CardEvent.DONE, number=1)
    led(store, job, *COMMITTED, CardEvent.SPOIL, CardEvent.RETRY, number=2)
    led(store, job, CardEvent.CANCEL, number=3)
    led(store, job, *COMMITTED, CardEvent.DONE, CardEvent.REJECT, number=4)
    assert counts(store) == {"Ani": (3, 1, 2), "budi": (1, 0, 0)}
    assert counts(store, Holder.DEPARTMENT) == {"HR": (3, 1, 2)}
    assert list(store.tallies.counts(Holder.USER, shelf.clock.now + 4000, None)) == []
    assert list(store.tallies.counts(Holder.USER, None, shelf.clock.now - 4000)) == []


def test_the_purge_leaves_the_numbers_and_takes_the_name(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    job = led(store, store.add_job(a_job(ANI)), *COMMITTED, CardEvent.DONE)
    store.purge(job.id)
    assert counts(store) == {"": (1, 1, 0)}


def test_a_job_beyond_the_quota_is_refused_whole(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.add_job(ordered(6, limit(10)))
    with pytest.raises(QuotaExceeded, match="quota staff: 10 cards a month, and with this job it would be 11"):
        store.add_job(ordered(5, limit(10), ticket=Ticket(user="ANI")))
    assert counts(store)["Ani"][0] == 6, "a refused job counts nothing"
    last = store.add_job(ordered(4, limit(10)))
    with pytest.raises(QuotaExceeded):
        store.add_job(ordered(1, limit(10)))
    led(store, last, CardEvent.CANCEL)
    assert store.add_job(ordered(1, limit(10))).state is JobState.PENDING
    with pytest.raises(QuotaExceeded):
        store.add_job(ordered(1, limit(100), limit(10, holder=Holder.DEPARTMENT, who="hr")))


def test_what_was_ordered_before_the_period_does_not_count(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.add_job(ordered(10, limit(10)))
    shelf.clock.now += 10_000
    assert store.add_job(ordered(10, replace(limit(10), since=shelf.clock.now - 1800))).id


def test_a_job_beyond_the_quota_may_be_held_with_the_reason(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    job = store.add_job(ordered(11, limit(10, Over.HOLD)))
    assert (job.state, job.held_for) == (JobState.HELD, HeldFor.QUOTA)
    assert store.job(job.id) == job
    [row] = [row for row in store.job_events(job.id) if row.what == "held"]
    assert (row.data["by"], row.data["note"]) == (
        "server", "quota staff: 10 cards a month, and with this job it would be 11",
    )  # fmt: skip


@pytest.mark.parametrize("over", Over)
def test_cards_of_documents_that_come_one_by_one_are_counted_too(shelf: Shelf, over: Over) -> None:
    store = with_queues(shelf.open())
    job = store.add_job(NewJob(queue="card", ticket=ANI, key=bytes(range(32)), incoming=True, limits=(limit(1),)))
    two = AddCards((NewCard(),) * 2, documents=1, limits=(limit(1, over),))
    changes: list[Change] = [AddDocument(a_document()), two]
    if over is Over.REFUSE:
        with pytest.raises(QuotaExceeded):
            store.apply(job.id, changes)
        assert counts(store) == {}
    else:
        assert store.apply(job.id, changes).held_for is HeldFor.QUOTA
        assert counts(store) == {"Ani": (2, 0, 0)}
