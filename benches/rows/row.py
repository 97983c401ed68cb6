"""A row of the targets: measured parts, one line, one verdict.

Laws kept here:

1. A figure is the median of interleaved rounds of one run; rounds have different inputs, nothing is kept between them.
2. Both sides work equally often in a row, and what is checked is what the timed work gave.
3. A target is met when the interval of the median reaches it, and it is said where the median itself does not; no
   figure decides anything but the row's last word.
4. Who is not installed is named; a part that could not be measured is never met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import process_time_ns
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")
Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")

ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Part:
    """One measured figure of a row.

    `figures` holds one figure a round (a ratio to the peer, or a value), `bound` what their median is held against,
    `at_least` says from which side; a part without a bound is shown and judges nothing. `missing` names a peer that
    is not installed.
    """

    what: str
    figures: Sequence[float] = ()
    bound: float | None = None
    at_least: bool = True
    unit: str = "x"
    missing: str = ""

    @property
    def met(self) -> bool:
        """Tell whether the interval of the median reaches the bound."""
        if self.bound is None:
            return not self.missing
        if self.missing or not self.figures:
            return False
        low, high = interval(self.figures)
        return high >= self.bound if self.at_least else low <= self.bound

    def target(self) -> str:
        """Say what is asked."""
        if self.bound is None:
            return f"{self.what}: shown"
        return f"{self.what} {'>=' if self.at_least else '<='} {self.bound:g}{self.unit}"

    def measured(self) -> str:
        """Say what was measured, with the interval of the median."""
        if self.missing:
            return f"{self.what}: {self.missing} is not installed"
        low, high = interval(self.figures)
        return f"{median(self.figures):.3g}{self.unit} [{low:.3g}..{high:.3g}]{self._by_the_interval_alone()}"

    def _by_the_interval_alone(self) -> str:
        if self.bound is None or not self.met:
            return ""
        if self.at_least:
            return " (median below, interval reaches)" if median(self.figures) < self.bound else ""
        return " (median above, interval reaches)" if median(self.figures) > self.bound else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its name (R1), its parts, notes on how it was measured, and what keeps it short if it is."""

    name: str
    parts: Sequence[Part]
    note: str = ""
    limit: str = ""

    @property
    def met(self) -> bool:
        """Tell whether every part is met."""
        return all(part.met for part in self.parts)

    def line(self) -> str:
        """Return the row as one line: name, targets, measured, note, verdict."""
        cells = [
            self.name,
            "; ".join(part.target() for part in self.parts),
            "; ".join(part.measured() for part in self.parts),
            "; ".join(filter(None, (self.note, "" if self.met else self.limit))) or "-",
            "met" if self.met else "short",
        ]
        return " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is measured for one row, or for several that share their rounds."""

    names: Sequence[str]
    measure: Callable[[], Sequence[Row]] = field(repr=False)


def interval(figures: Sequence[float]) -> tuple[float, float]:
    """Return an interval of about 95 per cent for the median, from order statistics (binomial, p = 1/2)."""
    ordered = sorted(figures)
    count = len(ordered)
    reach = round(0.98 * count**0.5)  # 1.96 standard deviations of the binomial, sqrt(count) / 2 each
    low, high = max(0, (count - 1) // 2 - reach), min(count - 1, count // 2 + reach)
    return ordered[low], ordered[high]


def interleaved(
    ours: Callable[[T], Ours],
    theirs: Callable[[T], Theirs],
    subject: Callable[[int], T],
    *,
    rounds: int = ROUNDS,
    times: int = 1,
    check: Callable[[T, Ours, Theirs], None] = lambda subject, ours, theirs: None,
) -> list[float]:
    """Return how many times faster ours is, one ratio a round.

    Each round has a subject of its own, made by its number; who begins changes from round to round. Short work is
    done `times` in a row, by both. CPU seconds of the process are counted, so that other work on the machine does not
    decide. `check` is given what the last of the timed works gave, and raises when it is wrong.
    """
    ratios = []
    for number in range(-1, rounds):
        each = subject(number)
        if number % 2:
            (peer, made_by_peer), (own, made) = timed(theirs, each, times), timed(ours, each, times)
        else:
            (own, made), (peer, made_by_peer) = timed(ours, each, times), timed(theirs, each, times)
        check(each, made, made_by_peer)
        del made, made_by_peer  # the next round begins with the memory that this one began with
        if number >= 0:  # the round before the first warms up
            ratios.append(peer / own)
    return ratios


def costs(
    works: Mapping[str, Callable[[T], object]],
    subject: Callable[[int], T],
    *,
    rounds: int = ROUNDS,
    times: Mapping[str, int] = MappingProxyType({}),
    check: Callable[[T, Mapping[str, object]], None] = lambda subject, made: None,
) -> dict[str, list[float]]:
    """Return the CPU nanoseconds of each of several works, one figure a round; otherwise as `interleaved`.

    Another one begins each round. `times` tells who works more than once in a row; `check` is given what each gave, by
    its name. Figures of the same round may be divided by and subtracted from each other.
    """
    spent: dict[str, list[float]] = {name: [] for name in works}
    order = list(works)
    for number in range(-1, rounds):
        each, made = subject(number), dict[str, object]()
        for name in order:
            figure, made[name] = timed(works[name], each, times.get(name, 1))
            if number >= 0:  # the round before the first warms up
                spent[name].append(figure)
        check(each, made)
        order.append(order.pop(0))
    return spent


def timed(work: Callable[[T], Theirs], subject: T, times: int = 1) -> tuple[float, Theirs]:
    """Return the CPU nanoseconds of one piece of work, of all threads and of programs waited for, and what it gave."""
    children, before = _children_ns(), process_time_ns()
    for _ in range(times - 1):
        work(subject)
    made = work(subject)
    after = process_time_ns()
    return max(1, after - before + _children_ns() - children) / times, made


def _children_ns() -> int:
    used = getrusage(RUSAGE_CHILDREN)
    return round(1e9 * (used.ru_utime + used.ru_stime))
