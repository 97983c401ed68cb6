"""In a large pool a card costs what it costs in a small one: few printers are told, and few are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.model.job import JobState
from printserver.model.printer import PrinterState
from printserver.queue import choosing
from printserver.queue.admission import complaint
from tests.queue.pool_kit import declared, machine, outs, pool
from tests.queue.queue_kit import World

MANY = 12


def hall(folder: Path) -> World:
    here = pool(folder, *(declared(f"p{number:02}") for number in range(MANY)))
    here.run_until(lambda: all(each.state is PrinterState.IDLE for each in here.life.board.entries()))
    here.run(1)
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
