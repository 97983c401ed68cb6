"""Opening and closing ports.

Laws kept here:

1. A port that is taken is one clear error that names address and key; no other port is tried behind anybody's back.
2. Port 0 means off; a door that may choose any free port says so by `None`.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory

from printserver.errors import ConfigurationError, PortInUse


class ListeningPort(Protocol):
    """What a reactor returns for a port that listens."""

    def getHost(self) -> object:
        """Return the address."""
        ...

    def stopListening(self) -> object:
        """Stop; may return a Deferred."""
        ...


class ListeningReactor(Protocol):
    """What a reactor must offer to open TCP ports."""

    def listenTCP(
        self, port: int, factory: Factory, backlog: int = ..., interface: str = ...
    ) -> ListeningPort:
        """Listen on a port."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """An open port: what it is for, and where it is."""

    name: str
    host: str
    port: int
    listening: ListeningPort

    async def close(self) -> None:
        """Stop listening."""
        await maybeDeferred(self.listening.stopListening)


def open_tcp(
    reactor: ListeningReactor, name: str, bind: str, port: int | None, factory: Factory, key: str
) -> Door:
    """Listen on a TCP port, None = any free one; raises PortInUse or ConfigurationError naming `key`."""
    try:
        listening = reactor.listenTCP(port or 0, factory, backlog=1024, interface=bind)
    except CannotListenError as error:
        raise _explained(error, bind, port, key) from error
    return Door(name, bind, int(listening.getHost().port), listening)  # type: ignore[attr-defined]  # IPv4Address


def _explained(error: CannotListenError, bind: str, port: int | None, key: str) -> PortInUse | ConfigurationError:
    cause = error.socketError
    if getattr(cause, "errno", None) == errno.EADDRINUSE:
        return PortInUse(f"{bind} port {port} is taken by another program", where=key)
    return ConfigurationError(f"{bind} port {port} cannot be opened: {cause}", where=key)
