"""In which order waiting jobs are printed, and which priorities make it another one.

Laws kept here:

1. The order is that of the claim: the highest priority first, then the lowest number. Nothing else orders jobs, so a
   job is moved by changing priorities alone.
2. A move changes as few priorities as it can and lowers none but the moved job's own.

Source: RFC 3998 sections 4.4 (Promote-Job, Schedule-Job-After); RFC 8011 section 5.2.1 (job-priority, 1 to 100).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from printserver.errors import NotPossibleNow

HIGHEST = 100


def in_order(priorities: Mapping[int, int]) -> list[int]:
    """Return jobs in the order in which they are printed; `priorities` by number of the job."""
    return sorted(priorities, key=lambda job: (-priorities[job], job))


def moved(priorities: Mapping[int, int], job: int, after: int | None) -> dict[int, int]:
    """Return the priorities that must change so that `job` comes next after another, None = first of all.

    Raises NotPossibleNow where that would need more than the highest priority.
    """
    order = [each for each in in_order(priorities) if each != job]
    order.insert(0 if after is None else order.index(after) + 1, job)
    wanted = _wanted(order, {**priorities, job: 1})
    return {each: priority for each, priority in wanted.items() if priority != priorities[each]}


def _wanted(order: Sequence[int], least: Mapping[int, int]) -> dict[int, int]:
    """Return the lowest priorities, none below `least`, under which jobs are printed in this order."""
    wanted: dict[int, int] = {}
    needed = 1
    for place in range(len(order) - 1, -1, -1):
        job = order[place]
        if place + 1 < len(order):
            behind = order[place + 1]
            needed = wanted[behind] + (job > behind)
        wanted[job] = max(least[job], needed)
    if wanted and max(wanted.values()) > HIGHEST:
        raise NotPossibleNow("jobs before it have the highest priority already", allowed=f"priorities up to {HIGHEST}")
    return wanted
