"""What the record knows of a device's counters: the last commit mark's, or what a person took over after it."""

from __future__ import annotations

from printserver.lifecycle import CardEvent
from printserver.model.event import NewEvent
from printserver.model.job import Mark
from printserver.store.contract import Begin, CardMark, CardStep, Counted, JobStore
from tests.contract.store_kit import PRINTER, Shelf, a_job, with_queues


def committed(store: JobStore, serial: str, cards: str, at: float) -> None:
    job = store.add_job(a_job())
    mark = Mark("COMMITTED", at, {"cards": cards, "ribbon": "YMCKO"})
    store.apply(job.id, [
        CardStep(number=1, version=1, event=CardEvent.RENDER), CardStep(number=1, version=2, event=CardEvent.RENDERED),
        CardStep(number=1, version=3, event=CardEvent.START, begin=Begin(PRINTER, serial)),
        CardMark(number=1, version=4, mark=Mark("FED", at, {"cards": "999"})), CardMark(number=1, version=5, mark=mark),
    ])  # fmt: skip


def test_the_last_commit_mark_of_the_very_device_counts(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    assert store.last_counted(PRINTER, "S-1") is None
    committed(store, "S-1", "7", shelf.clock())
    committed(store, "S-2", "400", shelf.clock())
    committed(store, "S-1", "8", shelf.clock())
    assert store.last_counted(PRINTER, "S-1") == Counted({"cards": 8}, 1)
    assert store.last_counted(PRINTER, "S-2") == Counted({"cards": 400}, 1)
    assert store.last_counted("another", "S-1") is None


def test_what_a_person_took_over_stands_until_the_next_card(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    committed(store, "S-1", "7", shelf.clock())
    shelf.clock.now += 1
    taken: dict[str, str | int | float | bool | None] = {
        "serial": "S-1", "detail": "", "counter.cards": 12, "counter.panels": 60,
    }  # fmt: skip
    store.note(NewEvent(kind="printer", subject=PRINTER, what="counters-taken", data=taken))
    assert store.last_counted(PRINTER, "S-1") == Counted({"cards": 12, "panels": 60}, 0)
    assert store.last_counted(PRINTER, "S-2") is None
    store.close()
    store = shelf.open()
    assert store.last_counted(PRINTER, "S-1") == Counted({"cards": 12, "panels": 60}, 0)
    shelf.clock.now += 1
    committed(store, "S-1", "12", shelf.clock())
    assert store.last_counted(PRINTER, "S-1") == Counted({"cards": 12}, 1)


def test_nothing_is_known_after_an_older_copy_was_put_back(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    committed(store, "S-1", "7", shelf.clock())
    shelf.clock.now += 1
    store.note(NewEvent(kind="server", subject="store", what="restored"))
    assert store.last_counted(PRINTER, "S-1") is None
    shelf.clock.now += 1
    committed(store, "S-1", "12", shelf.clock())
    assert store.last_counted(PRINTER, "S-1") == Counted({"cards": 12}, 1)
