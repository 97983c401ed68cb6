"""Printers that come, change and go while jobs wait, and jobs that are moved to another queue."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from printserver.errors import (
    BadRequest,
    ConfigurationError,
    NameTaken,
    NotAccepting,
    NotPossibleNow,
    StoreFull,
    UnknownPrinter,
    UnknownQueue,
    UnsupportedByPrinter,
)
from printserver.model.job import CardState, JobState
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.preparation import Preparation
from printserver.queue.replacing import Machines, Yard
from printserver.queue.views import Verdict
from tests.queue.bench_printer import BenchPrinter
from tests.queue.pool_kit import declared, outs, pool
from tests.queue.queue_kit import ANNA, World


def machines(here: World) -> Machines:
    """Return what changes the printers of a world."""
    life = here.life
    preparation = Preparation(life.keeper, here.renderer)

    def check(config: PrinterConfig) -> None:
        if config.device == "nowhere":
            raise ConfigurationError("there is no such place", where=f"printer.{config.name}.device")

    async def gone(config: PrinterConfig) -> None: ...

    yard = Yard(
        lambda entry: here._worker(life.keeper, life.board, entry, preparation, life.links), check,
        lambda name: True, gone,
    )
    return Machines(life.keeper, life.board, life.workers, yard, here.service.move)


def new(here: World, name: str, **told: str) -> PrinterConfig:
    """Return a printer that stands there and is not declared yet."""
    config = declared(name, **told)
    kind = type(here.printer)
    here.printers[name] = kind(here.clock, serial=f"S-{name.upper()}", ribbon=config.ribbon)  # type: ignore[call-arg]
    return config


def ended(here: World, work: object) -> None:
    """Let a change that waits for a card come to its end."""
    ends: list[object] = []
    Deferred.fromCoroutine(work).addBoth(ends.append)  # type: ignore[arg-type] # a coroutine
    here.run_until(lambda: bool(ends), 100)
    if isinstance(ends[0], Failure):
        ends[0].raiseException()


def test_a_printer_is_replaced_while_a_card_is_in_it(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left"), ordered=True)
    first, second = here.submit("a", copies=2), here.submit("b")
    here.run_until(lambda: here.card(first).committed and here.state(first, 2) is CardState.READY)
    before = len(here.renderer.orders)
    order: list[bytes] = []
    config = new(here, "fresh", ribbon="KO")
    here.printers["fresh"].watch = order.append
    ended(here, machines(here).replace_printer("left", "fresh", ANNA, config))
    here.run_until(lambda: all(here.job(job).state is JobState.COMPLETED for job in (first, second)))
    assert outs(here) == {"left": 1, "fresh": 2}
    assert order == [b"a", b"b"]
    assert [each.ribbon for each in here.renderer.orders[before:]] == ["KO", "KO"], "panels are made anew"
    assert here.service.queue("card").config.printers == ("fresh",)
    assert here.card(first).attempts[-1].serial == "S-LEFT"
    with pytest.raises(UnknownPrinter):
        here.service.printer("left")
    told = [event for event in here.events if event.what == "replaced"]
    assert [(each.subject, each.data["old"], each.data["by"]) for each in told] == [("fresh", "left", "anna")]
    here.configs = ()
    here.kill()
    assert [each.config.name for each in here.service.printers()] == ["fresh"]


@pytest.mark.parametrize("trouble", ["cut", "open"])
def test_an_uncertain_card_stays_with_the_old_printer_and_can_be_settled(tmp_path: Path, trouble: str) -> None:
    here = pool(tmp_path, declared("left"))
    job = here.submit(copies=3)
    here.run_until(lambda: here.card(job).committed)
    if trouble == "cut":
        here.cut("left")
        here.run_until(here.in_state(job, CardState.UNCERTAIN))
    else:
        here.printers["left"].open = True
        here.run_until(here.in_state(job, CardState.BLOCKED))
    config = new(here, "fresh")
    ended(here, machines(here).replace_printer("left", "fresh", ANNA, config))
    assert here.state(job) is CardState.UNCERTAIN
    here.mend()
    here.run_until(lambda: here.state(job, 2) is here.state(job, 3) is CardState.DONE)
    assert (here.card(job).printer, here.card(job).attempts[-1].serial) == ("left", "S-LEFT")
    assert here.job(job).state is JobState.STOPPED
    here.do(here.service.settle(job.id, 1, Verdict.DONE, ANNA))
    assert here.job(job).state is JobState.COMPLETED
    assert len(here.printers["fresh"].out) == 2


def test_what_was_changed_halfway_lets_the_old_printer_go_on(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left"))
    config = new(here, "fresh")

    def before(name: str) -> None:
        if name == "put_queue":
            raise StoreFull

    here.life.keeper.before = before
    with pytest.raises(StoreFull):
        ended(here, machines(here).replace_printer("left", "fresh", ANNA, config))
    here.life.keeper.before = lambda name: None
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert outs(here) == {"left": 1, "fresh": 0}


def test_a_printer_that_is_there_takes_the_place_and_is_named_once(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left"), declared("right"))
    here.run(3)
    ended(here, machines(here).replace_printer("left", "right", ANNA))
    assert here.service.queue("card").config.printers == ("right",)
    with pytest.raises(BadRequest):
        ended(here, machines(here).replace_printer("right", "right", ANNA))


def test_a_new_printer_is_added_to_a_queue_and_prints(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left"))
    here.run(3)
    to = machines(here)
    ended(here, to.add_printer(new(here, "fresh", ribbon="KO"), ANNA))
    queue = replace(here.life.board.queue_config("card"), printers=("left", "fresh"))
    here.life.keeper.store.put_queue(queue, "test")
    here.life.board.put_queue(queue)
    job = here.submit(ribbon="KO")
    here.run_until(here.in_state(job, CardState.DONE))
    assert outs(here) == {"left": 0, "fresh": 1}
    ended(here, to.retire_printer("fresh", ANNA))
    assert here.service.queue("card").config.printers == ("left",)
    with pytest.raises(NameTaken):
        ended(here, to.add_printer(declared("fresh"), ANNA))
    with pytest.raises(NotPossibleNow, match="no other printer"):
        ended(here, to.retire_printer("left", ANNA))


@pytest.mark.parametrize(("changes", "where"), [
    ({"ribbon": "GOLD"}, "ribbon"), ({"device": "nowhere"}, "device"), ({"name": "a b"}, "name"),
])  # fmt: skip
def test_what_cannot_be_a_printer_is_refused_with_its_key(tmp_path: Path, changes: dict[str, str], where: str) -> None:
    here = pool(tmp_path, declared("left"))
    with pytest.raises(BadRequest) as refused:
        ended(here, machines(here).add_printer(replace(declared("fresh"), **changes), ANNA))
    assert refused.value.where == where
    assert [each.name for each in here.life.keeper.store.printers()] == ["left"]


def test_another_ribbon_is_declared_and_what_was_prepared_is_made_anew(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left"))
    job = here.submit(copies=2)
    here.run_until(lambda: here.state(job, 1) is CardState.PRINTING and here.state(job, 2) is CardState.READY)
    here.printers["left"].ribbon = "KO"  # type: ignore[attr-defined] # a printer of the pool
    ended(here, machines(here).set_printer("left", ANNA, ribbon="KO", place="cellar"))
    assert here.service.printer("left").config.place == "cellar"
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert [each.ribbon for each in here.renderer.orders] == ["K", "K", "KO"]


def test_a_printer_gets_another_device(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left"))
    job = here.submit(copies=2)
    here.run_until(lambda: here.card(job).committed)
    ended(here, machines(here).set_printer("left", ANNA, device="tcp:elsewhere:1"))
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert here.service.printer("left").config.device == "tcp:elsewhere:1"
    assert outs(here) == {"left": 2}


def two_queues(folder: Path) -> World:
    here = pool(folder, declared("left"), declared("right", "KO"))
    keeper, board = here.life.keeper, here.life.board
    for queue in (QueueConfig(name="card", printers=("left",)), QueueConfig(name="badge", printers=("right",))):
        keeper.store.put_queue(queue, "test")
        board.put_queue(queue)
    return here


def test_a_job_is_moved_with_the_cards_that_have_not_been_started(tmp_path: Path) -> None:
    here = two_queues(tmp_path)
    here.run(3)
    job = here.submit(copies=3, queue="card")
    here.run_until(lambda: here.card(job).committed and here.state(job, 2) is CardState.READY)
    [moved] = here.do(here.service.move([job.id], "badge", ANNA))
    assert moved.queue == "badge"
    assert here.life.backlog.waiting("card") == 0
    assert here.life.backlog.waiting("badge") == 1
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert outs(here) == {"left": 1, "right": 2}
    assert here.life.backlog.waiting("badge") == 0
    assert "moved" in [event.what for event in here.life.keeper.store.job_events(job.id)]
    with pytest.raises(NotPossibleNow):
        here.do(here.service.move([job.id], "card", ANNA))


def test_jobs_that_cannot_be_moved_stay_all_of_them(tmp_path: Path) -> None:
    here = two_queues(tmp_path)
    good, bad = here.submit(queue="card", hold=True), here.submit(queue="card", ribbon="K", hold=True)
    with pytest.raises(UnsupportedByPrinter):
        here.do(here.service.move([good.id, bad.id], "badge", ANNA))
    assert {here.job(job).queue for job in (good, bad)} == {"card"}
    with pytest.raises(UnknownQueue):
        here.do(here.service.move([good.id], "nowhere", ANNA))
    with pytest.raises(NotPossibleNow, match="already"):
        here.do(here.service.move([good.id], "card", ANNA))
    here.life.board.put_queue(QueueConfig(name="badge", printers=("right",), accepting=False))
    with pytest.raises(NotAccepting):
        here.do(here.service.move([good.id], "badge", ANNA))


def test_the_preview_is_that_of_the_printer_which_would_take_the_card(tmp_path: Path) -> None:
    here = pool(tmp_path, declared("left", "K"), declared("right", "KO"))
    job = here.submit(hold=True, ribbon="KO")
    _, _, entry = here.do(here.service._prepared_by(job.id, 1))
    assert entry.config.name == "right"
    plain = here.submit(hold=True)
    here.cut("left")
    here.run(15)
    _, _, entry = here.do(here.service._prepared_by(plain.id, 1))
    assert entry.config.name == "right", "the other one is away"
    assert isinstance(here.printers["left"], BenchPrinter)
