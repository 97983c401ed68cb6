"""What a link is: bytes to and from one device, and nothing that knows what they mean.

Laws kept here:

1. A link never waits on its own account: it tells its watcher that something changed, and the runner decides.
2. Bytes are handed over piece by piece; the next piece follows only when the last one was taken, so that a device
   that takes no more is noticed and the count of bytes that may have left is an upper bound, never too small.
3. Bytes that came and were not asked for yet stay in the link's traffic; a hostile flood ends the link.
4. Whatever the operating system says of a broken link becomes `LinkLost` with its words; nothing else escapes.

| what happens below | what the dialogue meets |
|---|---|
| refused, unknown host, no such file, time-out while connecting, unplugged, closed by the device | LinkLost |
| bytes not taken for too long | Stalled (found by the runner) |
| half-closing a line that has no halves, control transfers where there are none | Unsupported |
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import DeferredLock
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost, DNSLookupError, TimeoutError
from twisted.python.failure import Failure

from printserver.dialogue import Control, Framed, Framer
from printserver.driver import LinkInfo
from printserver.model.clock import Clock

FLOOD = 4 * 1024 * 1024
CLOSE_WRITE = "close-write"
CONTROL = "control"


def _unwatched() -> None:
    """Take note of a change that nobody watches."""


def _unheard(data: bytes) -> None:
    """Take note of bytes that nobody overhears."""


class Traffic:
    """What came and was not taken yet, and whether bytes are still on their way out."""

    def __init__(self, limit: int = FLOOD) -> None:
        self._limit = limit
        self._watcher: Callable[[], None] = _unwatched
        self._ear: Callable[[bytes], None] = _unheard
        self._received = bytearray()
        self._used = False
        self.ended = True
        self.detail = "the link is not open"
        self.outgoing = False
        self.progress = 0

    def watch(self, watcher: Callable[[], None] | None) -> None:
        """Call `watcher` after each change; None = nobody watches."""
        self._watcher = watcher or _unwatched

    def overhear(self, ear: Callable[[bytes], None]) -> None:
        """Tell `ear` of all bytes that come, as they come."""
        self._ear = ear

    def opened(self) -> None:
        """Begin anew: nothing came, nothing is on its way."""
        self._received.clear()
        self._used = self.ended = self.outgoing = False
        self.detail = ""

    def begin(self) -> None:
        """Start a dialogue: a late answer to an earlier one must not pass for an answer to this one."""
        if self._used:
            self._received.clear()
        self._used = True

    def received(self, data: bytes) -> None:
        """Take bytes in from the device."""
        if self.ended or not data:
            return
        self._ear(data)
        self._received += data
        if len(self._received) > self._limit:
            self._received.clear()
            self.lost("the device sent far more than anybody asked for")
        else:
            self._watcher()

    def handed(self) -> None:
        """Note that a piece was handed over and is on its way."""
        self.outgoing = True

    def moved(self, *, all_taken: bool = True) -> None:
        """Note that bytes were taken, all of the piece or some."""
        self.progress += 1
        self.outgoing = self.outgoing and not all_taken
        self._watcher()

    def lost(self, detail: str) -> None:
        """Note that the link is gone; what came before stays readable."""
        if not self.ended:
            self.ended, self.detail = True, detail
            self._watcher()

    def take(self, frame: Framer) -> bytes | None:
        """Return the next message and remove it, None while it is not whole."""
        return self.use(frame(*self.seen()))

    def seen(self) -> tuple[bytes, bool]:
        """Return what came and was not taken yet, and whether the link has ended."""
        return bytes(self._received), self.ended

    def use(self, found: Framed | None) -> bytes | None:
        """Return a message that was found at the beginning of what was seen, and remove it."""
        if found is None:
            return None
        del self._received[: found.used]
        return found.message

    def take_all(self) -> bytes:
        """Return everything that came and remove it."""
        data = bytes(self._received)
        self._received.clear()
        return data


class Link(Protocol):
    """One connection to one device, for one dialogue at a time."""

    @property
    def info(self) -> LinkInfo:
        """Tell kind, abilities and serial."""
        ...

    @property
    def traffic(self) -> Traffic:
        """Return what came and what is on its way."""
        ...

    @property
    def lock(self) -> DeferredLock:
        """Return the lock of the device."""
        ...

    @property
    def piece(self) -> int:
        """Return how many bytes are handed over at once."""
        ...

    async def open(self) -> None:
        """Open the link; raises LinkLost. Does nothing when it is open."""
        ...

    async def close(self) -> None:
        """Close the link and return when it is closed; bytes that were not taken are thrown away."""
        ...

    def close_write(self) -> None:
        """Close the writing half; raises Unsupported."""
        ...

    def write(self, data: bytes) -> None:
        """Hand one piece over; only while nothing is outgoing."""
        ...

    async def control(self, transfer: Control) -> bytes:
        """Do one USB control transfer within its timeout; raises TimedOut, LinkLost, Unsupported, Stalled."""
        ...


class Descriptor(Protocol):
    """What a reactor polls."""

    def fileno(self) -> int:
        """Return the file descriptor."""
        ...


class Reactor(Clock, Protocol):
    """What links ask of a reactor; every POSIX reactor of Twisted fits."""

    def addReader(self, reader: Descriptor) -> None:
        """Poll for bytes to read."""
        ...

    def addWriter(self, writer: Descriptor) -> None:
        """Poll for room to write."""
        ...

    def removeReader(self, reader: Descriptor) -> None:
        """Poll no more for bytes to read."""
        ...

    def removeWriter(self, writer: Descriptor) -> None:
        """Poll no more for room to write."""
        ...

    def callFromThread(self, callable: Callable[..., object], *args: object, **kwargs: object) -> None:
        """Call in the reactor's thread."""
        ...


def words_of(error: Failure | BaseException) -> str:
    """Return what a transport says of its end, short enough for an operator."""
    cause = error.value if isinstance(error, Failure) else error
    match cause:
        case ConnectionDone():
            return "the device closed it"
        case ConnectionLost():
            return "it was cut"
        case TimeoutError():
            return "nothing answered at this address"
        case DNSLookupError():
            return "the host name is not known"
        case ConnectError(osError=int(number)):
            return os.strerror(number).lower()
        case OSError(strerror=str(text)) if text:
            return text.lower()
        case _:
            return str(cause) or type(cause).__name__
