"""Documents of one job that come from two sides at once: any store takes each place once, and makes the cards once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from printserver.errors import NotPossibleNow, StoreConflict
from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.store.contract import AddCards, AddDocument, Change, JobStore, JobWish, NewCard, NewJob
from tests.contract.store_kit import KEY, a_document, a_job

CARDS = AddCards((NewCard(),), documents=1)
LAST = JobWish(incoming=False)


@pytest.fixture
def job(store: JobStore) -> Job:
    """A job that waits for its second document."""
    opened = store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, incoming=True))
    return store.apply(opened.id, [AddDocument(a_document(), 1)])


@pytest.mark.parametrize("changes", [
    [AddDocument(a_document(), 1)], [AddDocument(a_document(), 3)],
    [AddCards((NewCard(),), documents=2), LAST], [AddDocument(a_document(), 2), CARDS, LAST],
])  # fmt: skip
def test_what_was_made_of_other_documents_is_refused_whole(
    store: JobStore, job: Job, changes: Sequence[Change]
) -> None:
    with pytest.raises(StoreConflict):
        store.apply(job.id, changes)
    assert store.job(job.id) == job


def test_what_was_made_of_these_documents_is_taken(store: JobStore, job: Job) -> None:
    both = AddCards((NewCard(front=1, back=2),), documents=2)
    closed = store.apply(job.id, [AddDocument(a_document(), 2), both, LAST])
    assert (len(closed.documents), len(closed.cards), closed.incoming) == (2, 1, False)


def test_a_job_is_given_its_cards_once(store: JobStore, job: Job) -> None:
    store.apply(job.id, [CARDS, LAST])
    with pytest.raises(NotPossibleNow):
        store.apply(job.id, [CARDS, LAST])
    assert len(store.job(job.id).cards) == 1


def test_a_job_that_came_whole_is_given_no_further_cards(store: JobStore) -> None:
    whole = store.add_job(a_job())
    with pytest.raises(NotPossibleNow):
        store.apply(whole.id, [CARDS])
