"""Pull the plug while a printer prints its own test card: nothing is printed until a person has looked."""

from __future__ import annotations

from typing import Any

from printserver.client.replies import read_any
from printserver.design.sample import sample_front
from printserver.emulation.launch import clear_fault, set_fault
from printserver.model.alert import AlertKind
from printserver.model.job import JobState
from tests.crash.crash_harness import Site, await_until, site

PRINTER = "card-printer"


def printer(here: Site) -> Any:  # noqa: ANN401 - JSON
    return read_any(here.api.fetch(f"/printers/{PRINTER}"))


def reason(here: Site) -> str:
    return str((printer(here)["reason"] or {}).get("code"))


def test_a_server_killed_in_the_middle_of_a_test_card_waits_for_a_person() -> None:
    with site() as here:
        here.start()
        first = here.api.submit({"name": "first"}, sample_front())
        assert here.await_final(first.id).state is JobState.COMPLETED
        set_fault(here.control, "hopper-empty")  # so that the test card waits in the printer's queue of commands
        here.api.maintain(PRINTER, "test-card", by="anna")
        await_until(lambda: reason(here) == AlertKind.FEEDER)
        here.kill()
        clear_fault(here.control, "hopper-empty")
        await_until(lambda: len(here.good_cards()) == 2)
        here.start()
        second = here.api.submit({"name": "second"}, sample_front())
        await_until(lambda: reason(here) == "maintenance-in-doubt")
        assert printer(here)["needs_person"] is True
        assert here.api.job(second.id).state is JobState.PENDING
        assert len(here.good_cards()) == 2, "no job's card was printed over what may lie in the printer"
        here.api.clear(PRINTER, by="anna")
        assert here.await_final(second.id).state is JobState.COMPLETED
        here.kill()
        here.start()
        third = here.api.submit({"name": "third"}, sample_front())
        assert here.await_final(third.id).state is JobState.COMPLETED, "what the test card counted is the record"
        assert len(here.good_cards()) == 4
