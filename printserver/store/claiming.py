"""Taking the next card for a printer.

Laws kept here:

1. One statement finds and takes: two printers never take the same card, and none waits for another's choice.
2. Its cost does not grow with the history: `jobs_claim_ix` holds what can be claimed in the order of claiming.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Update, and_, or_, select, update

from printserver.lifecycle import CardEvent, advance
from printserver.model.job import Card, CardState
from printserver.store.contract import Claim
from printserver.store.loading import load_job
from printserver.store.rolling import amend
from printserver.store.tables import cards, jobs, queues
from printserver.store.work import Work

TAKEN = advance(CardState.QUEUED, CardEvent.RENDER)


def claim(
    work: Work, printer: str, named: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = ()
) -> Claim | None:
    """Take the next queued card of the named queues, jobs to leave aside, None when there is none."""
    taken = work.connection.execute(taking(printer, named, work.now, leave, only)).one_or_none()
    if taken is None:
        return None
    job = load_job(work, taken.job, lock=True)
    card = next(each for each in job.cards if each.id == taken.id)
    work.tell_card(card, CardEvent.RENDER.value, _told(card))
    return Claim(amend(work, job, job), card)


def taking(
    printer: str, named: Sequence[str], now: float, leave: Sequence[int] = (), only: Sequence[int] = ()
) -> Update:
    """Return the statement that takes a card; SQLite has no row locks and needs none."""
    working = select(queues.c.name).where(queues.c.name.in_(named), queues.c.paused.is_(False))
    due = or_(jobs.c.not_before.is_(None), jobs.c.not_before <= now)
    others = [*([jobs.c.id.not_in(leave)] if leave else []), *([jobs.c.id.in_(only)] if only else [])]
    its_cards = and_(cards.c.job == jobs.c.id, cards.c.state == CardState.QUEUED)
    following = (
        select(cards.c.id)
        .join_from(jobs, cards, its_cards)
        .where(jobs.c.claimable.is_(True), jobs.c.queue.in_(working), due, *others)
        .order_by(jobs.c.priority.desc(), jobs.c.id, cards.c.number)
        .limit(1)
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


def _told(card: Card) -> dict[str, str | int | float | bool | None]:
    return {
        "state": card.state.value, "reason": None, "printer": card.printer,
        "attempt": card.attempts[-1].number if card.attempts else None, "outcome": None, "by": "", "note": "",
    }  # fmt: skip
