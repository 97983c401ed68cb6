"""What goes wrong in the printer is told on the API and the page, ends in a declared state, and costs no second card.

One server has two emulated printers. One gets a fault after the other; the other falls silent in the middle of a card,
at the very beginning, and has until the end of the module to be found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from printserver.emulation.launch import clear_fault, set_fault
from tests.crash.crash_harness import Site, await_until
from tests.doors.doors_inputs import GOOD
from tests.doors.doors_kit import DEFAULT_QUEUE, await_printer, faults_in_log, page, printer_row, serving

SECOND = """
[printer.mute]
driver = "evolis"
model = "primacy"
device = "emulated"

[queue.mute]
printers = ["mute"]
"""
# In the middle of a card's two megabytes, long after COMMITTED.
MIDDLE = 100_000
DONE, SPOILED, UNKNOWN, BROKEN_OFF = "done", "spoiled", "unknown", "broken-off"


@dataclass(frozen=True)
class Bench:
    """A server, and one of its emulated printers with the queue in front of it."""

    here: Site
    printer: str
    queue: str

    @property
    def control(self) -> Path:
        """Where this printer's knobs are."""
        return self.here.data / "emulators" / f"{self.printer}.sock.control"

    def good_cards(self) -> int:
        """How many cards left by the output."""
        return len(list((self.here.data / "cards" / self.printer).glob("*-front.png")))

    def send(self) -> int:
        """Send a good card."""
        return self.here.api.submit({"queue": self.queue}, GOOD).id

    def row(self) -> dict[str, Any]:
        """The printer as the API tells it."""
        return printer_row(self.here, self.printer)

    def await_trouble(self, code: str) -> dict[str, Any]:
        """Wait until the printer needs a person for this reason, and return it."""
        await_until(lambda: self.row()["needs_person"] and (self.row()["reason"] or {}).get("code") == code)
        return self.row()

    def await_printed(self, job: int, before: int) -> list[str]:
        """Wait until a job is completed; return how its attempts ended. There is one good card more, and only one."""
        await_until(lambda: self.here.api.job(job).final)
        assert self.here.api.job(job).state == "completed"
        await_until(lambda: self.good_cards() == before + 1)
        [card] = self.here.cards_of(job)
        assert card["state"] == "done"
        return [attempt["outcome"] for attempt in card["attempts"]]

    def story(self, job: int) -> str:
        """A job's journal as the API tells it."""
        return self.here.api.fetch(f"/jobs/{job}/story").decode()


@pytest.fixture(scope="module")
def mute(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    file = tmp_path_factory.mktemp("site") / "site.toml"
    file.write_text(DEFAULT_QUEUE + SECOND)
    with serving("--config", str(file), hurry="10") as (here, _):
        found = Bench(here, "mute", "mute")
        set_fault(found.control, f"silent@byte={MIDDLE}")
        assert found.send() == 1
        yield found


@pytest.fixture
def bench(mute: Bench) -> Iterator[Bench]:
    found = Bench(mute.here, "card-printer", "card")
    await_printer(found.here, "idle")
    yield found
    clear_fault(found.control)


@pytest.mark.parametrize(
    ("fault", "code", "words", "attempts"),
    [
        ("cover-open@card=1", "cover-open", "The cover is open", [DONE]),
        ("ribbon-out@panel=k", "marker-supply-empty", "The ribbon is used up", [DONE]),
        ("hopper-empty", "media-empty", "No blank cards", [DONE]),
        ("jam", "media-jam", "A card is stuck", [SPOILED, DONE]),
        ("unknown-reply", "other", "ERR 42 SEE MANUAL", [DONE]),
        ("unknown-reply@card=1", "other", "ERR 42 SEE MANUAL", [DONE]),
        (f"stall@byte={MIDDLE}", "other", "the printer takes no more data", [DONE]),
    ],
)
def test_a_printer_that_waits_for_a_person_says_so_and_goes_on_by_itself(
    bench: Bench, fault: str, code: str, words: str, attempts: list[str]
) -> None:
    before = bench.good_cards()
    set_fault(bench.control, fault)
    job = bench.send()
    row = bench.await_trouble(code)
    assert row["state"] == "blocked"
    assert words in unescape(page(bench.here))
    assert not bench.here.api.job(job).final, "it says done before the device did"
    clear_fault(bench.control)
    assert bench.await_printed(job, before) == attempts


def test_a_line_that_breaks_before_the_card_moved_costs_nothing(bench: Bench) -> None:
    before = bench.good_cards()
    set_fault(bench.control, "drop-link@byte=60")
    job = bench.send()
    assert bench.await_trouble("device-unreachable")["state"] == "offline"
    *broken, last = bench.await_printed(job, before)
    assert last == DONE
    assert set(broken) <= {BROKEN_OFF}


@pytest.mark.parametrize(
    ("fault", "reason", "attempts"),
    [
        # the card is in doubt, and the printer's own counter settles it
        (f"drop-link@byte={MIDDLE}", "device-unreachable", [UNKNOWN, DONE]),
        # one answer that nobody knows: the card waits, until the next answer is OK again
        (f"garble@byte={MIDDLE}", "other", [DONE]),
    ],
)
def test_a_line_that_fails_in_the_middle_is_noted_and_the_card_comes_out_once(
    bench: Bench, fault: str, reason: str, attempts: list[str]
) -> None:
    before = bench.good_cards()
    set_fault(bench.control, fault)
    job = bench.send()
    assert bench.await_printed(job, before) == attempts
    assert f'"{reason}"' in bench.story(job)


def test_a_printer_that_falls_silent_in_the_middle_leaves_a_doubt_that_its_counter_settles(mute: Bench) -> None:
    await_until(lambda: mute.row()["needs_person"])
    status = mute.here.await_settled(1)
    assert "card-uncertain" in status.reasons
    [card] = mute.here.cards_of(1)
    assert (card["state"], card["reason"]["code"]) == ("uncertain", "device-silent")
    assert "Say what happened" in page(mute.here)
    assert "Uncertain: please look at the card" in page(mute.here, "/jobs/1")
    mute.await_trouble("device-silent")
    assert "The printer does not answer" in page(mute.here)
    await_until(lambda: mute.good_cards() == 1)
    clear_fault(mute.control)
    assert mute.await_printed(1, 0) == [UNKNOWN]
    assert '"device-evidence"' in mute.story(1)


def test_no_card_came_out_that_no_job_tells_of(mute: Bench) -> None:
    counts = [job.row["cards"] for job in mute.here.api.jobs().jobs]
    assert all(set(count) == {"done", "uncertain"} and count["uncertain"] == 0 for count in counts)
    printed = [Bench(mute.here, name, "").good_cards() for name in ("card-printer", "mute")]
    assert sum(printed) == sum(count["done"] for count in counts)
    assert faults_in_log(mute.here.data) == []
