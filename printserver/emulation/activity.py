"""Runs a motion over an injected clock.

Laws kept here:

1. A motion never sees the clock; it yields how long something takes, or that it waits.
2. Time that has passed is spent step by step: a late tick catches up and loses nothing.
3. A waiting motion is asked again whenever anything may have changed.
"""

from __future__ import annotations

from collections.abc import Callable

from printserver.driver.emulator import Motion, Pause, Waiting


class Activity:
    """One motion under way; `now` gives seconds."""

    def __init__(self, motion: Motion, now: Callable[[], float]) -> None:
        self._motion = motion
        self._now = now
        self._at = now()
        self._step: Pause | Waiting | None = Waiting()

    @property
    def waiting(self) -> bool:
        """Tell whether the motion stands still until something changes."""
        return isinstance(self._step, Waiting)

    @property
    def finished(self) -> bool:
        """Tell whether the motion has come to its end."""
        return self._step is None

    def due(self) -> float | None:
        """Return when `run` is wanted next, None when only a change can move it."""
        return self._at if isinstance(self._step, Pause) else None

    def run(self) -> None:
        """Go on as far as time and circumstances allow."""
        if self.waiting:
            self._at = self._now()
        elif self.finished or self._now() < self._at:
            return
        self._advance()

    def _advance(self) -> None:
        while True:
            self._step = next(self._motion, None)
            match self._step:
                case Pause(seconds):
                    self._at += seconds
                    if self._now() < self._at:
                        return
                case Waiting() | None:
                    return
