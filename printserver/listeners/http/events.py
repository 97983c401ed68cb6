"""The journal as server-sent events: every row, in order, resumed by its id.

Laws kept here:

1. A subscriber is given each row once and in order: first from the store, then live.
2. Its buffer is bounded. One that does not keep up is cut, and so is one to whom rows can no longer be handed on; it
   comes back with its last id and misses nothing.
3. A comment is sent when nothing happens, so that a dead connection is noticed.
4. A stream begins with the id after which it goes on, in a message without a row. So a client that is cut before its
   first row, or that came with an id from the future, resumes at that point and misses nothing from there on.

Source: HTML Living Standard, section 9.2 (server-sent events).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncGenerator

from twisted.internet.defer import Deferred

from printserver.errors import BadRequest, ServerBusy
from printserver.model.clock import Clock
from printserver.model.event import Event

from .limits import Limits
from .message import RequestContext, Response, as_json
from .operation import Operation, number
from .questions import MAX_DIGITS, known_fields
from .router import Route
from .rows import event_row
from .service import Service

EVENTS = "/api/v1/events"
STREAM = "text/event-stream"
RETRY_MILLISECONDS = 2000
HIGHEST_ID = 10**MAX_DIGITS - 1
FIELDS = {"after": number("Begin after the event of this id; Last-Event-ID goes before it.", 0, HIGHEST_ID)}
SEEN = {"Last-Event-ID": number("The id of the event that was seen last.", 0, HIGHEST_ID)}


MORE = """Each message is `id:`, the number of a row of the journal, and `data:`, the row as JSON (an EventRow). The
stream begins with the id after which it goes on, and a comment is sent when nothing happens. It does not end by itself;
a client that is cut sends the last id that it has seen, and misses nothing."""


class EventsApi:
    """Serves the stream of events."""

    def __init__(self, service: Service, clock: Clock, limits: Limits) -> None:
        """Heartbeats are timed by `clock`."""
        self._service = service
        self._clock = clock
        self._limits = limits
        self._subscribers: Counter[str] = Counter()

    def routes(self) -> list[Route]:
        """Return the route."""
        operation = Operation(
            summary="Follow what happens, as server-sent events", answers=str, media_type=STREAM, query=FIELDS,
            headers=SEEN, more=MORE,
        )  # fmt: skip
        return [Route("GET", EVENTS, self.follow, operation=operation)]

    async def follow(self, context: RequestContext) -> Response:
        """Open a stream after the last event that the client has seen, else after the newest."""
        known_fields(context, FIELDS)
        last = await self._service.last_event()
        seen = seen_by(context)
        self._check_room(context.client)
        return Response(
            200, (("Content-Type", STREAM),), self._rows(context.client, last if seen is None else min(seen, last))
        )

    def _check_room(self, client: str) -> None:
        if self._subscribers.total() >= self._limits.subscribers:
            raise ServerBusy("as many programs follow the events as are served at once")
        if self._subscribers[client] >= self._limits.subscribers_of_one:
            raise ServerBusy("as many programs of this address follow the events as are served at once")

    async def _rows(self, client: str, after: int) -> AsyncGenerator[bytes, None]:
        self._subscribers[client] += 1
        subscription = Subscription(self._service, self._clock, self._limits)
        try:
            yield b"retry: %d\nid: %d\n\n" % (RETRY_MILLISECONDS, after)
            async for chunk in subscription.chunks(after):
                yield chunk
        finally:
            subscription.close()
            self._subscribers[client] -= 1
            if not self._subscribers[client]:
                del self._subscribers[client]


class Subscription:
    """One subscriber: what waits for it, and whether it still keeps up."""

    def __init__(self, service: Service, clock: Clock, limits: Limits) -> None:
        """Listen from now on."""
        self._service = service
        self._clock = clock
        self._heartbeat = limits.heartbeat
        self._room = limits.event_buffer
        self._waiting: deque[Event] = deque()
        self._overrun = self._lost = False
        self._bell: Deferred[None] | None = None
        self.close = service.on_event(self._arrived, self._lose)

    def _arrived(self, event: Event) -> None:
        if len(self._waiting) >= self._room:
            self._overrun = True
            self._waiting.clear()
        elif not self._overrun:
            self._waiting.append(event)
        self._ring()

    def _lose(self) -> None:
        self._lost = True
        self._ring()

    def _ring(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.callback(None)

    async def chunks(self, after: int) -> AsyncGenerator[bytes, None]:
        """Yield rows newer than `after`, and heartbeats, until the subscriber falls behind or no more rows come."""
        while rows := await self._past(after):
            for row in rows:
                yield frame(row)
            after = rows[-1].id
        while not (self._overrun or self._lost):
            while self._waiting:
                row = self._waiting.popleft()
                if row.id > after:
                    after = row.id
                    yield frame(row)
            if not await self._more():
                yield b": nothing new\n\n"

    async def _past(self, after: int) -> list[Event]:
        """Read on in the store; what arrives during the last, empty, reading waits here and is not lost."""
        self._waiting.clear()
        self._overrun = False
        return list(await self._service.events(after))

    async def _more(self) -> bool:
        """Wait for a row; False after a heartbeat's time without one."""
        if self._woken():
            return True
        bell: Deferred[None] = Deferred()
        self._bell = bell
        alarm = self._clock.callLater(self._heartbeat, self._ring)
        try:
            await bell
        finally:
            self._bell = None
            if alarm.active():
                alarm.cancel()
        return self._woken()

    def _woken(self) -> bool:
        return bool(self._waiting) or self._overrun or self._lost


def frame(event: Event) -> bytes:
    """Return a row as one message of the stream."""
    return b"id: %d\ndata: %s\n\n" % (event.id, as_json(event_row(event)))


def seen_by(context: RequestContext) -> int | None:
    """Return the id that the client has seen last, None when it names none; raises BadRequest."""
    name = "Last-Event-ID" if context.header("last-event-id") else "after"
    text = context.header("last-event-id") or context.asked("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise BadRequest("is not an event's id", where=name, allowed="a whole number")
    return int(text)
