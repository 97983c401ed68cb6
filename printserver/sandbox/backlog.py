"""The orders that wait for a worker: cards to be prepared, and apart from them looks into documents.

Laws kept here:

1. Of each kind the highest priority goes first, then the order in which they came.
2. Looks wait apart, since anybody who may send a document asks for one: they go after all cards and take none of the
   places in which cards wait.
3. What nobody waits for any more keeps no place from others.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import msgspec
from twisted.internet.defer import Deferred

from printserver.errors import PrintServerError, ServerBusy
from printserver.sandbox.orders import ABOUT_DOCUMENTS, RenderOrder, RenderResult
from printserver.sandbox.process import settle


@dataclass(order=True, slots=True)
class Waiting:
    """An order in the queue; the heap brings the highest priority, then the earliest, first."""

    urgency: tuple[int, int]
    message: bytes = field(compare=False)
    answer: Deferred[RenderResult] = field(compare=False)
    look: bool = field(compare=False)


class Backlog:
    """Holds at most `cards` orders for cards, and `looks` for looks into documents."""

    def __init__(self, cards: int, looks: int) -> None:
        """Begin with none."""
        self._most = {False: cards, True: looks}
        self._waiting: dict[bool, list[Waiting]] = {False: [], True: []}
        self._count = 0

    def add(self, order: RenderOrder, priority: int) -> Deferred[RenderResult]:
        """Let an order wait; returns its answer to come; raises ServerBusy where too many of its kind wait."""
        look = bool(order.want & ABOUT_DOCUMENTS)
        if len(self._waiting[look]) >= self._most[look]:
            self._waiting[look] = [each for each in self._waiting[look] if not each.answer.called]
            heapq.heapify(self._waiting[look])
        if (count := len(self._waiting[look])) >= self._most[look]:
            what = "documents wait to be looked into" if look else "cards wait to be prepared"
            raise ServerBusy(f"{count} {what}")
        self._count += 1
        message = msgspec.msgpack.encode(order)
        waiting = Waiting((-priority, self._count), message, Deferred(), look)
        heapq.heappush(self._waiting[look], waiting)
        return waiting.answer

    def next(self, looks: bool) -> Waiting | None:
        """Return the next order and let it go, a card's before any look; None = none, or none but `looks`."""
        for look in (False, True) if looks else (False,):
            while self._waiting[look]:
                waiting = heapq.heappop(self._waiting[look])
                if not waiting.answer.called:  # a canceled order has been called already
                    return waiting
        return None

    def refuse(self, reason: PrintServerError) -> None:
        """Refuse all that wait."""
        refused = [*self._waiting[False], *self._waiting[True]]
        self._waiting = {False: [], True: []}
        for each in refused:
            settle(each.answer, reason)
