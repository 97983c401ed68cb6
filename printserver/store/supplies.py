"""Blanks and ribbon of each printer as the server counts them: said by a person, counted down with each feed.

Laws kept here:

1. A blank is counted off in the transaction of the commit mark, before the byte that feeds it leaves; nothing that
   happens afterwards can lose or double the count.
2. It is counted back only for a card that was settled as never printed, and not once a person has counted the hopper.
3. Who loaded, counted or spent how many stands in the journal with name and reason.
4. What nobody has entered is not counted and not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Row, and_, bindparam, func, insert, or_, select, update

from printserver.errors import NotPossibleNow
from printserver.model.job import Attempt, Card, CardState, Job
from printserver.model.supply import Shift, Spending, SupplyCount, SupplyKind
from printserver.store.shifts import close_shift, shift_of
from printserver.store.tables import attempts, cards, jobs, supply_counts
from printserver.store.work import Data, Work

Turn: TypeAlias = Callable[[], AbstractContextManager[Work]]

BLANKS_LOADED, BLANKS_COUNTED, BLANKS_SPENT = "blanks-loaded", "blanks-counted", "blanks-spent"
RIBBON_CHANGED = "ribbon-changed"

_FED = (
    update(supply_counts)
    .where(supply_counts.c.printer == bindparam("of"), supply_counts.c.remaining.is_not(None))
    .values(remaining=supply_counts.c.remaining - 1)
)
_BACK = (
    update(supply_counts)
    .where(
        supply_counts.c.printer == bindparam("of"), supply_counts.c.remaining.is_not(None),
        supply_counts.c.since <= bindparam("began"),
    )
    .values(remaining=supply_counts.c.remaining + 1)
)  # fmt: skip
_NEVER_FED = (
    update(attempts)
    .where(attempts.c.card == bindparam("of"), attempts.c.number == bindparam("which"))
    .values(never_fed=True)
)
_WAITING = (CardState.QUEUED, CardState.RENDERING, CardState.READY)


def feed(work: Work, printer: str) -> None:
    """Count one blank and one card of ribbon off: a card is about to be fed."""
    work.connection.execute(_FED, {"of": printer})


def give_back(work: Work, card: Card, attempt: Attempt) -> None:
    """Count a card back that was never fed after all."""
    work.connection.execute(_NEVER_FED, {"of": card.id, "which": attempt.number})
    work.connection.execute(_BACK, {"of": attempt.printer, "began": attempt.started})


class SupplyStore(Protocol):
    """Counts of blanks and ribbon; each call is one transaction, and raises what every call of the store raises."""

    def counts(self) -> Sequence[SupplyCount]:
        """Return what is counted, of all printers."""
        ...

    def load(self, printer: str, count: int, by: str, note: str) -> None:
        """So many blanks were put into a printer's hopper."""
        ...

    def recount(self, printer: str, left: int, by: str, note: str) -> None:
        """Somebody has counted the blanks in the hopper."""
        ...

    def spend(self, printer: str, what: Spending, count: int, by: str, note: str) -> None:
        """Blanks went to a test card or to cleaning."""
        ...

    def change_ribbon(
        self, printer: str, name: str, roll: str, cards: int | None, by: str, note: str, left: int | None = None
    ) -> None:
        """Another ribbon is in: its type, the roll's id, for how many cards it is; `left` None = all of them."""
        ...

    def follow_ribbon(self, printer: str, name: str, roll: str, left: int | None) -> None:
        """Take over what a device tells of the ribbon that is in; no news, and not journalled."""
        ...

    def shift(self, printer: str) -> Shift | None:
        """Return what became of the blanks since the last shift was closed, None where none were entered."""
        ...

    def close_shift(self, printer: str, left: int, by: str, note: str) -> Shift:
        """Book what is left in the hopper as counted, and begin a new shift with it.

        Raises NotPossibleNow where no blanks were entered, ReasonNeeded and NameNeeded where it does not balance.
        """
        ...

    def ahead(self, job: Job, queues: Sequence[str]) -> int:
        """Return how many cards of these queues are printed before those of a job that still wait."""
        ...


