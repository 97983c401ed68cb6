"""Failed log-ins are counted before the slow hash is made, so that guessing costs the guesser and not the server.

Laws kept here:

1. A try counts from its beginning and is taken back when it was good: many at once are no way round.
2. Time is an argument; what is old is forgotten, and what is remembered is bounded.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from printserver.errors import TooManyTries

WINDOW_SECONDS = 900.0
MOST_OF_ADDRESS = 10
MOST_OF_ACCOUNT = 20
MOST_REMEMBERED = 10_000


class Tries:
    """Failed tries of each address and of each account within a quarter of an hour; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with none."""
        self._clock = clock
        self._kept: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, address: str, account: str) -> Callable[[], None]:
        """Count a try; returns what takes it back. Raises TooManyTries."""
        now = self._clock()
        of_account = ((f"account {account}", MOST_OF_ACCOUNT),) if account else ()
        keys = ((f"address {address}", MOST_OF_ADDRESS), *of_account)
        for key, most in keys:
            if len(self._recent(key, now)) >= most:
                raise TooManyTries()
        for key, _ in keys:
            self._kept.setdefault(key, deque()).append(now)
            self._kept.move_to_end(key)
        while len(self._kept) > MOST_REMEMBERED:
            self._kept.popitem(last=False)
        return lambda: self._take_back(tuple(key for key, _ in keys), now)

    def _recent(self, key: str, now: float) -> deque[float]:
        tries = self._kept.get(key, deque())
        while tries and tries[0] <= now - WINDOW_SECONDS:
            tries.popleft()
        if not tries:
            self._kept.pop(key, None)
        return tries

    def _take_back(self, keys: tuple[str, ...], at: float) -> None:
        for key in keys:
            if at in self._kept.get(key, ()):
                self._kept[key].remove(at)
