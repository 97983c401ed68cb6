# mypy: allow-untyped-calls
# Half of Twisted has no annotations.
"""A connection too many: it is told so in HTTP's words, and closed.

Laws kept here:

1. The answer does not wait for the request, and what the client sends is thrown away, so that it can be read.
2. Those who are turned away are few and short; one too many even for that is closed without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import ISSLTransport, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from printserver.errors import ServerBusy
from printserver.listeners.pace import Pace
from printserver.model.clock import Clock

from .problems import problem_response
from .wire import head_bytes

MOST_AT_ONCE = 64
LINGER = 5.0


def answer() -> bytes:
    """Return the whole answer: 503, and when to try again."""
    response = problem_response(ServerBusy("as many connections are open as are served at once"))
    assert isinstance(response.body, bytes)
    closing = (*response.headers, ("Content-Length", str(len(response.body))), ("Connection", "close"))
    return head_bytes(response, closing) + response.body


class TurnedAway(Protocol):
    """Says that there is no room, and goes."""

    transport: Any  # TCP's or TLS's; its zope interface is no type

    def __init__(self, clock: Clock, gone: Callable[[], None]) -> None:
        """`gone` is called when the connection is lost."""
        self._pace = Pace(clock, self._cut)
        self._gone = gone

    def connectionMade(self) -> None:
        """Answer at once."""
        self._pace.start(LINGER)
        self.transport.write(answer())
        if ITCPTransport.providedBy(self.transport) and not ISSLTransport.providedBy(self.transport):
            self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        """Throw away what comes."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Stop the clock."""
        self._pace.stop()
        self._gone()

    def _cut(self) -> None:
        self.transport.abortConnection()
