"""The report of a day: cards good, spoiled and in doubt by printer and queue, blanks and ribbon, stops and causes.

Laws kept here:

1. It is read from the journal alone, by the same rules for every day; nothing is counted beside it.
2. A day is one of the site's own time zone, however long the clock makes it.
3. It names printers, queues and codes; no person and no job.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import msgspec

from printserver.errors import UnknownJob
from printserver.model.event import Event
from printserver.model.printer import PrinterState
from printserver.queue.storekeeper import Storekeeper

BATCH = 500
GOOD = frozenset({"done", "done-unconfirmed", "settle-done"})
SPOILED = frozenset({"spoil", "settle-spoiled", "reject"})
DOUBT = frozenset({"doubt", "restored"})
SETTLED = frozenset({"settle-done", "settle-spoiled", "settle-queued"})
STANDS = frozenset({PrinterState.BLOCKED, PrinterState.STOPPED, PrinterState.OFFLINE})


class CardCount(msgspec.Struct, frozen=True, kw_only=True):
    """Cards of a printer or queue: `in_doubt` came into doubt that day and nobody had settled them at its end."""

    name: str
    good: int
    spoiled: int
    in_doubt: int


class SupplyUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a printer took: cards that were `fed`, blanks that were put in, ribbons that were changed."""

    printer: str
    fed: int
    blanks_loaded: int
    ribbons_changed: int


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Why a printer stood: how often, and how many seconds of the day in all."""

    printer: str
    cause: str
    times: int
    seconds: float


class Daily(msgspec.Struct, frozen=True, kw_only=True):
    """A day's report; `begins` and `ends` in seconds since the epoch, `whole` = the day was over when it was made."""

    day: date
    begins: float
    ends: float
    whole: bool
    printers: tuple[CardCount, ...]
    queues: tuple[CardCount, ...]
    supplies: tuple[SupplyUse, ...]
    stops: tuple[Stop, ...]


def bounds(day: date, zone: tzinfo | None) -> tuple[float, float]:
    """Return when a day begins and ends, in seconds since the epoch; `zone` None = the system's own."""
    begin, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return begin.timestamp(), end.timestamp()


def day_of(now: float, zone: tzinfo | None) -> date:
    """Return the day that a moment belongs to."""
    return datetime.fromtimestamp(now, zone).date()


class DailyReports:
    """Makes reports of days."""

    def __init__(self, keeper: Storekeeper, zone: tzinfo | None) -> None:
        """Read through `keeper`; days are those of `zone`, None = the system's own."""
        self._keeper, self._zone = keeper, zone

    def today(self, now: float) -> date:
        """Return the site's own day."""
        return day_of(now, self._zone)

    async def of(self, day: date, now: float) -> Daily:
        """Return a day's report as far as it has come; `now` is in seconds since the epoch."""
        begin, end = bounds(day, self._zone)
        tally = _Tally()
        after = await self._before(begin)
        while rows := await self._rows(after):
            today = [row for row in rows if begin <= row.at < end]
            for row in today:
                tally.take(row)
            after = rows[-1].id
            if rows[-1].at >= end:
                break
        queues = {job: await self._queue(job, tally.queues) for job in tally.jobs()}
        return tally.report(day, (begin, end), now, queues)

    async def _rows(self, after: int, limit: int = BATCH) -> Sequence[Event]:
        return await self._keeper.read(self._keeper.store.events, after, limit)

    async def _before(self, moment: float) -> int:
        """Return the id of the last row before a moment, found by halving."""
        low, high = 0, await self._keeper.read(self._keeper.store.last_event)
        while low < high:
            middle = (low + high) // 2
            rows = await self._rows(middle, 1)
            if rows and rows[0].at < moment:
                low = rows[0].id
            else:
                high = middle
        return low

    async def _queue(self, job: int, known: dict[int, str]) -> str:
        if job in known:
            return known[job]
        try:
            return (await self._keeper.read(self._keeper.store.job, job)).queue
        except UnknownJob:
            return ""


