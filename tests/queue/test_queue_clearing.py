"""A person says that a printer is clear: what the queues ask of them, and that nothing is done without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.dialogue import Dialogue, Wait
from printserver.driver import LinkInfo
from printserver.errors import NameNeeded, ReasonNeeded, UnknownPrinter
from printserver.model.alert import Alert
from printserver.model.job import CardState
from printserver.model.printer import Decisions, PrinterState, QueueConfig
from printserver.queue.deciding import needed_to_clear
from printserver.queue.views import By
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, World, config, world


@pytest.mark.parametrize("policy", [Decisions.REASON, Decisions.SECOND])
def test_a_queue_that_wants_a_reason_wants_it_here_too(tmp_path: Path, policy: Decisions) -> None:
    here = world(tmp_path, decisions=policy)
    here.run(5)
    before = here.do(here.service.last_event())
    with pytest.raises(NameNeeded):
        here.do(here.service.clear_printer("left", By("anonymous", "looked into it")))
    with pytest.raises(ReasonNeeded):
        here.do(here.service.clear_printer("left", By("anna", " - ")))
    assert here.do(here.service.last_event()) == before
    here.do(here.service.clear_printer("left", By("anna", "looked into it")))
    [row] = [row for row in here.do(here.service.events(before)) if row.what == "cleared"]
    assert (row.data["by"], row.data["note"]) == ("anna", "looked into it")


def test_a_free_queue_asks_nothing_and_another_printer_is_not_known(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(here.service.clear_printer("left", By("")))
    with pytest.raises(UnknownPrinter):
        here.do(here.service.clear_printer("right", By("")))


def test_the_strictest_queue_of_a_printer_decides() -> None:
    free = QueueConfig(name="card", printers=("left", "right"))
    strict = QueueConfig(name="badge", printers=("left",), decisions=Decisions.SECOND)
    assert needed_to_clear("left", [free, strict]) is Decisions.REASON
    assert needed_to_clear("right", [free, strict]) is Decisions.FREE
    assert needed_to_clear("left", []) is Decisions.FREE


def is_away(here: World) -> None:
    """Let the printer be unplugged."""
    here.cut()
    here.run(15)
    assert here.printer_state() is PrinterState.OFFLINE


def test_a_word_said_while_the_printer_is_away_settles_no_alarm_shown_before(tmp_path: Path) -> None:
    """What was seen is as old as the link: nobody knows what was done to the printer since."""
    here = world(tmp_path)
    here.do(here.service.clear_printer("left", ANNA))
    first = here.submit("old")
    here.run_until(here.in_state(first, CardState.DONE))
    here.stop()
    here.printer.out += [b"of somebody else"] * 2
    here.begin()
    here.run(10)
    assert here.printer_state() is PrinterState.BLOCKED
    is_away(here)
    here.do(here.service.clear_printer("left", ANNA))
    job = here.submit("a")
    here.mend()
    here.run(60)
    assert (here.printer_state(), here.out("a")) == (PrinterState.BLOCKED, 0)
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))


def test_a_word_said_while_the_printer_is_away_has_no_driver_clear_what_it_finds_later(tmp_path: Path) -> None:
    brought_back: list[Alert] = []

    class Told(BenchDriver):
        def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
            brought_back.append(alert)
            yield Wait(0.0)

    here = world(tmp_path, config(), driver=Told)
    here.run(5)
    is_away(here)
    here.do(here.service.clear_printer("left", ANNA))
    here.printer.open = True
    here.mend()
    here.run(30)
    assert (here.printer_state(), brought_back) == (PrinterState.BLOCKED, [])
    here.do(here.service.clear_printer("left", ANNA))
    here.run(5)
    assert len(brought_back) == 1


def test_a_card_is_set_aside_also_while_the_printer_is_away(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    is_away(here)
    here.do(here.service.clear_printer("left", ANNA))
    here.mend()
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.state(job) is CardState.UNCERTAIN
