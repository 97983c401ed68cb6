"""Twisted shells of an emulated printer: its host port, its pseudo-terminal, its control channel.

Laws kept here:

1. One host at a time, as at a real port: the next one's bytes wait until the first has left.
2. The machine goes on when nobody is connected.
3. A printer that stalls takes no more bytes from the line either.
"""

from __future__ import annotations

import os
import tty
from collections import deque
from pathlib import Path
from typing import Protocol as Shape
from typing import cast

from twisted.internet import fdesc, protocol
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorFDSet
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from printserver.emulation.control import LINE_LIMIT, Controls
from printserver.emulation.port import Port
from printserver.model.clock import Alarm, Clock


class Line(Shape):
    """A connection to a host."""

    def send(self, data: bytes) -> None:
        """Send bytes to the host."""

    def hold(self) -> None:
        """Take no more bytes from the host for now."""

    def go_on(self) -> None:
        """Take bytes again."""

    def cut(self) -> None:
        """Break the connection."""


class HostDoor:
    """Joins one port, one clock and, one after the other, many hosts."""

    def __init__(self, port: Port, clock: Clock) -> None:
        self._port, self._clock = port, clock
        self._line: Line | None = None
        self._waiting: deque[Line] = deque()
        self._alarm: Alarm | None = None

    def arrived(self, line: Line) -> None:
        """Take a host, or let it wait for its turn."""
        if self._line is not None:
            line.hold()
            self._waiting.append(line)
            return
        self._line = line
        self._port.connected()
        line.go_on()
        self.changed()

    def left(self, line: Line) -> None:
        """Let a host go; the next one's turn comes."""
        if line in self._waiting:
            self._waiting.remove(line)
        if line is not self._line:
            return
        self._line = None
        self._port.disconnected()
        if self._waiting:
            self.arrived(self._waiting.popleft())

    def take(self, data: bytes) -> None:
        """Take bytes from the host whose turn it is."""
        self._say(self._port.receive(data))

    def changed(self) -> None:
        """Look at the machine again: time has passed, or a person did something."""
        self._say(self._port.tick())

    def _say(self, answer: bytes) -> None:
        if self._line is not None:
            if answer:
                self._line.send(answer)
            if self._port.drops():
                self._line.cut()
            elif self._port.stalled:
                self._line.hold()
            else:
                self._line.go_on()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        due = self._port.due()
        self._alarm = None
        if due is not None:
            self._alarm = self._clock.callLater(max(0.0, due - self._clock.seconds()), self.changed)


class _Stream(Shape):
    """What these shells ask of Twisted's stream transports."""

    def write(self, data: bytes) -> None: ...
    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


@implementer(IHalfCloseableProtocol)
class HostLine(protocol.Protocol):
    """A host over a socket."""

    def __init__(self, door: HostDoor) -> None:
        self._door = door

    @property
    def _stream(self) -> _Stream:
        return cast(_Stream, self.transport)

    def connectionMade(self) -> None:
        """Ask for a turn."""
        self._door.arrived(self)

    def dataReceived(self, data: bytes) -> None:
        """Pass bytes in."""
        self._door.take(data)

    def readConnectionLost(self) -> None:
        """Let a host that closed its half have what was said to it before the line ends."""
        self._stream.loseConnection()

    def writeConnectionLost(self) -> None:
        """Do nothing: the loss of the whole line is told by itself."""

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        """Give the turn back."""
        self._door.left(self)

    def send(self, data: bytes) -> None:
        """Send bytes to the host."""
        self._stream.write(data)

    def hold(self) -> None:
        """Take no more bytes for now."""
        self._stream.pauseProducing()

    def go_on(self) -> None:
        """Take bytes again."""
        self._stream.resumeProducing()

    def cut(self) -> None:
        """Break the connection."""
        self._stream.abortConnection()


class HostFactory(protocol.Factory[HostLine]):
    """Makes a line for each host that connects."""

    noisy = False

    def __init__(self, door: HostDoor) -> None:
        self._door = door

    def buildProtocol(self, addr: object) -> HostLine:
        """Make a line."""
        return HostLine(self._door)


class ControlLine(LineOnlyReceiver):
    """One connection to the control channel."""

    delimiter = b"\n"
    MAX_LENGTH = LINE_LIMIT

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def lineReceived(self, line: bytes) -> None:
        """Answer a request."""
        cast(_Stream, self.transport).write(self._controls.handle(line))


class ControlFactory(protocol.Factory[ControlLine]):
    """Makes a line for each one who turns the knobs."""

    noisy = False

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def buildProtocol(self, addr: object) -> ControlLine:
        """Make a line."""
        return ControlLine(self._controls)


class _Readers(Shape):
    """The part of IReactorFDSet that is used here, in a form that type checkers read."""

    def addReader(self, reader: object) -> None: ...
    def removeReader(self, reader: object) -> None: ...


class PtyLine(FileDescriptor):
    """A host over a pseudo-terminal, which is reached by the link `path`; there is always one, who may say nothing."""

    def __init__(self, door: HostDoor, path: Path, reactor: IReactorFDSet) -> None:
        super().__init__(reactor)
        self._door, self._path = door, path
        # The far end is kept open here too: without any opener, reading the near end is an error.
        self._near, self._far = os.openpty()
        for end in (self._near, self._far):
            tty.setraw(end)
        fdesc.setNonBlocking(self._near)
        path.unlink(missing_ok=True)
        path.symlink_to(os.ttyname(self._far))
        self.connected = 1
        door.arrived(self)

    def fileno(self) -> int:
        """Return the near end."""
        return self._near

    def doRead(self) -> object:
        """Pass bytes in."""
        return fdesc.readFromFD(self._near, self._door.take)

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what fits."""
        return cast("int | BaseException", fdesc.writeToFD(self._near, data))

    def send(self, data: bytes) -> None:
        """Send bytes to the host."""
        self.write(data)

    def hold(self) -> None:
        """Take no more bytes for now."""
        cast(_Readers, self.reactor).removeReader(self)

    def go_on(self) -> None:
        """Take bytes again."""
        cast(_Readers, self.reactor).addReader(self)

    def cut(self) -> None:
        """A cable cannot be cut by the printer: what was sent is lost, the next bytes begin anew."""
        self._door.left(self)
        self._door.arrived(self)

    def remove(self) -> None:
        """Take the link away."""
        self._path.unlink(missing_ok=True)