class _Tally:
    """What was counted of a day so far."""

    def __init__(self) -> None:
        self.queues: dict[int, str] = {}
        self._cards: Counter[tuple[str, int, str]] = Counter()  # (printer, job, outcome)
        self._good: set[str] = set()
        self._doubts: dict[str, tuple[str, int]] = {}
        self._used: Counter[tuple[str, str]] = Counter()  # (printer, what)
        self._times: Counter[tuple[str, str]] = Counter()  # (printer, cause)
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._standing: dict[str, tuple[str, float]] = {}
        self._printers: dict[str, str] = {}  # which printer had a card last

    def jobs(self) -> set[int]:
        """Return the jobs whose queues are to be known."""
        return {job for _, job, _ in self._cards} | {job for _, job in self._doubts.values()}

    def take(self, event: Event) -> None:
        """Count one row."""
        match event.kind, event.what:
            case "job", "accepted":
                self.queues[int(event.subject)] = str(event.data.get("queue", ""))
            case "card", what:
                self._card(event, what)
            case "mark", "COMMITTED":
                self._used[self._printers.get(event.subject, ""), "fed"] += 1
            case "printer", "state":
                self._state(event)
            case "printer", "blanks-loaded":
                self._used[event.subject, "loaded"] += int(event.data.get("count") or 0)
            case "printer", "ribbon-changed":
                self._used[event.subject, "ribbons"] += 1

    def _card(self, event: Event, what: str) -> None:
        subject, job = event.subject, int(event.subject.partition("/")[0])
        printer = str(event.data.get("printer") or self._printers.get(subject, ""))
        self._printers[subject] = printer
        if what in SETTLED:
            self._doubts.pop(subject, None)
        if what in DOUBT:
            self._doubts[subject] = (printer, job)
        elif what in GOOD:
            self._good.add(subject)
            self._cards[printer, job, "good"] += 1
        elif what in SPOILED:
            self._cards[printer, job, "spoiled"] += 1
            if what == "reject" and subject in self._good:
                self._good.discard(subject)
                self._cards[printer, job, "good"] -= 1

    def _state(self, event: Event) -> None:
        printer = event.subject
        if printer in self._standing:
            cause, since = self._standing.pop(printer)
            self._seconds[printer, cause] += max(0.0, event.at - since)
        if event.data.get("state") in STANDS:
            cause = str(event.data.get("reason") or "not-ready")
            self._standing[printer] = (cause, event.at)
            self._times[printer, cause] += 1

    def report(self, day: date, span: tuple[float, float], now: float, queues: dict[int, str]) -> Daily:
        """Return what was counted; a printer that still stands has stood until the end, or until now."""
        begin, end = span
        for printer, (cause, since) in self._standing.items():
            self._seconds[printer, cause] += max(0.0, min(end, now) - since)
        by_printer, by_queue = _Counts(), _Counts()
        for (printer, job, outcome), count in self._cards.items():
            by_printer.add(printer, outcome, count)
            by_queue.add(queues[job], outcome, count)
        for printer, job in self._doubts.values():
            by_printer.add(printer, "in_doubt", 1)
            by_queue.add(queues[job], "in_doubt", 1)
        names = sorted({printer for printer, _ in self._used})
        return Daily(
            day=day, begins=begin, ends=end, whole=now >= end, printers=by_printer.rows(), queues=by_queue.rows(),
            supplies=tuple(
                SupplyUse(printer=name, fed=self._used[name, "fed"], blanks_loaded=self._used[name, "loaded"],
                          ribbons_changed=self._used[name, "ribbons"])
                for name in names
            ),
            stops=tuple(
                Stop(printer=printer, cause=cause, times=times, seconds=self._seconds[printer, cause])
                for (printer, cause), times in sorted(self._times.items())
            ),
        )  # fmt: skip


class _Counts:
    """Counts by name and outcome."""

    def __init__(self) -> None:
        self._found: dict[str, Counter[str]] = {}

    def add(self, name: str, outcome: str, count: int) -> None:
        self._found.setdefault(name, Counter())[outcome] += count

    def rows(self) -> tuple[CardCount, ...]:
        return tuple(
            CardCount(name=name, good=count["good"], spoiled=count["spoiled"], in_doubt=count["in_doubt"])
            for name, count in sorted(self._found.items())
        )


def told(report: Daily) -> dict[str, Any]:
    """Return the sums that an event tells."""
    return {
        "day": report.day.isoformat(), "good": sum(each.good for each in report.printers),
        "spoiled": sum(each.spoiled for each in report.printers),
        "in-doubt": sum(each.in_doubt for each in report.printers),
    }
