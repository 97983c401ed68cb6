"""Cards whose fate nobody knows: what the device may settle, what only a person may, and that nothing is guessed."""

from pathlib import Path

import pytest

from printserver.dialogue import Dialogue
from printserver.driver import Evidence, LinkInfo, Outcome
from printserver.errors import NotPossibleNow
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import PrinterState
from printserver.queue.views import Verdict
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, World, config, world


def torn(here: World, name: str = "a", **ticket: int) -> Job:
    """Let a card be torn off: the link breaks after the commit mark, and the printer goes on or not."""
    job = here.submit(name, **ticket)
    here.run_until(lambda: here.card(job).committed)
    here.cut()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    return job


def test_the_device_that_had_the_card_settles_it(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = torn(here)
    assert here.job(job).state is JobState.STOPPED
    here.mend()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1
    assert here.printer_state() is PrinterState.IDLE


def test_evidence_of_a_ruined_card_prints_it_again(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.jams = 1
    job = torn(here)
    here.mend()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1


def test_a_killed_server_asks_the_device_before_anybody(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    here.kill()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 1
    assert here.story(job)[-2:] == ["doubt", "settle-done"]


def test_a_doubt_stops_the_printer_until_a_person_speaks(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.run(120)
    assert here.printer_state() is PrinterState.STOPPED
    assert here.state(other) is CardState.QUEUED, "the prepared card went back"
    here.do(here.service.settle(job.id, 1, Verdict.QUEUED, ANNA))
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.state(job) is CardState.DONE
    assert here.out("a") == here.out("b") == 1


VERDICTS = [
    (Verdict.DONE, CardState.DONE, 0), (Verdict.SPOILED, CardState.DONE, 1), (Verdict.QUEUED, CardState.DONE, 1),
    (Verdict.ABANDON, CardState.FAILED, 0),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "state", "more"), VERDICTS)
def test_each_verdict_of_a_person(tmp_path: Path, verdict: Verdict, state: CardState, more: int) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job = here.submit()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.do(here.service.settle(job.id, 1, verdict, ANNA))
    here.run(60)
    assert here.state(job) is state
    assert here.out() == more
    assert here.printer_state() is PrinterState.IDLE


@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_verdict_prints_a_card_of_a_cancelled_job(tmp_path: Path, verdict: Verdict) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job = here.submit(copies=2)
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.do(here.service.cancel(job.id, ANNA))
    here.do(here.service.settle(job.id, 1, verdict, ANNA))
    here.run(120)
    assert here.out() == 0
    assert here.job(job).state.final
    assert here.state(job, 2) is CardState.CANCELED


def test_a_person_settles_while_the_printer_is_away(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = torn(here)
    here.run(30)
    here.do(here.service.settle(job.id, 1, Verdict.DONE, ANNA))
    here.mend()
    other = here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.out("a") == 1
    assert here.story(job).count("settle-done") == 1


def test_a_card_settled_while_the_start_clears_up_does_not_stop_the_printer(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job = here.submit()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    worker = here.life.workers["left"]
    here.do(here.service.settle(job.id, 1, Verdict.DONE, ANNA))
    worker._doubts.add([(job.id, 1)])  # as a list that was read before the person spoke
    other = here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE))


# who is asked


def test_another_device_on_the_same_line_is_not_asked(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = torn(here)
    here.printer.serial = "ANOTHER"
    here.mend()
    here.run(60)
    assert here.state(job) is CardState.UNCERTAIN
    assert here.printer_state() is PrinterState.STOPPED


def test_a_device_without_a_serial_is_not_asked(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.serial = ""
    here.kill()
    job = torn(here)
    here.mend()
    here.run(60)
    assert here.state(job) is CardState.UNCERTAIN


def test_two_printers_of_one_serial_are_not_asked(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right"))
    for printer in here.printers.values():
        printer.serial = "SAME"
    here.kill()
    job = here.submit()
    here.run_until(lambda: here.card(job).committed)
    name = here.card(job).printer
    assert name is not None
    here.cut(name)
    here.mend()
    here.run(60)
    assert here.state(job) is CardState.UNCERTAIN


def test_of_two_cards_in_doubt_the_device_is_asked_about_neither(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.swallows = 2
    first = here.submit("a")
    here.run_until(here.in_state(first, CardState.UNCERTAIN))
    here.do(here.service.clear_printer("left", ANNA))
    second = here.submit("b")
    here.run_until(here.in_state(second, CardState.UNCERTAIN))
    here.life.workers["left"]._doubts.add([(first.id, 1), (second.id, 1)])
    here.cut()
    here.mend()
    here.run(60)
    assert "settle-done" not in here.story(first) + here.story(second)
    assert here.state(first) is here.state(second) is CardState.UNCERTAIN


class Hopeless(BenchDriver):
    """Breaks when it is asked what became of a card."""

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        raise LookupError(evidence.of("never"))


def test_a_driver_that_cannot_reconcile_leaves_the_card_to_people(tmp_path: Path) -> None:
    here = world(tmp_path, driver=Hopeless)
    job = torn(here)
    here.mend()
    here.run(60)
    assert here.state(job) is CardState.UNCERTAIN
    reason = here.life.board.entry("left").reason
    assert reason is not None
    assert reason.code == "plugin-broken"
    here.do(here.service.settle(job.id, 1, Verdict.DONE, ANNA))
    other = here.submit("b")
    here.run_until(here.in_state(other, CardState.DONE), 600)


# "the path is empty, go on"


def test_a_person_lets_the_printer_go_on_and_the_card_stays_in_doubt(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(other, CardState.DONE))
    assert here.state(job) is CardState.UNCERTAIN


def test_after_that_the_next_cards_count_is_no_evidence_for_the_first(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.printer.swallows = 1
    job, other = here.submit("a"), here.submit("b")
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.do(here.service.clear_printer("left", ANNA))
    here.run_until(here.in_state(other, CardState.DONE))
    here.kill()  # the counter now stands one above where it stood before the card in doubt
    here.run(60)
    assert here.state(job) is CardState.UNCERTAIN
    assert here.printer_state() is PrinterState.IDLE
    here.do(here.service.settle(job.id, 1, Verdict.SPOILED, ANNA))
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out("a") == 1


# a finished card


def test_a_rejected_card_is_printed_anew_as_an_attempt_of_the_same_card(tmp_path: Path) -> None:
    here = world(tmp_path, max_attempts=1)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    rejected = here.do(here.service.reject(job.id, 1, ANNA))
    assert not rejected.state.final
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.out() == 2
    assert len(here.card(job).attempts) == 2


def test_a_rejected_card_of_a_cancelled_job_is_not_printed_anew(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(copies=2)
    here.run_until(here.in_state(job, CardState.DONE))
    here.do(here.service.cancel(job.id, ANNA))
    here.run(30)
    done = [card.number for card in here.job(job).cards if card.state is CardState.DONE]
    for number in done:
        here.do(here.service.reject(job.id, number, ANNA))
    here.run(60)
    assert all(here.state(job, number) is CardState.FAILED for number in done)
    assert here.job(job).state.final
    assert here.out() == len(done)


def test_only_a_finished_card_can_be_rejected_and_only_one_in_doubt_settled(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    with pytest.raises(NotPossibleNow):
        here.do(here.service.reject(job.id, 1, ANNA))
    with pytest.raises(NotPossibleNow):
        here.do(here.service.settle(job.id, 1, Verdict.DONE, ANNA))
