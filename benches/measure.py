"""Measures every row of the targets and the table of peers, prints them, and writes them into a page on demand.

usage: python -m benches.measure [--rows R1,R6] [--write docs/raster.md]

Laws kept here:

1. Every row is one line; a row that could not be measured says why, in its line, and the program ends with 1.
2. A row that is short is a result like another: it does not make the program fail.
3. What is written into a page was measured by this run, under the conditions that stand above it.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import monotonic

from benches import report
from benches.contest import Standing
from benches.contests import CONTESTS
from benches.rows import ROWS
from benches.rows.row import Measurement, Row

# Where the rows are measured; one that is listed and cannot be imported is a failure.
MODULES = ("benches.rows.programs", "benches.rows.colour")


@dataclass(frozen=True, slots=True)
class Failure:
    """A row, or a part of it, that could not be measured, and why."""

    name: str
    why: str

    def line(self) -> str:
        """Return the failure as a row's line."""
        return f"{self.name} | - | {self.why} | - | not measured"


def measurements(modules: Sequence[str] = MODULES) -> tuple[list[Measurement], list[Failure]]:
    """Collect what every module measures; a module that cannot be imported becomes a failure that names it."""
    found: list[Measurement] = []
    failures: list[Failure] = []
    for module in modules:
        try:
            found += import_module(module).MEASUREMENTS
        except (ImportError, AttributeError) as problem:
            failures.append(Failure(module, described(problem)))
    return found, failures


def measured(found: Sequence[Measurement], wanted: Sequence[str]) -> tuple[list[Row], list[Failure]]:
    """Run what gives the wanted rows; what raises, or gives other rows than it says, becomes a failure."""
    rows: list[Row] = []
    failures: list[Failure] = []
    for each in found:
        if set(each.names).isdisjoint(wanted):
            continue
        started = monotonic()
        try:
            given = each.measure()
        except Exception as problem:  # whatever goes wrong costs this row alone, and is told in its line
            traceback.print_exc()
            failures += [Failure(name, described(problem)) for name in each.names]
        else:
            rows += given
            odd = {row.name for row in given} ^ set(each.names)
            failures += [Failure(name, f"{', '.join(each.names)} are promised") for name in sorted(odd)]
        print(f"{', '.join(each.names)}: {monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    failures += [Failure(name, "nothing measures it") for name in wanted if name not in named(found)]
    return [row for row in joined(rows) if row.name in wanted], failures


def named(found: Sequence[Measurement]) -> set[str]:
    """Return the names of all rows that something measures."""
    return {name for each in found for name in each.names}


def joined(rows: Sequence[Row]) -> list[Row]:
    """Return one row a name, sorted as the targets are; several modules may each give parts of one."""
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    return [
        Row(
            name,
            [part for row in by_name[name] for part in row.parts],
            "; ".join(dict.fromkeys(row.note for row in by_name[name] if row.note)),
            "; ".join(dict.fromkeys(row.limit for row in by_name[name] if row.limit and not row.met)),
        )
        for name in sorted(by_name, key=place)
    ]


def lines_of(rows: Sequence[Row], failures: Sequence[Failure]) -> list[str]:
    """Return a line for each row and each failure, sorted; a row of which a part failed was not measured."""
    lines = {row.name: row.line() for row in rows}
    lines |= {failure.name: failure.line() for failure in failures}
    return [lines[name] for name in sorted(lines, key=place)]


def place(name: str) -> tuple[int, str]:
    """Return where a row stands: as in the list of targets, strangers last."""
    return (ROWS.index(name), "") if name in ROWS else (len(ROWS), name)


def described(problem: Exception) -> str:
    """Return an exception as one line without bars."""
    text = " ".join(f"{type(problem).__name__}: {problem}".split())
    return text.replace("|", "/")


def standings() -> tuple[list[Standing], list[Failure]]:
    """Hold every contest; one that raises becomes a failure that names it."""
    held: list[Standing] = []
    failures: list[Failure] = []
    for contest in CONTESTS:
        try:
            held += contest.hold()
        except Exception as problem:  # whatever goes wrong costs this contest alone, and is told
            traceback.print_exc()
            failures.append(Failure(contest.what, described(problem)))
    return held, failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; return the status to end with."""
    parser = argparse.ArgumentParser(prog="python -m benches.measure", description="Measure the targets.")
    parser.add_argument("--rows", default=",".join(ROWS), help="rows to measure, as R1,R6; all of them by default")
    parser.add_argument("--write", type=Path, help="a page that holds the marks between which the results are put")
    chosen = parser.parse_args(arguments)
    wanted = [name for name in chosen.rows.split(",") if name]
    if unknown := [name for name in wanted if name not in ROWS]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    under = report.conditions()
    held, failures = standings() if len(wanted) == len(ROWS) else ([], [])
    found, absent = measurements()
    rows, unmeasured = measured(found, wanted)
    failures += absent + unmeasured
    for line in (*under.sentences(), *report.text(held)):
        print(line)
    lines = lines_of(rows, failures)
    print("\n".join(lines))
    if chosen.write:
        page = chosen.write.read_text()
        chosen.write.write_text(report.put_between_marks(page, report.markdown(under, lines, held)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
