"""Events: rows of the journal, the one stream that every observer reads."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One journal row; `id` grows by one along a node's chain.

    `kind` is `job`, `card`, `mark`, `printer`, `queue`, `plugin`, `user`, `token` or `server`; `subject` names the
    thing (`12`, `12/1`, a name); `data` holds words and numbers, never personal values of clients in the clear.
    """

    id: int
    node: str
    at: float
    kind: str
    subject: str
    what: str
    data: dict[str, str | int | float | bool | None] = {}
    previous_hash: str = ""
    hash: str = ""


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event before the store has numbered, timed and chained it."""

    kind: str
    subject: str
    what: str
    data: dict[str, str | int | float | bool | None] = {}
