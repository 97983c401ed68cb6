"""Pull the plug of `serve --emulate` at points of a job: its printer lives on and is found again, the card comes once.

The runs of `test_crash_runs.py` go through every point, with a printer that is none of the server's.
"""

from __future__ import annotations

import pytest

from printserver.client import AnswerLost, JobStatus
from printserver.design.sample import sample_front
from printserver.errors import ServerUnreachable
from printserver.model.job import JobState
from tests.crash.crash_harness import Site, site

# The first transaction is the printer's first look for work; then come acceptance, claim, RENDERED, START, COMMITTED,
# the look ahead, EJECTED and DONE. The card's two megabytes go out in pieces.
POINTS = [
    *(f"{when}:write:{number}" for number in (2, 5, 7, 8) for when in ("before", "after")),
    "after:spool:1", "after:bytes:12",
]  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_server_loses_nothing_and_doubles_nothing(point: str) -> None:
    with site() as here:
        here.start(point)
        accepted = submit(here)
        here.await_death()
        here.await_printer()
        here.start()
        jobs = here.api.jobs().jobs
        assert len(jobs) == 1 if accepted else len(jobs) <= 1, "an accepted job is lost, or doubled"
        for job in jobs:
            judge(here, here.await_final(job.id))
        if not jobs:
            assert here.good_cards() == []


def submit(here: Site) -> bool:
    """Send one card; tell whether the server said that it has the job."""
    try:
        here.api.submit({"name": "crash"}, sample_front())
    except (AnswerLost, ServerUnreachable):
        return False
    return True


def judge(here: Site, job: JobStatus) -> None:
    """Hold what the server says against what lies in the printer's output."""
    here.await_printer()
    good = len(here.good_cards())
    [card] = here.cards_of(job.id)
    assert good <= 1, "the card was printed twice"
    # The device is well and counts its cards: it can answer for each point, so nobody is left in doubt.
    assert job.state == JobState.COMPLETED, f"{job.state}: {card['reason']}"
    assert good == 1, "it says done, and no card came out"
