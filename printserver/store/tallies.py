"""Who printed how many: cards ordered, good and spoiled, by half hours, for each user and department.

Laws kept here:

1. Who it is stands there as a keyed hash alone. A name is read out of the newest job; after its purge the numbers stay
   and the name is gone.
2. What is ordered is counted in the transaction of the acceptance, so that nobody gets past a quota by sending faster.
3. A card that is cancelled or fails before a blank was fed is given back to the half hour in which its job came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import Row, Select, bindparam, func, insert, select, update

from printserver.errors import QuotaExceeded
from printserver.lifecycle import CardEvent
from printserver.model.job import Job
from printserver.model.quota import Holder, Limit, Over
from printserver.model.ticket import Ticket
from printserver.store.loading import ticket_of
from printserver.store.prepared import Prepared
from printserver.store.supplies import Turn
from printserver.store.tables import tallies
from printserver.store.words import words_in
from printserver.store.work import Work

SLOT_SECONDS = 1800
_GOOD = frozenset({CardEvent.DONE, CardEvent.DONE_UNCONFIRMED, CardEvent.SETTLE_DONE})
_SPOILED = frozenset({CardEvent.SPOIL, CardEvent.SETTLE_SPOILED})
_GIVEN_BACK = frozenset({CardEvent.CANCEL, CardEvent.FAIL})

_ADD = Prepared(
    update(tallies)
    .where(tallies.c.who == bindparam("of"), tallies.c.slot == bindparam("at"))
    .values(
        ordered=tallies.c.ordered + bindparam("more_ordered"), good=tallies.c.good + bindparam("more_good"),
        spoiled=tallies.c.spoiled + bindparam("more_spoiled"), job=bindparam("newest"),
    )
    .returning(tallies.c.slot)
)  # fmt: skip
_NEW = Prepared(insert(tallies), "who", "slot", "holder", "ordered", "good", "spoiled", "job")


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What one user or department had in a time; `name` is empty where nobody knows it any more."""

    name: str
    ordered: int
    good: int
    spoiled: int


class TallyStore(Protocol):
    """What is asked of who printed how many."""

    def counts(self, holder: Holder, since: float | None, until: float | None) -> Sequence[Tally]:
        """Return what each had in a time, the most first."""
        ...


class Tallies:
    """A `TallyStore` within the transactions of a store."""

    def __init__(self, reading: Turn) -> None:
        """Take what opens a transaction."""
        self._reading = reading

    def counts(self, holder: Holder, since: float | None, until: float | None) -> Sequence[Tally]:
        """Return what each had in a time, the most first."""
        with self._reading() as work:
            return counts(work, holder, since, until)


def beyond(work: Work, cards: int, limits: Sequence[Limit]) -> str:
    """Return why a job of so many cards is to be held, empty where it is not; raises QuotaExceeded."""
    why = ""
    for limit in limits if cards else ():
        ordered = _ordered(work, limit) + cards
        if ordered <= limit.quota.cards:
            continue
        if limit.quota.over is Over.REFUSE:
            raise QuotaExceeded(limit.sentence(ordered))
        why = why or limit.sentence(ordered)
    return why


def order(work: Work, job: int, ticket: Ticket, cards: int) -> None:
    """Count cards that a job has ordered."""
    if cards:
        for who, holder in _holders(work, ticket):
            _add(work, who, holder, work.now, job, ordered=cards)


def count(work: Work, job: Job, event: CardEvent) -> None:
    """Count what became of one of a job's cards; of a purged job nobody knows whose it is."""
    good = (event in _GOOD) - (event is CardEvent.REJECT)
    spoiled = int(event in _SPOILED or event is CardEvent.REJECT)
    back = event in _GIVEN_BACK
    if job.purged or not (good or spoiled or back):
        return
    for who, holder in _holders(work, job.ticket):
        at = job.created if back else work.now
        _add(work, who, holder, at, job.id, ordered=-int(back), good=good, spoiled=spoiled)


def counts(work: Work, holder: Holder, since: float | None, until: float | None) -> list[Tally]:
    """Return what each user or department had in a time, the most first."""
    sums = [func.sum(column).label(column.name) for column in (tallies.c.ordered, tallies.c.good, tallies.c.spoiled)]
    wanted: Select[Any] = select(func.max(tallies.c.job).label("job"), *sums).where(tallies.c.holder == holder)
    if since is not None:
        wanted = wanted.where(tallies.c.slot >= since // SLOT_SECONDS)
    if until is not None:
        wanted = wanted.where(tallies.c.slot < until // SLOT_SECONDS)
    rows = work.connection.execute(wanted.group_by(tallies.c.who)).all()
    found = [_tally(work, holder, row) for row in rows]
    return sorted(found, key=lambda tally: (-tally.good, -tally.ordered, tally.name))


def _tally(work: Work, holder: Holder, row: Row[Any]) -> Tally:
    ticket = ticket_of(work, row.job)
    name = (ticket.user if holder is Holder.USER else ticket.department) or ""
    return Tally(name=name, ordered=int(row.ordered), good=int(row.good), spoiled=int(row.spoiled))


def _holders(work: Work, ticket: Ticket) -> list[tuple[bytes, Holder]]:
    named = ((Holder.USER, ticket.user), (Holder.DEPARTMENT, ticket.department or ""))
    return [(_who(work, holder, name), holder) for holder, name in named if name]


def _who(work: Work, holder: Holder, name: str) -> bytes:
    return work.seals.word(f"tally {holder}", " ".join(words_in(name)) or name)


def _add(
    work: Work, who: bytes, holder: Holder, at: float, job: int, *, ordered: int = 0, good: int = 0, spoiled: int = 0
) -> None:
    slot = int(at // SLOT_SECONDS)
    more = {"more_ordered": ordered, "more_good": good, "more_spoiled": spoiled, "newest": job}
    if not _ADD.rows(work.connection, {"of": who, "at": slot, **more}):
        told = {"ordered": ordered, "good": good, "spoiled": spoiled, "job": job}
        _NEW.run(work.connection, {"who": who, "slot": slot, "holder": str(holder), **told})


def _ordered(work: Work, limit: Limit) -> int:
    wanted = select(func.sum(tallies.c.ordered)).where(
        tallies.c.who == _who(work, limit.quota.holder, limit.who), tallies.c.slot >= limit.since // SLOT_SECONDS
    )
    return int(work.connection.execute(wanted).scalar() or 0)
