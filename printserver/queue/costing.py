"""What the cards of a job have taken of blanks and ribbon, by the attempts that fed one."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from printserver.model.card import Ribbon
from printserver.model.cost import CardUse, JobUse, Prices, prices_of, total_of
from printserver.model.job import Attempt, Card, CardState, Job
from printserver.queue.board import Board


def use_of(job: Job, board: Board) -> JobUse:
    """Return what a job has taken so far, at its printers' present prices."""
    return total_of(card_use(job, card, board) for card in job.cards)


def card_use(job: Job, card: Card, board: Board) -> CardUse:
    """Return what a card has taken so far: each committed attempt a blank and its share of the ribbon."""
    fed = [attempt for attempt in card.attempts if attempt.committed and not attempt.never_fed]
    panels: Counter[str] = Counter()
    for attempt in fed:
        ribbon = _ribbon(job, attempt, board)
        panels.update(map(str, (*ribbon.front, *ribbon.back)) if ribbon is not None else ())
    prices = [_prices(attempt, board) for attempt in fed]
    costs = [_cost(each) for each in prices]
    currencies = {each.currency if each else "" for each in prices}
    known = None not in costs and len(currencies) <= 1
    return CardUse(
        number=card.number, blanks=len(fed), spoiled=_spoiled(card, fed), panels=dict(panels),
        cost=sum((cost for cost in costs if cost is not None), Decimal(0)) if known else None,
        currency=next(iter(currencies), "") if known else "",
    )  # fmt: skip


def _spoiled(card: Card, fed: list[Attempt]) -> int:
    """Return how many blanks gave no card; the last one may still give one, or is in doubt."""
    open_end = card.state in (CardState.DONE, CardState.UNCERTAIN) or card.state.in_device
    return max(0, len(fed) - 1) if open_end and fed and fed[-1] is card.attempts[-1] else len(fed)


def _ribbon(job: Job, attempt: Attempt, board: Board) -> Ribbon | None:
    entry = board.known(attempt.printer)
    return None if entry is None else entry.capabilities.ribbon(job.ticket.ribbon or entry.config.ribbon)


def _prices(attempt: Attempt, board: Board) -> Prices | None:
    entry = board.known(attempt.printer)
    return None if entry is None else prices_of(entry.config)


def _cost(prices: Prices | None) -> Decimal | None:
    if prices is None or prices.blank is None or prices.ribbon is None:
        return None
    return prices.blank + prices.ribbon
