"""`python -m tests.crash`: plays runs of the kill harness and prints what came of them.

    python -m tests.crash                       1,000 runs, seeds 0 to 999
    python -m tests.crash --runs 50 --first 7   seeds 7 to 56
    python -m tests.crash --seed 42             one run again
    python -m tests.crash --seed 42 cards=1     the same with a field of it changed
    python -m tests.crash --kind cable          one kind of fault alone
    python -m tests.crash --kind store-connection --seed 42
                                                the connection to the store fails, in a run that has numbers of its own
"""

from __future__ import annotations

import argparse
import sys

from tests.crash.counting import table
from tests.crash.playing import play_all
from tests.crash.runs import (
    DRIVERS,
    KILLED,
    SQLITE,
    Kind,
    Run,
    changed,
    connection_runs,
    every_point,
    on_postgresql,
    run_of,
    runs_of,
)


def main() -> int:
    """Play what the command line asks for; 1 when anything was lost, doubled or hidden."""
    parser = argparse.ArgumentParser("tests.crash", None, __doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, action="append", help="play this run alone; may be repeated")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first run's seed")
    parser.add_argument("--kind", action="append", type=Kind, choices=list(Kind), help="may be repeated")
    parser.add_argument("--points", action="store_true", help="and the daemon killed at every transaction of one card")
    parser.add_argument("--sites", type=int, default=2, help="how many are played side by side")
    parser.add_argument("change", nargs="*", metavar="FIELD=VALUE", help="changes the runs")
    given = parser.parse_args()
    runs = [changed(run, given.change) for run in _drawn(given)]
    if given.points and Kind.POINT in (given.kind or Kind):
        runs += [run for driver in DRIVERS for run in every_point(driver)]
    verdicts = play_all(runs, players=min(given.sites, len(runs)), tell=lambda line: print(line, flush=True))
    print(table(verdicts))
    bad = [verdict.run for verdict in verdicts if not verdict.well]
    for words in sorted({_words(run) for run in bad}):
        seeds = sorted(run.seed for run in bad if _words(run) == words)
        print("again: python -m tests.crash", *(f"--seed {seed}" for seed in seeds), *words, *given.change)
    return 1 if bad else 0


def _words(run: Run) -> tuple[str, ...]:
    """Return what a command that plays this run needs beside its number."""
    if run.kind is Kind.CONNECTION:
        return ("--kind", run.kind)
    return (f"store={run.store}",) if run.store != SQLITE else ()


def _drawn(given: argparse.Namespace) -> list[Run]:
    """Return the runs of chance.

    Beside those of the kinds that are drawn a tenth as many in which the store's connection fails, and where no kind is
    named some in which the server is killed with its store on PostgreSQL.
    """
    kinds = given.kind or tuple(Kind)
    alone = set(kinds) == {Kind.CONNECTION}
    if given.seed:
        return connection_runs(given.seed) if alone else [run_of(seed) for seed in given.seed]
    further = given.runs if alone else given.runs // 10
    drawn = [] if alone else runs_of(given.first, given.runs, kinds)
    if Kind.CONNECTION in kinds:
        drawn += connection_runs(range(given.first, given.first + further))
    if given.kind is None:
        drawn += on_postgresql(runs_of(given.first, given.runs // 40, KILLED))
    return drawn


if __name__ == "__main__":
    sys.exit(main())
