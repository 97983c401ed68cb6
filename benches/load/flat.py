"""Whether a long history makes anything slower: two servers side by side, one new, one with all jobs of former days.

Laws kept here:

1. Each is asked the same in turns, so that whatever else the machine does falls on both; told are medians.
2. Pages are asked for when both have taken the same jobs just now, so that both have as much to show.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from benches.load import clients, servers
from benches.load.clients import Load, Target
from printserver.ipp import Operation

LONG = 100_000
PAGES = ("/", "/wall", "/history", "/history?name=card", "/counts", "/metrics", "/api/v1/jobs?limit=100")
ROUNDS, ASKED = 3, 10
HEADING = "| what | new server | {jobs:,} jobs | change |"


def lines(folder: Path, document: bytes, jobs: int = LONG) -> list[str]:
    """Measure and return the lines of a table."""
    with ExitStack() as stack:
        both = [stack.enter_context(servers.ours(folder / f"flat-{count}", count)) for count in (0, jobs)]
        found = [HEADING.format(jobs=jobs), "|---|---|---|---|"]
        for load in (
            Load("Print-Job, 1 client", Operation.PRINT_JOB, 150, 1, document),
            Load("Print-Job, 50 clients", Operation.PRINT_JOB, 500, 50, document),
        ):
            rates = _in_turns(both, partial(_rate, load))
            found.append(_line(f"{load.title}, a second", rates, "{:.0f}"))
        for page in PAGES:
            times = _in_turns(both, partial(_page, page))
            found.append(_line(f"`{page}`, ms", times, "{:.1f}"))
    return found


def _in_turns(both: Sequence[Target], measure: Callable[[Target], float]) -> list[float]:
    values: dict[Target, list[float]] = {target: [] for target in both}
    for number in range(2 * ROUNDS):
        for target in both if number % 2 else reversed(both):
            values[target].append(measure(target))
    return [statistics.median(values[target]) for target in both]


def _line(what: str, found: Sequence[float], form: str) -> str:
    short, long = found
    return f"| {what} | {form.format(short)} | {form.format(long)} | {100 * (long / short - 1):+.0f} % |"


def _rate(load: Load, target: Target) -> float:
    result = clients.run(target, load)
    if result.failures:
        raise RuntimeError(f"{load.title}: {dict(result.failures)}")
    return result.rate


def _page(page: str, target: Target) -> float:
    seconds = []
    for _ in range(ASKED):
        began = time.perf_counter()
        with urlopen(f"http://127.0.0.1:{target.port}{page}", timeout=60) as answer:
            answer.read()
        seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds)
