"""A printer whose driver prints nothing: its queue refuses a job when it is handed in, with the reason."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from printserver.driver import Capabilities, Confirms
from printserver.errors import UnsupportedByPrinter
from printserver.model.job import CardState
from printserver.model.printer import Identity
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import config, world

REASON = "its page sizes are not proven"


class Refusing(BenchDriver):
    """The blind model prints nothing, though it is ready."""

    def capabilities(self, identity: Identity) -> Capabilities:
        can = super().capabilities(identity)
        return dataclasses.replace(can, refuses=REASON if self.confirms is Confirms.TRANSFER else "")


def test_a_job_is_refused_with_the_reason_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    here = world(tmp_path, config(model="blind"), driver=Refusing)
    with pytest.raises(UnsupportedByPrinter, match=f"nothing is printed on left: {REASON}"):
        here.submit()
    with pytest.raises(UnsupportedByPrinter, match=REASON):
        here.submit(hold=True)
    assert not here.jobs()
    assert not here.service.queues()[0].accepting


def test_another_printer_of_the_queue_prints_it(tmp_path: Path) -> None:
    here = world(tmp_path, config("left", "blind"), config("right"), driver=Refusing)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.DONE))
    assert here.card(job).printer == "right"
