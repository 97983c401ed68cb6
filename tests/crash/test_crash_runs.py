"""Sixty runs of the kill harness, the same ones every time: nothing is lost, nothing comes out twice, no doubt hides.

`make long` plays a thousand others.
"""

from __future__ import annotations

import pytest

from tests.crash.counting import table
from tests.crash.playing import play_all
from tests.crash.runs import CUTS, DRIVERS, POINTS, Kind, every_point, runs_of

# From here on each kind of fault, cut and point comes up, at either printer.
FIRST = 440
RUNS = runs_of(FIRST, 60)


@pytest.mark.timeout(1200)  # three minutes where nothing else runs
def test_sixty_runs_lose_nothing_and_double_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = play_all(RUNS, tell=lambda line: None)
    bad = "\n".join(str(verdict) for verdict in verdicts if not verdict.well)
    with capsys.disabled():
        print(f"\n{table(verdicts)}")
    assert not bad, f"{bad}\nagain: python -m tests.crash --seed N"
    assert len(verdicts) == len(RUNS)


@pytest.mark.timeout(1200)
def test_no_transaction_of_a_card_is_a_bad_moment_to_die() -> None:
    verdicts = play_all(every_point("virtual"), tell=lambda line: None)
    assert [str(verdict) for verdict in verdicts if not verdict.well] == []


def test_the_runs_are_of_every_kind() -> None:
    assert {run.kind for run in RUNS} == set(Kind)
    assert {(run.driver, run.kind) for run in RUNS} == {(driver, kind) for driver in DRIVERS for kind in Kind}
    assert {run.cut for run in RUNS if run.kind is Kind.CABLE} == set(CUTS)
    assert {run.point.split(":")[1] for run in RUNS if run.kind is Kind.POINT} == {what for what, _ in POINTS}
