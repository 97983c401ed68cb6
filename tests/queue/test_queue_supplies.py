"""Blanks and ribbon over a whole queue: counted with each card, foretold for a batch, and a change of ribbon seen."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from printserver.errors import NotPossibleNow
from printserver.model.job import CardState, Job
from printserver.model.printer import PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from tests.queue.queue_kit import ANNA, World, config, world


def told(here: World, what: str) -> list[dict[str, object]]:
    rows = here.life.keeper.store.events(0, 10_000)
    return [dict(row.data) for row in rows if row.kind == "printer" and row.what == what]


def left(here: World, kind: SupplyKind = SupplyKind.BLANKS) -> int | None:
    [view] = [view for view in here.do(here.service.supplies.supplies("left")) if view.kind is kind]
    return view.left


def load(here: World, count: int) -> None:
    here.do(here.service.supplies.load_blanks("left", count, ANNA))


def printed(here: World, copies: int = 1) -> Job:
    job = here.submit(copies=copies)
    here.run_until(lambda: here.job(job).state.final)
    return here.job(job)


def reads(here: World, name: str, remaining: int | None, roll: str = "") -> None:
    """Let the device tell its ribbon."""
    entry = here.life.board.entry("left")
    ribbon = Supply(kind=SupplyKind.RIBBON, name=name, remaining=remaining, roll=roll)
    here.life.board.tell_status(entry, PrinterStatus(ready=True, supplies=(ribbon,)))


def test_the_count_goes_down_with_each_card_also_a_spoiled_one_and_over_a_kill(tmp_path: Path) -> None:
    here = world(tmp_path)
    load(here, 10)
    here.printer.jams = 1
    printed(here, copies=3)
    assert left(here) == 6, "three cards and the one that jammed"
    here.kill()
    printed(here)
    assert left(here) == 5
    [count] = here.life.board.entry("left").counts
    assert count.remaining == 5, "the board has it too"
    shift = here.do(here.service.supplies.shift("left"))
    assert shift is not None
    assert (shift.loaded, shift.good, shift.spoiled, shift.expected) == (10, 4, 1, 5)


def test_a_batch_that_cannot_end_is_warned_of_when_it_is_sent(tmp_path: Path) -> None:
    here = world(tmp_path)
    assert here.submit(copies=3, hold=True).warnings == (), "nothing is known, nothing is said"
    load(here, 4)
    first = here.submit(copies=3, not_before=9e9)
    assert first.warnings == ()
    here.do(here.service.hold(first.id, ANNA))
    enough, short = here.submit(copies=4, hold=True), here.submit(copies=6, hold=True)
    assert enough.warnings == ()
    [warning] = short.warnings
    assert warning.code == "blanks-will-end"
    assert "end at card 4 of this batch: 2 cards" in warning.detail
    [forecast] = here.do(here.service.supplies.forecasts(short.id))
    assert (forecast.left, forecast.needed, forecast.ends_at) == (4, 6, 4)


def test_cards_before_a_batch_are_counted_in(tmp_path: Path) -> None:
    here = world(tmp_path)
    load(here, 4)
    here.printer.open = True
    here.run(30)
    here.submit(copies=3)
    [warning] = here.submit(copies=2).warnings
    assert "end at card 1 of this batch" in warning.detail


def test_where_one_printer_of_a_pool_is_not_known_nothing_is_foretold(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"))
    load(here, 1)
    assert here.submit(copies=5, hold=True).warnings == ()
    here.do(here.service.supplies.load_blanks("right", 2, ANNA))
    [warning] = here.submit(copies=5, hold=True).warnings
    assert "left, right end at card 3" in warning.detail


def test_another_ribbon_is_an_event_and_the_same_one_is_none(tmp_path: Path) -> None:
    here = world(tmp_path)
    reads(here, "K", 50)
    reads(here, "K", 49)
    assert told(here, "ribbon-changed") == []
    reads(here, "KO", 49)
    reads(here, "KO", 45)
    reads(here, "KO", 200)
    reads(here, "KO", 199, "R-1")
    reads(here, "KO", 199, "R-2")
    assert [(each["to"], each["left"], each["roll"]) for each in told(here, "ribbon-changed")] == [
        ("KO", 49, ""), ("KO", 200, ""), ("KO", 199, "R-2"),
    ]  # fmt: skip
    assert left(here, SupplyKind.RIBBON) == 199


def test_a_ribbon_that_was_changed_while_the_server_was_off_is_seen(tmp_path: Path) -> None:
    here = world(tmp_path)
    reads(here, "K", 50)
    reads(here, "K", 20)
    here.kill()
    reads(here, "K", 20)
    assert told(here, "ribbon-changed") == []
    here.kill()
    reads(here, "K", 90)
    [change] = told(here, "ribbon-changed")
    assert (change["was-left"], change["left"], change["by"]) == (20, 90, "device")


def test_a_cleaning_that_the_device_tells_takes_a_blank(tmp_path: Path) -> None:
    here = world(tmp_path)
    load(here, 10)
    entry = here.life.board.entry("left")
    for remaining in (3, 2, 100):
        cleaning = Supply(kind=SupplyKind.CLEANING, name="cleaning", remaining=remaining)
        here.life.board.tell_status(entry, PrinterStatus(ready=True, supplies=(cleaning,)))
    assert left(here) == 9
    assert [each["on"] for each in told(here, "blanks-spent")] == ["cleaning"]


def test_a_shift_is_not_closed_while_a_card_is_in_the_printer(tmp_path: Path) -> None:
    here = world(tmp_path)
    load(here, 10)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.PRINTING))
    with pytest.raises(NotPossibleNow, match="is in printer left"):
        here.do(here.service.supplies.close_shift("left", 9, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    here.run(5)
    assert here.do(here.service.supplies.close_shift("left", 9, ANNA)).difference == 0


def test_a_job_costs_what_it_took_the_spoiled_blank_too(tmp_path: Path) -> None:
    priced = replace(config("left"), currency="IDR", ribbon_price="1000", ribbon_cards=10, blank_price="50")
    here = world(tmp_path, priced)
    here.printer.jams = 1
    job = printed(here, copies=2)
    use = here.do(here.service.supplies.use(job.id))
    assert (use.blanks, use.spoiled, use.cost, use.currency) == (3, 1, Decimal(450), "IDR")
    assert use.panels == {"K": 3}
    assert [(card.blanks, card.spoiled, card.cost) for card in use.cards] == [
        (2, 1, Decimal(300)), (1, 0, Decimal(150)),
    ]  # fmt: skip
