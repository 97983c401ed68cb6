"""Whose turn it is: what `next_card` says and `claim` takes, and cards of a queue that keeps its order."""

from __future__ import annotations

import pytest

from printserver.errors import StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.job import CardState, Job, Reason
from printserver.model.printer import QueueConfig
from printserver.model.ticket import Ticket
from printserver.store.contract import Begin, CardStep, Claim, JobStore, JobWish
from tests.contract.store_kit import COMMITTED, PRINTED, PRINTER, RENDERED, Shelf, a_job, a_printer, a_step, card, led

OTHER = "back-office"
ORDERED = ("card",)


def named(claim: Claim | None) -> tuple[int, int] | None:
    return None if claim is None else (claim.job.id, claim.card.number)


def following(store: JobStore, printer: str = PRINTER, *, ordered: tuple[str, ...] = ORDERED) -> tuple[int, int] | None:
    return named(store.next_card(printer, ["card"], (), (), ordered))


def claimed(store: JobStore, printer: str = PRINTER, *, ordered: tuple[str, ...] = ORDERED) -> tuple[int, int] | None:
    return named(store.claim(printer, ["card"], (), (), None, ordered))


@pytest.fixture
def pool(store: JobStore) -> JobStore:
    """A queue of two printers that keeps its order."""
    store.put_printer(a_printer(OTHER), "anna")
    store.put_queue(QueueConfig(name="card", printers=(PRINTER, OTHER), ordered=True), "anna")
    return store


def test_the_next_card_is_told_and_not_taken(store: JobStore) -> None:
    assert store.next_card(PRINTER, ["card"]) is None
    job = store.add_job(a_job(copies=2))
    last = store.last_event()
    for _ in range(2):
        assert named(store.next_card(PRINTER, ["card"])) == (job.id, 1)
    assert store.last_event() == last
    assert store.job(job.id) == job
    assert named(store.claim(PRINTER, ["card"])) == (job.id, 1)
    assert named(store.next_card(PRINTER, ["card"])) == (job.id, 2)


def test_it_is_the_card_that_a_claim_takes_whatever_is_left_out(store: JobStore, shelf: Shelf) -> None:
    for ticket in (Ticket(), Ticket(priority=90), Ticket(hold=True), Ticket(not_before=shelf.clock.now + 60)):
        store.add_job(a_job(ticket))
    store.add_job(a_job(queue="badge"))
    for leave, only in (((), ()), ((2,), ()), ((), (1, 3)), ((1, 2), ()), ((), (4,))):
        told = store.next_card(PRINTER, ["card"], leave, only)
        assert named(told) == named(store.claim(PRINTER, ["card"], leave, only)), (leave, only)
    assert named(store.next_card(PRINTER, ["badge"])) == (5, 1)
    store.put_queue(QueueConfig(name="badge", printers=(PRINTER,), paused=True), "anna")
    assert store.next_card(PRINTER, ["badge"]) is None
    assert store.next_card(PRINTER, []) is None
    shelf.clock.now += 60
    assert named(store.next_card(PRINTER, ["card"])) == (4, 1)


def test_without_an_order_two_printers_share_a_queue(pool: JobStore) -> None:
    pool.add_job(a_job(copies=2))
    assert claimed(pool, ordered=()) == (1, 1)
    assert following(pool, OTHER, ordered=()) == (1, 2)
    assert claimed(pool, OTHER, ordered=()) == (1, 2)


def test_in_order_a_card_at_one_printer_keeps_the_other_one_from_the_next(pool: JobStore) -> None:
    job = pool.add_job(a_job(copies=2))
    assert claimed(pool) == (1, 1)
    assert (following(pool, OTHER), claimed(pool, OTHER)) == (None, None)
    assert following(pool) == (1, 2), "the printer itself prepares the next one meanwhile"
    led(pool, pool.job(job.id), CardEvent.RENDERED, CardEvent.START, "COMMITTED", CardEvent.DONE)
    assert following(pool, OTHER) == (1, 2)
    assert claimed(pool, OTHER) == (1, 2)


