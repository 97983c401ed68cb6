"""What every store promises of calls that share one transaction: each counts alone, all are kept at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from traceback import extract_stack
from unittest.mock import patch

from msgspec.structs import replace
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from printserver.errors import BadRequest, UnknownQueue
from printserver.lifecycle import CardEvent
from printserver.model.event import NewEvent
from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.store.contract import AlreadyAccepted, JobStore, JobWish, NewCard, Sent
from tests.contract.store_kit import PRINTED, Shelf, a_job, a_step, broken_link, led, with_queues

KEYED = Sent(content="c1", key="badge-1", client="192.0.2.7")


def jobs_in(shelf: Shelf) -> list[tuple[object, ...]]:
    return shelf.rows("select id from jobs order by id")


def test_each_is_given_what_it_would_be_given_alone(store: JobStore, shelf: Shelf) -> None:
    first, unknown, second, noted = store.together([
        partial(store.add_job, a_job(Ticket(name="first"))),
        partial(store.add_job, a_job(queue="nowhere")),
        partial(store.add_job, a_job(Ticket(name="second"))),
        partial(store.note, NewEvent(kind="server", subject="here", what="started")),
    ])  # fmt: skip
    assert isinstance(first, Job)
    assert isinstance(second, Job)
    assert isinstance(unknown, UnknownQueue)
    assert [store.job(each.id).name for each in (first, second)] == ["first", "second"]
    assert jobs_in(shelf) == [(first.id,), (second.id,)]
    assert store.events(store.last_event() - 1, 10) == [noted]
    assert broken_link(store) is None


def test_what_is_on_disk_is_told_whatever_the_log_says(store: JobStore, shelf: Shelf) -> None:
    job = led(store, store.add_job(a_job()), *PRINTED)
    connect = Engine.raw_connection

    def none_for_the_log(engine: Engine) -> object:
        if any(frame.name == "empty_log" for frame in extract_stack()):
            raise PoolTimeout("none left")
        return connect(engine)

    with patch.object(Engine, "raw_connection", none_for_the_log):
        [names, second] = store.together([partial(store.purge, job.id), partial(store.add_job, a_job())])
    assert not isinstance(names, Exception)
    assert isinstance(second, Job)
    assert jobs_in(shelf) == [(job.id,), (second.id,)]


def test_what_fails_leaves_nothing_of_itself(store: JobStore, shelf: Shelf) -> None:
    before = store.last_event()
    # the row of the job is written before its card is found to name a document that is not there
    impossible = replace(a_job(), cards=(NewCard(front=9),))
    refused, noted = store.together([
        partial(store.add_job, impossible), partial(store.note, NewEvent(kind="server", subject="here", what="up")),
    ])  # fmt: skip
    assert isinstance(refused, BadRequest)
    assert jobs_in(shelf) == []
    assert store.events(before, 10) == [noted]


def test_the_same_job_twice_together_is_one_job(store: JobStore, shelf: Shelf) -> None:
    twice = replace(a_job(Ticket(user="eve")), sent=KEYED)
    first, again = store.together([partial(store.add_job, twice), partial(store.add_job, twice)])
    assert isinstance(first, Job)
    assert isinstance(again, AlreadyAccepted)
    assert again.job == first.id
    assert jobs_in(shelf) == [(first.id,)]


def test_one_sees_what_the_former_wrote(store: JobStore) -> None:
    seen: list[Job] = []
    job = store.add_job(a_job())
    calls: list[Callable[[], object]] = [
        partial(store.apply, job.id, [JobWish(hold=True, by="anna")]), lambda: seen.append(store.job(job.id)),
    ]  # fmt: skip
    store.together(calls)
    assert seen[0].hold


def test_all_are_there_after_the_store_is_opened_again(store: JobStore, shelf: Shelf) -> None:
    store.together([partial(store.add_job, a_job()) for _ in range(5)])
    store.close()
    again = shelf.open()
    assert len(again.unfinished()) == 5
    with_queues(again).close()


def test_a_purge_among_others_still_cleans_the_files(store: JobStore, shelf: Shelf) -> None:
    job = store.add_job(a_job(Ticket(user="eve")))
    store.apply(job.id, [JobWish(cancel=True, by="anna"), a_step(job, CardEvent.CANCEL)])
    wrapped, = shelf.rows("select wrapped from job_keys")[0]
    assert isinstance(wrapped, bytes)
    assert wrapped in shelf.files()
    store.together([partial(store.purge, job.id), partial(store.add_job, a_job())])
    assert wrapped not in shelf.files()
