"""Which printer of a queue takes a card: one that can, with blanks, with the least to do, and each in its turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.errors import UnsupportedByPrinter
from printserver.model.job import CardState, JobState
from printserver.model.printer import PrinterState
from printserver.queue.intake import NONE_CAN_NOW
from tests.queue.pool_kit import declared, machine, outs, pool
from tests.queue.queue_kit import ANNA, World

DONE = JobState.COMPLETED


def finished(here: World, *jobs: int) -> bool:
    return all(here.job(job).state is DONE for job in jobs)


def idle(here: World) -> World:
    """Return a world whose printers have all said that they are idle."""
    here.run_until(lambda: all(each.state is PrinterState.IDLE for each in here.life.board.entries()))
    return here


def test_equals_take_turns_also_when_both_are_idle(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right")))
    for _ in range(6):
        job = here.submit()
        here.run_until(lambda job=job: finished(here, job.id))  # type: ignore[misc] # the loop's own job
        here.run(15)
    assert outs(here) == {"left": 3, "right": 3}


def test_a_printer_with_too_few_blanks_leaves_the_job_to_one_that_has_them(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right"), blanks=(1, 100)))
    job = here.submit()
    here.run_until(lambda: finished(here, job.id))
    assert outs(here)["left"] == 1, "one blank is enough for one card"
    job = here.submit(copies=2)
    here.run_until(lambda: any(here.printers["right"].heard) and here.card(job, 1).printer is not None)
    assert here.card(job, 1).printer == "right"


def test_blanks_that_people_count_count_too(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right")))
    for name, count in (("left", 1), ("right", 100)):
        here.do(here.service.supplies.count_blanks(name, count, ANNA))
    job = here.submit(copies=2)
    here.run_until(lambda: here.card(job, 1).printer is not None)
    assert here.card(job, 1).printer == "right"


def test_a_card_is_left_to_a_better_printer_for_a_while_only(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right"), blanks=(0, 100)))
    here.printers["right"].open = True  # it does not answer for its idleness any more, and nobody has looked yet
    job = here.submit()
    here.run_until(lambda: finished(here, job.id), seconds=60)
    assert outs(here) == {"left": 1, "right": 0}


def test_nothing_is_prepared_ahead_while_another_printer_is_free(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right")))
    job = here.submit(copies=2)
    here.run_until(lambda: here.state(job, 1) is CardState.PRINTING)
    here.run(1)
    assert {here.card(job, 1).printer, here.card(job, 2).printer} == {"left", "right"}


def test_the_ribbon_that_is_loaded_decides_not_the_one_that_was_declared(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left", "K"), declared("right", "K")))
    machine(here, "right").ribbon = "KO"
    here.run(15)
    varnished, plain = here.submit("v", ribbon="KO"), here.submit("p", ribbon="K", copies=3)
    here.run_until(lambda: finished(here, varnished.id, plain.id))
    assert here.printers["right"].out == [b"v"]
    assert here.printers["left"].out == [b"p"] * 3


def test_what_no_printer_can_do_now_waits_and_says_what_each_lacks(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left", "K"), declared("right", "K")))
    for name in here.printers:
        machine(here, name).ribbon = "KO"
    here.run(15)
    job = here.submit(ribbon="K")
    here.run(30)
    assert here.state(job) is CardState.QUEUED
    reason = here.service.queue("card").unfit[job.id]
    assert reason.code == NONE_CAN_NOW
    assert "left: printer left has ribbon KO; right: printer right has ribbon KO" in reason.detail
    machine(here, "right").ribbon = "K"
    here.run_until(lambda: finished(here, job.id))
    assert outs(here) == {"left": 0, "right": 1}
    assert job.id not in here.service.queue("card").unfit


def test_a_job_that_no_printer_can_do_is_refused_with_what_each_lacks(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left", "K", "composite"), declared("right", "KO"), declared("third", "KO"))
    with pytest.raises(UnsupportedByPrinter) as refused:
        here.submit(ribbon="K", stock="cr80-pvc")
    error = refused.value
    assert error.where == "stock, ribbon"
    assert "left: printer left holds composite" in error.message
    assert "right: printer right has ribbon KO" in error.message
    assert "third: printer third has ribbon KO" in error.message
    assert error.allowed == "composite, KO"
    assert not here.jobs()


def test_what_is_prepared_moves_when_its_printer_fails(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right")))
    here.printers["right"].open = True
    here.run(15)
    job = here.submit(copies=2)
    here.run_until(lambda: here.state(job, 1) is CardState.PRINTING and here.state(job, 2) is CardState.READY)
    here.printers["right"].open = False
    here.run(2)
    here.cut("left")
    here.run_until(lambda: here.state(job, 2) is CardState.DONE, seconds=8)  # sooner than anybody looks by himself
    assert here.card(job, 2).attempts[-1].printer == "right"
    assert here.state(job, 1) is CardState.UNCERTAIN, "a committed card stays"


@pytest.mark.parametrize("fault", ["jams", "cut"])
def test_a_queue_keeps_its_order_over_two_printers(tmp_path: Path, fault: str) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right"), ordered=True, max_attempts=5))
    order: list[bytes] = []
    for printer in here.printers.values():
        printer.watch = order.append
    if fault == "jams":
        here.printers["left"].jams = here.printers["right"].jams = 1
    for name in ("a", "b", "c"):
        here.submit(name, copies=2 if fault == "cut" else 1)
    if fault == "cut":
        here.run_until(lambda: here.card(2).attempts != ())
        here.cut(here.card(2).attempts[-1].printer)
        here.run(40)
        assert here.state(2) is CardState.UNCERTAIN
        assert all(card.state is CardState.QUEUED for card in here.job(3).cards), "who is next follows from its fate"
        here.mend()
    here.run_until(lambda: finished(here, 1, 2, 3))
    assert order == sorted(order)


def test_a_held_job_is_passed_by_in_a_queue_that_keeps_its_order(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left"), declared("right"), ordered=True))
    held, other = here.submit("a", hold=True), here.submit("b")
    here.run_until(lambda: finished(here, other.id))
    here.do(here.service.release(held.id, ANNA))
    here.run_until(lambda: finished(here, held.id))


def test_what_only_another_printer_can_do_keeps_its_place_in_the_order(tmp_path: Path) -> None:
    here = idle(pool(tmp_path, declared("left", "K"), declared("right", "KO"), ordered=True))
    here.cut("right")
    here.run(15)
    varnished, plain = here.submit("a", ribbon="KO"), here.submit("b", ribbon="K")
    here.run(60)
    assert here.state(plain) is CardState.QUEUED
    here.mend()
    here.run_until(lambda: finished(here, varnished.id, plain.id))
