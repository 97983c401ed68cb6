"""A printer that counts more cards than the record knows: nothing is printed until a person has looked."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from printserver.model.job import CardState
from printserver.model.printer import PrinterState
from printserver.queue.counting import AHEAD, BEHIND, deviation
from printserver.store.contract import Counted
from tests.queue.queue_kit import ANNA, World, config, world

ELSEWHERE = b"a card that this server never sent"


def printed(here: World) -> None:
    job = here.submit("old")
    here.run_until(here.in_state(job, CardState.DONE))


def moved(here: World, cards: int) -> None:
    """Let the device print behind the server's back, while the server is down."""
    here.stop()
    here.printer.out += [ELSEWHERE] * cards
    here.begin()


def blocked(here: World) -> bool:
    return here.printer_state() is PrinterState.BLOCKED


def told(here: World, what: str) -> list[str]:
    rows = here.life.keeper.store.events(0, 10_000)
    return [str(row.data["detail"]) for row in rows if row.kind == "printer" and row.what == what]


def test_a_counter_that_is_ahead_stops_everything_until_a_person_looked(tmp_path: Path) -> None:
    here = world(tmp_path)
    printed(here)
    moved(here, 2)
    job = here.submit("a")
    here.run(120)
    assert (blocked(here), here.state(job), here.out()) == (True, CardState.QUEUED, 0)
    reason = here.life.board.entry("left").reason
    assert reason is not None
    assert (reason.code, reason.detail) == (AHEAD, "cards: the record says 1, the device says 3")
    here.kill()
    here.run(120)
    assert (blocked(here), here.out()) == (True, 0), "a restart forgets nothing"
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    assert told(here, "counters-taken") == [reason.detail]
    here.kill()
    other = here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))


def test_what_a_person_took_over_is_known_after_a_restart_without_any_card(tmp_path: Path) -> None:
    here = world(tmp_path)
    printed(here)
    moved(here, 2)
    here.run(30)
    here.do(here.service.clear_printer("left", ANNA))
    here.run(30)
    here.kill()
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.DONE))
    moved(here, 1)
    here.submit("b")
    here.run(60)
    assert blocked(here)
    assert here.out("b") == 0


def test_a_card_that_waits_is_printed_by_no_other_printer_of_its_queue(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"))
    jobs = [here.submit("old") for _ in range(4)]
    here.run_until(lambda: all(here.job(job).state.final for job in jobs))
    assert here.printers["left"].out
    moved(here, 2)
    here.run(5)
    job = here.submit("a")
    here.run(120)
    assert (here.state(job), here.out()) == (CardState.QUEUED, 0)
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))


def test_a_card_in_doubt_is_not_settled_by_a_counter_that_cannot_be_explained(tmp_path: Path) -> None:
    here = world(tmp_path)
    printed(here)
    job = here.submit("a")
    here.run_until(lambda: here.card(job).committed)
    here.away.add("left")
    here.kill()
    here.run(30)
    here.printer.out.append(ELSEWHERE)
    here.mend()
    here.run(60)
    assert (here.state(job), blocked(here)) == (CardState.UNCERTAIN, True)


def test_the_one_card_that_was_committed_is_no_alarm(tmp_path: Path) -> None:
    here = world(tmp_path)
    printed(here)
    job = here.submit("a")
    here.run_until(lambda: here.card(job).committed)
    here.kill()
    here.run_until(here.in_state(job, CardState.DONE))
    assert not blocked(here)


def test_a_counter_that_is_behind_is_told_and_stops_nothing(tmp_path: Path) -> None:
    here = world(tmp_path)
    for _ in range(3):
        printed(here)
    here.stop()
    here.printer.out.clear()
    here.begin()
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.DONE))
    assert told(here, BEHIND) == ["cards: the record says 2, the device says 0"]


@given(st.integers(0, 50), st.integers(0, 1), st.integers(0, 60))
def test_only_what_the_committed_cards_explain_is_no_deviation(recorded: int, cards: int, now: int) -> None:
    found = deviation(Counted({"cards": recorded}, cards), {"cards": now, "cleanings": 7})
    code = None if found is None else found.code
    assert code == (AHEAD if now > recorded + cards else BEHIND if now < recorded else None)


def test_a_device_that_tells_no_counter_is_not_judged_by_it() -> None:
    assert deviation(Counted({"cards": 4}, 1), {}) is None
    assert deviation(Counted({}, 1), {"cards": 4}) is None
