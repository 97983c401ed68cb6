"""A wish to print a job again that is sent twice: under its key it gives the same new job, and no second card."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.errors import BadRequest, DocumentPurged, KeyReused, NotPossibleNow
from printserver.model.job import Job
from printserver.queue.retention import Retention
from tests.queue.queue_kit import ANNA, World, world
from tests.queue.test_queue_doors import blobs
from tests.queue.test_queue_repeats import submission

EVE = {"user": "eve"}


def over(here: World) -> Job:
    """Return a job whose cards are out."""
    job = here.submit()
    here.run_until(lambda: here.job(job).state.final)
    return job


def test_the_same_wish_under_its_key_is_one_job_also_after_a_restart(tmp_path: Path) -> None:
    here = world(tmp_path)
    old = over(here)
    again = here.do(here.service.reprint(old.id, ANNA, key="again-1"))
    kept = blobs(here)
    assert here.do(here.service.reprint(old.id, ANNA, key="again-1")).id == again.id
    here.run_until(lambda: here.job(again).state.final)
    here.kill()
    assert here.do(here.service.reprint(old.id, ANNA, key="again-1")).id == again.id
    assert blobs(here) <= kept
    here.run(60)
    assert here.out() == 2  # the first job's card, and one more


def test_another_key_or_none_is_another_job(tmp_path: Path) -> None:
    here = world(tmp_path)
    old = over(here)
    keys = ("a", "b", "", "")
    assert len({here.do(here.service.reprint(old.id, ANNA, key=key)).id for key in keys}) == len(keys)


def test_another_wish_under_the_key_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    here = world(tmp_path)
    old, other = over(here), over(here)
    here.do(here.service.reprint(old.id, ANNA, key="k"))
    kept, jobs = blobs(here), len(here.jobs())
    for work in (
        here.service.reprint(other.id, ANNA, key="k"), here.service.reprint(old.id, ANNA, copies=2, key="k"),
        here.service.reprint(old.id, ANNA, changes={"hold": True}, key="k"), here.service.submit(submission(key="k")),
    ):  # fmt: skip
        with pytest.raises(KeyReused):
            here.do(work)
    assert (blobs(here), len(here.jobs())) == (kept, jobs)


def test_a_job_that_was_sent_under_the_key_is_no_reprint(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(submission(key="k")))
    with pytest.raises(KeyReused):
        here.do(here.service.reprint(job.id, ANNA, key="k"))


def test_a_key_belongs_to_the_owner_of_the_new_job_and_its_queue(tmp_path: Path) -> None:
    here = world(tmp_path)
    old = over(here)
    first = here.do(here.service.reprint(old.id, ANNA, key="k"))
    hers = here.do(here.service.reprint(old.id, ANNA, changes=EVE, key="k"))
    assert first.id != hers.id
    assert here.do(here.service.reprint(old.id, ANNA, changes=EVE, key="k")).id == hers.id


def test_a_wish_is_known_when_the_old_job_is_open_again(tmp_path: Path) -> None:
    here = world(tmp_path)
    old = over(here)
    again = here.do(here.service.reprint(old.id, ANNA, key="k", final=True))
    here.do(here.service.reject(old.id, 1, ANNA))
    assert not here.job(old).state.final
    assert here.do(here.service.reprint(old.id, ANNA, key="k", final=True)).id == again.id
    with pytest.raises(NotPossibleNow):
        here.do(here.service.reprint(old.id, ANNA, key="other", final=True))


def test_a_wish_is_known_when_the_old_documents_are_gone(tmp_path: Path) -> None:
    here = world(tmp_path, retention=0)
    old = over(here)
    hers = here.do(here.service.reprint(old.id, ANNA, changes=EVE, key="k"))
    here.do(here.service.reprint(old.id, ANNA, key="nobody's"))
    here.run(600)
    here.do(Retention(here.life.keeper).purge())
    assert here.job(old).purged
    assert here.do(here.service.reprint(old.id, ANNA, changes=EVE, key="k")).id == hers.id
    with pytest.raises(DocumentPurged):  # whose key it was went with the old ticket
        here.do(here.service.reprint(old.id, ANNA, key="nobody's"))


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    here = world(tmp_path)
    with pytest.raises(BadRequest, match="idempotency-key"):
        here.do(here.service.reprint(over(here).id, ANNA, key="two\nlines"))
