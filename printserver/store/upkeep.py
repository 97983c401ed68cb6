"""Maintenance of printers: what is under way, and how many cards each has had since it was cleaned.

Laws kept here:

1. Maintenance stands in the store before its first byte leaves. It ends with the printer's own word, or when a person
   has looked; a crash in between leaves it standing.
2. With its end the printer's counters are the record (`counters-taken`), in the same transaction; so are the blanks
   that it took off the count.
3. A card is counted in the transaction of its commit mark. What nobody has begun to count is not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Row, bindparam, insert, select, update

from printserver.errors import NotPossibleNow
from printserver.model.supply import Spending
from printserver.model.upkeep import Begun, Cleanliness, MaintenanceAction, Work
from printserver.store.counters import COUNTER
from printserver.store.counters import TAKEN as COUNTERS_TAKEN
from printserver.store.leasing import check_lease
from printserver.store.supplies import Turn, spend
from printserver.store.tables import upkeep
from printserver.store.work import Data
from printserver.store.work import Work as Transaction

BEGAN, ENDED, GIVEN_UP = "maintenance-began", "maintenance-ended", "maintenance-given-up"
CLEANED, POSTPONED = "cleaned", "cleaning-postponed"
SPENT_ON = {MaintenanceAction.CLEAN: Spending.CLEANING, MaintenanceAction.TEST_CARD: Spending.TEST_CARD}
_NOTHING = {"action": "", "by": "", "note": "", "began": 0.0, "serial": "", "counters": "{}"}


class UpkeepStore(Protocol):
    """Maintenance; each call is one transaction, and raises what every call of the store raises."""

    def cleanliness(self, printer: str) -> Cleanliness | None:
        """Return what is counted of a printer's cleaning, None where its cards are not counted."""
        ...

    def begun(self, printer: str) -> Begun | None:
        """Return the maintenance of a printer that has begun and not ended, None where there is none."""
        ...

    def begin(self, printer: str, begun: Begun, lease: int | None = None) -> None:
        """Maintenance begins with the next byte; raises NotPossibleNow while other maintenance has not ended."""
        ...

    def end(self, printer: str, counters: Mapping[str, int], blanks: int = 0) -> None:
        """The printer says that what was begun is done: its counters are the record, and `blanks` were taken."""
        ...

    def give_up(self, printer: str, why: str, counters: Mapping[str, int] | None = None) -> None:
        """What was begun is over, nobody knows how, or it never took place; `counters` are the record from now on.

        Without them what is known of the counters stays as it was.
        """
        ...

    def count(self, printer: str) -> None:
        """Count the cards of a printer from now on, unless they are counted already."""
        ...

    def cleaned(self, printer: str, by: str, note: str) -> None:
        """Somebody has cleaned a printer by hand, or it tells that it was cleaned."""
        ...

    def postpone(self, printer: str, until: int, by: str, note: str) -> None:
        """Let a printer go on without cleaning until it has had so many cards since the last one."""
        ...


