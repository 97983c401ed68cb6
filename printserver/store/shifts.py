"""What became of a printer's blanks between two countings of its hopper: loaded = good + spoiled + left.

Laws kept here:

1. Every card is counted by what the record says of its attempts; nothing is kept beside it that could say otherwise.
2. A count that does not balance is booked with a name and a reason, or not at all.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row, Select, exists, func, select, update

from printserver.errors import NameNeeded, ReasonNeeded
from printserver.model.job import CardState
from printserver.model.supply import Shift, SupplyCount, SupplyKind
from printserver.store.tables import attempts, cards, marks, supply_counts
from printserver.store.work import Work

SHIFT_CLOSED = "shift-closed"
NOBODY = "anonymous"
GOOD, SPOILED, IN_DOUBT = "good", "spoiled", "in-doubt"


def shift_of(work: Work, known: SupplyCount) -> Shift:
    """Return what became of the blanks since they were last counted."""
    last = select(func.max(attempts.c.number)).where(attempts.c.card == cards.c.id).correlate(cards).scalar_subquery()
    fed = exists().where(marks.c.attempt == attempts.c.id, marks.c.point == "COMMITTED")
    wanted: Select[Any] = (
        select(cards.c.state, attempts.c.number, attempts.c.ended, last.label("last"))
        .join_from(attempts, cards)
        .where(
            attempts.c.printer == known.printer, attempts.c.started >= known.since, attempts.c.never_fed.is_(False), fed
        )
    )
    fates = Counter(_fate(row) for row in work.connection.execute(wanted))
    return Shift(
        printer=known.printer, since=known.since, loaded=known.loaded or 0, good=fates[GOOD], spoiled=fates[SPOILED],
        other=known.other, in_doubt=fates[IN_DOUBT],
    )  # fmt: skip


def _fate(row: Row[Any]) -> str:
    if row.number != row.last:
        return SPOILED
    if row.state == CardState.DONE:
        return GOOD
    return IN_DOUBT if row.state == CardState.UNCERTAIN or row.ended is None else SPOILED


def close_shift(work: Work, known: SupplyCount, left: int, by: str, note: str) -> Shift:
    """Book a count of the hopper and begin anew with it; raises ReasonNeeded, NameNeeded where it does not balance."""
    counted = replace(shift_of(work, known), left=left)
    if counted.difference:
        said = f"loaded {counted.loaded}, so {counted.expected} must be left, and {left} are"
        if not note.strip():
            raise ReasonNeeded(said, where="reason")
        if by.strip() in ("", NOBODY):
            raise NameNeeded(said, where="by")
    its = (supply_counts.c.printer == known.printer, supply_counts.c.kind == SupplyKind.BLANKS)
    begun = {"remaining": left, "loaded": left, "other": 0, "since": work.now}
    work.connection.execute(update(supply_counts).where(*its).values(**begun))
    work.tell("printer", known.printer, SHIFT_CLOSED, {
        "since": counted.since, "loaded": counted.loaded, "good": counted.good, "spoiled": counted.spoiled,
        "other": counted.other, "in-doubt": counted.in_doubt, "left": left, "difference": counted.difference,
        "by": by, "note": note,
    })  # fmt: skip
    return counted

