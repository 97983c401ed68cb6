"""Whose jobs are: asked for many at once, and read from what names the owner alone."""

from __future__ import annotations

from printserver.lifecycle import CardEvent
from printserver.model.ticket import Ticket
from printserver.store.contract import JobStore
from tests.contract.store_kit import KEY, a_job, a_step


def test_owners_are_told_by_number(store: JobStore) -> None:
    jobs = [store.add_job(a_job(Ticket(user=user), key=KEY)).id for user in ("eve", "anna", "eve", "")]
    assert store.owners(jobs) == dict(zip(jobs, ("eve", "anna", "eve", ""), strict=True))
    assert store.owners(jobs[1:2]) == {jobs[1]: "anna"}


def test_what_is_no_job_is_nobodys_and_no_error(store: JobStore) -> None:
    job = store.add_job(a_job(Ticket(user="eve"))).id
    assert store.owners([job, job + 1]) == {job: "eve"}
    assert store.owners([]) == {}


def test_more_owners_than_one_statement_can_name(store: JobStore) -> None:
    job = store.add_job(a_job(Ticket(user="eve"))).id
    assert store.owners(range(job, job + 1200)) == {job: "eve"}


def test_a_purged_job_is_nobodys(store: JobStore) -> None:
    job = store.add_job(a_job(Ticket(user="eve")))
    store.apply(job.id, [a_step(job, CardEvent.CANCEL)])
    store.purge(job.id)
    assert store.owners([job.id]) == {job.id: ""}
