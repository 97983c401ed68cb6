"""Taking the next card for a printer.

Laws kept here:

1. One statement finds and takes: two printers never take the same card, and none waits for another's choice.
2. Its cost does not grow with the history: `jobs_claim_ix` holds what can be claimed in the order of claiming.
3. In a queue that keeps its order (`turns.py`) a card is taken in its turn alone; such a queue's row is locked first.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, Update, and_, or_, select, update

from printserver.lifecycle import CardEvent, advance
from printserver.model.job import Card, CardState
from printserver.store.contract import Claim
from printserver.store.loading import load_job
from printserver.store.rolling import amend
from printserver.store.tables import cards, jobs, queues
from printserver.store.turns import lock_queues, turn_of
from printserver.store.work import Work

TAKEN = advance(CardState.QUEUED, CardEvent.RENDER)


def claim(
    work: Work, printer: str, named: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = (),
    ordered: Sequence[str] = (),
) -> Claim | None:  # fmt: skip
    """Take the next queued card of the named queues, jobs to leave aside, None when there is none."""
    lock_queues(work, ordered)
    taken = work.connection.execute(taking(printer, named, work.now, leave, only, ordered)).one_or_none()
    if taken is None:
        return None
    job = load_job(work, taken.job, lock=True)
    card = next(each for each in job.cards if each.id == taken.id)
    work.tell_card(card, CardEvent.RENDER.value, _told(card))
    return Claim(amend(work, job, job), card)


def next_card(
    work: Work, printer: str, named: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = (),
    ordered: Sequence[str] = (),
) -> Claim | None:  # fmt: skip
    """Return what `claim` would take now; nothing is taken."""
    found = work.connection.execute(_following(printer, named, work.now, leave, only, ordered)).one_or_none()
    if found is None:
        return None
    job = load_job(work, found.job)
    return Claim(job, next(each for each in job.cards if each.id == found.id))


def taking(
    printer: str, named: Sequence[str], now: float, leave: Sequence[int] = (), only: Sequence[int] = (),
    ordered: Sequence[str] = (),
) -> Update:  # fmt: skip
    """Return the statement that takes a card; SQLite has no row locks and needs none."""
    following = (
        _following(printer, named, now, leave, only, ordered)
        .with_only_columns(cards.c.id)
        .with_for_update(of=[jobs, cards], skip_locked=True)
    )
    return (
        update(cards)
        .where(cards.c.id == following.scalar_subquery(), cards.c.state == CardState.QUEUED)
        .values(
            state=TAKEN, version=cards.c.version + 1, changed=now, printer=printer, reason_code=None, reason_detail=""
        )
        .returning(cards.c.id, cards.c.job)
    )


def _following(
    printer: str, named: Sequence[str], now: float, leave: Sequence[int], only: Sequence[int], ordered: Sequence[str]
) -> Select[tuple[int, int]]:
    """Return the question for the card that comes next, and its job."""
    working = select(queues.c.name).where(queues.c.name.in_(named), queues.c.paused.is_(False))
    others: list[ColumnElement[bool]] = [
        *([jobs.c.id.not_in(leave)] if leave else []), *([jobs.c.id.in_(only)] if only else []),
        *([turn_of(printer, ordered, now)] if ordered else []),
    ]  # fmt: skip
    due = or_(jobs.c.not_before.is_(None), jobs.c.not_before <= now)
    its_cards = and_(cards.c.job == jobs.c.id, cards.c.state == CardState.QUEUED)
    return (
        select(cards.c.id, cards.c.job)
        .join_from(jobs, cards, its_cards)
        .where(jobs.c.claimable.is_(True), jobs.c.queue.in_(working), due, *others)
        .order_by(jobs.c.priority.desc(), jobs.c.id, cards.c.number)
        .limit(1)
    )


def _told(card: Card) -> dict[str, str | int | float | bool | None]:
    return {
        "state": card.state.value, "reason": None, "printer": card.printer,
        "attempt": card.attempts[-1].number if card.attempts else None, "outcome": None, "by": "", "note": "",
    }  # fmt: skip
