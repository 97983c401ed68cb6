"""A run of the kill harness as data: everything that is chance comes out of one number.

Laws kept here:

1. The same number gives the same run: kind of fault, moment, printer, cards, sides.
2. Drawing one thing more for a run changes no earlier draw: new draws come last.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from itertools import islice
from random import Random
from typing import Any


class Kind(StrEnum):
    """What goes wrong."""

    POINT = "daemon-at-point"
    """The daemon kills itself before or after a step of its own: a commit, a document, bytes, an answer."""
    DAEMON = "daemon"
    """The daemon is killed at some moment."""
    WORKER = "worker"
    """A process that renders cards is killed."""
    CABLE = "cable"
    """The link to the printer breaks at a byte."""
    DISK = "disk"
    """The server's disk is full for a while."""
    CLOCK = "clock"
    """The wall clock jumps."""
    RESTORE = "restore"
    """An older backup is put back."""
    ROLLBACK = "rollback"
    """An older copy of the database is put in place of the newer one, and nobody says so."""
    CONNECTION = "store-connection"
    """The connection to a store on PostgreSQL fails for a while."""


class Line(StrEnum):
    """How the connection to the store fails."""

    UNSENT = "unsent"
    """It is cut before COMMIT is sent: nothing has happened."""
    UNANSWERED = "unanswered"
    """It is cut after COMMIT was carried out and before that was answered: the server cannot know."""
    LATE = "late"
    """It falls silent with COMMIT on its way."""
    CUT = "cut"
    """It is cut at some moment."""
    SILENT = "silent"
    """It falls silent at some moment."""
    TERMINATED = "terminated"
    """The database ends all sessions (pg_terminate_backend) at some moment, and once more."""


AT_COMMIT = (Line.UNSENT, Line.UNANSWERED, Line.LATE)
KILLED = (Kind.POINT, Kind.DAEMON)
SQLITE, POSTGRESQL = "sqlite", "postgresql"

# How often each kind is drawn: those that found most, most often; those that start the server twice, less. A connection
# can be lost only where there is one: those runs are drawn by themselves (`connection_runs`).
SHARES = {
    Kind.POINT: 6, Kind.DAEMON: 4, Kind.CABLE: 5, Kind.WORKER: 2, Kind.DISK: 2, Kind.CLOCK: 2, Kind.RESTORE: 1,
    Kind.ROLLBACK: 1,
}  # fmt: skip

# (what, the greatest number that is drawn): about as many as a run of three cards has.
POINTS = (("commit", 32), ("spool", 12), ("bytes", 300), ("answer", 40), ("head", 3))
# A card of one side takes some transactions fewer; what is not reached ends when the card is out.
LAST_COMMIT = 12
CUTS = ("question", "before-commit", "at-commit", "first-byte", "panel", "last-byte", "answer")
FULL = ("before", "at-moment", "at-mark")
DRIVERS = ("virtual", "evolis")
# A transaction that the network keeps for eight seconds is given up by the server: the longest is longer.
AWAY = (0.0, 0.3, 1.0, 2.5, 11.0)
COMMITS = 24
DAY = 86_400.0
JUMPS = (-10 * 365 * DAY, -DAY, -3600.0, -61.0, 61.0, 3600.0, DAY, 40 * DAY)


@dataclass(frozen=True)
class Run:
    """One run. `moment` is a fraction of the time that the cards take, and `point`, `cut`, `jump` what is done then.

    `together` = all cards as one job, else a job each; `patient` = the printer comes to rest before the server is
    started again; `back` = how many seconds a cable or a disk stays away; `disk` = from when on it is full.
    `store` = what the server keeps its jobs in; its connection fails as `line` says, at the commit of that number from
    when cards are sent, or at the moment, and stays `away` for so many seconds.
    """

    seed: int
    kind: Kind
    driver: str
    cards: int
    two_sided: bool
    together: bool
    moment: float
    point: str
    cut: str
    depth: float
    jump: float
    back: float
    patient: bool
    disk: str
    store: str = SQLITE
    line: Line = Line.CUT
    commit: int = 1
    away: float = 0.0

    def __str__(self) -> str:
        """Say what is done to whom, shortly."""
        cut, jump = f"{self.cut} of card {self.at_card}", f"{self.jump:+.0f} s"
        when = f"commit {self.commit}" if self.line in AT_COMMIT else f"{self.moment:.2f}"
        line = f"{self.line} at {when} for {self.away:g} s"
        detail = {
            Kind.POINT: self.point, Kind.CABLE: cut, Kind.CLOCK: jump, Kind.DISK: self.disk, Kind.CONNECTION: line
        }
        sides = "two-sided" if self.two_sided else "one-sided"
        shape = "one job" if self.together else "a job each"
        what = detail.get(self.kind, f"at {self.moment:.2f}")
        where = f", on {self.store}" if self.store != SQLITE else ""
        return f"seed {self.seed}: {self.kind} {what}, {self.driver}, {self.cards} cards {sides}, {shape}{where}"

    @property
    def at_card(self) -> int:
        """Return which card, from 1, a byte is counted in."""
        return 1 + min(int(self.moment * self.cards), self.cards - 1)


