"""A client that keeps a queue full: as many cards wait as there are printers, and it never asks for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from benches.scale.site import Node
from printserver.errors import PrintServerError

CLIENTS = 4
PAUSE = 0.2


class Feeder:
    """Sends cards to nodes in turn until it is closed; `failures` are what was refused."""

    def __init__(self, nodes: Sequence[Node], pictures: Sequence[bytes], ahead: int) -> None:
        """Keep `ahead` cards more in the queue than were printed."""
        self._nodes, self._pictures, self._ahead = nodes, pictures, ahead
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
                number = self._next if self._next - self._printed < self._ahead else None
                self._next += number is not None
            if number is None:
                self._end.wait(PAUSE)
                continue
            self._send(number)

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
        while not self._end.wait(1.0):
            self._printed = sum(node.cards() for node in self._nodes)
