"""Queues that keep their order: whose turn it is, also where several printers serve one.

Laws kept here:

1. The order is that of the claim: the highest priority first, then the lowest number of a job, then of a card.
2. A card is taken only when no card of its queue is at another printer, in doubt or spoiled, and none waits before it.
3. It is started only when that still holds: a card that comes back (broken off, spoiled, "never printed") goes first.
4. What waits for a check alone (a device that confirms nothing) was sent in its turn, and holds nobody up.
5. Who looks whose turn it is has the queue's row locked until what follows is committed.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, exists, func, or_, select

from printserver.errors import StoreConflict
from printserver.model.job import Card, CardState, Job
from printserver.store.tables import cards, jobs, queues
from printserver.store.work import Work

AWAITING_CHECK = "awaiting-check"
_AT_A_PRINTER = (
    CardState.RENDERING, CardState.READY, CardState.PRINTING, CardState.BLOCKED, CardState.WAITING
)  # fmt: skip
_IN_DEVICE = (CardState.PRINTING, CardState.BLOCKED, CardState.WAITING)
_WAITING = (CardState.QUEUED, CardState.RENDERING, CardState.READY)

_NAMED = queues.c.name.in_(bindparam("names", expanding=True))
_LOCK = select(queues.c.name).where(_NAMED).order_by(queues.c.name).with_for_update(key_share=True)


def lock_queues(work: Work, names: Sequence[str]) -> None:
    """Let nobody else look whose turn it is in these queues before this is committed; SQLite has one writer anyway."""
    if names:
        work.connection.execute(_LOCK, {"names": list(names)}).all()


def turn_of(printer: str, ordered: Sequence[str], now: float) -> ColumnElement[bool]:
    """Return the condition of a card that waits: its queue keeps no order, or it is its turn at this printer."""
    other, card = jobs.alias(), cards.alias()
    elsewhere = and_(card.c.state.in_(_AT_A_PRINTER), func.coalesce(card.c.printer, "") != printer)
    under_way = exists().where(
        other.c.queue == jobs.c.queue, other.c.finished.is_(False), card.c.job == other.c.id,
        or_(elsewhere, _open(card)),
    )  # fmt: skip
    first, waiting = jobs.alias(), cards.alias()
    before = or_(
        first.c.priority > jobs.c.priority, and_(first.c.priority == jobs.c.priority, first.c.id < jobs.c.id)
    )
    earlier = exists().where(
        first.c.queue == jobs.c.queue, first.c.claimable.is_(True), before, waiting.c.job == first.c.id,
        waiting.c.state == CardState.QUEUED, or_(first.c.not_before.is_(None), first.c.not_before <= now),
    )  # fmt: skip
    return or_(jobs.c.queue.not_in(ordered), and_(~under_way, ~earlier))


def check_turn(work: Work, job: Job, card: Card) -> None:
    """Raise StoreConflict where a card that is to be started is not the next of its queue."""
    lock_queues(work, [job.queue])
    other, its = jobs.alias(), cards.alias()
    earlier_job = or_(
        other.c.priority > job.ticket.priority, and_(other.c.priority == job.ticket.priority, other.c.id < job.id)
    )
    free = and_(other.c.hold.is_(False), other.c.cancel.is_(False), other.c.incoming.is_(False))
    due = or_(other.c.not_before.is_(None), other.c.not_before <= work.now)
    before = and_(
        its.c.state.in_(_WAITING), free, due,
        or_(earlier_job, and_(other.c.id == job.id, its.c.number < card.number)),
    )  # fmt: skip
    hindering = (
        select(its.c.job, its.c.number)
        .join_from(other, its, its.c.job == other.c.id)
        .where(
            other.c.queue == job.queue, other.c.finished.is_(False), its.c.id != card.id,
            or_(its.c.state.in_(_IN_DEVICE), _open(its), before),
        )
        .limit(1)
    )  # fmt: skip
    found = work.connection.execute(hindering).first()
    if found is not None:
        raise StoreConflict(f"it is the turn of card {found.job}/{found.number}")


def _open(card: FromClause) -> ColumnElement[bool]:
    """Return the condition of a card whose fate decides who goes next."""
    return or_(
        card.c.state == CardState.SPOILED,
        and_(card.c.state == CardState.UNCERTAIN, func.coalesce(card.c.reason_code, "") != AWAITING_CHECK),
    )
