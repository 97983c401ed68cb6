"""A limit on how long a database may keep a transaction waiting: a network that swallows bytes says nothing.

Laws kept here:

1. A transaction that takes longer than the limit has its connection cut; who waits for it is told at once.
2. What ends in time is never touched: who leaves is forgotten before anything else is done with the connection.
3. When the database could not be reached, nobody else waits for it until a moment has passed.
4. The watching thread lives only while somebody is watched for, and a little longer.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Thread

from printserver.errors import StoreBusy

LOOKS = 8
"""How often one looks within the limit."""


def cut(descriptor: int) -> None:
    """End a socket in both directions; whoever reads or writes it is told. It is closed by who opened it."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        connection.shutdown(socket.SHUT_RDWR)


class Watch:
    """Cuts the connections of those who have waited for `seconds`; safe to use from several threads."""

    def __init__(self, seconds: float, cut: Callable[[int], None] = cut) -> None:
        """`cut` is given the socket's descriptor."""
        self._tick, self._cut = seconds / LOOKS, cut
        self._changed = Condition()  # guards the two below
        self._waited: dict[object, tuple[int, int]] = {}
        self._running = False

    @contextmanager
    def over(self, descriptor: int) -> Iterator[None]:
        """Watch over what is done within the block on one connection."""
        whose = object()
        with self._changed:
            self._waited[whose] = (descriptor, 0)
            if not self._running:
                self._running = True
                Thread(target=self._look, name="store-watch", daemon=True).start()
        try:
            yield
        finally:
            with self._changed:
                self._waited.pop(whose, None)

    def _look(self) -> None:
        idle = 0
        while True:
            with self._changed:
                self._changed.wait(self._tick)
                idle = 0 if self._waited else idle + 1
                if idle > LOOKS:
                    self._running = False
                    return
                self._waited = {whose: (each, looks + 1) for whose, (each, looks) in self._waited.items()}
                for whose in [whose for whose, (_, looks) in self._waited.items() if looks > LOOKS]:
                    self._cut(self._waited.pop(whose)[0])


class Outage:
    """What is known of a database that could not be reached; safe to use from several threads."""

    def __init__(self, pause: float, seconds: Callable[[], float]) -> None:
        """Let nobody try for `pause` seconds of the monotonic clock `seconds`."""
        self._pause, self._seconds = pause, seconds
        self._until = seconds()

    def check(self) -> None:
        """Raise StoreBusy while the last failure is too fresh."""
        if self._seconds() < self._until:
            raise StoreBusy("The database cannot be reached at the moment.")

    def failed(self) -> None:
        """The database could not be reached."""
        self._until = self._seconds() + self._pause
