"""What every store promises of a job that it accepts, and of one whose documents are still to come."""



import msgspec
import pytest

from printserver.errors import BadRequest, NotPossibleNow, UnknownQueue
from printserver.model.job import CardState, JobState
from printserver.model.printer import Duplicates
from printserver.model.ticket import Ticket
from printserver.store.contract import (
    AddCards,
    AddDocument,
    JobQuery,
    JobStore,
    JobWish,
    NewCard,
    NewJob,
    Sent,
)
from tests.contract.store_kit import (
    KEY,
    Shelf,
    a_document,
    a_job,
    card,
)


def test_an_accepted_job_is_told_whole(store: JobStore, shelf: Shelf) -> None:
    ticket = Ticket(name="Staff card", user="eve", tracks=("A1", "", "3"), copies=2, priority=70)
    document = a_document()
    cards = (NewCard(front=1), NewCard(front=1, back=1))
    job = store.add_job(NewJob(queue="card", ticket=ticket, key=KEY, origin="ipp", documents=(document,), cards=cards))
    assert (job.state, job.reasons, job.ticket, job.queue, job.origin) == (
        JobState.PENDING, ("none",), ticket, "card", "ipp",
    )  # fmt: skip
    assert [(each.number, each.state, each.version, each.front, each.back) for each in job.cards] == [
        (1, CardState.QUEUED, 1, 1, None),
        (2, CardState.QUEUED, 1, 1, 1),
    ]
    assert [(each.number, each.format, each.size, each.sha256) for each in job.documents] == [
        (1, document.format, document.size, document.sha256)
    ]
    assert (job.created, job.changed, job.completed) == (shelf.clock.now, shelf.clock.now, None)
    assert store.job(job.id) == job


@pytest.mark.parametrize(
    "new",
    [
        a_job(copies=3),
        a_job(Ticket(hold=True)),
        msgspec.structs.replace(a_job(), hold=True, said=("sides", "name"), origin="ipp 192.0.2.5"),
        NewJob(queue="card", ticket=Ticket(), key=KEY, incoming=True),
        NewJob(queue="card", ticket=Ticket(), key=KEY, documents=(a_document(), a_document()), incoming=True),
        msgspec.structs.replace(
            a_job(), sent=Sent(content="c", client="192.0.2.5", duplicates=Duplicates.HOLD)
        ),
    ],
)
def test_what_is_told_of_a_new_job_is_what_is_kept_of_it(store: JobStore, new: NewJob) -> None:
    for _ in range(2):  # the second may be like the first
        job = store.add_job(new)
        assert store.job(job.id) == job
    if new.sent is not None:
        assert (job.duplicate_of, job.hold, job.state) == (job.id - 1, True, JobState.HELD)


def test_job_ids_count_up_from_one(store: JobStore) -> None:
    assert [store.add_job(a_job()).id for _ in range(3)] == [1, 2, 3]


def test_a_ticket_that_asks_to_be_held_is_held(store: JobStore) -> None:
    assert store.add_job(a_job(Ticket(hold=True))).state is JobState.HELD


def test_a_job_for_an_unknown_queue_is_refused_and_leaves_nothing(store: JobStore) -> None:
    before = store.last_event()
    with pytest.raises(UnknownQueue):
        store.add_job(a_job(queue="nowhere"))
    assert (store.jobs(JobQuery()).jobs, store.last_event()) == ((), before)


@pytest.mark.parametrize("wrong", [NewCard(front=2), NewCard(front=0), NewCard(front=1, back=2)])
def test_a_card_cannot_name_a_document_that_is_not_there(store: JobStore, wrong: NewCard) -> None:
    with pytest.raises(BadRequest):
        store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, documents=(a_document(),), cards=(wrong,)))
    assert store.jobs(JobQuery()).jobs == ()


def test_an_incoming_job_takes_documents_one_by_one(store: JobStore) -> None:
    job = store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, incoming=True))
    assert (job.state, job.reasons[0], job.cards) == (JobState.HELD, "job-incoming", ())
    store.apply(job.id, [AddDocument(a_document("11" * 16))])
    cards = AddCards((NewCard(front=1, back=2),))
    job = store.apply(job.id, [AddDocument(a_document("22" * 16)), cards, JobWish(incoming=False)])
    assert (job.state, job.incoming, len(job.documents), card(job).back) == (JobState.PENDING, False, 2, 2)
    assert [store.document_blob(job.id, number) for number in (1, 2)] == ["11" * 16, "22" * 16]
    assert store.job(job.id) == job


def test_a_job_that_waits_for_nothing_takes_no_document(store: JobStore) -> None:
    job = store.add_job(a_job())
    with pytest.raises(NotPossibleNow):
        store.apply(job.id, [AddDocument(a_document())])


def test_an_incoming_job_that_is_cancelled_is_over(store: JobStore) -> None:
    job = store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, incoming=True))
    job = store.apply(job.id, [JobWish(cancel=True)])
    assert (job.state, job.completed) == (JobState.CANCELED, job.changed)
    for late in (AddDocument(a_document()), AddCards((NewCard(),))):
        with pytest.raises(NotPossibleNow):
            store.apply(job.id, [late])
