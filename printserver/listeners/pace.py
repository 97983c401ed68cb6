"""A deadline that honest bytes push away and dribbled bytes do not."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from printserver.model.clock import Alarm, Clock


class Pace:
    """Calls `late` once, `grace` seconds after `start` and one second later for every `rate` bytes got since.

    Without a rate the deadline stands, whatever comes in. Starting anew forgets the former deadline. A timer that is
    set already serves the next deadline too: one connection has one, not one for each phase of each request.
    """

    def __init__(self, clock: Clock, late: Callable[[], None]) -> None:
        """Take the time from `clock`."""
        self._clock = clock
        self._late = late
        self._call: Alarm | None = None
        self._due = 0.0
        self._looks = 0.0
        self._rate: float | None = None

    def start(self, grace: float, rate: float | None = None) -> None:
        """Begin to count; `grace` in seconds, `rate` in bytes a second."""
        self._rate = rate
        self._due = self._clock.seconds() + grace
        if self._call is None or self._looks > self._due:
            self.stop()
            self._wake_in(grace)

    def got(self, count: int) -> None:
        """Tell that `count` bytes have come."""
        if self._rate is not None:
            self._due += count / self._rate

    def rest(self) -> None:
        """Forget the deadline; another one is likely to follow soon."""
        self._rate = None
        self._due = inf

    def stop(self) -> None:
        """Forget the deadline, and the timer."""
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _look(self) -> None:
        self._call = None
        left = self._due - self._clock.seconds()
        if left <= 0:
            self._late()
        elif left < inf:
            self._wake_in(left)

    def _wake_in(self, seconds: float) -> None:
        self._looks = self._clock.seconds() + seconds
        self._call = self._clock.callLater(seconds, self._look)
