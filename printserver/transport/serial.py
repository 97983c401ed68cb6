"""Links over a serial line, by any pyserial URL.

Laws kept here:

1. pyserial opens and sets the line; the reactor moves the bytes. pyserial opens POSIX ports non-blocking, and its
   `socket://` has a descriptor too, so no thread stands between device and runner. Twisted's own SerialPort takes no
   URLs and does not tell how many bytes a slow line has taken.
2. What has no descriptor (`rfc2217://`, `loop://`) is moved by threads (`threaded.py`).
3. Opening and closing happen in a thread: opening a network URL waits for the peer, and Linux holds close() back until
   a slow line has sent what it was given.
4. Modem lines are left as pyserial sets them on opening; a pseudo-terminal has none and is not asked for any.
"""

from __future__ import annotations

import contextlib
import io
import termios
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import serial
from twisted.internet.defer import DeferredLock
from twisted.internet.threads import deferToThreadPool

from printserver.dialogue import Control, LinkLost, Unsupported
from printserver.driver import LinkInfo
from printserver.transport.address import SerialAddress
from printserver.transport.descriptor import DescriptorPort
from printserver.transport.file_rights import SERIAL_LINE, refusal_of_file
from printserver.transport.link import Reactor, Traffic, words_of
from printserver.transport.threaded import ThreadedPort

# A quarter of a second at 9600 bits per second: small enough to see a line that stands still.
PIECE = 256

Result = TypeVar("Result")


class _Port(Protocol):
    """What moves the bytes of an open line."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def write(self, data: bytes) -> None: ...


class SerialLink:
    """A link over a serial line."""

    info = LinkInfo("serial")
    piece = PIECE

    def __init__(self, address: SerialAddress, reactor: Reactor) -> None:
        self._address = address
        self._reactor = reactor
        self._line: serial.SerialBase | None = None
        self._port: _Port | None = None
        self.traffic = Traffic()
        self.lock = DeferredLock()

    async def open(self) -> None:
        """Open and set the line; raises LinkLost, DeviceForbidden of its kinds."""
        if self._port is not None and not self.traffic.ended:
            return
        await self.close()
        try:
            line = await self._in_thread(self._open_line)
        except OSError as error:
            raise refusal_of_file(error, self._address.url, SERIAL_LINE) from error
        except (ValueError, termios.error) as error:
            raise LinkLost(0, f"{self._address.url}: {words_of(error)}") from error
        self._line, self._port = line, self._port_of(line)
        self._port.start()

    def _open_line(self) -> serial.SerialBase:
        return serial.serial_for_url(self._address.url, baudrate=self._address.baud, timeout=0)

    def _port_of(self, line: serial.SerialBase) -> _Port:
        try:
            descriptor = cast(Any, line).fileno()
        except (AttributeError, io.UnsupportedOperation):
            return ThreadedPort(line, self.traffic, self._reactor)
        return DescriptorPort(descriptor, self.traffic, self._reactor)

    async def close(self) -> None:
        """Close the line; what was taken goes out first, what was not is thrown away."""
        port, self._port = self._port, None
        line, self._line = self._line, None
        if port is not None and line is not None:
            unsent = self.traffic.outgoing or self.traffic.ended
            port.stop()
            self.traffic.lost("the link is closed")
            await self._in_thread(_close_line, line, unsent)
        self.traffic.lost("the link is closed")

    async def _in_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        reactor = cast(Any, self._reactor)
        result: Result = await deferToThreadPool(reactor, reactor.getThreadPool(), work, *arguments)
        return result

    def close_write(self) -> None:
        """Refuse: a line has no end to see."""
        raise Unsupported("a serial line cannot be closed by half")

    def write(self, data: bytes) -> None:
        """Hand one piece over."""
        if self._port is None or self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        self._port.write(data)

    async def control(self, transfer: Control) -> bytes:
        """Refuse: a line has no control transfers."""
        raise Unsupported("a serial line has no USB control transfers")


def _close_line(line: serial.SerialBase, unsent: bool) -> None:
    # An unplugged line fails to be flushed and to be closed; it is gone all the same.
    with contextlib.suppress(OSError, termios.error):
        if unsent:
            cast(Any, line).reset_output_buffer()
    with contextlib.suppress(OSError):
        line.close()