class UpkeepLedger:
    """An `UpkeepStore` within the transactions of a store."""

    def __init__(self, reading: Turn, writing: Turn) -> None:
        """Take what opens a transaction."""
        self._reading, self._writing = reading, writing

    def cleanliness(self, printer: str) -> Cleanliness | None:
        """Return what is counted of a printer's cleaning."""
        with self._reading() as work:
            row = _row(work, printer)
            if row is None or not row.counted:
                return None
            return Cleanliness(used=row.used, since=row.since, postponed=row.postponed)

    def begun(self, printer: str) -> Begun | None:
        """Return the maintenance of a printer that has begun and not ended."""
        with self._reading() as work:
            return _begun(_row(work, printer))

    def begin(self, printer: str, begun: Begun, lease: int | None = None) -> None:
        """Maintenance begins with the next byte."""
        with self._writing() as work:
            check_lease(work, printer, lease)
            if (former := _begun(_row(work, printer))) is not None:
                raise NotPossibleNow(f"nobody has said how {former.work.action} of printer {printer} ended")
            wanted = begun.work
            _put(work, printer, {
                "action": wanted.action, "by": wanted.by, "note": wanted.note, "began": work.now,
                "serial": begun.serial, "counters": json.dumps(begun.counters),
            })  # fmt: skip
            work.tell("printer", printer, BEGAN, {**_told(wanted), "serial": begun.serial, **_named(begun.counters)})

    def end(self, printer: str, counters: Mapping[str, int], blanks: int = 0) -> None:
        """The printer says that what was begun is done."""
        with self._writing() as work:
            begun = _must(work, printer)
            action = begun.work.action
            moved: Data = {f"moved.{name}": now - begun.counters.get(name, now) for name, now in counters.items()}
            work.tell("printer", printer, ENDED, {**_told(begun.work), "blanks": blanks, **moved})
            if blanks and action in SPENT_ON:
                spend(work, printer, SPENT_ON[action], blanks, begun.work.by, begun.work.note)
            _take_over(work, printer, begun, counters)
            clean = {"used": 0, "since": work.now, "postponed": 0} if action is MaintenanceAction.CLEAN else {}
            _put(work, printer, {**_NOTHING, **clean})

    def give_up(self, printer: str, why: str, counters: Mapping[str, int] | None = None) -> None:
        """What was begun is over, nobody knows how."""
        with self._writing() as work:
            begun = _must(work, printer)
            work.tell("printer", printer, GIVEN_UP, {**_told(begun.work), "why": why})
            if counters is not None:
                _take_over(work, printer, begun, counters)
            _put(work, printer, dict(_NOTHING))

    def count(self, printer: str) -> None:
        """Count the cards of a printer from now on."""
        with self._writing() as work:
            row = _row(work, printer)
            if row is None or not row.counted:
                _put(work, printer, {"counted": True, "used": 0, "since": work.now})

    def cleaned(self, printer: str, by: str, note: str) -> None:
        """Somebody has cleaned a printer by hand."""
        with self._writing() as work:
            row = _row(work, printer)
            used = row.used if row is not None and row.counted else None
            _put(work, printer, {"used": 0, "since": work.now, "postponed": 0})
            work.tell("printer", printer, CLEANED, {"cards": used, "by": by, "note": note})

    def postpone(self, printer: str, until: int, by: str, note: str) -> None:
        """Let a printer go on without cleaning."""
        with self._writing() as work:
            _put(work, printer, {"postponed": until})
            work.tell("printer", printer, POSTPONED, {"until": until, "by": by, "note": note})


_USED = update(upkeep).where(upkeep.c.printer == bindparam("of"))
_ONE_MORE = _USED.values(used=upkeep.c.used + 1)
_ONE_LESS = _USED.where(upkeep.c.since <= bindparam("began_at"), upkeep.c.used > 0).values(used=upkeep.c.used - 1)


def one_more(work: Transaction, printer: str) -> None:
    """Count a card that is about to be fed."""
    work.connection.execute(_ONE_MORE, {"of": printer})


def one_less(work: Transaction, printer: str, began: float) -> None:
    """Count a card back that was never fed after all, unless the printer was cleaned since."""
    work.connection.execute(_ONE_LESS, {"of": printer, "began_at": began})


def _row(work: Transaction, printer: str) -> Row[Any] | None:
    return work.connection.execute(select(upkeep).where(upkeep.c.printer == printer)).one_or_none()


def _put(work: Transaction, printer: str, values: Mapping[str, object]) -> None:
    if work.connection.execute(update(upkeep).where(upkeep.c.printer == printer).values(**values)).rowcount:
        return
    fresh = {"used": 0, "since": work.now, "counted": False, "postponed": 0, **_NOTHING}
    work.connection.execute(insert(upkeep).values(printer=printer, **{**fresh, **values}))


def _begun(row: Row[Any] | None) -> Begun | None:
    if row is None or not row.action:
        return None
    wanted = Work(action=MaintenanceAction(row.action), by=row.by, note=row.note, since=row.began)
    return Begun(work=wanted, serial=row.serial, counters=json.loads(row.counters))


def _must(work: Transaction, printer: str) -> Begun:
    begun = _begun(_row(work, printer))
    if begun is None:
        raise NotPossibleNow(f"no maintenance of printer {printer} is under way")
    return begun


def _take_over(work: Transaction, printer: str, begun: Begun, counters: Mapping[str, int]) -> None:
    detail = f"maintenance: {begun.work.action}"
    work.tell("printer", printer, COUNTERS_TAKEN, {"serial": begun.serial, "detail": detail, **_named(counters)})


def _told(wanted: Work) -> Data:
    return {"action": wanted.action, "by": wanted.by, "note": wanted.note}


def _named(counters: Mapping[str, int]) -> Data:
    return {f"{COUNTER}{name}": value for name, value in counters.items()}
