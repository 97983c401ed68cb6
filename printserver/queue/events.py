"""The journal as a stream: in order, at least once, resumable by event id.

Laws kept here:

1. What a subscriber is given is on disk already.
2. Live delivery is a convenience; a reader that was away asks `after(id)` and misses nothing.
3. One subscriber's fault never keeps the event from the others.
4. A journal that cannot be read is read again after a pause, whether or not more is written.
5. Whoever was answered may ask at once: `caught_up` returns when all that was written before has been delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from twisted.internet.defer import Deferred

from printserver.model.clock import Alarm, Clock
from printserver.model.event import Event
from printserver.queue.storekeeper import Storekeeper

BATCH = 500
PAUSE = 1.0
"""Seconds before a journal that could not be read is read again."""

Subscriber = Callable[[Event], None]


class EventHub:
    """Hands each new journal row to whoever listens."""

    def __init__(self, keeper: Storekeeper, clock: Clock) -> None:
        """Read through `keeper`, after a failure again by `clock`; delivery starts with `start`."""
        self._keeper, self._clock = keeper, clock
        self._retry: Alarm | None = None
        self._subscribers: list[Subscriber] = []
        self._last = 0
        self._pumping = False
        self._again = False
        self._waiting: list[Deferred[None]] = []
        self._log = structlog.get_logger("events")

    async def start(self) -> None:
        """Begin after the newest row there is."""
        self._last = await self._keeper.read(self._keeper.store.last_event)
        self._keeper.after_write = self.poke

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Deliver each new row to `subscriber`; call what is returned to stop."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    async def after(self, event: int, limit: int = BATCH) -> Sequence[Event]:
        """Return rows newer than `event`, in order."""
        return await self._keeper.read(self._keeper.store.events, event, limit)

    async def last(self) -> int:
        """Return the newest row's id."""
        return await self._keeper.read(self._keeper.store.last_event)

    def is_caught_up(self) -> bool:
        """Tell whether each row that was written has been delivered."""
        return not self._pumping

    async def caught_up(self) -> None:
        """Wait until each row that is written now has been delivered; returns at once when nothing is under way."""
        if not self.is_caught_up():
            # a read that is under way may have begun before the row: only one that begins from here on counts
            self._again = True
            waiting = Deferred[None]()
            self._waiting.append(waiting)
            await waiting

    def poke(self) -> None:
        """Something may have been written: look, once, soon."""
        self._again = True
        self.stop()
        if not self._pumping:
            self._pumping = True
            Deferred.fromCoroutine(self._pump()).addErrback(self._failed)

    def stop(self) -> None:
        """Read no more by itself; what is written is still delivered."""
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        self._retry = None

    async def _pump(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._round()
        finally:
            self._pumping = False
            _release(self._take_waiting())

    async def _round(self) -> None:
        """Deliver what is written by now, then let those go on who waited for that."""
        waiting = self._take_waiting()
        try:
            while len(await self._deliver_next()) == BATCH:
                pass
        finally:
            _release(waiting)

    def _take_waiting(self) -> list[Deferred[None]]:
        waiting, self._waiting = self._waiting, []
        return waiting

    async def _deliver_next(self) -> Sequence[Event]:
        rows = await self.after(self._last)
        for row in rows:
            self._last = row.id
            self._deliver(row)
        return rows

    def _deliver(self, row: Event) -> None:
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(row)
            except Exception:
                # a subscriber is foreign code; its fault is logged and the others still get the row (law 3)
                self._log.exception("subscriber failed", event=row.id)

    def _failed(self, failure: object) -> None:
        self._log.error("journal not readable", detail=str(failure))
        self._retry = self._clock.callLater(PAUSE, self.poke)


def _release(waiting: Sequence[Deferred[None]]) -> None:
    for each in waiting:
        each.callback(None)
