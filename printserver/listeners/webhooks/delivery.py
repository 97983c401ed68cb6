"""Bringing the journal to one target: in order, at least once, however long the target is away.

Laws kept here:

1. The cursor is durable and moves only after the target has taken the event, so that a restart loses nothing.
2. A target that is away is tried again after pauses that grow up to an hour; nothing else waits for it, and nothing
   is kept in memory for it.
3. A target that is new hears from now on, not the whole past.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from twisted.internet.defer import CancelledError, Deferred

from printserver.errors import PrintServerError
from printserver.listeners.webhooks.message import QUIET, Message, of_event
from printserver.listeners.webhooks.posting import NotTaken, Poster
from printserver.listeners.webhooks.target import Target
from printserver.model.clock import Alarm, Clock
from printserver.model.event import Event
from printserver.queue.events import EventHub
from printserver.queue.storekeeper import Storekeeper

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
BATCH = 100


class Webhook:
    """Tells one target what happens; `cursor` = the last event that it has, `failures` = tries in vain since then."""

    def __init__(self, target: Target, poster: Poster, keeper: Storekeeper, hub: EventHub, clock: Clock) -> None:
        """Read the journal through `hub`, keep the cursor through `keeper`, pause by `clock`."""
        self.target, self._poster = target, poster
        self._keeper, self._hub, self._clock = keeper, hub, clock
        self.cursor = self.failures = 0
        self._observer = f"webhook:{target.name}"
        self._running = self._again = self._ended = False
        self._retry: Alarm | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._posting: Deferred[None] | None = None
        self._log = structlog.get_logger("webhook").bind(webhook=target.name)

    async def start(self) -> None:
        """Catch up with what happened since the last stop, then follow."""
        store, known = self._keeper.store, f"{self._observer}:known"
        self.cursor = await self._keeper.read(store.cursor, self._observer)
        # a cursor of 0 alone may also be that of a target which was there when the journal was empty
        if self.cursor == 0 and not await self._keeper.read(store.cursor, known):
            await self._move(await self._hub.last())  # law 3
            await self._keeper.read(store.move_cursor, known, 1)
        self._unsubscribe = self._hub.subscribe(lambda event: self._stir())
        self._stir()

    async def stop(self) -> None:
        """Follow no more; the cursor stays, and what is on its way is sent again after the next start."""
        self._ended = True
        self._unsubscribe()
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        if self._posting is not None:
            self._posting.cancel()

    def _stir(self) -> None:
        self._again = True
        rests = self._retry is not None and self._retry.active()
        if not (self._running or self._ended or rests):
            self._running = True
            Deferred.fromCoroutine(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._again and not self._ended:
                self._again = False
                await self._to_the_end()
        except (NotTaken, PrintServerError) as error:
            self._rest(error)
        except CancelledError:
            self._rest(None)  # by a stop; otherwise it is tried again
        except Exception:
            # whatever broke, the event is not lost
            self._log.exception("webhook failed")
            self._rest(None)
        finally:
            self._running = False

    def _rest(self, error: NotTaken | PrintServerError | None) -> None:
        if self._ended:
            return
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures, 20))
        self.failures += 1
        why = error.strerror if isinstance(error, NotTaken) else error.code if error is not None else "internal-error"
        self._log.warning("event not taken", event_id=self.cursor + 1, detail=why, again_in=pause)
        self._retry = self._clock.callLater(pause, self._stir)

    async def _to_the_end(self) -> None:
        while not self._ended and (rows := await self._hub.after(self.cursor, BATCH)):
            for row in rows:
                if self._ended:
                    return
                if self._wants(row):
                    await self._send(of_event(row))
                    await self._move(row.id)
            if self.cursor < rows[-1].id:
                await self._move(rows[-1].id)

    def _wants(self, row: Event) -> bool:
        return row.kind in self.target.kinds and (row.kind, row.what) not in QUIET

    async def _send(self, message: Message) -> None:
        self._posting = Deferred.fromCoroutine(self._poster.post(self.target, message))
        try:
            await self._posting
        finally:
            self._posting = None
        self.failures = 0

    async def _move(self, event: int) -> None:
        await self._keeper.read(self._keeper.store.move_cursor, self._observer, event)
        self.cursor = event
