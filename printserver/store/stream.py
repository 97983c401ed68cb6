"""The journal rows of all nodes in one order, where several nodes write.

Laws kept here:

1. Places are given right before a commit, one transaction after another: whoever has seen a place has seen all before.
2. In the stream an event's `id` is its place. Its row in the chain of its node is hashed, and is not told here.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from printserver.model.event import Event
from printserver.store.journal import read_event
from printserver.store.tables import journal, stream

_JOINED = (journal.c.node == stream.c.node) & (journal.c.id == stream.c.id)
_ROWS = (
    select(stream.c.position, journal)
    .join_from(stream, journal, _JOINED)
    .where(stream.c.position > bindparam("after"))
    .order_by(stream.c.position)
)


def events(connection: Connection, after: int, limit: int) -> list[Event]:
    """Return the rows of all nodes that stand after a place, in order."""
    return [read_event(row, row.position) for row in connection.execute(_ROWS.limit(limit), {"after": after})]


def last_event(connection: Connection) -> int:
    """Return the last place, 0 for an empty stream."""
    return connection.execute(select(func.max(stream.c.position))).scalar() or 0
