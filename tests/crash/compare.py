"""Kills this server and cupsd at random moments, as often, and prints what became of the cards beside each other.

usage: python -m tests.crash.compare [--runs 20] [--write docs/reliability.md]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.crash.anchors import CARDS, Outcome, compare
from tests.crash.judging import Verdict
from tests.crash.playing import play_all
from tests.crash.runs import Kind, changed, runs_of

BEGIN = "<!-- measured: begin; `make crash-compare` writes what stands between these marks -->"
END = "<!-- measured: end -->"
SAME = (f"cards={CARDS}", "together=false", "two_sided=false", "driver=virtual")
HEAD = ("server", "runs", "cards accepted", "lost", "came out twice", "shown to be in doubt", "known to be spoiled")
WHAT = "{runs} runs each, {cards} cards a run; killed (`kill -9`) at a random moment while cards are taken and printed."


def main() -> int:
    """Measure, print, and write on demand; 1 when this server lost or doubled a card."""
    parser = argparse.ArgumentParser(prog="tests.crash.compare", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    ours = play_all([changed(run, SAME) for run in runs_of(0, given.runs, (Kind.DAEMON,))], tell=_tell)
    lines = [
        WHAT.format(runs=given.runs, cards=CARDS), "",
        f"| {' | '.join(HEAD)} |", f"|---{'|---:' * (len(HEAD) - 1)}|", _ours(ours),
    ]  # fmt: skip
    for name, durable in (("cupsd as it comes", False), ("cupsd, durable", True)):
        lines.append(_anchor(name, compare(range(given.runs), durable=durable)))
    print("\n".join(lines))
    if given.write:
        given.write.write_text(written(given.write.read_text(), lines))
    return int(not all(verdict.well for verdict in ours))


def written(page: str, lines: Sequence[str]) -> str:
    """Return a page with these lines between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join((before + BEGIN, *lines, END + after))


def _ours(verdicts: Sequence[Verdict]) -> str:
    counts = (
        len(verdicts), sum(each.cards for each in verdicts), sum(each.lost for each in verdicts),
        sum(each.duplicates for each in verdicts), sum(each.uncertain for each in verdicts),
        sum(each.spoiled for each in verdicts),
    )  # fmt: skip
    return f"| this server | {' | '.join(str(count) for count in counts)} |"


def _anchor(name: str, outcomes: Sequence[Outcome]) -> str:
    counts = (
        len(outcomes), sum(each.accepted for each in outcomes), sum(each.lost for each in outcomes),
        sum(each.doubled for each in outcomes),
    )  # fmt: skip
    return f"| {name} | {' | '.join(str(count) for count in counts)} | - | - |"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