def runs_of(first: int, count: int, kinds: Sequence[Kind] = tuple(Kind)) -> list[Run]:
    """Return so many runs of some kinds: those of the numbers from the first on, but for runs of other kinds."""
    return list(islice((run for run in map(run_of, itertools.count(first)) if run.kind in kinds), count))


def run_of(seed: int) -> Run:
    """Return the run of a number."""
    chance = Random(seed)
    kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
    what, most = chance.choices(POINTS, (6, 2, 5, 3, 1))[0]
    older = kind in (Kind.RESTORE, Kind.ROLLBACK)  # some of the cards must be printed, and others not
    return Run(
        seed=seed, kind=kind, driver=chance.choice(DRIVERS), cards=chance.randint(1, 3) + 3 * older,
        two_sided=chance.random() < 0.3, together=chance.random() < 0.5, moment=chance.random(),
        point=f"{chance.choice(('before', 'after'))}:{what}:{chance.randint(1, most)}",
        cut=chance.choice(CUTS), depth=chance.random(), jump=chance.choice(JUMPS),
        back=chance.uniform(0.0, 2.0), patient=chance.random() < 0.5,
        disk=chance.choice(FULL),
    )  # fmt: skip


def connection_runs(seeds: Iterable[int]) -> list[Run]:
    """Return the runs of these numbers in which the connection to the store fails; all else of them is as ever."""
    return [_connection_run(seed) for seed in seeds]


def _connection_run(seed: int) -> Run:
    run, chance = run_of(seed), Random(f"connection {seed}")
    return replace(
        run, kind=Kind.CONNECTION, store=POSTGRESQL, cards=1 + (run.cards - 1) % 3, line=chance.choice(list(Line)),
        commit=chance.randint(1, COMMITS), away=chance.choices(AWAY, (3, 3, 3, 3, 1))[0],
    )  # fmt: skip


def on_postgresql(runs: Iterable[Run]) -> list[Run]:
    """Return the same runs with the store on PostgreSQL; they must be of kinds that do not touch the store's files."""
    return [replace(run, store=POSTGRESQL) for run in runs]


def every_point(driver: str, last: int = LAST_COMMIT) -> list[Run]:
    """Return the runs in which the daemon dies before and after each transaction of one card."""
    points = [f"{when}:commit:{number}" for number in range(1, last + 1) for when in ("before", "after")]
    words = (f"kind={Kind.POINT}", "cards=1", f"driver={driver}", "together=false")
    return [changed(run_of(seed), (*words, f"point={point}")) for seed, point in enumerate(points)]


def changed(run: Run, words: Sequence[str]) -> Run:
    """Return a run with some of its fields set by `NAME=VALUE`; raises ValueError for one that it has not."""
    kinds = {each.name: str(each.type) for each in fields(Run)}
    given = dict(word.split("=", 1) for word in words)
    if unknown := given.keys() - kinds.keys():
        raise ValueError(f"no {', '.join(sorted(unknown))} in a run; it has {', '.join(kinds)}")
    return replace(run, **{name: _read(kinds[name], value) for name, value in given.items()})


def _read(kind: str, value: str) -> Any:  # noqa: ANN401 - what the field is
    match kind:
        case "bool":
            return value.lower() in ("1", "true", "yes")
        case "int" | "float":
            return {"int": int, "float": float}[kind](value)
        case "Kind" | "Line":
            return {"Kind": Kind, "Line": Line}[kind](value)
        case _:
            return value
