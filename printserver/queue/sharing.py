"""One maker for all who want the same thing at the same time.

Laws kept here:

1. What is being made is not begun a second time; who comes meanwhile waits for it, and has its error too.
2. Nobody owns what is made for all: who goes away before it is ready takes it from nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

K = TypeVar("K")
T = TypeVar("T")


class Shared(Generic[K, T]):
    """What is being made now, by its key."""

    def __init__(self) -> None:
        """Nothing is being made."""
        self._waiting: dict[K, list[Deferred[T]]] = {}

    async def of(self, key: K, make: Callable[[], Coroutine[Deferred[Any], Any, T]]) -> T:
        """Return what `make` gives, called only where nobody has begun to make it; raises what it raises."""
        waits: Deferred[T] = Deferred()
        begun = key in self._waiting
        self._waiting.setdefault(key, []).append(waits)
        if not begun:
            Deferred.fromCoroutine(make()).addBoth(self._tell, key)
        return await waits

    def _tell(self, made: T | Failure, key: K) -> None:
        for each in self._waiting.pop(key):
            each.callback(made)  # who has cancelled is gone, and Deferred lets this pass
