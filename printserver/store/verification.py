"""Verifying the journal: that no row was edited, removed or inserted, no tail cut, and no store rolled back.

Laws kept here:

1. Every row is hashed anew by the recipe of `journal.py`; nothing that the rows say of themselves is believed.
2. A chain can be forged whole by whoever may write the database. What betrays that are heads kept elsewhere: a kept
   head's row must still be there, with the same hash.
3. Verifying needs no key and changes nothing: rows are chained in the clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from printserver.model.chain import ChainReport, Flaw, FlawKind, Head
from printserver.store.journal import link
from printserver.store.tables import heads, journal

VERIFIED_AT_ONCE = 2000

_ROWS = (
    select(journal)
    .where(journal.c.node == bindparam("node"), journal.c.id > bindparam("after"))
    .order_by(journal.c.id)
    .limit(VERIFIED_AT_ONCE)
)


def verify(connection: Connection, kept: Iterable[Head] = ()) -> list[ChainReport]:
    """Verify every node's chain, against kept heads too; a node of which only a head is left is reported as well."""
    wanted: dict[str, list[Head]] = {node: [] for node in sorted(_nodes(connection))}
    for head in kept:
        wanted.setdefault(head.node, []).append(head)
    return [verify_chain(connection, node, its_heads) for node, its_heads in wanted.items()]


def _nodes(connection: Connection) -> set[str]:
    named = select(journal.c.node).distinct().union(select(heads.c.node))
    return set(connection.execute(named).scalars())


def verify_chain(connection: Connection, node: str, kept: Sequence[Head] = ()) -> ChainReport:
    """Verify one node's chain; reading goes on to its end, so that each kept head is answered for."""
    wanted = {head.id for head in kept}
    hashes: dict[int, str] = {}
    flaw: Flaw | None = None
    last, previous, count = 0, "", 0
    for row in _rows(connection, node):
        if flaw is None:
            flaw = _flaw_of(row, node, last, previous)
        if row.id in wanted:
            hashes[row.id] = row.hash
        last, previous, count = row.id, row.hash, count + 1
    flaws = [flaw or _flaw_of_end(connection, node, last, previous)]
    flaws += [_contradiction(head, hashes, last) for head in kept]
    found = tuple(dict.fromkeys(each for each in flaws if each is not None))
    met = len({head.id for head in kept if hashes.get(head.id) == head.hash})
    return ChainReport(node=node, rows=count, head=previous, heads_met=met, flaws=found)


def _rows(connection: Connection, node: str) -> Iterator[Row[Any]]:
    after = 0
    while rows := connection.execute(_ROWS, {"node": node, "after": after}).all():
        yield from rows
        after = rows[-1].id


def _flaw_of(row: Row[Any], node: str, last: int, previous: str) -> Flaw | None:
    """Hold a row against the one before it."""
    if row.id != last + 1:
        return Flaw(kind=FlawKind.MISSING, row=row.id, detail=f"rows {last + 1} to {row.id - 1} are missing")
    if row.hash != link(row.previous_hash, node, row.id, row.at, row.kind, row.subject, row.what, row.data):
        return Flaw(kind=FlawKind.EDITED, row=row.id, detail=f"row {row.id} is not what was written")
    if row.previous_hash != previous:
        detail = f"row {row.id} does not follow the row before it: one of the two was replaced or inserted"
        return Flaw(kind=FlawKind.INSERTED, row=row.id, detail=detail)
    return None


def _flaw_of_end(connection: Connection, node: str, last: int, previous: str) -> Flaw | None:
    """Hold the newest row against the head that is written with each row."""
    found = connection.execute(select(heads).where(heads.c.node == node)).one_or_none()
    head, its_hash = (found.id, found.hash) if found else (0, "")
    if (head, its_hash) == (last, previous):
        return None
    if head > last:
        return Flaw(kind=FlawKind.CUT, row=last + 1, detail=f"rows {last + 1} to {head} are cut off the end")
    return Flaw(kind=FlawKind.INSERTED, row=last + 1, detail=f"the chain should end with another row {head}")


def _contradiction(head: Head, hashes: Mapping[int, str], last: int) -> Flaw | None:
    """Hold the chain against a head that was kept elsewhere."""
    found = hashes.get(head.id)
    if found == head.hash:
        return None
    if found is not None:
        detail = f"row {head.id} was another when its head was kept"
        return Flaw(kind=FlawKind.REWRITTEN, row=head.id, detail=detail)
    if head.id > last:
        detail = f"the chain ends with row {last}; row {head.id} was there when its head was kept"
        return Flaw(kind=FlawKind.ROLLED_BACK, row=head.id, detail=detail)
    return Flaw(kind=FlawKind.MISSING, row=head.id, detail=f"row {head.id}, whose head was kept, is missing")
