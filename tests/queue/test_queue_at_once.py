"""Documents of one job that come at the same moment: one is the last, none is lost, no card is made twice."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from printserver.errors import NotPossibleNow
from printserver.model.job import CardState, Job
from printserver.model.ticket import Ticket
from printserver.queue.turns import Turns
from printserver.queue.views import IncomingDocument, Submission
from tests.queue.queue_kit import JPEG, World, world

# A document of which somebody must first be asked how many pages it has.
PAGES = IncomingDocument(data=b"%PDF-1.7\none page")
PICTURE = IncomingDocument(data=JPEG + b"a")


def begun(work: Coroutine[Any, Any, Job]) -> list[Job | Failure]:
    """Begin something and return where its end will stand."""
    ends: list[Job | Failure] = []
    Deferred.fromCoroutine(work).addBoth(ends.append)
    return ends


def opened(here: World, *documents: IncomingDocument) -> Job:
    job = here.do(here.service.submit(Submission(ticket=Ticket(name="a"), incoming=True)))
    for document in documents:
        job = here.do(here.service.add_document(job.id, document, last=False))
    return job


def looks(here: World, count: int) -> list[Deferred[None]]:
    """Let the next looks into documents wait."""
    waits = [Deferred[None]() for _ in range(count)]
    here.renderer.waits = list(waits)
    return waits


def go_on(here: World, waits: list[Deferred[None]]) -> None:
    """End the looks that wait; those that come later do not."""
    here.renderer.waits.clear()
    for wait in waits:
        wait.callback(None)


def came_out(here: World) -> int:
    return sum(len(printer.out) for printer in here.printers.values())


@pytest.mark.parametrize("document", [None, PAGES])
def test_a_job_closed_twice_at_once_is_printed_once(tmp_path: Path, document: IncomingDocument | None) -> None:
    here = world(tmp_path)
    job = opened(here, PAGES)
    waits = looks(here, 2)
    first = begun(here.service.add_document(job.id, None, last=True))
    second = begun(here.service.add_document(job.id, document, last=True))
    go_on(here, waits)
    here.run_until(here.in_state(job, CardState.DONE))
    here.run(60)
    assert (came_out(here), len(here.job(job).cards)) == (1, 1)
    assert isinstance(first[0], Job)
    assert isinstance(second[0], Failure)
    assert second[0].check(NotPossibleNow)


def test_the_same_last_document_sent_again_cancels_nothing(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = opened(here)
    waits = looks(here, 2)
    first = begun(here.service.add_document(job.id, PAGES, last=True))
    second = begun(here.service.add_document(job.id, PAGES, last=True))
    go_on(here, waits)
    here.run_until(here.in_state(job, CardState.DONE))
    assert not here.job(job).cancel
    assert [type(end[0]) for end in (first, second)] == [Job, Failure]


def test_a_document_that_comes_while_the_last_is_looked_into_does_not_take_its_place(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = opened(here)
    [wait] = looks(here, 1)
    last = begun(here.service.add_document(job.id, PAGES, last=True))
    late = begun(here.service.add_document(job.id, PICTURE, last=False))
    wait.callback(None)
    here.run_until(here.in_state(job, CardState.DONE))
    assert [document.format for document in here.job(job).documents] == ["application/pdf"]
    assert [type(end[0]) for end in (last, late)] == [Job, Failure]


def test_jobs_do_not_wait_for_one_another_and_nothing_is_kept_of_those_that_are_over() -> None:
    turns, gate, order = Turns(), Deferred[None](), list[str]()

    async def work(number: int, name: str, wait: Deferred[None] | None = None) -> None:
        async with turns.of(number):
            order.append(f"{name} begins")
            if wait is not None:
                await wait
            order.append(f"{name} ends")

    for coroutine in (work(1, "a", gate), work(1, "b"), work(2, "c")):
        Deferred.fromCoroutine(coroutine)
    assert order == ["a begins", "c begins", "c ends"]
    gate.callback(None)
    assert order[3:] == ["a ends", "b begins", "b ends"]
    assert turns._locks == {}
