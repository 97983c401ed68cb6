"""A printer that was not cleaned warns, then gets no more cards, until somebody cleans it or lets it go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.driver import Capabilities, Confirms
from printserver.errors import NameNeeded, ReasonNeeded
from printserver.model.alert import AlertKind, Severity
from printserver.model.card import Geometry
from printserver.model.job import CardState, Job
from printserver.model.printer import Identity, PrinterState, PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from printserver.model.upkeep import Cleanliness
from printserver.queue.cleaning import OVERDUE, Cleaning, cleaning_of
from printserver.queue.views import By, Verdict
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, World, config, world
from tests.queue.test_queue_maintenance import MaintainedDriver, want

KNOWN = Capabilities(title="", geometry=Geometry(8, 4), ribbons=(), levels={}, confirms=Confirms.COUNTER)


class DirtyDriver(MaintainedDriver):
    """Its family is to be cleaned after two cards, and stops after three."""

    def capabilities(self, identity: Identity) -> Capabilities:
        return replace(super().capabilities(identity), cleaning_due=2, cleaning_stop=3)


def printed(here: World, count: int) -> None:
    for _ in range(count):
        job = here.submit("a")
        here.run_until(here.in_state(job, CardState.DONE))


def dirty(folder: Path, cards: int) -> World:
    here = world(folder, driver=DirtyDriver)
    printed(here, cards)
    here.run(3)
    return here


def stopped(here: World, job: Job) -> bool:
    reason = here.life.board.entry("left").reason
    overdue = reason is not None and reason.code == OVERDUE
    return overdue and here.printer_state() is PrinterState.BLOCKED and here.state(job) is CardState.QUEUED


def cleaning(here: World) -> Cleaning:
    found = here.service.printer("left").cleaning
    assert found is not None
    return found


def test_it_warns_first_and_goes_on(tmp_path: Path) -> None:
    here = dirty(tmp_path, 1)
    assert here.service.printer("left").alerts == ()
    printed(here, 1)
    [alert] = here.service.printer("left").alerts
    assert (alert.kind, alert.severity) == (AlertKind.CLEANING_DUE, Severity.WARNING)
    printed(here, 1)
    assert cleaning(here).used == 3


def test_then_it_stops_over_a_restart_too_until_it_is_cleaned(tmp_path: Path) -> None:
    here = dirty(tmp_path, 3)
    job = here.submit("b")
    here.run(30)
    assert stopped(here, job)
    here.kill()
    here.run(30)
    assert (stopped(here, job), cleaning(here).used) == (True, 3)
    want(here)
    here.run_until(here.in_state(job, CardState.DONE))
    assert cleaning(here).used == 1


def test_another_printer_of_the_pool_goes_on(tmp_path: Path) -> None:
    here = world(tmp_path, msgspec.structs.replace(config("left"), cleaning_due=1), config("right"))
    jobs = [here.submit("a") for _ in range(6)]
    here.run_until(lambda: all(here.job(job).state.final for job in jobs))
    assert len(here.printers["left"].out) == 1


def test_a_person_says_that_it_is_clean(tmp_path: Path) -> None:
    here = dirty(tmp_path, 3)
    job = here.submit("b")
    here.run(30)
    here.do(here.service.maintaining.cleaned("left", ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    [row] = [row for row in here.life.keeper.store.events(0, 10_000) if row.what == "cleaned"]
    assert (row.data["cards"], row.data["by"]) == (3, "anna")


def test_a_person_lets_it_go_on_with_name_and_reason(tmp_path: Path) -> None:
    here = dirty(tmp_path, 3)
    job = here.submit("b", copies=3)
    here.run(30)
    for by, error in ((By("anonymous", "a rush"), NameNeeded), (By("anna"), ReasonNeeded)):
        with pytest.raises(error):
            here.do(here.service.maintaining.postpone("left", 2, by))
    here.do(here.service.maintaining.postpone("left", 2, ANNA))
    here.run(60)
    assert here.out("b") == 2
    here.kill()
    here.run(60)
    assert here.out("b") == 2
    want(here)
    here.run_until(lambda: here.job(job).state.final)


def test_a_card_that_was_never_fed_counts_for_nothing(tmp_path: Path) -> None:
    here = world(tmp_path, driver=BenchDriver)
    here.printer.swallows = 1
    job = here.submit("a")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    ledger = here.life.keeper.store.upkeep
    found = ledger.cleanliness("left")
    assert found is not None
    assert found.used == 1
    here.do(here.service.settle(job.id, 1, Verdict.QUEUED, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    found = ledger.cleanliness("left")
    assert found is not None
    assert found.used == 1


def test_the_device_and_the_configuration_have_their_say() -> None:
    told = PrinterStatus(ready=True, supplies=(Supply(kind=SupplyKind.CLEANING, name="", remaining=100, capacity=800),))
    counted = Cleanliness(used=40, since=1.0)
    found = cleaning_of(config(), KNOWN, told, counted)
    assert (found.used, found.due, found.stop) == (700, 800, 1000)
    own = msgspec.structs.replace(config(), cleaning_due=500, cleaning_stop=600)
    found = cleaning_of(own, KNOWN, told, counted)
    assert (found.due, found.stop, found.is_due) == (500, 600, True)
    assert found.stops is not None
    found = cleaning_of(config(), KNOWN, PrinterStatus(ready=True, counters={"since-cleaning": 90}), counted)
    assert (found.used, found.due, found.stop, found.is_due, found.stops) == (90, 0, 0, False, None)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_it_never_stops_before_it_warns(used: int, due: int, stop: int, postponed: int) -> None:
    own = msgspec.structs.replace(config(), cleaning_due=due, cleaning_stop=stop)
    found = cleaning_of(own, KNOWN, None, Cleanliness(used=used, since=0.0, postponed=postponed))
    if due and found.stops is not None:
        assert found.is_due
        assert used >= postponed
    assert found.stop >= found.due
