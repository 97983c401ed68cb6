"""A person says that a printer is clear: what the queues ask of them, and that nothing is done without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.errors import NameNeeded, ReasonNeeded, UnknownPrinter
from printserver.model.printer import Decisions, QueueConfig
from printserver.queue.deciding import needed_to_clear
from printserver.queue.views import By
from tests.queue.queue_kit import world


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
