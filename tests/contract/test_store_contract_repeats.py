"""What every store promises of jobs that are sent again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from printserver.errors import KeyReused
from printserver.lifecycle import CardEvent
from printserver.model.job import JobState
from printserver.model.printer import Duplicates
from printserver.model.ticket import Ticket
from printserver.store.contract import (
    AddCards,
    AddDocument,
    AlreadyAccepted,
    Change,
    JobStore,
    JobWish,
    NewCard,
    NewJob,
    Sent,
)
from tests.contract.store_kit import KEY, Shelf, a_document, a_job, a_step, with_queues

KEYED = Sent(content="c1", key="badge-1", client="192.0.2.7", duplicates=Duplicates.WARN)
ALIKE = Sent(content="c1", client="192.0.2.7", duplicates=Duplicates.WARN)


def sent(sending: Sent, *, user: str = "eve", queue: str = "card") -> NewJob:
    return replace(a_job(Ticket(user=user), queue=queue), sent=sending)


# keys


def test_a_job_sent_again_under_its_key_is_the_same_job(store: JobStore) -> None:
    job = store.add_job(sent(KEYED))
    with pytest.raises(AlreadyAccepted) as again:
        store.add_job(sent(KEYED))
    assert again.value.job == job.id
    assert store.sent_before("card", "eve", KEYED) == job.id


def test_a_repeat_leaves_nothing(store: JobStore, shelf: Shelf) -> None:
    store.add_job(sent(KEYED))
    before = store.last_event()
    with pytest.raises(AlreadyAccepted):
        store.add_job(sent(KEYED))
    assert store.last_event() == before
    assert shelf.rows("select count(*) from jobs") == [(1,)]


def test_another_job_under_the_key_is_refused(store: JobStore) -> None:
    job = store.add_job(sent(KEYED))
    for ask in (lambda: store.add_job(sent(replace(KEYED, content="c2"))),
                lambda: store.sent_before("card", "eve", replace(KEYED, content="c2"))):  # fmt: skip
        with pytest.raises(KeyReused, match=f"job {job.id} "):
            ask()


def test_a_key_belongs_to_its_owner_and_its_queue(store: JobStore) -> None:
    first = store.add_job(sent(KEYED)).id
    assert store.add_job(sent(KEYED, user="mallory")).id != first
    assert store.add_job(sent(KEYED, queue="badge")).id != first
    assert store.sent_before("card", "trent", KEYED) is None


def test_a_key_is_known_after_a_restart(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    job = store.add_job(sent(KEYED)).id
    store.close()
    again = shelf.open()
    assert again.sent_before("card", "eve", KEYED) == job
    again.close()


def test_a_key_is_known_after_its_job_is_over_and_purged(store: JobStore) -> None:
    job = store.add_job(sent(KEYED))
    store.apply(job.id, [a_step(job, CardEvent.CANCEL)])
    store.purge(job.id)
    assert store.sent_before("card", "eve", KEYED) == job.id


def test_a_key_holds_for_a_job_whose_documents_are_still_to_come(store: JobStore) -> None:
    incoming = NewJob(queue="card", ticket=Ticket(user="eve"), key=KEY, incoming=True, sent=KEYED)
    job = store.add_job(incoming)
    with pytest.raises(AlreadyAccepted):
        store.add_job(incoming)
    cards = AddCards((NewCard(),), replace(KEYED, key=""))
    changes: list[Change] = [AddDocument(a_document()), cards, JobWish(incoming=False)]
    assert store.apply(job.id, changes).duplicate_of is None
    assert store.sent_before("card", "eve", KEYED) == job.id


def test_neither_key_nor_address_nor_name_stands_in_the_store(store: JobStore, shelf: Shelf) -> None:
    store.add_job(sent(KEYED, user="eve-the-first"))
    kept = shelf.files()
    for word in (b"badge-1", b"192.0.2.7", b"eve-the-first"):
        assert word not in kept


# likeness


def test_a_keyless_repeat_within_ten_minutes_is_marked(store: JobStore, shelf: Shelf) -> None:
    first = store.add_job(sent(ALIKE))
    assert (first.duplicate_of, first.reasons) == (None, ("none",))
    shelf.clock.now += 600
    second = store.add_job(sent(ALIKE))
    assert (second.state, second.reasons, second.duplicate_of) == (JobState.PENDING, ("possible-duplicate",), first.id)
    assert store.job(second.id) == second
    assert [event.data["duplicate-of"] for event in store.events(0, 99) if event.what == "accepted"] == [None, first.id]


def test_after_ten_minutes_it_is_another_card(store: JobStore, shelf: Shelf) -> None:
    store.add_job(sent(ALIKE))
    shelf.clock.now += 600.5
    assert store.add_job(sent(ALIKE)).duplicate_of is None


@pytest.mark.parametrize("other", [
    sent(replace(ALIKE, content="c2")), sent(replace(ALIKE, client="192.0.2.8")), sent(ALIKE, queue="badge"),
    sent(replace(ALIKE, key="own")), sent(replace(ALIKE, duplicates=Duplicates.OFF)), sent(replace(ALIKE, client="")),
])  # fmt: skip
def test_what_differs_is_no_duplicate(store: JobStore, other: NewJob) -> None:
    store.add_job(sent(ALIKE))
    assert store.add_job(other).duplicate_of is None


def test_a_job_without_a_client_is_like_none(store: JobStore) -> None:
    for _ in range(2):
        assert store.add_job(sent(replace(ALIKE, client=""))).duplicate_of is None


def test_a_cancelled_job_is_no_reason_to_doubt_the_next(store: JobStore) -> None:
    job = store.add_job(sent(ALIKE))
    store.apply(job.id, [a_step(job, CardEvent.CANCEL)])
    assert store.add_job(sent(ALIKE)).duplicate_of is None


def test_a_queue_may_hold_duplicates(store: JobStore) -> None:
    holding = replace(ALIKE, duplicates=Duplicates.HOLD)
    assert store.add_job(sent(holding)).state is JobState.PENDING
    second = store.add_job(sent(holding))
    assert (second.state, second.hold) == (JobState.HELD, True)
    assert second.reasons == ("job-hold-until-specified", "possible-duplicate")
    released = store.apply(second.id, [JobWish(hold=False)])
    assert (released.state, released.reasons) == (JobState.PENDING, ("possible-duplicate",))


def test_a_job_sent_document_by_document_is_known_when_they_are_there(store: JobStore) -> None:
    first = store.add_job(sent(ALIKE))
    unknown = replace(ALIKE, content="c0")
    incoming = NewJob(queue="card", ticket=Ticket(user="eve"), key=KEY, incoming=True, sent=unknown)
    job = store.add_job(incoming)
    assert job.duplicate_of is None
    closed = store.apply(
        job.id, [AddDocument(a_document()), AddCards((NewCard(),), ALIKE), JobWish(incoming=False)]
    )
    assert closed.duplicate_of == first.id
    assert "possible-duplicate" in closed.reasons
    assert [event.what for event in store.job_events(job.id)].count("possible-duplicate") == 1
