"""A card job that draws panels of its own, in a queue whose printers have different ribbons."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.errors import UnsupportedByPrinter
from printserver.model.job import JobState
from printserver.sandbox.orders import PAGES
from tests.queue.queue_kit import config, world
from tests.queue.test_queue_cardjob import CARDJOB, sent, told

VARNISHED = ("front.png", "front.o.png")
PLAIN = b"[ticket]\nname = 'Badge'\n"


def test_a_card_with_its_own_overlay_goes_to_the_printer_that_has_one(tmp_path: Path) -> None:
    here = world(tmp_path, config("left", ribbon="K"), config("right", ribbon="KO"))
    told(here, PLAIN, names=VARNISHED)
    jobs = [sent(here, CARDJOB, copies=2) for _ in range(2)]
    here.run_until(lambda: all(here.job(job).state is JobState.COMPLETED for job in jobs))
    assert here.printers["left"].out == []
    assert len(here.printers["right"].out) == 4
    looks = [order for order in here.renderer.orders if order.want == {PAGES}]
    assert len(looks) <= 3 * len(jobs)  # at the door, and once for each printer; not for each card


def test_what_no_ribbon_of_the_queue_has_is_refused_at_the_door(tmp_path: Path) -> None:
    here = world(tmp_path, config("left", ribbon="K"), config("right", ribbon="K"))
    told(here, PLAIN, names=VARNISHED)
    with pytest.raises(UnsupportedByPrinter, match="no panel O"):
        sent(here, CARDJOB)
    assert not here.jobs()
