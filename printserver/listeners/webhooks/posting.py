# mypy: allow-untyped-calls
# Half of Twisted has no annotations.
"""One message to one target over HTTP.

Laws kept here:

1. Any status from 200 to 299 is a yes; everything else is a no. A redirect is not followed: it is a no.
2. Each message has a connection of its own and a deadline; what the answer says beyond its status is not read.
3. Time is signed when the message is sent, so that a target can refuse what is old.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.protocol import Protocol
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, FileBodyProducer, HTTPConnectionPool, ResponseFailed
from twisted.web.http_headers import Headers

from printserver import __version__
from printserver.listeners.webhooks.message import Message
from printserver.listeners.webhooks.signing import signature
from printserver.listeners.webhooks.target import Target

CONNECT_SECONDS, WHOLE_SECONDS = 5.0, 15.0


class NotTaken(OSError):
    """A target did not take a message; says why without what the target said."""


class _Away(Protocol):
    """Hangs up instead of reading an answer."""

    transport: Any  # what is under an answer is no public interface of Twisted

    def connectionMade(self) -> None:
        """Hang up at once."""
        self.transport.loseConnection()


class Poster:
    """Posts messages; certificates are checked against the system's authorities, or by `policy`."""

    def __init__(self, reactor: Any, wall: Callable[[], float], policy: Any = None) -> None:  # noqa: ANN401 - zope's
        """Post by `reactor`; `wall` tells seconds since the epoch."""
        self._reactor, self._wall = reactor, wall
        self._agent = Agent(
            reactor, policy or BrowserLikePolicyForHTTPS(), connectTimeout=CONNECT_SECONDS,
            pool=HTTPConnectionPool(reactor, persistent=False),
        )  # fmt: skip

    async def post(self, target: Target, message: Message) -> None:
        """Post a message; raises NotTaken."""
        body: Any = FileBodyProducer(BytesIO(message.body))  # its interface is zope's
        asked = self._agent.request(b"POST", target.url.encode("ascii"), self._headers(target, message), body)
        asked.addTimeout(WHOLE_SECONDS, self._reactor)
        try:
            response: Any = await asked  # as above
        except (ResponseFailed, ConnectError, ConnectingCancelledError, DNSLookupError, DeferredTimeout,
                CancelledError, OSError) as error:  # fmt: skip
            raise NotTaken(0, type(error).__name__) from error
        response.deliverBody(_Away())
        if not 200 <= response.code <= 299:
            raise NotTaken(0, f"status {response.code}")

    def _headers(self, target: Target, message: Message) -> Headers:
        now = int(self._wall())
        return Headers({
            "User-Agent": [f"printserver/{__version__}"], "Content-Type": ["application/json"],
            "webhook-id": [message.id], "webhook-timestamp": [str(now)],
            "webhook-signature": [signature(target.secret, message.id, now, message.body)],
        })  # fmt: skip
