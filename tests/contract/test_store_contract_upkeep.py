"""Maintenance stands until it has ended or a person has looked; cards are counted since the last cleaning."""

from __future__ import annotations

import pytest

from printserver.errors import NotPossibleNow
from printserver.model.upkeep import Begun, MaintenanceAction, Work
from printserver.store.contract import JobStore

PRINTER = "left"
BEGUN = Begun(work=Work(action=MaintenanceAction.TEST_CARD, by="anna", note="new head"), serial="S-1",
              counters={"cards": 7})  # fmt: skip


def told(store: JobStore) -> list[str]:
    return [event.what for event in store.events(0, 1000) if event.kind == "printer" and event.subject == PRINTER]


def test_what_has_begun_stands_until_it_has_ended(store: JobStore) -> None:
    assert store.upkeep.begun(PRINTER) is None
    store.upkeep.begin(PRINTER, BEGUN)
    found = store.upkeep.begun(PRINTER)
    assert found is not None
    assert (found.work.action, found.work.by, found.serial, found.counters) == (
        MaintenanceAction.TEST_CARD, "anna", "S-1", {"cards": 7}
    )
    with pytest.raises(NotPossibleNow):
        store.upkeep.begin(PRINTER, BEGUN)
    store.upkeep.end(PRINTER, {"cards": 8}, blanks=1)
    assert store.upkeep.begun(PRINTER) is None
    assert told(store)[-4:] == ["maintenance-began", "maintenance-ended", "blanks-spent", "counters-taken"]
    known = store.last_counted(PRINTER, "S-1")
    assert known is not None
    assert (known.counters, known.cards) == ({"cards": 8}, 0)
    with pytest.raises(NotPossibleNow):
        store.upkeep.end(PRINTER, {})


@pytest.mark.parametrize("counters", [None, {"cards": 9}])
def test_what_is_given_up_takes_over_the_counters_only_where_they_are_told(
    store: JobStore, counters: dict[str, int] | None
) -> None:
    store.upkeep.begin(PRINTER, BEGUN)
    store.upkeep.give_up(PRINTER, "broken off", counters)
    assert store.upkeep.begun(PRINTER) is None
    known = store.last_counted(PRINTER, "S-1")
    assert (None if known is None else known.counters) == counters


def test_only_a_cleaning_begins_the_count_anew_and_a_count_is_begun_once(store: JobStore) -> None:
    assert store.upkeep.cleanliness(PRINTER) is None
    store.upkeep.count(PRINTER)
    store.upkeep.postpone(PRINTER, 50, "anna", "a rush")
    store.upkeep.count(PRINTER)
    found = store.upkeep.cleanliness(PRINTER)
    assert found is not None
    assert (found.used, found.postponed) == (0, 50)
    store.upkeep.begin(PRINTER, BEGUN)
    store.upkeep.end(PRINTER, {})
    found = store.upkeep.cleanliness(PRINTER)
    assert found is not None
    assert found.postponed == 50, "a test card cleans nothing"
    store.upkeep.cleaned(PRINTER, "anna", "")
    found = store.upkeep.cleanliness(PRINTER)
    assert found is not None
    assert (found.used, found.postponed) == (0, 0)
