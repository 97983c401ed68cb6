"""A client has only so many unfinished jobs, documents only so much room: more is busy, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.errors import SpoolFull, StoreFull, TooManyJobs
from printserver.model.job import Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, Submission
from printserver.store.spool import sealed_size
from tests.queue.queue_kit import ANNA, JPEG, World, config, world

PICTURE = IncomingDocument(data=JPEG + b"a")


def limited(folder: Path, *, jobs: int = 5000, size: int | None = None) -> World:
    """A world that prints nothing, with limits."""
    here = world(folder)
    here.do(here.service.pause("card", ANNA))
    here.most_jobs, here.most_bytes = jobs, size
    here.kill()
    return here


def send(here: World, client: str = "192.0.2.1", key: str = "", data: bytes = JPEG + b"a") -> Job:
    submission = Submission(
        ticket=Ticket(), documents=(IncomingDocument(data=data),), origin=f"ipp {client}" if client else "folder",
        client=client, key=key,
    )  # fmt: skip
    return here.do(here.service.submit(submission))


def test_a_client_with_enough_jobs_is_told_so_and_others_are_not(tmp_path: Path) -> None:
    here = limited(tmp_path, jobs=2)
    send(here)
    send(here)
    with pytest.raises(TooManyJobs, match="2 jobs"):
        send(here)
    send(here, "192.0.2.2")
    for _ in range(3):
        send(here, "")  # a watched folder
    assert len(here.jobs()) == 6


def test_a_job_that_ends_gives_its_place_back(tmp_path: Path) -> None:
    here = limited(tmp_path, jobs=1)
    job = send(here)
    with pytest.raises(TooManyJobs):
        send(here)
    here.do(here.service.cancel(job.id, ANNA))
    assert here.job(job).state is JobState.CANCELED
    send(here)


def test_a_printed_job_gives_its_place_back(tmp_path: Path) -> None:
    here = world(tmp_path, config())
    here.most_jobs = 1
    here.kill()
    job = send(here)
    here.run(300)
    assert here.job(job).state is JobState.COMPLETED
    send(here)


def test_places_are_known_after_a_crash(tmp_path: Path) -> None:
    here = limited(tmp_path, jobs=2)
    first = send(here)
    send(here)
    here.kill()
    with pytest.raises(TooManyJobs):
        send(here)
    here.do(here.service.cancel(first.id, ANNA))
    send(here)


def test_what_was_not_accepted_has_no_place(tmp_path: Path) -> None:
    here = limited(tmp_path, jobs=1)

    def before(name: str) -> None:
        if name == "add_job":
            raise StoreFull

    here.life.keeper.before = before
    with pytest.raises(StoreFull):
        send(here)
    here.life.keeper.before = lambda name: None
    send(here)


def test_a_repeat_under_its_key_is_given_its_job_and_takes_no_place(tmp_path: Path) -> None:
    here = limited(tmp_path, jobs=1)
    job = send(here, key="badge-1")
    assert send(here, key="badge-1").id == job.id
    here.do(here.service.cancel(job.id, ANNA))
    send(here, key="badge-2")


def test_documents_without_room_wait_outside_until_others_are_thrown_away(tmp_path: Path) -> None:
    size = sealed_size(100_000)
    here = limited(tmp_path, size=2 * size)
    document = JPEG + bytes(100_000 - len(JPEG))
    first = send(here, data=document)
    send(here, data=document)
    with pytest.raises(SpoolFull):
        send(here, data=document)
    here.kill()  # nothing of what was accepted is lost, and the count is the same
    with pytest.raises(SpoolFull):
        send(here, data=document)
    assert len(here.jobs()) == 2
    here.do(here.service.cancel(first.id, ANNA))
    here.life.keeper.spool.remove(here.life.keeper.store.purge(first.id))
    send(here, data=document)
