"""What cards cost: panels of ribbon and blanks, at the prices of the printer that took them.

Laws kept here:

1. A price that is not known gives no cost; a part of a cost is never shown as the whole.
2. Money is decimal; it is rounded once, where it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from printserver.model.printer import PrinterConfig

CENT = Decimal("0.01")


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What one card's share of a roll and one blank cost on a printer; None = not known."""

    currency: str
    ribbon: Decimal | None
    blank: Decimal | None


class CardUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one card of a job has taken so far: blanks, the spoiled ones among them, and panels of ribbon by name.

    A roll is wound on by all its panels for each card, whether or not they are printed. `cost` is None where a price is
    not known.
    """

    number: int
    blanks: int
    spoiled: int
    panels: dict[str, int]
    cost: Decimal | None
    currency: str = ""


class JobUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a job has taken so far; `cost` is None where a price is not known or prices have several currencies."""

    blanks: int
    spoiled: int
    panels: dict[str, int]
    cost: Decimal | None
    currency: str
    cards: tuple[CardUse, ...] = ()


def prices_of(printer: PrinterConfig) -> Prices:
    """Return a printer's prices by the card."""
    known = bool(printer.ribbon_price and printer.ribbon_cards)
    ribbon = Decimal(printer.ribbon_price) / printer.ribbon_cards if known else None
    blank = Decimal(printer.blank_price) if printer.blank_price else None
    return Prices(currency=printer.currency, ribbon=ribbon, blank=blank)


def total_of(cards: Iterable[CardUse]) -> JobUse:
    """Return what cards have taken together; those that have taken nothing cost nothing."""
    kept = tuple(cards)
    taken = [card for card in kept if card.blanks]
    panels: Counter[str] = Counter()
    for card in taken:
        panels.update(card.panels)
    costs = [card.cost for card in taken]
    currencies = {card.currency for card in taken}
    known = bool(taken) and len(currencies) == 1 and None not in costs
    return JobUse(
        blanks=sum(card.blanks for card in taken), spoiled=sum(card.spoiled for card in taken), panels=dict(panels),
        cost=sum((cost for cost in costs if cost is not None), Decimal(0)) if known else None,
        currency=next(iter(currencies)) if known else "", cards=kept,
    )  # fmt: skip


def money(cost: Decimal | None) -> str:
    """Return an amount with two decimals, empty where it is not known."""
    return "" if cost is None else str(cost.quantize(CENT))
