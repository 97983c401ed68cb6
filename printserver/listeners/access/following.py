"""Rows of the journal for one who may not see all of them.

Laws kept here:

1. Whoever is handed nothing more because of a fault is told so, and begins anew after what it has seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import structlog
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from printserver.model.event import Event

from .table import by_itself


class Following:
    """One who may not see all: rows are looked at one after another, and handed on in their order."""

    def __init__(
        self, seen: Callable[[Event], Awaitable[Event | None]], callback: Callable[[Event], None],
        lost: Callable[[], None],
    ) -> None:  # fmt: skip
        """Ask `seen` what is to be seen of a row, and hand that to `callback`; after a fault call `lost`, once."""
        self._seen, self._callback, self._lost = seen, callback, lost
        self._waiting: deque[Event] = deque()
        self._busy = self._ended = False

    def end(self) -> None:
        """Hand nothing more on."""
        self._ended = True
        self._waiting.clear()

    def arrived(self, event: Event) -> None:
        """Take a row of the journal."""
        self._waiting.append(event)
        if not self._busy and not self._ended:
            self._busy = True
            Deferred.fromCoroutine(self._hand_on()).addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        structlog.get_logger("access").error("events not handed on", detail=failure.getErrorMessage())
        if not self._ended:
            self.end()
            self._lost()

    async def _hand_on(self) -> None:
        try:
            while self._waiting:
                event = await self._seen(self._waiting.popleft())
                if event is not None and not self._ended:
                    self._callback(event)
        finally:
            self._busy = False


def unasked(callback: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return a call-back that does what it does as the server, whoever caused the row."""

    def heed(event: Event) -> None:
        with by_itself():
            callback(event)

    return heed
