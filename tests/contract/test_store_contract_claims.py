"""Which jobs a claim leaves out when its queue is about to pause, or holds what is new."""

from __future__ import annotations

import msgspec

from printserver.model.job import JobState
from printserver.store.contract import JobStore, JobWish
from tests.contract.store_kit import PRINTER, a_job


def claimed(store: JobStore) -> tuple[int, int] | None:
    claim = store.claim(PRINTER, ["card"])
    return None if claim is None else (claim.job.id, claim.card.number)


def test_only_the_named_jobs_are_claimed_where_some_are_named(store: JobStore) -> None:
    for _ in range(3):
        store.add_job(a_job())
    claim = store.claim(PRINTER, ["card"], (), (2, 3))
    assert claim is not None
    assert claim.job.id == 2
    assert store.claim(PRINTER, ["card"], (3,), (2, 3)) is None
    assert claimed(store) == (1, 1)


def test_a_job_that_its_queue_holds_is_not_claimed_until_it_is_released(store: JobStore) -> None:
    job = store.add_job(msgspec.structs.replace(a_job(), hold=True))
    assert (job.hold, job.ticket.hold, job.state) == (True, False, JobState.HELD)
    assert claimed(store) is None
    store.apply(job.id, [JobWish(hold=False)])
    assert claimed(store) == (1, 1)