class SupplyLedger:
    """A `SupplyStore` within the transactions of a store."""

    def __init__(self, reading: Turn, writing: Turn) -> None:
        """Take what opens a transaction."""
        self._reading, self._writing = reading, writing

    def counts(self) -> Sequence[SupplyCount]:
        """Return what is counted, of all printers."""
        with self._reading() as work:
            return all_counts(work)

    def load(self, printer: str, count: int, by: str, note: str) -> None:
        """So many blanks were put into a printer's hopper."""
        with self._writing() as work:
            former = one_count(work, printer, SupplyKind.BLANKS)
            left = count + (former.remaining or 0 if former else 0)
            loaded = count + (former.loaded or 0 if former else 0)
            _put(work, former, printer, SupplyKind.BLANKS, {"remaining": left, "loaded": loaded})
            _tell(work, printer, BLANKS_LOADED, {"count": count, "left": left}, by, note)

    def recount(self, printer: str, left: int, by: str, note: str) -> None:
        """Somebody has counted the blanks in the hopper."""
        with self._writing() as work:
            former = one_count(work, printer, SupplyKind.BLANKS)
            known = former.remaining if former else None
            _put(work, former, printer, SupplyKind.BLANKS, {
                "remaining": left, "loaded": former.loaded if former else left
            })  # fmt: skip
            told: Data = {"left": left, "by-count": known, "difference": None if known is None else left - known}
            _tell(work, printer, BLANKS_COUNTED, told, by, note)

    def spend(self, printer: str, what: Spending, count: int, by: str, note: str) -> None:
        """Blanks went to a test card or to cleaning."""
        with self._writing() as work:
            spend(work, printer, what, count, by, note)

    def change_ribbon(
        self, printer: str, name: str, roll: str, cards: int | None, by: str, note: str, left: int | None = None
    ) -> None:
        """Another ribbon is in; raises NotPossibleNow for more cards left than the roll has."""
        if left is not None and cards is not None and left > cards:
            raise NotPossibleNow(f"{left} cards cannot be left of a ribbon for {cards}")
        with self._writing() as work:
            former = one_count(work, printer, SupplyKind.RIBBON)
            values = {"name": name, "roll": roll, "loaded": cards, "remaining": cards if left is None else left}
            _put(work, former, printer, SupplyKind.RIBBON, {**values, "since": work.now})
            was: Data = {"from": former.name, "from-roll": former.roll, "was-left": former.left} if former else {}
            told: Data = {**was, "to": name, "roll": roll, "cards": cards, "left": left}
            _tell(work, printer, RIBBON_CHANGED, told, by, note)

    def follow_ribbon(self, printer: str, name: str, roll: str, left: int | None) -> None:
        """Take over what a device tells of the ribbon that is in."""
        with self._writing() as work:
            former = one_count(work, printer, SupplyKind.RIBBON)
            if left is None and former is not None:
                left = former.remaining
            _put(work, former, printer, SupplyKind.RIBBON, {"name": name, "roll": roll, "remaining": left})

    def shift(self, printer: str) -> Shift | None:
        """Return what became of the blanks since the last shift was closed."""
        with self._reading() as work:
            known = one_count(work, printer, SupplyKind.BLANKS, lock=False)
            return None if known is None else shift_of(work, known)

    def close_shift(self, printer: str, left: int, by: str, note: str) -> Shift:
        """Book what is left in the hopper as counted, and begin a new shift with it."""
        with self._writing() as work:
            known = one_count(work, printer, SupplyKind.BLANKS)
            if known is None:
                raise NotPossibleNow(f"nobody has entered blanks of printer {printer}")
            return close_shift(work, known, left, by, note)

    def ahead(self, job: Job, queues: Sequence[str]) -> int:
        """Return how many cards of these queues are printed before those of a job that still wait."""
        with self._reading() as work:
            return cards_ahead(work, job, queues)


def spend(work: Work, printer: str, what: Spending, count: int, by: str, note: str) -> None:
    """Take blanks off the count that went to a test card or to cleaning, where they are counted, and tell of it."""
    former = one_count(work, printer, SupplyKind.BLANKS)
    left = former.remaining - count if former and former.remaining is not None else None
    if former is not None:
        _put(work, former, printer, SupplyKind.BLANKS, {"remaining": left, "other": former.other + count})
    _tell(work, printer, BLANKS_SPENT, {"on": what, "count": count, "left": left}, by, note)


def cards_ahead(work: Work, job: Job, queues: Sequence[str]) -> int:
    """Return how many cards that may be claimed stand before a job's; its cost grows with what waits alone."""
    before = or_(
        jobs.c.priority > job.ticket.priority, and_(jobs.c.priority == job.ticket.priority, jobs.c.id < job.id)
    )
    wanted = (
        select(func.count())
        .select_from(jobs)
        .join(cards, and_(cards.c.job == jobs.c.id, cards.c.state.in_(_WAITING)))
        .where(jobs.c.claimable.is_(True), jobs.c.queue.in_(queues), before)
    )
    found: int = work.connection.execute(wanted).scalar_one()
    return found


def all_counts(work: Work) -> list[SupplyCount]:
    """Return every count."""
    rows = work.connection.execute(select(supply_counts).order_by(supply_counts.c.printer, supply_counts.c.kind))
    return [_count(row) for row in rows]


def one_count(work: Work, printer: str, kind: SupplyKind, *, lock: bool = True) -> SupplyCount | None:
    """Return what is counted of one kind, None where nothing is; `lock` keeps other writers off it."""
    its = (supply_counts.c.printer == printer, supply_counts.c.kind == kind)
    wanted = select(supply_counts).where(*its)
    row = work.connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return None if row is None else _count(row)


def _count(row: Row[Any]) -> SupplyCount:
    return SupplyCount(
        printer=row.printer, kind=SupplyKind(row.kind), remaining=row.remaining, loaded=row.loaded, since=row.since,
        other=row.other, name=row.name, roll=row.roll,
    )  # fmt: skip


def _put(
    work: Work, former: SupplyCount | None, printer: str, kind: SupplyKind, values: dict[str, object]
) -> None:
    if former is None:
        fresh = {"remaining": None, "loaded": None, "other": 0, "since": work.now, "name": "", "roll": ""}
        work.connection.execute(insert(supply_counts).values(printer=printer, kind=kind, **{**fresh, **values}))
        return
    its = (supply_counts.c.printer == printer, supply_counts.c.kind == kind)
    work.connection.execute(update(supply_counts).where(*its).values(**values))


def _tell(work: Work, printer: str, what: str, told: Data, by: str, note: str) -> None:
    work.tell("printer", printer, what, {**told, "by": by, "note": note})
