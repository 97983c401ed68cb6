"""Blanks and ribbon in the store: down with each feed, back for a card never fed, balanced at a shift's end."""

from __future__ import annotations

import pytest

from printserver.errors import NameNeeded, NotPossibleNow, ReasonNeeded
from printserver.lifecycle import CardEvent
from printserver.model.job import Job, Mark
from printserver.model.supply import Spending, SupplyCount, SupplyKind
from printserver.model.ticket import Ticket
from printserver.store.contract import Begin, CardMark, CardStep, JobStore
from tests.contract.store_kit import PRINTER, Shelf, a_job, with_queues


def committed(store: JobStore, shelf: Shelf, cards: int = 1) -> Job:
    """Bring the first card of a new job past its commit mark."""
    job = store.add_job(a_job(copies=cards))
    return store.apply(job.id, [
        CardStep(number=1, version=1, event=CardEvent.RENDER), CardStep(number=1, version=2, event=CardEvent.RENDERED),
        CardStep(number=1, version=3, event=CardEvent.START, begin=Begin(PRINTER, "S-1")),
        CardMark(number=1, version=4, mark=Mark("COMMITTED", shelf.clock(), {"cards": "1"})),
    ])  # fmt: skip


def step(store: JobStore, job: Job, event: CardEvent, outcome: str | None = None) -> Job:
    card = store.job(job.id).cards[0]
    return store.apply(job.id, [CardStep(number=1, version=card.version, event=event, outcome=outcome)])


def blanks(store: JobStore) -> SupplyCount:
    return next(count for count in store.supplies.counts() if count.kind is SupplyKind.BLANKS)


def told(store: JobStore, what: str) -> list[dict[str, object]]:
    return [dict(row.data) for row in store.events(0, 1000) if row.kind == "printer" and row.what == what]