@pytest.mark.parametrize("end", [CardEvent.DOUBT, CardEvent.SPOIL])
def test_in_order_nothing_follows_a_card_in_doubt_or_spoiled(pool: JobStore, end: CardEvent) -> None:
    led(pool, pool.add_job(a_job()), *COMMITTED, end)
    pool.add_job(a_job())
    for printer in (PRINTER, OTHER):
        assert (following(pool, printer), claimed(pool, printer)) == (None, None)
    assert following(pool, ordered=()) == (2, 1)
    after = (CardEvent.SETTLE_DONE,) if end is CardEvent.DOUBT else (CardEvent.RETRY,)
    led(pool, pool.job(1), *after)
    assert following(pool, OTHER) == ((2, 1) if end is CardEvent.DOUBT else (1, 1)), "what comes back goes first"


def test_what_waits_for_a_check_alone_holds_nobody_up(pool: JobStore) -> None:
    job = led(pool, pool.add_job(a_job()), *COMMITTED)
    doubt = CardStep(
        number=1, version=card(job).version, event=CardEvent.DOUBT, reason=Reason("awaiting-check")
    )
    assert card(pool.apply(job.id, [doubt])).state is CardState.UNCERTAIN
    pool.add_job(a_job())
    assert following(pool, OTHER) == (2, 1)


def test_what_is_held_or_not_yet_due_holds_nobody_up_and_a_higher_priority_goes_first(
    pool: JobStore, shelf: Shelf
) -> None:
    pool.add_job(a_job(Ticket(hold=True)))
    pool.add_job(a_job(Ticket(not_before=shelf.clock.now + 60)))
    pool.add_job(a_job())
    pool.add_job(a_job(Ticket(priority=90)))
    assert following(pool) == (4, 1)
    pool.apply(4, [JobWish(hold=True)])
    assert following(pool) == (3, 1)
    shelf.clock.now += 60
    assert following(pool) == (2, 1)
    assert named(pool.next_card(PRINTER, ["card"], (2,), (), ORDERED)) is None, "nobody goes past the one left out"


def start(store: JobStore, job: Job, *, number: int = 1, in_turn: bool = True) -> Job:
    step = a_step(job, CardEvent.START, number)
    begun = CardStep(number=number, version=step.version, event=CardEvent.START,
                     begin=Begin(PRINTER, "S-1", in_turn=in_turn))  # fmt: skip
    return store.apply(job.id, [begun])


def test_a_card_is_started_in_its_turn_alone(pool: JobStore) -> None:
    later = led(pool, pool.add_job(a_job(copies=2)), *RENDERED, number=2)
    with pytest.raises(StoreConflict, match="turn of card 1/1"):
        start(pool, later, number=2)
    assert card(pool.job(1), 2).state is CardState.READY, "nothing has happened to it"
    pool.add_job(a_job())
    first = led(pool, pool.job(1), *RENDERED)
    with pytest.raises(StoreConflict, match="turn of card 1/"):  # either of its two
        start(pool, led(pool, pool.job(2), *RENDERED))
    begun = start(pool, first)
    assert card(begun).state is CardState.PRINTING
    with pytest.raises(StoreConflict, match="turn of card 1/1"):
        start(pool, pool.job(1), number=2)
    assert card(start(pool, pool.job(1), number=2, in_turn=False), 2).state is CardState.PRINTING
    led(pool, pool.job(1), "COMMITTED", CardEvent.DONE)
    led(pool, pool.job(1), "COMMITTED", CardEvent.DONE, number=2)
    assert card(start(pool, pool.job(2))).state is CardState.PRINTING


def test_a_queue_without_order_is_not_held_up_by_one_that_keeps_it(pool: JobStore) -> None:
    led(pool, pool.add_job(a_job()), *COMMITTED, CardEvent.DOUBT)
    led(pool, pool.add_job(a_job(queue="badge")), *PRINTED)
    pool.add_job(a_job(queue="badge"))
    assert named(pool.next_card(PRINTER, ["card", "badge"], (), (), ORDERED)) == (3, 1)
