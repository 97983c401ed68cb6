"""A bell that wakes one waiting coroutine, or time does."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from printserver.model.clock import Alarm, Clock


class Bell:
    """Wait until somebody rings or seconds have passed; a ring before the wait is not lost."""

    def __init__(self, clock: Clock) -> None:
        """Measure time by `clock`."""
        self._clock = clock
        self._rung = False
        self._waiting: Deferred[None] | None = None

    def ring(self) -> None:
        """Wake who waits, or make the next wait return at once."""
        if self._waiting is None:
            self._rung = True
            return
        waiting, self._waiting = self._waiting, None
        waiting.callback(None)

    async def wait(self, seconds: float | None = None) -> None:
        """Return when the bell rings or after `seconds`."""
        if self._rung:
            self._rung = False
            return
        self._waiting = Deferred()
        waiting, timer = self._waiting, self._timer(seconds)
        try:
            await waiting
        finally:
            if timer is not None and timer.active():
                timer.cancel()
        self._rung = False

    def _timer(self, seconds: float | None) -> Alarm | None:
        return None if seconds is None else self._clock.callLater(seconds, self.ring)
