"""The bulk pipes of a USB device, moved by two threads.

Laws kept here:

1. The threads touch the device and nothing else; everything they find is told in the reactor's thread.
2. No transfer lasts longer than its breath: a device that takes or says nothing holds nobody up, and each byte taken
   is told, so that a slow device is told from a stalled one.
3. Bytes are never sent twice: a device that refuses a piece has perhaps taken a part of it, and the link is lost.
4. After `stop` nothing is told any more; the threads end within a breath.
"""

from __future__ import annotations

import errno
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from printserver.transport.link import Reactor, Traffic, words_of

READ_SIZE = 16_384
READ_BREATH = 0.25
WRITE_BREATH = 1.0
REST = 0.05
REFUSALS = 3


class Pipes(Protocol):
    """What the threads ask of a device; every call raises OSError, whose words are the operating system's."""

    def write(self, data: memoryview, timeout: float) -> int:
        """Send bytes and return how many were taken."""
        ...

    def read(self, size: int, timeout: float) -> bytes:
        """Return what came."""
        ...

    def unhalt(self) -> None:
        """Let the inlet begin anew."""
        ...


class UsbPort:
    """Reads and writes one device that somebody else claimed and releases."""

    def __init__(self, device: Pipes, traffic: Traffic, reactor: Reactor, *, answers: bool) -> None:
        """Move bytes of `device`; `answers` = it has an inlet."""
        self._device, self._traffic, self._reactor = device, traffic, reactor
        self._pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        works: list[Callable[[], None]] = [self._write, self._read] if answers else [self._write]
        self._threads = [threading.Thread(target=work, name=f"usb {work.__name__}", daemon=True) for work in works]

    def start(self) -> None:
        """Begin to listen."""
        self._traffic.opened()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Neither listen nor send any more."""
        self._stopped.set()
        self._pieces.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait, not in the reactor's thread, until the threads have ended; tell whether they have."""
        for thread in self._threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def write(self, data: bytes) -> None:
        """Send a piece."""
        self._traffic.handed()
        self._pieces.put(data)

    def _write(self) -> None:
        while (piece := self._pieces.get()) is not None:
            left = memoryview(piece)
            while left and not self._stopped.is_set():
                try:
                    taken = self._device.write(left, WRITE_BREATH)
                except OSError as error:
                    self._tell_lost("the device refused bytes" if error.errno == errno.EPIPE else words_of(error))
                    return
                left = left[taken:]
                if taken:
                    self._tell(self._taken, not left)
                else:
                    self._stopped.wait(REST)

    def _read(self) -> None:
        refused = 0
        while not self._stopped.is_set():
            try:
                data = self._device.read(READ_SIZE, READ_BREATH)
                refused = 0
            except OSError as error:
                refused += 1
                if error.errno != errno.EPIPE or refused == REFUSALS or not self._unhalt():
                    self._tell_lost(words_of(error))
                    return
                continue
            if data:
                self._tell(self._traffic.received, data)
            else:
                self._stopped.wait(REST)  # some devices answer at once that they have nothing to say

    def _unhalt(self) -> bool:
        try:
            self._device.unhalt()
        except OSError:
            return False
        return True

    def _taken(self, whole: bool) -> None:
        self._traffic.moved(all_taken=whole)

    def _tell_lost(self, detail: str) -> None:
        self._tell(self._lost, detail)

    def _lost(self, detail: str) -> None:
        self.stop()
        self._traffic.lost(detail)

    def _tell(self, take: Callable[..., None], *what: object) -> None:
        self._reactor.callFromThread(self._unless_stopped, take, *what)

    def _unless_stopped(self, take: Callable[..., None], *what: object) -> None:
        if not self._stopped.is_set():
            take(*what)
