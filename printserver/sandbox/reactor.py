"""The few parts of a reactor that the sandbox uses, as types: Twisted's interfaces tell a type checker too little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from twisted.internet.protocol import ProcessProtocol


class Call(Protocol):
    """A call that is due later."""

    def active(self) -> bool:
        """Tell whether it is still to come."""
        ...

    def cancel(self) -> None:
        """Let it not come."""
        ...


class Clock(Protocol):
    """What makes calls later."""

    def callLater(self, delay: float, callable: Callable[..., object], *args: object) -> Call:
        """Call after so many seconds."""
        ...


class Pipes(Protocol):
    """The transport of a running process."""

    def write(self, data: bytes) -> None:
        """Write to its stdin."""
        ...

    def closeStdin(self) -> None:
        """Let its stdin end."""
        ...

    def signalProcess(self, signalID: str) -> None:
        """Send it a signal; raises ProcessExitedAlready."""
        ...

    def loseConnection(self) -> None:
        """Close all pipes at this end."""
        ...


class Spawner(Protocol):
    """What starts processes."""

    def spawnProcess(
        self,
        processProtocol: ProcessProtocol,
        executable: str,
        args: Sequence[str],
        env: Mapping[str, str] | None,
        path: str | None,
        *,
        childFDs: Mapping[int, str | int] | None,
    ) -> object:
        """Start a process; raises OSError."""
        ...


class Reactor(Spawner, Clock, Protocol):
    """Both in one."""