def test_each_feed_takes_a_blank_and_a_card_of_ribbon_and_the_count_is_durable(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    committed(store, shelf)
    assert list(store.supplies.counts()) == [], "what nobody has entered is not counted"
    store.supplies.load(PRINTER, 100, "anna", "")
    store.supplies.load(PRINTER, 20, "budi", "a second pack")
    store.supplies.change_ribbon(PRINTER, "YMCKO", "R-1", 200, "anna", "")
    job = committed(store, shelf)
    card = store.job(job.id).cards[0]
    store.apply(job.id, [CardMark(number=1, version=card.version, mark=Mark("FRONT", shelf.clock()))])
    store.close()
    store = shelf.open()
    assert {count.kind: (count.left, count.loaded) for count in store.supplies.counts()} == {
        SupplyKind.BLANKS: (119, 120), SupplyKind.RIBBON: (199, 200),
    }  # fmt: skip
    assert [(each["count"], each["left"], each["by"], each["note"]) for each in told(store, "blanks-loaded")] == [
        (100, 100, "anna", ""), (20, 120, "budi", "a second pack"),
    ]  # fmt: skip


def test_a_card_that_was_never_printed_gives_its_blank_back_once(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.supplies.load(PRINTER, 10, "anna", "")
    job = committed(store, shelf)
    step(store, job, CardEvent.DOUBT, "unknown")
    assert blanks(store).left == 9
    after = step(store, job, CardEvent.SETTLE_QUEUED)
    assert blanks(store).left == 10
    assert after.cards[0].attempts[0].never_fed
    assert store.job(job.id) == after
    shift = store.supplies.shift(PRINTER)
    assert shift is not None
    assert (shift.good, shift.spoiled, shift.in_doubt, shift.expected) == (0, 0, 0, 10)


def test_a_blank_is_not_given_back_after_the_hopper_was_counted(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.supplies.load(PRINTER, 10, "anna", "")
    job = committed(store, shelf)
    step(store, job, CardEvent.DOUBT, "unknown")
    shelf.clock.now += 1
    store.supplies.close_shift(PRINTER, 9, "anna", "")
    step(store, job, CardEvent.SETTLE_QUEUED)
    assert blanks(store).left == 9


def test_what_test_cards_and_cleaning_take_and_what_somebody_counted(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.supplies.spend(PRINTER, Spending.TEST_CARD, 1, "anna", "")
    assert list(store.supplies.counts()) == []
    store.supplies.load(PRINTER, 10, "anna", "")
    store.supplies.spend(PRINTER, Spending.TEST_CARD, 2, "anna", "")
    store.supplies.spend(PRINTER, Spending.CLEANING, 1, "device", "")
    assert (blanks(store).left, blanks(store).other) == (7, 3)
    store.supplies.recount(PRINTER, 5, "budi", "looked")
    assert blanks(store).left == 5
    assert told(store, "blanks-counted")[0]["difference"] == -2
    shift = store.supplies.shift(PRINTER)
    assert shift is not None
    assert shift.expected == 7, "a count in between hides nothing from the end of the shift"


def test_a_shift_balances_or_is_booked_with_name_and_reason(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    with pytest.raises(NotPossibleNow, match="nobody has entered"):
        store.supplies.close_shift(PRINTER, 0, "anna", "")
    store.supplies.load(PRINTER, 20, "anna", "")
    good, spoiled, rejected, doubtful = (committed(store, shelf) for _ in range(4))
    step(store, good, CardEvent.DONE, "done")
    step(store, spoiled, CardEvent.SPOIL, "spoiled")
    step(store, spoiled, CardEvent.RETRY)
    step(store, rejected, CardEvent.DONE, "done")
    step(store, rejected, CardEvent.REJECT)
    step(store, doubtful, CardEvent.DOUBT, "unknown")
    with pytest.raises(ReasonNeeded, match="16 must be left, and 15 are"):
        store.supplies.close_shift(PRINTER, 15, "anna", " ")
    with pytest.raises(NameNeeded):
        store.supplies.close_shift(PRINTER, 15, "anonymous", "one fell behind the table")
    shelf.clock.now += 1
    shift = store.supplies.close_shift(PRINTER, 15, "anna", "one fell behind the table")
    assert (shift.loaded, shift.good, shift.spoiled, shift.in_doubt, shift.left, shift.difference) == (
        20, 1, 2, 1, 15, -1,
    )  # fmt: skip
    booked = told(store, "shift-closed")[0]
    assert (booked["difference"], booked["by"], booked["note"]) == (-1, "anna", "one fell behind the table")
    following = store.supplies.shift(PRINTER)
    assert following is not None
    assert (following.loaded, following.good, following.expected) == (15, 0, 15)
    assert store.supplies.close_shift(PRINTER, 15, "anonymous", "").difference == 0


def test_another_ribbon_stands_in_the_journal_with_both_rolls(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.supplies.change_ribbon(PRINTER, "YMCKO", "R-1", 200, "anna", "", 50)
    store.supplies.follow_ribbon(PRINTER, "YMCKO", "R-1", 49)
    store.supplies.change_ribbon(PRINTER, "KO", "R-2", None, "device", "")
    assert [each for each in told(store, "ribbon-changed")][1] == {
        "from": "YMCKO", "from-roll": "R-1", "was-left": 49, "to": "KO", "roll": "R-2", "cards": None, "left": None,
        "by": "device", "note": "",
    }  # fmt: skip
    with pytest.raises(NotPossibleNow):
        store.supplies.change_ribbon(PRINTER, "KO", "R-3", 100, "anna", "", 101)


def test_cards_ahead_are_those_that_are_claimed_first(shelf: Shelf) -> None:
    store = with_queues(shelf.open())
    store.add_job(a_job(copies=3))
    own = store.add_job(a_job(copies=5))
    store.add_job(a_job(copies=7))
    store.add_job(a_job(Ticket(priority=90), copies=11))
    store.add_job(a_job(Ticket(hold=True, priority=90), copies=13))
    assert store.supplies.ahead(own, ["card"]) == 14
    assert store.supplies.ahead(own, ["badge"]) == 0
