"""The counts of many runs, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.crash.judging import Verdict
from tests.crash.runs import SQLITE, Kind, Run

COLUMNS = ("runs", "cards", "in doubt", "by a person", "spoiled", "failed", "refused", "duplicates", "lost")


def table(verdicts: Sequence[Verdict]) -> str:
    """Return the counts by kind of fault, and of all."""
    faults = list(dict.fromkeys(_fault(each.run) for kind in Kind for each in verdicts if each.run.kind is kind))
    kinds = [(fault, [each for each in verdicts if _fault(each.run) == fault]) for fault in faults]
    rows = [(name, _counts(some)) for name, some in (*kinds, ("all", list(verdicts))) if some]
    lines = [f"| fault | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    lines += [f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |" for name, counts in rows]
    return "\n".join(lines)


def _fault(run: Run) -> str:
    elsewhere = run.store != SQLITE and run.kind is not Kind.CONNECTION
    return f"{run.kind}, store on {run.store}" if elsewhere else str(run.kind)


def _counts(some: Sequence[Verdict]) -> Sequence[int]:
    people, refusals = Counter[str](), Counter[str]()
    for verdict in some:
        people += verdict.people
        refusals += verdict.refusals
    return (
        len(some), sum(each.cards for each in some), sum(each.uncertain for each in some), people.total(),
        sum(each.spoiled for each in some), sum(each.failed for each in some), refusals.total(),
        sum(each.duplicates for each in some), sum(each.lost for each in some),
    )  # fmt: skip
