"""A deadline that honest bytes push away and dribbled bytes do not."""

from __future__ import annotations

from collections.abc import Callable

from printserver.model.clock import Alarm, Clock


class Pace:
    """Calls `late` once, `grace` seconds after `start` and one second later for every `rate` bytes got since.

    Without a rate the deadline stands, whatever comes in. Starting anew forgets the former deadline.
    """

    def __init__(self, clock: Clock, late: Callable[[], None]) -> None:
        """Take the time from `clock`."""
        self._clock = clock
        self._late = late
        self._call: Alarm | None = None
        self._due = 0.0
        self._rate: float | None = None

    def start(self, grace: float, rate: float | None = None) -> None:
        """Begin to count; `grace` in seconds, `rate` in bytes a second."""
        self.stop()
        self._rate = rate
        self._due = self._clock.seconds() + grace
        self._call = self._clock.callLater(grace, self._look)

    def got(self, count: int) -> None:
        """Tell that `count` bytes have come."""
        if self._rate is not None:
            self._due += count / self._rate

    def stop(self) -> None:
        """Forget the deadline."""
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _look(self) -> None:
        self._call = None
        left = self._due - self._clock.seconds()
        if left > 0:
            self._call = self._clock.callLater(left, self._look)
        else:
            self._late()
