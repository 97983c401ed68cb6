"""A national bureau in numbers: so many cards a day through servers on one database, by costs that were measured.

The model: cards come by chance (Poisson) at the rate of the busiest hour. Each asks its server for a number of
transactions, is prepared by one of the server's processors, and then takes its printer. Transactions of one server that
wait together are one commit; commits of all servers come one after another, as the journal's places are given so.

Laws kept here:

1. Nothing is measured here and nothing is assumed but what `Bureau` says: the same costs and seed give the same result.
2. What ends the rate is what was busiest.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

MOST_TOGETHER = 64
"""Transactions that share one commit: printserver.queue.storekeeper."""


@dataclass(frozen=True)
class Costs:
    """What one card costs: seconds, transactions, bytes."""

    commit: float
    """A commit at the database, whatever it holds."""
    transaction: float
    """What each transaction in it adds."""
    document: float
    """Writing the documents of a card into the database."""
    transactions: int
    prepare: float
    """Processor time of preparing."""
    serve: float
    """Processor time of the server itself, which has one processor for it."""
    rows: int
    row_bytes: float
    document_bytes: float
    stream: float
    """Processor time of telling one row to one that watches."""


@dataclass(frozen=True)
class Bureau:
    """What is asked for: cards a day in so many hours, the busiest of which has `peak` times its share."""

    cards: int = 1_000_000
    hours: float = 10.0
    peak: float = 1.5
    card_seconds: float = 25.0
    processors: int = 8
    watchers: int = 50

    @property
    def rate(self) -> float:
        """Return cards a second in the busiest hour."""
        return self.cards / (3600 * self.hours) * self.peak

    @property
    def printers(self) -> int:
        """Return how many printers are busy then, with a tenth more for those that stand."""
        return round(self.rate * self.card_seconds * 1.1)


@dataclass(frozen=True)
class Day:
    """What came of it: shares of time in which each part was busy, the wait of a client, bytes a day."""

    servers: int
    printed: float
    """Cards a second that were printed, of those that came."""
    database: float
    server: float
    preparing: float
    wait99: float
    journal_rows: int
    journal_bytes: float
    document_bytes: float

    @property
    def busiest(self) -> str:
        """Name what ends the rate."""
        shares = {"commits at the database": self.database, "the servers": self.server, "preparing": self.preparing}
        return max(shares, key=lambda name: shares[name])


@dataclass
class _Server:
    waiting: deque[tuple[float, Callable[[float], None]]] = field(default_factory=deque)
    asked: bool = False
    free: list[float] = field(default_factory=list)


class _Simulation:
    """Events in order of time; `database` serves one commit after another."""

    def __init__(self, costs: Costs, bureau: Bureau, servers: int, seed: int) -> None:
        self.costs, self.bureau, self.chance = costs, bureau, Random(seed)
        self.servers = [_Server(free=[0.0] * max(1, bureau.processors - 1)) for _ in range(servers)]
        self.turns: deque[_Server] = deque()
        self.events: list[tuple[float, int, Callable[[float], None]]] = []
        self.numbers = count()
        self.committing = False
        self.busy_database = self.busy_preparing = 0.0
        self.waits: list[float] = []
        self.printed = 0

    def at(self, time: float, what: Callable[[float], None]) -> None:
        """Have something happen."""
        heapq.heappush(self.events, (time, next(self.numbers), what))

    def run(self, seconds: float) -> None:
        """Let cards come for so long, and look at nothing after."""
        time = 0.0
        while (time := time + self.chance.expovariate(self.bureau.rate)) < seconds:
            self.at(time, self._arrive)
        while self.events and self.events[0][0] < seconds:
            now, _, what = heapq.heappop(self.events)
            what(now)

    def _arrive(self, now: float) -> None:
        server = self.servers[self.chance.randrange(len(self.servers))]

        def accepted(then: float) -> None:
            self.waits.append(then - now)
            self._prepare(server, then)

        self.at(now + self.costs.document, lambda then: self._transact(server, then, accepted))

    def _transact(self, server: _Server, now: float, then: Callable[[float], None]) -> None:
        server.waiting.append((now, then))
        if not server.asked:
            server.asked = True
            self.turns.append(server)
        if not self.committing:
            self._commit(now)

    def _commit(self, now: float) -> None:
        if not self.turns:
            self.committing = False
            return
        self.committing = True
        server = self.turns.popleft()
        some = [server.waiting.popleft() for _ in range(min(len(server.waiting), MOST_TOGETHER))]
        server.asked = bool(server.waiting)
        if server.asked:
            self.turns.append(server)
        took = self.costs.commit + self.costs.transaction * len(some)
        self.busy_database += took

        def committed(then: float) -> None:
            for _, goes_on in some:
                goes_on(then)
            self._commit(then)

        self.at(now + took, committed)

    def _prepare(self, server: _Server, now: float) -> None:
        free = heapq.heappop(server.free)
        begin = max(now, free)
        heapq.heappush(server.free, begin + self.costs.prepare)
        self.busy_preparing += self.costs.prepare
        self.at(begin + self.costs.prepare, lambda then: self._steps(server, then, self.costs.transactions - 2))

    def _steps(self, server: _Server, now: float, left: int) -> None:
        """Go through the transactions of a card; the printer works before the last one."""
        if left > 0:
            self._transact(server, now, lambda then: self._steps(server, then, left - 1))
            return
        self.at(now + self.bureau.card_seconds, lambda then: self._transact(server, then, self._done))

    def _done(self, now: float) -> None:
        self.printed += 1


def simulate(costs: Costs, bureau: Bureau, servers: int, *, seconds: float = 300.0, seed: int = 1) -> Day:
    """Return what the busiest hour is like with so many servers."""
    run = _Simulation(costs, bureau, servers, seed)
    run.run(seconds)
    telling = costs.rows * costs.stream * bureau.watchers  # each server tells each row to those who watch at it
    serving = bureau.rate * (costs.serve / servers + telling / servers)
    waits = sorted(run.waits) or [0.0]
    return Day(
        servers=servers, printed=run.printed / max(seconds - bureau.card_seconds, 1.0),
        database=run.busy_database / seconds, server=serving,
        preparing=run.busy_preparing / seconds / (servers * max(1, bureau.processors - 1)),
        wait99=waits[int(0.99 * (len(waits) - 1))], journal_rows=bureau.cards * costs.rows,
        journal_bytes=bureau.cards * costs.rows * costs.row_bytes, document_bytes=bureau.cards * costs.document_bytes,
    )  # fmt: skip


def enough(costs: Costs, bureau: Bureau, most: int = 64) -> Day:
    """Return the day with the fewest servers that do it: nothing busy over seven tenths."""
    for servers in range(1, most):
        day = simulate(costs, bureau, servers, seconds=120.0)
        if max(day.database, day.server, day.preparing) < 0.7:
            return day
    return simulate(costs, bureau, most, seconds=120.0)
