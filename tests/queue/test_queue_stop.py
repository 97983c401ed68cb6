"""An orderly end, and the printer's comings and goings."""

from pathlib import Path

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from printserver.model.job import CardState
from printserver.model.printer import PrinterState
from tests.queue.queue_kit import ANNA, World, world


def printer_told(here: World) -> list[object]:
    return [event.data["state"] for event in here.events if event.kind == "printer" and event.what == "state"]


def test_a_moving_card_is_finished(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit("a"), here.submit("b")
    here.run_until(lambda: here.card(job).committed)
    began = here.clock.seconds()
    here.stop()
    assert here.clock.seconds() - began < 10
    told = [(event.subject, event.what) for event in here.events if event.kind == "card"]
    assert ("1/1", "done") in told
    assert ("2/1", "return") in told
    assert ("2/1", "start") not in told
    here.begin()
    assert here.state(job) is CardState.DONE
    here.run_until(here.in_state(other, CardState.DONE))


def test_a_stuck_card_is_left_and_the_next_start_asks_the_device(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.printer.open = True
    here.run_until(here.in_state(job, CardState.BLOCKED))
    began = here.clock.seconds()
    here.stop()
    assert here.clock.seconds() - began <= 1
    here.begin()
    here.printer.open = False
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.story(job)[-2:] == ["doubt", "settle-done"]
    assert here.out() == 1


def test_a_card_that_is_not_committed_goes_back(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.life.keeper.before = lambda name: setattr(here.printer, "open", True) if name == "claim" else None
    job = here.submit()
    here.run_until(here.in_state(job, CardState.BLOCKED))
    here.stop()
    here.begin()
    assert here.state(job) is CardState.QUEUED
    here.printer.open = False
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


def test_no_card_is_committed_any_more(tmp_path: Path) -> None:
    here = world(tmp_path)
    ends: list[object] = []

    def before(name: str) -> None:
        worker = here.life.workers["left"]
        if name == "job" and worker._attempt is not None and not ends:
            ends.append(Deferred.fromCoroutine(worker.stop()))

    here.life.keeper.before = before
    job = here.submit()
    here.run(5)
    assert ends
    assert here.printer.out == []
    assert here.state(job) is CardState.QUEUED


def test_a_conversation_with_a_silent_device_is_ended(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.run(1)
    here.printer.receive = lambda data: b""  # type: ignore[method-assign] # the device falls silent
    here.life.workers["left"].wake()
    here.run(1)
    began = here.clock.seconds()
    here.stop()
    assert here.clock.seconds() - began <= 0.5
    assert not here.life.workers["left"]._running


def test_a_worker_that_renders_for_long_holds_no_stop_up(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.waits = [Deferred()]
    job = here.submit()
    began = here.clock.seconds()
    here.stop()
    assert here.clock.seconds() - began < 3
    here.begin()
    here.run_until(here.in_state(job, CardState.DONE))


# coming and going


def test_a_printer_that_goes_and_comes_is_told_of_once_each_way(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.run(5)
    before = len(printer_told(here))
    here.cut()
    here.run(60)
    view = here.service.printer("left")
    assert view.state is PrinterState.OFFLINE
    assert view.needs_person
    assert view.reason is not None
    here.mend()
    here.run(60)
    assert here.service.printer("left").reason is None
    assert printer_told(here)[before:] == ["offline", "idle"]


def test_a_poll_that_tells_nothing_new_is_not_journalled(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.run(5)
    before = here.do(here.service.last_event())
    here.run(300)
    assert here.do(here.service.last_event()) == before


def test_a_word_of_a_person_is_not_kept_for_another_day(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.run(5)
    here.do(here.service.clear_printer("left", ANNA))
    here.run(30)
    assert not here.life.workers["left"]._recover


def test_cards_of_a_printer_that_is_no_longer_there_are_not_forgotten(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit("a"), here.submit("b")
    here.run_until(lambda: here.card(job).committed)
    store = here.life.keeper.store
    [old] = here.configs
    [queue] = here.queues
    here.configs = ()
    store.put_printer(replace(old, retired=True), "anna")
    store.put_printer(replace(old, name="new"), "anna")
    store.put_queue(replace(queue, printers=("new",)), "anna")
    here.printers["new"] = here.printers["left"]
    here.kill()
    assert here.state(job) is CardState.UNCERTAIN
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.state(job) is CardState.UNCERTAIN
