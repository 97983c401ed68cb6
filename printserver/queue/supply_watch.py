"""Follows blanks and ribbon of every printer: the counts in memory, and a change of ribbon when the device shows one.

Laws kept here:

1. The store counts; what stands in memory is its copy, read anew when a row of the journal says that it has moved.
2. A ribbon was changed when the device tells another type or roll, or more left than before; also when that happened
   while the server was off. The journal tells it, with the roll's id where the device knows one.
3. What a device tells first is no change.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from printserver.lifecycle import CardEvent
from printserver.model.event import Event
from printserver.model.printer import PrinterStatus
from printserver.model.supply import Spending, Supply, SupplyCount, SupplyKind
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.storekeeper import Storekeeper
from printserver.store.shifts import SHIFT_CLOSED
from printserver.store.supplies import BLANKS_COUNTED, BLANKS_LOADED, BLANKS_SPENT, RIBBON_CHANGED

DEVICE = "device"
_ROWS = frozenset({BLANKS_LOADED, BLANKS_COUNTED, BLANKS_SPENT, RIBBON_CHANGED, SHIFT_CLOSED})
_SLACK = 1
"""The card in the printer is counted off before its device counts it."""

Background = Callable[[Coroutine[Deferred[Any], Any, Any], str], None]


class SupplyWatch:
    """Keeps `board` told of what is counted."""

    def __init__(self, keeper: Storekeeper, board: Board, background: Background) -> None:
        """`background` runs what takes longer, and logs its failure under a name."""
        self._keeper, self._board, self._background = keeper, board, background
        self._reading = self._again = False

    async def begin(self) -> None:
        """Take what the store has, and heed what devices tell from now on."""
        self._take(await self._keeper.read(self._keeper.store.supplies.counts))
        self._board.watch = self.told

    def heed(self, event: Event) -> None:
        """Follow one row of the journal."""
        match event.kind:
            case "printer" if event.what in _ROWS:
                self._refresh()
            case "mark" if event.what == "COMMITTED" and self._board.counted:
                self._refresh()
            case "card" if event.what == CardEvent.SETTLE_QUEUED and self._board.counted:
                self._refresh()

    def _refresh(self) -> None:
        self._again = True
        if not self._reading:
            self._reading = True
            self._background(self._read(), "read supplies")

    async def _read(self) -> None:
        try:
            while self._again:
                self._again = False
                self._take(await self._keeper.read(self._keeper.store.supplies.counts))
        finally:
            self._reading = False

    def _take(self, counts: Sequence[SupplyCount]) -> None:
        for entry in self._board.entries():
            entry.counts = tuple(count for count in counts if count.printer == entry.config.name)

    # what devices tell

    def told(self, entry: PrinterEntry, former: PrinterStatus | None, status: PrinterStatus) -> None:
        """Heed what a device tells; `former` is what it told before, None = nothing since the start."""
        now, before = _of(status, SupplyKind.RIBBON), _of(former, SupplyKind.RIBBON)
        if now is not None:
            self._ribbon(entry, before, now)
        cleaning, once = _of(status, SupplyKind.CLEANING), _of(former, SupplyKind.CLEANING)
        if _grew(once, cleaning, 0) and entry.work is None:  # maintenance books by itself what it has taken
            store, name = self._keeper.store, entry.config.name
            self._write(partial(store.supplies.spend, name, Spending.CLEANING, 1, DEVICE, ""))
            self._write(partial(store.upkeep.cleaned, name, DEVICE, ""))
            if entry.cleanliness is not None:
                entry.cleanliness = replace(entry.cleanliness, used=0, postponed=0)

    def _ribbon(self, entry: PrinterEntry, before: Supply | None, now: Supply) -> None:
        known = next((count for count in entry.counts if count.kind is SupplyKind.RIBBON), None)
        name, store = entry.config.name, self._keeper.store.supplies
        if before is None and known is not None:  # the first word since the start: the record is what was told before
            before = Supply(kind=SupplyKind.RIBBON, name=known.name, roll=known.roll, remaining=known.remaining)
        if before is not None and _differs(before, now):
            cards = now.capacity or (entry.config.ribbon_cards or None)
            self._write(partial(store.change_ribbon, name, now.name, now.roll, cards, DEVICE, "", now.remaining))
        elif _is_news(now, known) and (known is None or entry.card is None):
            self._write(partial(store.follow_ribbon, name, now.name, now.roll, now.remaining))

    def _write(self, call: Callable[[], None]) -> None:
        self._background(self._written(call), "note of supplies")

    async def _written(self, call: Callable[[], None]) -> None:
        await self._keeper.write(call)
        self._refresh()


def _of(status: PrinterStatus | None, kind: SupplyKind) -> Supply | None:
    supplies = status.supplies if status is not None else ()
    return next((supply for supply in supplies if supply.kind is kind), None)


def _differs(before: Supply, now: Supply) -> bool:
    """Tell whether another roll is in; a device that says nothing for a while has not changed its ribbon."""
    another = bool(before.name and now.name) and before.name != now.name
    roll = bool(before.roll and now.roll) and before.roll != now.roll
    return another or roll or _grew(before, now, _SLACK)


def _is_news(now: Supply, known: SupplyCount | None) -> bool:
    if known is None:
        return bool(now.name) or now.remaining is not None
    return now.remaining not in (None, known.remaining)


def _grew(before: Supply | None, now: Supply | None, slack: int) -> bool:
    if before is None or now is None or before.remaining is None or now.remaining is None:
        return False
    return now.remaining > before.remaining + slack
