"""One transaction in the making: what every part of the store is handed.

Laws kept here:

1. Whoever writes a row tells the journal in the same transaction; the rows are chained at its end, in order.
2. One transaction has one time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from printserver.model.event import NewEvent
from printserver.model.job import Card
from printserver.store.sealing import Seals

Data = dict[str, str | int | float | bool | None]

# Statements that name many rows are cut to this many: far below every database's limit of parameters.
NAMED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Work:
    """A connection inside its transaction, the transaction's time (seconds, UTC), the node and the seals."""

    connection: Connection
    now: float
    node: str
    seals: Seals
    told: list[NewEvent] = field(default_factory=list)

    def tell(self, kind: str, subject: str | int, what: str, data: Data) -> None:
        """Have a row written to the journal at the end of this transaction."""
        self.told.append(NewEvent(kind=kind, subject=str(subject), what=what, data=data))

    def tell_card(self, card: Card, what: str, data: Data, kind: str = "card") -> None:
        """The same for a card, whose subject is JOB/NUMBER."""
        self.tell(kind, f"{card.job}/{card.number}", what, data)


def portions(ids: Sequence[int]) -> list[Sequence[int]]:
    """Cut a list of ids into parts that one statement can name."""
    return [ids[start : start + NAMED_AT_ONCE] for start in range(0, len(ids), NAMED_AT_ONCE)]
