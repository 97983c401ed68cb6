"""Who is in, and how much is being taken in: what doors of plain sockets count.

Laws kept here:

1. An address has only so many connections, and all unfinished documents together only so many bytes.
2. A fault of ours is an id in the log and towards the client; what broke is nobody's business outside.
"""

from __future__ import annotations

from collections import Counter

from structlog.typing import FilteringBoundLogger
from twisted.internet.interfaces import IAddress

from printserver.errors import PrintServerError, ServerBusy
from printserver.model.display import harmless


class Reception:
    """Counts the connections of each address, and the bytes that are held for all."""

    def __init__(self) -> None:
        """Nobody is in, nothing is held."""
        self.held = 0
        self._connections: Counter[str] = Counter()

    def enter(self, address: str, most: int) -> bool:
        """Let a connection in, unless its address has `most` already."""
        if self._connections[address] >= most:
            return False
        self._connections[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Forget a connection."""
        self._connections[address] -= 1
        if not self._connections[address]:
            del self._connections[address]

    def hold(self, count: int, most: int) -> None:
        """Count bytes that are kept; raises ServerBusy when there are more than `most`. They count all the same."""
        self.held += count
        if self.held > most:
            raise ServerBusy("too many documents are coming in at once")

    def let_go(self, count: int) -> None:
        """Count bytes no more."""
        self.held -= count


def host_of(address: IAddress | None) -> str:
    """Return the address of a client as text."""
    return str(getattr(address, "host", ""))


def reported(log: FilteringBoundLogger, error: BaseException | None, identity: str) -> PrintServerError:
    """Write a fault of ours into the log, and return what may be told of it."""
    log.error("unexpected-error", error_id=identity, error=type(error).__name__, message=harmless(str(error))[:200])
    return PrintServerError(f"something went wrong inside the server; its log tells more under {identity}")
