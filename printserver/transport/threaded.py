"""A pyserial port without a descriptor, moved by two threads.

Laws kept here:

1. The threads touch the port and nothing else; everything they find is told in the reactor's thread.
2. After `stop` nothing is told any more; the threads end by themselves within `BREATH` seconds.
"""

from __future__ import annotations

import queue
import threading
from typing import Any, cast

import serial

from printserver.transport.link import Reactor, Traffic, words_of

BREATH = 0.1


class ThreadedPort:
    """Reads and writes one pyserial port that somebody else opened and closes."""

    def __init__(self, line: serial.SerialBase, traffic: Traffic, reactor: Reactor) -> None:
        self._line = line
        self._traffic = traffic
        self._reactor = reactor
        self._pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to listen."""
        self._traffic.opened()
        self._line.timeout = BREATH
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"serial {work.__name__}", daemon=True).start()

    def stop(self) -> None:
        """Neither listen nor send any more."""
        self._stopped.set()
        self._pieces.put(None)

    def write(self, data: bytes) -> None:
        """Send a piece."""
        self._traffic.handed()
        self._pieces.put(data)

    def _read(self) -> None:
        while not self._stopped.is_set():
            try:
                data = self._line.read(max(1, cast(Any, self._line).in_waiting))
            except (OSError, TypeError) as error:  # pyserial reads None when it is closed under a reader
                self._tell_lost(error)
                return
            if data:
                self._reactor.callFromThread(self._came, bytes(data))

    def _write(self) -> None:
        while (piece := self._pieces.get()) is not None:
            try:
                self._line.write(piece)
            except (OSError, TypeError) as error:
                self._tell_lost(error)
                return
            self._reactor.callFromThread(self._taken)

    def _came(self, data: bytes) -> None:
        if not self._stopped.is_set():
            self._traffic.received(data)

    def _taken(self) -> None:
        if not self._stopped.is_set():
            self._traffic.moved()

    def _tell_lost(self, error: Exception) -> None:
        self._reactor.callFromThread(self._lost, words_of(error))

    def _lost(self, detail: str) -> None:
        if not self._stopped.is_set():
            self.stop()
            self._traffic.lost(detail)
