"""Sixty runs of the kill harness, the same ones every time: nothing is lost, nothing comes out twice, no doubt hides.

Some more have their store on a real PostgreSQL: its connection fails in them, or the server is killed.

`make long` plays a thousand others.
"""

from __future__ import annotations

import pytest

from tests.crash.counting import table
from tests.crash.playing import play_all
from tests.crash.runs import (
    CUTS,
    DRIVERS,
    KILLED,
    POINTS,
    SHARES,
    SQLITE,
    Kind,
    Line,
    changed,
    connection_runs,
    every_point,
    on_postgresql,
    runs_of,
)

# From here on each kind of fault, cut and point comes up, at either printer.
FIRST = 440
RUNS = runs_of(FIRST, 60)
# Of the transactions of a card at least these come to pass.
CERTAIN_COMMITS = 6
# From here on it fails in every way, once for longer than a transaction may take.
FIRST_OF_CONNECTION = 221
UNANSWERED = ("line=unanswered", "cards=1", "away=0")
CONNECTION = [
    *connection_runs(range(FIRST_OF_CONNECTION, FIRST_OF_CONNECTION + 8)),
    # what is then committed: that a card is rendered, the commit mark
    *(changed(run, (*UNANSWERED, f"commit={at}")) for run, at in zip(connection_runs((1, 2)), (3, 5), strict=True)),
]
ON_POSTGRESQL = on_postgresql(runs_of(308, 4, KILLED))


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
    reached = {int(verdict.run.point.rpartition(":")[2]) for verdict in verdicts if verdict.reached}
    assert reached >= set(range(1, CERTAIN_COMMITS + 1)), "the server does not die where it should"


@pytest.mark.timeout(1200)
def test_a_store_that_is_cut_off_loses_nothing_and_doubles_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    # most of their time goes by with waiting: for the line, and for leases of a server that was killed
    verdicts = play_all((*CONNECTION, *ON_POSTGRESQL), players=4, tell=lambda line: None)
    with capsys.disabled():
        print(f"\n{table(verdicts)}")
    assert [str(verdict) for verdict in verdicts if not verdict.well] == []
    assert len(verdicts) == len(CONNECTION) + len(ON_POSTGRESQL)


def test_a_connection_fails_in_every_way() -> None:
    assert {run.line for run in CONNECTION} == set(Line)
    assert {run.driver for run in CONNECTION} == set(DRIVERS)
    assert {run.kind for run in ON_POSTGRESQL} == set(KILLED)


def test_runs_of_connections_are_drawn_by_themselves() -> None:
    assert all(run.store == SQLITE and run.kind is not Kind.CONNECTION for run in runs_of(0, 300))
    # the first that were ever drawn; another draw before theirs would change them
    assert [run.point for run in runs_of(0, 3)] == ["after:bytes:245", "after:answer:14", "after:head:2"]


def test_the_runs_are_of_every_kind() -> None:
    assert {run.kind for run in RUNS} == set(SHARES)
    assert {(run.driver, run.kind) for run in RUNS} == {(driver, kind) for driver in DRIVERS for kind in SHARES}
    assert {run.cut for run in RUNS if run.kind is Kind.CABLE} == set(CUTS)
    assert {run.point.split(":")[1] for run in RUNS if run.kind is Kind.POINT} == {what for what, _ in POINTS}
