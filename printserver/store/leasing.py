"""Which node has a printer: leases with a number that grows with each taking, so that a former owner is known as one.

Laws kept here:

1. A lease is taken only when it has run out, was given back, or was never there; each taking counts its number up.
2. Time is the database's: clocks of nodes do not matter.
3. Who claims a card, starts one or makes its commit mark names its lease's number in the same transaction; the row
   stays locked until that is committed, so that nobody takes the printer over in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, extract, func, insert, select, update

from printserver.errors import StoreConflict
from printserver.store.contract import Lease
from printserver.store.tables import leases
from printserver.store.work import Work

_HELD = (
    select(leases.c.number)
    .where(leases.c.printer == bindparam("printer"), leases.c.number == bindparam("number"))
    .with_for_update(read=True)
)
_LOCKED = (
    select(leases)
    .where(leases.c.printer.in_(bindparam("printers", expanding=True)))
    .order_by(leases.c.printer)  # in one order for all, so that no two wait for each other
    .with_for_update()
)
_MOVED = update(leases).where(leases.c.printer == bindparam("of"))
_TOLD = _MOVED.values(told=bindparam("told"))


def check_lease(work: Work, printer: str, number: int | None) -> None:
    """Raise StoreConflict where a printer's lease has another number by now; None = printers are not leased."""
    if number is None:
        return
    if work.connection.execute(_HELD, {"printer": printer, "number": number}).first() is None:
        raise StoreConflict(f"another server has the printer {printer} now")


def keep_leases(work: Work, life: str, told: Mapping[str, str], seconds: float) -> list[Lease]:
    """Renew this life's leases of printers, or take those that are free; returns all leases there are.

    `told` says of each wanted printer how it is, in words that other nodes show.
    """
    now = _now(work)
    found = {row.printer: row for row in work.connection.execute(_LOCKED, {"printers": list(told)})}
    renewed = [name for name, row in found.items() if row.life == life and row.until > now]
    _renew(work, {name: told[name] for name in renewed}, found, now + seconds)
    for printer in sorted(told.keys() - set(renewed)):
        fresh = {"node": work.node, "life": life, "until": now + seconds, "told": told[printer]}
        _take(work, printer, found.get(printer), fresh, now)
    return all_leases(work, life, now)


def _renew(work: Work, told: Mapping[str, str], found: Mapping[str, Row[Any]], until: float) -> None:
    """Renew leases all at once, and write the words of those that have others by now."""
    if not told:
        return
    work.connection.execute(update(leases).where(leases.c.printer.in_(list(told))).values(until=until))
    others = [{"of": name, "told": words} for name, words in told.items() if found[name].told != words]
    if others:
        work.connection.execute(_TOLD, others)


def _take(work: Work, printer: str, row: Row[Any] | None, fresh: Mapping[str, object], now: float) -> None:
    """Take a lease that was never there or has run out; one of another life is left."""
    if row is None:
        work.connection.execute(insert(leases), {"printer": printer, "number": 1, **fresh})
        work.tell("printer", printer, "leased", {"number": 1})
    elif row.until <= now:
        work.connection.execute(_MOVED, {"of": printer, "number": row.number + 1, **fresh})
        work.tell("printer", printer, "leased", {"number": row.number + 1})


def give_back_leases(work: Work, life: str, printers: Sequence[str]) -> None:
    """Let leases of this life go."""
    mine = (leases.c.life == life, leases.c.printer.in_(printers))
    work.connection.execute(update(leases).where(*mine).values(until=0.0))


def all_leases(work: Work, life: str, now: float | None = None) -> list[Lease]:
    """Return all leases by printer."""
    now = _now(work) if now is None else now
    return [_lease(row, life, now) for row in work.connection.execute(select(leases).order_by(leases.c.printer))]


def _lease(row: Row[Any], life: str, now: float) -> Lease:
    return Lease(
        printer=row.printer, node=row.node, number=row.number, mine=row.life == life, alive=row.until > now,
        told=row.told,
    )  # fmt: skip


def _now(work: Work) -> float:
    return float(work.connection.execute(select(extract("epoch", func.clock_timestamp()))).scalar_one())
