"""How much is being taken in: what doors of plain sockets count.

Laws kept here:

1. All unfinished documents together have only so many bytes.
2. A fault of ours is an id in the log and towards the client; what broke is nobody's business outside.
"""

from __future__ import annotations

from structlog.typing import FilteringBoundLogger
from twisted.internet.interfaces import IAddress

from printserver.errors import PrintServerError, ServerBusy
from printserver.model.display import harmless


class Reception:
    """Counts the bytes that are held for all."""

    def __init__(self) -> None:
        """Nothing is held."""
        self.held = 0

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
