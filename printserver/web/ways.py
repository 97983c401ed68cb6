"""The way from each page to the others: what stands at the head of all of them.

Laws kept here:

1. Who may not see a page is not shown the way to it; the page itself is guarded all the same.
"""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from .words import N_


class Way(NamedTuple):
    """A page, what the way to it is called, and the operation that who sees it must be allowed."""

    path: str
    title: str
    operation: str


_EVERY = (
    Way("/", N_("Jobs"), "jobs"), Way("/history", N_("History"), "history"),
    Way("/counts", N_("Counts"), "counts"), Way("/report", N_("Report"), "report"),
    Way("/wall", N_("Wall"), "jobs"),
)  # fmt: skip


def ways(missing: Container[str]) -> tuple[Way, ...]:
    """Return the ways to all pages but those that this server does not have."""
    return tuple(way for way in _EVERY if way.path not in missing)
