"""How many connections there are, of each client and of all, over all doors of the server.

Laws kept here:

1. One address, and all together, have only so many connections at a time; whoever is let in counts until it leaves.
"""

from __future__ import annotations

from collections import Counter

MOST = 4000
MOST_OF_ONE = 1000


class Crowd:
    """Counts connections."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        """Let in `most` in all, and `most_of_one` of one address."""
        self.most, self.most_of_one = most, most_of_one
        self._of: Counter[str] = Counter()
        self._all = 0
        self.refused = 0

    def enter(self, address: str) -> bool:
        """Let a connection in, unless there are too many; False = it is not counted."""
        if self._all >= self.most or self._of[address] >= self.most_of_one:
            self.refused += 1
            return False
        self._of[address] += 1
        self._all += 1
        return True

    def leave(self, address: str) -> None:
        """Forget a connection that was let in."""
        self._all -= 1
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]

    @property
    def connected(self) -> int:
        """Return how many connections there are."""
        return self._all
