"""Leases: one node has a printer at a time, and who had it before begins nothing on it any more."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, event

from printserver.errors import StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.job import CardState
from printserver.store.contract import Begin, JobStore, Lease
from tests.contract.store_kit import (
    PRINTER,
    RENDERED,
    STARTED,
    PostgresqlShelf,
    a_job,
    a_mark,
    a_step,
    broken_link,
    led,
    with_queues,
)


@pytest.fixture
def shelf(tmp_path: Path) -> PostgresqlShelf:
    return PostgresqlShelf(tmp_path)


@pytest.fixture
def nodes(shelf: PostgresqlShelf) -> Iterator[tuple[JobStore, JobStore]]:
    first, second = with_queues(shelf.open("one")), shelf.open("two")
    yield first, second
    first.close()
    second.close()


def keep(store: JobStore, *printers: str, life: str = "", told: str = "idle") -> dict[str, Lease]:
    leases = store.keep_leases(life or f"life of {store.node}", dict.fromkeys(printers, told), 60.0)
    return {lease.printer: lease for lease in leases}


def run_out(shelf: PostgresqlShelf) -> None:
    shelf.change("UPDATE leases SET until = until - 100")


def test_a_printer_that_nobody_has_is_taken_and_stays_with_who_renews(nodes: tuple[JobStore, JobStore]) -> None:
    first = keep(nodes[0], PRINTER, told="busy")[PRINTER]
    assert (first.node, first.number, first.mine, first.alive, first.told) == ("one", 1, True, True, "busy")
    other = keep(nodes[1], PRINTER)[PRINTER]
    assert (other.node, other.number, other.mine, other.told) == ("one", 1, False, "busy")
    assert keep(nodes[0], PRINTER, told="idle")[PRINTER] == replace(first, told="idle")


def test_many_are_renewed_at_once_each_with_its_own_words(nodes: tuple[JobStore, JobStore]) -> None:
    many = [f"p{number:03}" for number in range(50)]
    keep(nodes[0], *many)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        told = {name: "busy" if name == "p007" else "idle" for name in many}
        leases = nodes[0].keep_leases("life of one", told, 60.0)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert {lease.printer: (lease.told, lease.mine, lease.alive, lease.number) for lease in leases} == {
        name: (words, True, True, 1) for name, words in told.items()
    }
    assert len(asked) < 10


def test_one_that_has_run_out_is_taken_under_another_number(
    nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf
) -> None:
    keep(nodes[0], PRINTER)
    run_out(shelf)
    assert not keep(nodes[1])[PRINTER].alive
    taken = keep(nodes[1], PRINTER)[PRINTER]
    assert (taken.node, taken.number, taken.mine) == ("two", 2, True)
    assert not keep(nodes[0], PRINTER)[PRINTER].mine


def test_its_owner_takes_one_that_has_run_out_anew_too(
    nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf
) -> None:
    keep(nodes[0], PRINTER)
    run_out(shelf)
    assert keep(nodes[0], PRINTER)[PRINTER].number == 2


def test_another_life_of_the_same_node_waits(nodes: tuple[JobStore, JobStore]) -> None:
    keep(nodes[0], PRINTER, life="before the crash")
    assert not keep(nodes[0], PRINTER, life="after it")[PRINTER].mine


def test_what_is_given_back_is_free_at_once(nodes: tuple[JobStore, JobStore]) -> None:
    keep(nodes[0], PRINTER, "other")
    nodes[1].give_back_leases("life of two", [PRINTER])  # not its own
    assert not keep(nodes[1], PRINTER)[PRINTER].mine
    nodes[0].give_back_leases("life of one", [PRINTER])
    leases = keep(nodes[1], PRINTER, "other")
    assert [leases[name].mine for name in (PRINTER, "other")] == [True, False]


def test_a_taking_is_told_and_a_renewal_is_not(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    last = nodes[0].last_event()
    for _ in range(3):
        keep(nodes[0], PRINTER)
    run_out(shelf)
    keep(nodes[1], PRINTER)
    rows = nodes[0].events(last, 10)
    assert [(row.node, row.subject, row.what, row.data) for row in rows] == [
        ("one", PRINTER, "leased", {"number": 1}), ("two", PRINTER, "leased", {"number": 2}),
    ]  # fmt: skip
    assert broken_link(nodes[0]) is None


def test_nodes_that_begin_at_the_same_moment_agree(shelf: PostgresqlShelf) -> None:
    stores = [shelf.open(f"node-{number}") for number in range(3)]
    barrier, found = threading.Barrier(3), list[str]()

    def begin(store: JobStore) -> None:
        barrier.wait(30)
        with_queues(store)
        found.append(keep(store, PRINTER)[PRINTER].node)

    threads = [threading.Thread(target=begin, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 3
    assert len(set(found)) == 1
    assert [len(store.printers()) for store in stores] == [1, 1, 1]
    for store in stores:
        store.close()


# fencing


def lose(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    """Let the second node take the printer from the first."""
    run_out(shelf)
    assert keep(nodes[1], PRINTER)[PRINTER].mine


def test_a_former_owner_claims_nothing(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    number = keep(nodes[0], PRINTER)[PRINTER].number
    nodes[0].add_job(a_job(copies=2))
    assert nodes[0].claim(PRINTER, ["card"], lease=number) is not None
    lose(nodes, shelf)
    with pytest.raises(StoreConflict):
        nodes[0].claim(PRINTER, ["card"], lease=number)
    assert nodes[1].claim(PRINTER, ["card"], lease=number + 1) is not None


def test_a_former_owner_starts_nothing(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    number = keep(nodes[0], PRINTER)[PRINTER].number
    job = led(nodes[0], nodes[0].add_job(a_job()), *RENDERED)
    lose(nodes, shelf)
    start = replace(a_step(job, CardEvent.START), begin=Begin(PRINTER, "S-1", number))
    with pytest.raises(StoreConflict):
        nodes[0].apply(job.id, [start])
    assert nodes[0].job(job.id).cards[0].state is CardState.READY


def test_a_former_owner_commits_nothing(nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf) -> None:
    number = keep(nodes[0], PRINTER)[PRINTER].number
    job = led(nodes[0], nodes[0].add_job(a_job()), *STARTED)
    lose(nodes, shelf)
    mark = replace(a_mark(job, "COMMITTED"), lease=number)
    with pytest.raises(StoreConflict):
        nodes[0].apply(job.id, [mark])
    assert not nodes[0].job(job.id).cards[0].committed
    assert nodes[1].apply(job.id, [replace(mark, lease=number + 1)]).cards[0].committed


def test_nobody_takes_a_printer_while_a_commit_mark_is_being_made(
    nodes: tuple[JobStore, JobStore], shelf: PostgresqlShelf
) -> None:
    number = keep(nodes[0], PRINTER)[PRINTER].number
    job = led(nodes[0], nodes[0].add_job(a_job()), *STARTED)
    run_out(shelf)
    seen: list[bool] = []
    taking = threading.Thread(
        target=lambda: seen.append(keep(nodes[1], PRINTER)[PRINTER].mine and nodes[1].job(job.id).cards[0].committed)
    )

    def commit() -> None:
        nodes[0].apply(job.id, [replace(a_mark(job, "COMMITTED"), lease=number)])
        taking.start()
        taking.join(0.5)
        assert taking.is_alive(), "the printer was taken before the mark was kept"

    [outcome] = nodes[0].together([commit])
    assert outcome is None
    taking.join(30)
    assert seen == [True]
