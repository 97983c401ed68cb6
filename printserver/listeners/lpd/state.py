"""The state of a queue as LPD clients read it (RFC 1179, sections 5.3 and 5.4).

Laws kept here:

1. Of a job nothing is told but its number, its state, its queue and its age: whoever asks is not known.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.model.job import Job
from printserver.queue.views import QueueView

MOST_JOBS = 100
RANKS = {1: "st", 2: "nd", 3: "rd"}
SECONDS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def told(queue: QueueView, jobs: Sequence[Job], now: float) -> str:
    """Return what a client is told, in the short form and the long one alike; `now` is seconds since the epoch."""
    name = queue.config.name
    lines = [f"{name} is paused" if queue.config.paused else f"{name} is ready"]
    if not jobs:
        return "\n".join([*lines, "no entries", ""])
    lines.append(f"{'Rank':<8}{'Job':<10}{'State':<20}Age")
    for rank, job in enumerate(jobs, 1):
        lines.append(f"{ordinal(rank):<8}{job.id:<10}{job.state:<20}{age(now - job.created)}")
    return "\n".join([*lines, ""])


def ordinal(number: int) -> str:
    """Return a rank as `lpq` writes it: 1st, 2nd, 11th."""
    ending = "th" if number % 100 in range(11, 14) else RANKS.get(number % 10, "th")
    return f"{number}{ending}"


def age(seconds: float) -> str:
    """Return an age in its largest unit."""
    whole = max(0, int(seconds))
    size, unit = next((each for each in SECONDS if whole >= each[0]), SECONDS[-1])
    return f"{whole // size} {unit}"
