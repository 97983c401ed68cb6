"""What a device tells in between does not take away what it told before."""

from __future__ import annotations

from pathlib import Path

from printserver.model.job import CardState
from tests.queue.queue_kit import world


def test_a_device_that_tells_of_its_cover_alone_keeps_its_counters(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.run_until(lambda: here.service.printer("left").status is not None)
    first = here.service.printer("left").status
    assert first is not None
    assert first.counters == {"cards": 0}
    job = here.submit()
    here.run_until(here.in_state(job, CardState.PRINTING))
    here.printer.open = True
    here.run_until(here.in_state(job, CardState.BLOCKED))
    now = here.service.printer("left").status
    assert now is not None
    assert (now.ready, now.counters) == (False, {"cards": 0})
