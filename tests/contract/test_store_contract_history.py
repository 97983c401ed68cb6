"""Jobs found again: by words that are kept as hashes alone and go with the key, and at a cost that does not grow."""

from __future__ import annotations

from typing import Any

import pytest

from printserver.lifecycle import CardEvent
from printserver.model.job import JobState
from printserver.model.ticket import Ticket
from printserver.store import history as module
from printserver.store.contract import AddCards, AddDocument, JobStore, NewCard
from printserver.store.history import HistoryQuery
from tests.contract.store_kit import COMMITTED, PRINTER, Shelf, a_document, a_job, led, with_queues

ANI = Ticket(name="Badge of Zoë Šuđić-Quispe", user="Ani Wulandari", department="Front Office")


def found(store: JobStore, **query: Any) -> list[int]:  # noqa: ANN401 - of a query
    return [job.id for job in store.history.search(HistoryQuery(**query)).jobs]


def test_a_job_is_found_by_words_of_its_name_its_user_and_department(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    ani = store.add_job(a_job(ANI)).id
    other = store.add_job(a_job(Ticket(name="badge", user="Budi"))).id
    assert found(store, name="badge") == [other, ani]
    assert found(store, name="ZOE quispe") == [ani], "without case and accents"
    assert found(store, name="badge of") == [ani], "all words"
    assert found(store, name="quis") == [], "whole words"
    assert found(store, name="ani") == [], "a user is no name"
    assert found(store, user="ani WULANDARI") == [ani]
    assert found(store, user="ani") == []
    assert found(store, department="front-office", name="badge") == [ani]
    assert found(store, name="!!") == []


def test_filters_by_queue_printer_state_and_time_go_together(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    first = store.add_job(a_job(ANI))
    shelf.clock.now += 100
    second = store.add_job(a_job(ANI, queue="badge"))
    shelf.clock.now += 100
    third = store.add_job(a_job(ANI))
    led(store, first, *COMMITTED, CardEvent.DONE)
    assert found(store) == [third.id, second.id, first.id]
    assert found(store, queue="badge") == found(store, queue="badge", user="ani wulandari") == [second.id]
    assert found(store, printer=PRINTER) == found(store, printer=PRINTER, name="badge") == [first.id]
    assert found(store, printer="another") == []
    done = frozenset({JobState.COMPLETED})
    assert found(store, states=done) == found(store, states=done, name="badge") == [first.id]
    assert found(store, since=1_000_100.0) == found(store, since=1_000_100.0, name="badge") == [third.id, second.id]
    assert found(store, until=1_000_200.0, since=1_000_001.0) == [second.id]
    assert found(store, since=1_000_201.0) == found(store, until=1_000_000.0) == []


def test_pages_follow_one_another_without_loss(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    jobs = [store.add_job(a_job(ANI)).id for _ in range(7)]
    for query in (HistoryQuery(limit=3), HistoryQuery(limit=3, name="badge"), HistoryQuery(limit=3, queue="card")):
        seen, before = [], None
        while True:
            page = store.history.search(HistoryQuery(limit=3, name=query.name, queue=query.queue, before=before))
            seen += [job.id for job in page.jobs]
            if (before := page.next) is None:
                break
        assert seen == jobs[::-1]


def test_a_search_looks_at_so_many_jobs_and_says_from_where_to_go_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 4)
    store = with_queues(shelf.open())
    old = store.add_job(a_job(ANI, queue="badge")).id
    for _ in range(9):
        store.add_job(a_job(ANI))
    pages, before = [], None
    while True:
        page = store.history.search(HistoryQuery(name="badge", queue="badge", before=before))
        pages.append([job.id for job in page.jobs])
        if (before := page.next) is None:
            break
    assert pages == [[], [], [old]]


def test_after_the_purge_nobody_finds_a_job_by_its_person(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    job = led(store, store.add_job(a_job(ANI)), *COMMITTED, CardEvent.DONE)
    assert shelf.rows("SELECT count(*) FROM job_words") == [(7,)]
    for word in (b"quispe", b"wulandari", b"front office", b"Quispe"):
        assert word not in shelf.files()
    store.purge(job.id)
    assert shelf.rows("SELECT count(*) FROM job_words") == [(0,)]
    assert found(store, name="badge") == found(store, user="Ani Wulandari") == []
    assert found(store, printer=PRINTER, queue="card") == [job.id]


def test_a_card_jobs_own_name_is_found_instead_of_the_first_one(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    opened = a_job(Ticket(name="untitled", user="ani"), copies=0)
    job = store.add_job(type(opened)(queue="card", ticket=opened.ticket, key=opened.key, incoming=True))
    store.apply(job.id, [
        AddDocument(a_document()), AddCards((NewCard(),), ticket=Ticket(name="Members", user="ani"), documents=1),
    ])  # fmt: skip
    assert found(store, name="untitled") == []
    assert found(store, name="members") == [job.id]
