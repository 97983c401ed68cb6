"""The journal's chain as values: its newest row at some time, and what was found wrong with it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest row of a node's chain at some time: `at` is seconds since the epoch, UTC."""

    node: str
    id: int
    at: float
    hash: str


class FlawKind(StrEnum):
    """What is wrong with a chain."""

    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    CUT = "cut"
    ROLLED_BACK = "rolled-back"
    REWRITTEN = "rewritten"


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """The first place at which a chain does not fit, or a kept head that it contradicts; `row` counts from 1."""

    kind: FlawKind
    row: int
    detail: str


class ChainReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one node's chain: rows read, its newest row, how many kept heads fit, and what does not."""

    node: str
    rows: int
    head: str
    heads_met: int = 0
    flaws: tuple[Flaw, ...] = ()
