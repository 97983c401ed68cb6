"""The journal: rows that only grow, numbered and chained for each node.

Laws kept here:

1. Ids of a node count 1, 2, 3 ... without a gap; `heads` holds the newest id and hash and is written with the row.
2. `hash` is SHA-256, in hexadecimal, over UTF-8 of the former row's hash, a line feed, and this JSON array without
   spaces: `[node, id, at, kind, subject, what, data]`. `at` is seconds as the shortest decimal that gives the same
   double; `data` is a text: a JSON object with sorted keys, without spaces, exactly as it is stored.
   The first row's former hash is empty.
3. Observers depend on the words below; words are added, never changed.
4. Personal values of clients stand only as HMAC under the job's key (`sealing.py`): `name`, `user`, `origin`, and
   the digest of a document. Names of people who decide (`by`) and their reasons (`note`) stand in the clear: that is
   what the journal is for.

| kind    | subject | what | data |
|---------|---------|------|------|
| job     | JOB  | accepted | queue, state, documents, cards, priority, incoming, name, user, origin, *-of: below |
| job     | JOB  | held, released, cancel-wanted, cancel-withdrawn, received (documents came) | by, note, until, for |
| job     | JOB  | priority | priority, by, note |
| job     | JOB  | moved (to another queue) | queue, from, by, note |
| job     | JOB  | asked (a decision waits for a second person) | deed, card, copies, verdict, by, note |
| job     | JOB  | withdrawn, confirmed (such a wish) | wish (id of the row), deed, by, note |
| job     | JOB  | document-added | number, format, size, sha256 (HMAC as below) |
| job     | JOB  | cards-added | cards |
| job     | JOB  | possible-duplicate (found when its documents had all come) | duplicate-of |
| job     | JOB  | state (written whenever state or reasons changed) | state, reasons (joined by commas) |
| job     | JOB  | purged | by, note, where a person wanted it |
| card    | JOB/CARD | the words of `lifecycle.CardEvent` | state, reason, printer, attempt, outcome, by, note |
| mark    | JOB/CARD | the words of `dialogue.Point`: FED, COMMITTED, ... | attempt, at, evidence.NAME ... |
| printer | NAME | added, changed | driver, model, device, ribbon, stock, retired, by |
| printer | NAME | replaced (has taken another one's place) | old, by, note |
| printer | NAME | leased (another node, or another life of one, has it) | number |
| printer | NAME | counters-taken (a person took over what the device counts) | serial, detail, counter.NAME ... |
| printer | NAME | counter-behind | serial, detail |
| printer | NAME | maintenance-began | action, by, note, serial, counter.NAME ... |
| printer | NAME | maintenance-ended (the printer says so) | action, by, note, blanks, moved.NAME ... |
| printer | NAME | maintenance-given-up (nobody knows how it ended, or it never took place) | action, by, note, why |
| printer | NAME | cleaned (by hand, or the printer tells it) | cards (since the last time), by, note |
| printer | NAME | cleaning-postponed | until (cards since the last cleaning), by, note |
| queue   | NAME | added, changed, paused, resumed | printers (joined by commas), paused, by |
| any other | as noted | as noted | as noted |

`held` names `until` only where the job is held until a time of day, `for` only where the server itself holds it.
`accepted` also names the job that this one prints again (reprint-of, with by and note) or is like (duplicate-of).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, Row, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from printserver.errors import StoreConflict, StoreDamaged
from printserver.model.chain import Head
from printserver.model.event import Event, NewEvent
from printserver.store.prepared import Prepared
from printserver.store.tables import cursors, heads, journal, stream
from printserver.store.work import Data

OF_A_JOB = ("job", "card", "mark")


class Stored(NamedTuple):
    """A row as it lies in the table."""

    node: str
    id: int
    at: float
    kind: str
    subject: str
    what: str
    data: str
    previous_hash: str
    hash: str


_HEAD = select(heads.c.id, heads.c.hash).where(heads.c.node == bindparam("node"))
_HEAD_LOCKED = Prepared(_HEAD.with_for_update())
_MOVE_HEAD = Prepared(update(heads).where(heads.c.node == bindparam("its_node")), "id", "hash")
_ROW = Prepared(insert(journal), "node", "id", "at", "kind", "subject", "what", "data", "previous_hash", "hash")
_FIRST_HEAD = insert(heads)
_OF_A_ROW = tuple(journal.c[name] for name in Stored._fields)
_ROWS = Prepared(
    select(*_OF_A_ROW)
    .where(journal.c.node == bindparam("node"), journal.c.id > bindparam("after"))
    .order_by(journal.c.id)
    .limit(bindparam("most", type_=Integer))
)


def canonical(data: Data) -> str:
    """Return data as the one text that is stored and hashed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def link(previous: str, node: str, id: int, at: float, kind: str, subject: str, what: str, data: str) -> str:
    """Return the hash of a row (law 2)."""
    row = json.dumps([node, id, at, kind, subject, what, data], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{row}".encode()).hexdigest()


def append(connection: Connection, node: str, at: float, told: Sequence[NewEvent]) -> list[Event]:
    """Chain rows to a node's end, in order."""
    if not told:
        return []
    last, previous = _head(connection, node)
    events: list[Event] = []
    for number, new in enumerate(told, last + 1):
        events.append(_chained(new, node, number, at, previous))
        previous = events[-1].hash
    for event in events:
        _ROW.run(connection, _columns(event))
    _move_head(connection, node, last, events[-1])
    return events


def _chained(new: NewEvent, node: str, number: int, at: float, previous: str) -> Event:
    found = link(previous, node, number, at, new.kind, new.subject, new.what, canonical(new.data))
    return Event(
        id=number, node=node, at=at, kind=new.kind, subject=new.subject, what=new.what, data=new.data,
        previous_hash=previous, hash=found,
    )  # fmt: skip


def _columns(event: Event) -> dict[str, object]:
    return {
        "node": event.node, "id": event.id, "at": event.at, "kind": event.kind, "subject": event.subject,
        "what": event.what, "data": canonical(event.data), "previous_hash": event.previous_hash, "hash": event.hash,
    }  # fmt: skip


def _head(connection: Connection, node: str) -> tuple[int, str]:
    found = _HEAD_LOCKED.row(connection, {"node": node})
    return (found[0], found[1]) if found else (0, "")


def _move_head(connection: Connection, node: str, last: int, event: Event) -> None:
    if last == 0:
        try:
            connection.execute(_FIRST_HEAD, {"node": node, "id": event.id, "hash": event.hash})
        except IntegrityError as error:
            raise StoreConflict("another process begins the same journal") from error
        return
    _MOVE_HEAD.run(connection, {"its_node": node, "id": event.id, "hash": event.hash})


def events(connection: Connection, node: str, after: int, limit: int) -> list[Event]:
    """Return a node's rows with a greater id, in order."""
    rows = _ROWS.rows(connection, {"node": node, "after": after, "most": limit})
    return [read_event(row, row.id) for row in map(Stored._make, rows)]


def last_event(connection: Connection, node: str) -> int:
    """Return the newest row's id, 0 for an empty journal."""
    return connection.execute(_HEAD, {"node": node}).scalar() or 0


def job_events(connection: Connection, job: int, before: int | None = None, limit: int | None = None) -> list[Event]:
    """Return the rows of a job, its cards and their marks, in order: the newest `limit` with an id below `before`."""
    # `/` stands right before `0`: all subjects JOB/CARD lie between, and no other job's
    its_cards = and_(journal.c.subject >= f"{job}/", journal.c.subject < f"{job}0")
    placed = and_(stream.c.node == journal.c.node, stream.c.id == journal.c.id)
    # a store of one node has no stream: its rows stand in the order of their chain
    place = func.coalesce(stream.c.position, journal.c.id).label("place")
    wanted = (
        select(journal, place)
        .join_from(journal, stream, placed, isouter=True)
        .where(or_(journal.c.subject == str(job), its_cards), journal.c.kind.in_(OF_A_JOB))
    )
    if before is not None:
        wanted = wanted.where(place < before)
    newest = wanted.order_by(place.desc(), journal.c.node.desc()).limit(limit)
    return [read_event(row, row.place) for row in connection.execute(newest)][::-1]


def read_event(row: Row[Any] | Stored, id: int) -> Event:
    """Return a row as an event of some id; raises StoreDamaged."""
    try:
        data = json.loads(row.data)
    except ValueError as error:
        raise StoreDamaged("a journal row cannot be read", where=f"{row.node} {row.id}") from error
    return Event(
        id=id, node=row.node, at=row.at, kind=row.kind, subject=row.subject, what=row.what, data=data,
        previous_hash=row.previous_hash, hash=row.hash,
    )  # fmt: skip


def head(connection: Connection, node: str) -> tuple[int, str]:
    """Return the id and hash of a node's newest row, (0, "") for an empty journal."""
    found = connection.execute(_HEAD, {"node": node}).one_or_none()
    return (found.id, found.hash) if found else (0, "")


def holds(connection: Connection, kept: Head) -> bool:
    """Tell whether a node's chain still has the row whose head was kept outside it."""
    its_row = (journal.c.node == kept.node, journal.c.id == kept.id, journal.c.hash == kept.hash)
    return connection.execute(select(journal.c.id).where(*its_row)).first() is not None


def all_heads(connection: Connection, now: float) -> list[Head]:
    """Return the newest row of each node's chain."""
    rows = connection.execute(select(heads).order_by(heads.c.node))
    return [Head(node=row.node, id=row.id, at=now, hash=row.hash) for row in rows]


def cursor(connection: Connection, node: str, observer: str) -> int:
    """Return how far an observer has come, 0 at first."""
    wanted = select(cursors.c.event).where(cursors.c.node == node, cursors.c.observer == observer)
    return connection.execute(wanted).scalar() or 0


def move_cursor(connection: Connection, node: str, observer: str, event: int) -> None:
    """Record how far an observer has come."""
    its = (cursors.c.node == node, cursors.c.observer == observer)
    if connection.execute(update(cursors).where(*its).values(event=event)).rowcount == 0:
        connection.execute(insert(cursors).values(node=node, observer=observer, event=event))
