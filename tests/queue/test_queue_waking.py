"""In a large pool a card costs what it costs in a small one: few printers are told, and few are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from printserver.errors import StoreBusy
from printserver.model.job import JobState
from printserver.model.printer import PrinterState, QueueConfig
from printserver.queue import choosing, intake
from printserver.queue.admission import NOTHING_DRAWN, complaint
from printserver.queue.choosing import Suits
from printserver.queue.waking import to_wake
from tests.queue.pool_kit import declared, machine, outs, pool
from tests.queue.queue_kit import ANNA, World

MANY = 12


def hall(folder: Path) -> World:
    here = pool(folder, *(declared(f"p{number:02}") for number in range(MANY)))
    here.run_until(lambda: all(each.state is PrinterState.IDLE for each in here.life.board.entries()))
    here.run(1)
    for entry in here.life.board.entries():
        here.life.board.next_turn(entry)
    return here


def told(here: World, heard: dict[str, int]) -> set[str]:
    """Return the printers whose devices were asked something since."""
    return {name for name, printer in here.printers.items() if len(printer.heard) > heard[name]}


def heard(here: World) -> dict[str, int]:
    return {name: len(printer.heard) for name, printer in here.printers.items()}


@pytest.mark.parametrize("cards", [1, 3, MANY])
def test_as_many_free_printers_are_told_as_there_are_cards(tmp_path: Path, cards: int) -> None:
    here = hall(tmp_path)
    before = heard(here)
    job = here.submit(copies=cards)
    here.run(0.5)
    assert len(told(here, before)) == cards
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert sorted(outs(here).values()) == [0] * (MANY - cards) + [1] * cards


def test_few_printers_are_asked_what_they_can_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = hall(tmp_path)
    asked = []

    def counting(*given: object) -> object:
        asked.append(given)
        return complaint(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(choosing, "complaint", counting)
    job = here.submit()
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert 1 <= len(asked) <= 3


def test_a_printer_that_is_told_and_cannot_tells_those_that_can(tmp_path: Path) -> None:
    here = hall(tmp_path)
    for name in list(here.printers)[:-1]:
        machine(here, name).ribbon = "KO"
    here.run(15)
    job = here.submit(ribbon="K")
    here.run(1)  # sooner than anybody looks by himself
    assert here.card(job).printer == f"p{MANY - 1:02}"


def test_where_the_one_that_is_told_is_not_well_the_others_are_told_at_once(tmp_path: Path) -> None:
    here = hall(tmp_path)
    here.life.board.next_turn(here.life.board.entry("p05"))
    for entry in here.life.board.entries():
        if entry.config.name != "p05":
            here.life.board.next_turn(entry)
    here.printers["p05"].open = True  # nobody has looked since
    job = here.submit()
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED, seconds=8)
    assert outs(here)["p05"] == 0


def test_printers_that_work_prepare_the_next_cards_and_no_more_are_told(tmp_path: Path) -> None:
    here = hall(tmp_path)
    first = here.submit(copies=MANY)
    here.run_until(lambda: all(each.state is PrinterState.BUSY for each in here.life.board.entries()))
    second = here.submit("b", copies=2)
    here.run_until(lambda: sum(each.preparing for each in here.life.board.entries()) == 2, seconds=5)
    here.run_until(lambda: all(here.job(job).state is JobState.COMPLETED for job in (first, second)))
    assert sum(outs(here).values()) == MANY + 2


def test_several_cards_are_left_to_several_printers(tmp_path: Path) -> None:
    here = hall(tmp_path)
    job, board = here.submit(hold=True), here.life.board
    ranked = sorted(board.entries(), key=lambda entry: entry.turn)
    for rank, entry in enumerate(ranked):
        left_to = [
            choosing.choose(board, entry, job, job.cards[0], NOTHING_DRAWN, left).others for left in range(rank + 1)
        ]
        assert left_to == [(each,) for each in ranked[:rank]] + [()]


def test_a_job_of_several_cards_is_for_as_many_printers(tmp_path: Path) -> None:
    here = hall(tmp_path)
    job, board = here.submit(hold=True, copies=3), here.life.board
    suits = [choosing.choose(board, entry, job, job.cards[0], NOTHING_DRAWN).suits for entry in board.entries()]
    assert suits == [Suits.MINE] * 3 + [Suits.BETTER] * (MANY - 3)


def test_who_was_told_of_a_card_and_has_not_looked_yet_is_told_of_the_next_one_last(tmp_path: Path) -> None:
    here = hall(tmp_path)
    entries = here.life.board.entries()
    entries[0].told = entries[2].told = True
    assert to_wake(entries, 2) == [entries[1], entries[3]]
    assert set(to_wake(entries, MANY)) == set(entries)
    assert to_wake(entries, MANY)[-2:] == [entries[0], entries[2]]


def test_who_is_looking_already_is_told_last(tmp_path: Path) -> None:
    here = hall(tmp_path)
    entries = here.life.board.entries()
    entries[0].looking = True
    assert to_wake(entries, 2) == [entries[1], entries[2]]


def stands_back(here: World, rank: int) -> bool:
    """Tell whether a printer does, by how many stand better; ask it as its intake does."""
    board = here.life.board
    entry = sorted(board.entries(), key=lambda each: each.turn)[rank]
    return choosing.stands_back(board, entry, board.queues_of(entry.config.name))


def test_who_stands_behind_many_free_printers_reads_no_queue_unless_it_is_told(tmp_path: Path) -> None:
    here = hall(tmp_path)
    assert [rank for rank in range(MANY) if stands_back(here, rank)] == list(range(choosing.MOST_LEFT, MANY))
    last = sorted(here.life.board.entries(), key=lambda each: each.turn)[-1]
    job = here.submit(hold=True, ribbon="K")
    for entry in here.life.board.entries():
        if entry is not last:
            machine(here, entry.config.name).ribbon = "KO"  # so that only the last one can do it
    here.run(15)
    here.do(here.service.release(job.id, ANNA))
    here.run(1)
    assert here.card(job).printer == last.config.name


def test_who_prints_stands_back_for_one_that_is_free(tmp_path: Path) -> None:
    here = hall(tmp_path)
    entries = sorted(here.life.board.entries(), key=lambda each: each.turn)
    entries[1].card = "9/9"
    assert stands_back(here, 1)
    assert not stands_back(here, 0)


def test_nobody_stands_back_from_a_queue_that_others_do_not_serve(tmp_path: Path) -> None:
    here = hall(tmp_path)
    last = sorted(here.life.board.entries(), key=lambda each: each.turn)[-1]
    here.life.board.put_queue(QueueConfig(name="own", printers=(last.config.name,)))
    assert not stands_back(here, MANY - 1)


def test_nobody_stands_back_where_a_queue_keeps_its_order(tmp_path: Path) -> None:
    here = hall(tmp_path)
    board = here.life.board
    board.put_queue(msgspec.structs.replace(board.queue_config("card"), ordered=True))
    assert not any(stands_back(here, rank) for rank in range(MANY))


def test_what_was_told_is_not_forgotten_while_the_store_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = hall(tmp_path)
    entry = here.life.board.entries()[0]

    async def away(*_: object) -> None:
        raise StoreBusy

    with monkeypatch.context() as now:
        now.setattr(here.life.keeper, "read", away)
        entry.told = True
        here.life.workers[entry.config.name].wake()
        here.run(1)
    assert entry.told


def test_who_lost_a_race_goes_on_to_another_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = hall(tmp_path)
    keeper, tried, write = here.life.keeper, [], here.life.keeper.write

    async def late(call: Callable[..., object], *given: object, **named: object) -> object:
        if call == keeper.store.claim:
            tried.append(given)
            return None
        return await write(call, *given, **named)

    monkeypatch.setattr(keeper, "write", late)
    job = here.submit()
    here.run(1)
    assert len(tried) == 1
    monkeypatch.undo()
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED, seconds=30)


def test_a_printer_that_cannot_do_very_many_jobs_looks_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "UNFIT_LIMIT", 3)
    here = hall(tmp_path)
    for name in here.printers:
        machine(here, name).ribbon = "KO"
    here.run(15)
    jobs = [here.submit(ribbon="K") for _ in range(6)]
    here.run(15)
    assert all(here.card(job).printer is None for job in jobs)
    machine(here, "p03").ribbon = "K"
    here.run_until(lambda: all(here.job(job).state is JobState.COMPLETED for job in jobs))
    assert outs(here)["p03"] == 6


def test_telling_is_over_when_a_printer_has_looked(tmp_path: Path) -> None:
    here = hall(tmp_path)
    entry = here.life.board.entries()[0]
    entry.told = True
    here.life.workers[entry.config.name].wake()
    here.run(1)
    assert not entry.told


@pytest.mark.parametrize(("has_a_card", "most"), [(False, 8), (True, 1)])
def test_nobody_reads_a_long_queue_that_is_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_a_card: bool, most: int
) -> None:
    here = hall(tmp_path)
    mine, other = here.life.board.entries()[:2]
    monkeypatch.setattr(intake, "choose", lambda *_: choosing.Choice(Suits.BETTER, (other,)))
    jobs = [here.submit(hold=True) for _ in range(20)]
    keeper, reads, read = here.life.keeper, [], here.life.keeper.read

    async def counting(call: Callable[..., object], *given: object, **named: object) -> object:
        if call == keeper.store.next_card and given[0] == mine.config.name:
            reads.append(given)
        return await read(call, *given, **named)

    monkeypatch.setattr(keeper, "read", counting)
    monkeypatch.setattr(here.life.board, "call", lambda printer: None)
    mine.card = "9/9" if has_a_card else None
    for job in jobs:
        here.do(here.service.release(job.id, ANNA))
    reads.clear()
    mine.told = True
    here.life.workers[mine.config.name].wake()
    here.run(1)
    assert len(reads) == most
