"""One wait for the disk that serves several threads.

Laws kept here:

1. `sync` returns after a sync that has begun after it was called.
2. While one sync runs, all who come meanwhile wait for one further sync, whoever does it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class SharedSync:
    """Brings something to disk for whoever asks."""

    def __init__(self, sync: Callable[[], None]) -> None:
        """`sync` does it, once; raises OSError."""
        self._sync = sync
        self._asking = Lock()
        self._syncing = Lock()
        self._asked = self._begun = self._done = 0

    def sync(self) -> None:
        """Return when all that was written before is on disk; raises OSError."""
        with self._asking:
            self._asked += 1
            mine = self._asked
        with self._syncing:
            if self._done >= mine:
                return  # who was before has begun after this was asked
            with self._asking:
                last = self._begun = self._asked
            self._sync()
            self._done = last

    def waiting(self) -> int:
        """Return how many have asked since the last sync began to serve anybody."""
        with self._asking:
            return self._asked - max(self._done, self._begun)
