"""The counts of many runs, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.crash.judging import Verdict
from tests.crash.runs import Kind

COLUMNS = ("runs", "cards", "in doubt", "by a person", "spoiled", "failed", "refused", "duplicates", "lost")


def table(verdicts: Sequence[Verdict]) -> str:
    """Return the counts by kind of fault, and of all."""
    kinds = [(str(kind), [each for each in verdicts if each.run.kind is kind]) for kind in Kind]
    rows = [(name, _counts(some)) for name, some in (*kinds, ("all", list(verdicts))) if some]
    lines = [f"| fault | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    lines += [f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |" for name, counts in rows]
    return "\n".join(lines)


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
