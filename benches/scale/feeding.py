"""A client that keeps a queue full: as many cards wait as there are printers, and it never asks for more.

Laws kept here:

1. The printers begin one after another over one cycle of theirs, as in a place that is at work: printers that all began
   together would give all their cards within some seconds of each cycle, and a count would depend on when it began.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from benches.scale.site import Node
from printserver.errors import PrintServerError

CLIENTS = 4
PAUSE = 0.2
# A look asks for all figures of all printers, and a whole cycle of cards waits: more looks would be most of the load.
LOOK_SECONDS = 5.0


class Feeder:
    """Sends cards to nodes in turn until it is closed; `failures` are what was refused."""

    def __init__(self, nodes: Sequence[Node], pictures: Sequence[bytes], printers: int, cycle: float) -> None:
        """Keep twice as many cards in the queue as there are printers; one printer takes `cycle` seconds for a card."""
        self._nodes, self._pictures, self._printers, self._cycle = nodes, pictures, printers, cycle
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._next = 0
        self._printed = 0
        self.failures: list[str] = []
        self.seconds: list[float] = []
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._feed) for _ in range(CLIENTS)]
        self._threads.append(threading.Thread(target=self._look))
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Send no more."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _feed(self) -> None:
        while not self._end.is_set():
            with self._lock:
                number = self._next if self._next - self._printed < self._ahead() else None
                self._next += number is not None
            if number is None:
                self._end.wait(PAUSE)
                continue
            self._send(number)

    def _ahead(self) -> float:
        cycles = (time.monotonic() - self._began) / self._cycle
        return self._printers * min(cycles, 2.0)

    def _send(self, number: int) -> None:
        began = time.perf_counter()
        try:
            picture = self._pictures[number % len(self._pictures)]
            ticket = {"name": f"card {number}", "queue": "pool"}
            self._nodes[number % len(self._nodes)].api.submit(ticket, picture, key=f"card-{number}")
        except PrintServerError as error:
            self.failures.append(error.code)
        else:
            self.seconds.append(time.perf_counter() - began)

    def _look(self) -> None:
        while not self._end.wait(LOOK_SECONDS):
            self._printed = sum(node.cards() for node in self._nodes)
