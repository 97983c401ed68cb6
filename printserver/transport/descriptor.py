"""A device file under the reactor's care: bytes in and out of a non-blocking file descriptor.

Laws kept here:

1. Every byte that the kernel takes is noted at once, so that a slow line is told from a stalled one.
2. Reading nothing is not the end: Linux' usblp answers a poll for status with an empty read. Only a hang-up or an
   error is the end; an empty read lets the line rest a little.
"""

from __future__ import annotations

import errno
import os
import select

from twisted.python.failure import Failure

from printserver.model.clock import Alarm
from printserver.transport.link import Reactor, Traffic, words_of

READ_SIZE = 65_536
REST = 0.05
AGAIN = frozenset({errno.EAGAIN, errno.EINTR})


class DescriptorPort:
    """Reads and writes one descriptor that somebody else opened and closes."""

    def __init__(self, descriptor: int, traffic: Traffic, reactor: Reactor) -> None:
        self._descriptor = descriptor
        self._traffic = traffic
        self._reactor = reactor
        self._pending = b""
        self._rest: Alarm | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._traffic.opened()
        self._reactor.addReader(self)

    def stop(self) -> None:
        """Neither listen nor send any more."""
        self._pending = b""
        if self._rest is not None and self._rest.active():
            self._rest.cancel()
        self._reactor.removeReader(self)
        self._reactor.removeWriter(self)

    def write(self, data: bytes) -> None:
        """Send a piece as the device takes it."""
        self._traffic.handed()
        self._pending = data
        self._reactor.addWriter(self)

    def fileno(self) -> int:
        """Return the descriptor, for the reactor."""
        return self._descriptor

    def logPrefix(self) -> str:
        """Return a name for the reactor's log."""
        return type(self).__name__

    def doRead(self) -> None:
        """Take what came; called by the reactor."""
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except OSError as error:
            self._failed(error)
            return
        if data:
            self._traffic.received(data)
        elif self._hung_up():
            self._end("the device hung up")
        else:
            self._reactor.removeReader(self)
            self._rest = self._reactor.callLater(REST, self._reactor.addReader, self)

    def doWrite(self) -> None:
        """Give what the device takes; called by the reactor."""
        try:
            taken = os.write(self._descriptor, self._pending)
        except OSError as error:
            self._failed(error)
            return
        self._pending = self._pending[taken:]
        if not self._pending:
            self._reactor.removeWriter(self)
        if taken:
            self._traffic.moved(all_taken=not self._pending)

    def connectionLost(self, reason: Failure) -> None:
        """Take note that the reactor gave the descriptor up."""
        self._end(words_of(reason))

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, 0)
        return bool(poll.poll(0))

    def _failed(self, error: OSError) -> None:
        if error.errno not in AGAIN:
            self._end(words_of(error))

    def _end(self, detail: str) -> None:
        self.stop()
        self._traffic.lost(detail)
