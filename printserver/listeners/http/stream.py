# mypy: allow-untyped-calls
# Half of twisted.web has no annotations.
"""A response that goes on: chunks of an asynchronous generator, written only as fast as the client reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.web.http import Request
from zope.interface import implementer

from printserver.listeners.pace import Pace
from printserver.model.clock import Clock


@implementer(IPushProducer)
class Pump:
    """Writes a generator's chunks to a request; calls `cut` when the client has not read for `stall` seconds."""

    def __init__(
        self, request: Request, chunks: AsyncGenerator[bytes, None], *,
        clock: Clock, stall: float, cut: Callable[[], None],
    ) -> None:  # fmt: skip
        """Nothing is written before `run`."""
        self._request = request
        self._chunks = chunks
        self._stall = stall
        self._pace = Pace(clock, cut)
        self._full: Deferred[None] | None = None

    async def run(self) -> None:
        """Write until the generator ends; cancelled when the client is gone. The generator is always closed."""
        self._request.registerProducer(self, True)
        try:
            self._request.write(b"")  # the head at once: the client may wait for it
            async for chunk in self._chunks:
                self._request.write(chunk)
                if self._full is not None:
                    await self._full
        finally:
            self._pace.stop()
            await self._chunks.aclose()
            if self._request.channel is not None:
                self._request.unregisterProducer()

    def pauseProducing(self) -> None:
        """The client does not read as fast as we write."""
        if self._full is None:
            self._full = Deferred()
            self._pace.start(self._stall)

    def resumeProducing(self) -> None:
        """The client has read everything."""
        full, self._full = self._full, None
        self._pace.stop()
        if full is not None:
            full.callback(None)

    def stopProducing(self) -> None:
        """The connection is going; whoever runs the pump cancels it."""
