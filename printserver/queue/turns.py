"""One thing at a time for one job: what must not happen side by side waits for its turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from twisted.internet.defer import DeferredLock


class Turns:
    """A lock for each number that somebody works on just now; none is kept for the others."""

    def __init__(self) -> None:
        """Nobody works on anything."""
        self._locks: dict[int, DeferredLock] = {}

    @asynccontextmanager
    async def of(self, number: int) -> AsyncIterator[None]:
        """Wait until nobody else works on a number, and keep others off it meanwhile."""
        lock = self._locks.setdefault(number, DeferredLock())
        await lock.acquire()
        try:
            yield
        finally:
            lock.release()
            if not lock.locked:
                self._locks.pop(number, None)
