"""The story of one card: from the door to the output, and every way on which it may leave that path."""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from printserver.dialogue import Dialogue
from printserver.driver import Block, LinkInfo, Outcome, PrintableCard
from printserver.errors import BadTicket, DocumentBroken, ServerBusy, StoreFull
from printserver.model.job import CardState, JobState
from printserver.model.printer import PrinterState
from printserver.model.ticket import Ticket
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.views import Submission
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, World, config, world


def test_a_card_goes_its_way(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1
    assert here.job(job).state is JobState.COMPLETED
    assert here.story(job) == ["render", "rendered", "start", "COMMITTED", "EJECTED", "done"]


def test_no_byte_of_a_card_leaves_before_its_commit_mark_is_on_disk(tmp_path: Path) -> None:
    here = world(tmp_path)
    kept: list[bool] = []
    here.printer.watch = lambda card: kept.append(here.card(1).committed)
    here.submit()
    here.run(10)
    assert kept == [True]


def test_copies_are_printed_one_after_another(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(copies=3)
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert here.out() == 3


def test_the_greater_priority_goes_first(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(here.service.pause("card", ANNA))
    for name, priority in (("low", 10), ("high", 90), ("middle", 50)):
        here.submit(name, priority=priority)
    here.do(here.service.resume("card", ANNA))
    here.run_until(lambda: len(here.printer.out) == 3)
    assert here.printer.out == [b"high", b"middle", b"low"]


def test_the_next_card_is_prepared_while_one_prints(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, second = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(first, CardState.PRINTING))
    assert here.state(second) is CardState.READY


def test_a_job_that_is_not_due_waits(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(not_before=here.wall() + 100)
    here.run(90)
    assert here.state(job) is CardState.QUEUED
    here.run_until(here.in_state(job, CardState.DONE), 60)


# hold and pause


def test_a_held_job_gives_its_prepared_card_back(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, second = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(first, CardState.PRINTING))
    here.do(here.service.hold(second.id, ANNA))
    here.run(30)
    assert here.state(first) is CardState.DONE
    assert here.state(second) is CardState.QUEUED
    here.do(here.service.release(second.id, ANNA))
    here.run_until(here.in_state(second, CardState.DONE))
    assert here.out("b") == 1


def test_a_paused_queue_gives_its_prepared_card_back_and_stays_paused_over_a_crash(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, second = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(first, CardState.PRINTING))
    here.do(here.service.pause("card", ANNA))
    here.run(30)
    assert here.state(first) is CardState.DONE
    assert here.state(second) is CardState.QUEUED
    here.kill()
    here.run(30)
    assert here.state(second) is CardState.QUEUED
    here.do(here.service.resume("card", ANNA))
    here.run_until(here.in_state(second, CardState.DONE))


def test_a_job_that_no_printer_may_take_wakes_none(tmp_path: Path) -> None:
    here = world(tmp_path)
    with mock.patch.object(PrinterWorker, "wake", autospec=True) as wake:
        here.submit(hold=True)
        here.do(here.service.submit(Submission(ticket=Ticket(queue="card"), incoming=True)))
        assert wake.call_count == 0
        here.submit("a")
        assert wake.call_count == 1
    here.do(here.service.pause("card", ANNA))
    with mock.patch.object(PrinterWorker, "wake", autospec=True) as wake:
        waits = here.submit("b")
        assert wake.call_count == 0
    here.do(here.service.resume("card", ANNA))
    here.run_until(here.in_state(waits, CardState.DONE))


# the device waits for a person


def test_a_card_waits_for_the_cover_and_says_so(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.PRINTING))
    here.printer.open = True
    here.run(5)
    assert here.state(job) is CardState.BLOCKED
    assert here.printer_state() is PrinterState.BLOCKED
    here.printer.open = False
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.printer_state() is PrinterState.IDLE
    assert here.story(job).count("block") == here.story(job).count("unblock") == 1


def test_a_printer_that_is_not_well_gets_no_card(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.open = True
    here.run(3)
    job = here.submit()
    here.run(20)
    assert here.state(job) is CardState.QUEUED
    assert here.printer_state() is PrinterState.BLOCKED
    assert here.life.board.entry("left").reason is not None


def test_a_printer_that_is_well_again_is_shown_so_while_its_next_card_is_prepared(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.open = True
    here.run_until(lambda: here.printer_state() is PrinterState.BLOCKED)
    here.submit()
    here.renderer.waits.append(Deferred())
    here.printer.open = False
    here.run_until(lambda: bool(here.renderer.orders))
    assert here.printer_state() is PrinterState.IDLE


def test_a_printer_that_waits_for_a_person_keeps_no_card_from_the_others(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"))
    here.cut("right")
    first = here.submit("a")
    here.run_until(here.in_state(first, CardState.PRINTING))
    second = here.submit("b")
    here.run_until(lambda: here.card(second).printer == "left")
    here.printer.open = True
    here.run(5)
    assert here.state(first) is CardState.BLOCKED
    assert here.state(second) is CardState.QUEUED, "the next card waits behind a cover that nobody has closed"
    here.mend()
    here.run_until(here.in_state(second, CardState.DONE))
    assert here.card(second).printer == "right"
    assert here.state(first) is CardState.BLOCKED
    here.printer.open = False
    here.run_until(here.in_state(first, CardState.DONE))
    assert (here.out("a"), here.out("b")) == (1, 1)


# ruined cards


def test_a_ruined_card_is_printed_again(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.jams = 1
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1
    assert [attempt.outcome for attempt in here.card(job).attempts] == ["spoiled", "done"]


def test_what_moved_nothing_costs_no_attempt(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=2)
    job = here.submit(hold=True)
    # the cover is opened between the status and the card's own question, and then the link breaks: again and again
    here.life.keeper.before = lambda name: setattr(here.printer, "open", True) if name == "claim" else None
    here.do(here.service.release(job.id, ANNA))
    for attempts in range(1, 4):
        here.run_until(here.in_state(job, CardState.BLOCKED))
        assert len(here.card(job).attempts) == attempts
        here.cut()
        here.run_until(here.in_state(job, CardState.QUEUED))
        here.printer.open = False
        here.mend()
    here.life.keeper.before = lambda name: None
    here.printer.jams = 1
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


# the job's and the driver's own faults


def test_a_document_that_cannot_be_read_fails_its_own_card_only(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.faults = [DocumentBroken("the end is missing")]
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.job(job).state is JobState.ABORTED
    assert "document-format-error" in here.job(job).reasons
    assert not here.service.queue("card").config.paused


def test_a_busy_worker_fails_nobody(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.faults = [ServerBusy("all workers are busy")] * 3
    job = here.submit()
    here.run(1)
    assert here.state(job) is CardState.QUEUED
    assert len(here.renderer.orders) == 1, "it asks again only after a rest"
    here.run_until(here.in_state(job, CardState.DONE))
    assert len(here.renderer.orders) == 4


def test_a_renderer_that_breaks_in_a_way_nobody_foresaw_fails_the_card_with_a_reason(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.faults = [ZeroDivisionError()]
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))
    card = here.card(job)
    assert card.state is CardState.FAILED
    assert card.reason is not None
    assert card.reason.code == "internal-error"


class Picky(BenchDriver):
    """Refuses a card before anything moves."""

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        yield from self.until_ready()
        raise BadTicket("track 1 holds a letter", where="tracks")


def test_what_the_driver_refuses_for_the_jobs_own_fault_fails(tmp_path: Path) -> None:
    here = world(tmp_path, driver=Picky)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.FAILED))
    assert "unsupported-attributes-or-values" in here.job(job).reasons


class Explosive(BenchDriver):
    """Raises anything, before or after the commit mark."""

    early = True

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        if self.early:
            yield from self.read()
            raise RuntimeError("a driver's bug")
        yield from super().print_card(card, blocks, link)
        raise KeyError("another bug")


def test_a_driver_that_breaks_before_the_mark_costs_nothing_and_is_tried_ever_more_rarely(tmp_path: Path) -> None:
    here = world(tmp_path, driver=Explosive)
    job = here.submit()
    here.run(600)
    assert here.state(job) is CardState.QUEUED
    assert here.printer_state() is not PrinterState.IDLE
    assert here.out() == 0
    assert len(here.card(job).attempts) < 20


def test_a_driver_that_breaks_after_the_mark_leaves_a_doubt_and_the_device_settles_it(tmp_path: Path) -> None:
    class Late(Explosive):
        early = False

    here = world(tmp_path, driver=Late)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    reason = here.card(job).reason
    assert reason is not None
    assert reason.code == "driver-failed"
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


# what the device can tell


def test_a_printer_that_tells_nothing_leaves_a_check_to_people_and_goes_on(tmp_path: Path) -> None:
    here = world(tmp_path, config(model="blind"))
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(other, CardState.UNCERTAIN))
    reason = here.card(job).reason
    assert reason is not None
    assert reason.code == "awaiting-check"
    assert here.job(job).state is JobState.STOPPED


def test_a_queue_may_accept_what_is_not_confirmed(tmp_path: Path) -> None:
    here = world(tmp_path, config(model="blind"), accept_unconfirmed=True)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.card(job).unconfirmed
    assert "queued-in-device" in here.job(job).reasons


class Boastful(BenchDriver):
    """Says that it is sure though its kind of printer cannot be."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        outcome = yield from super().outcome(before)
        return type(outcome)(sure=True) if hasattr(outcome, "sure") else outcome  # type: ignore[call-arg] # Done


def test_nobody_is_sure_of_what_cannot_be_known(tmp_path: Path) -> None:
    here = world(tmp_path, config(model="blind"), driver=Boastful)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))


# printers that differ


def test_a_card_goes_to_the_printer_that_has_its_ribbon(tmp_path: Path) -> None:
    here = world(tmp_path, config("left", ribbon="K"), config("right", ribbon="KO"))
    jobs = [here.submit("varnished", ribbon="KO") for _ in range(3)]
    here.run_until(lambda: all(here.job(job).state is JobState.COMPLETED for job in jobs))
    assert here.printers["left"].out == []
    assert len(here.printers["right"].out) == 3


def test_two_printers_share_a_queue(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"))
    job = here.submit(copies=6)
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert [len(printer.out) for printer in here.printers.values()] == [3, 3]


# a store that is full


def full_at(here: World, call: str, times: int = 10_000) -> list[str]:
    """Let a call of the store find the disk full so many times; returns the calls that did."""
    met: list[str] = []

    def before(name: str) -> None:
        if name == call and len(met) < times:
            met.append(name)
            raise StoreFull

    here.life.keeper.before = before
    return met


def test_a_full_disk_at_the_start_or_the_mark_lets_no_byte_leave(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.open = True
    here.run(3)
    here.submit()
    here.printer.open = False
    for writes in range(1, 8):
        allowed = iter(range(writes))

        def before(name: str, allowed: object = allowed) -> None:
            if name == "apply" and next(allowed, None) is None:  # type: ignore[call-overload] # an iterator
                raise StoreFull

        here.life.keeper.before = before
        here.run(70)
        here.life.keeper.before = lambda name: None
        if here.printer.out:
            break
        assert not any(data.startswith(b"CARD") for data in here.printer.heard)
    here.run_until(lambda: here.job(1).state is JobState.COMPLETED)
    assert here.out() == 1


def test_an_outcome_is_offered_until_the_store_takes_it(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    met = full_at(here, "apply")
    here.run(30)
    assert here.out() == 1
    assert here.state(job) is CardState.PRINTING
    assert len(met) > 10
    here.life.keeper.before = lambda name: None
    here.run(3)
    assert here.state(job) is CardState.DONE
    assert "doubt" not in here.story(job)


def test_a_prepared_card_that_cannot_be_given_back_is_not_forgotten(tmp_path: Path) -> None:
    here = world(tmp_path)
    first, second = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(second, CardState.READY))
    here.do(here.service.hold(second.id, ANNA))
    met: list[str] = []

    def before(name: str) -> None:
        if name == "apply" and not met and here.state(first) is CardState.DONE:
            met.append(name)
            raise StoreFull

    here.life.keeper.before = before
    here.run_until(lambda: bool(met))
    here.run(60)
    assert here.state(second) is CardState.QUEUED


@pytest.mark.parametrize("call", ["claim", "apply", "job", "put_artifact"])
def test_a_store_that_is_away_for_a_while_loses_nothing(tmp_path: Path, call: str) -> None:
    here = world(tmp_path)
    full_at(here, call, times=12)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


def test_the_profile_of_the_card_s_ribbon_travels_with_the_card(tmp_path: Path) -> None:
    file = tmp_path / "black.json"
    file.write_bytes(b"a profile")
    here = world(tmp_path, replace(config(), profiles={"k": str(file), "YMCKO": "/nowhere"}))
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert [(order.profile, order.profile_file) for order in here.renderer.orders] == [(b"a profile", str(file))]
    file.write_bytes(b"another one")
    here.run_until(here.in_state(here.submit(), CardState.DONE))
    assert here.renderer.orders[-1].profile == b"another one"


def test_a_profile_that_cannot_be_read_fails_the_card_and_names_the_file(tmp_path: Path) -> None:
    here = world(tmp_path, replace(config(), profiles={"K": str(tmp_path / "gone.json")}))
    job = here.submit()
    here.run_until(here.in_state(job, CardState.FAILED))
    reason = here.card(job).reason
    assert reason is not None
    assert reason.code == "bad-profile"
    assert str(tmp_path / "gone.json") in reason.detail


def test_a_ribbon_without_a_profile_is_rendered_without_one(tmp_path: Path) -> None:
    here = world(tmp_path, replace(config(), profiles={"YMCKO": "/nowhere"}))
    here.run_until(here.in_state(here.submit(), CardState.DONE))
    assert here.renderer.orders[0].profile is None
