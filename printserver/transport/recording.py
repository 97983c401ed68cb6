"""A link that writes down what goes over it, both ways, as it goes."""

from __future__ import annotations

from twisted.internet.defer import DeferredLock

from printserver.dialogue import Control, Stalled
from printserver.dialogue.transcripts import Direction, Transcript
from printserver.driver import LinkInfo
from printserver.model.clock import Clock
from printserver.transport.link import Link, Traffic


class RecordingLink:
    """A link of any kind with a transcript; times count from `start`, else from the moment at which it was made.

    The transcript holds everything, cards too: `printserver.dialogue.redacting` leaves them out.
    """

    def __init__(self, link: Link, clock: Clock, start: float | None = None) -> None:
        self._link = link
        self._clock = clock
        self._start = clock.seconds() if start is None else start
        self.transcript = Transcript()
        link.traffic.overhear(self._hear)

    @property
    def info(self) -> LinkInfo:
        """Tell what the link can do."""
        return self._link.info

    @property
    def traffic(self) -> Traffic:
        """Return the link's traffic."""
        return self._link.traffic

    @property
    def lock(self) -> DeferredLock:
        """Return the lock of the device."""
        return self._link.lock

    @property
    def piece(self) -> int:
        """Return how many bytes are handed over at once."""
        return self._link.piece

    async def open(self) -> None:
        """Open the link; raises LinkLost."""
        await self._link.open()

    async def close(self) -> None:
        """Close the link."""
        await self._link.close()

    def close_write(self) -> None:
        """Close the writing half; raises Unsupported."""
        self._link.close_write()

    def write(self, data: bytes) -> None:
        """Hand one piece over and write it down."""
        self.transcript.add(self._now(), Direction.HOST, data)
        self._link.write(data)

    async def control(self, transfer: Control) -> bytes:
        """Do one control transfer and write it down; raises as the link does."""
        self.transcript.add_setup(self._now(), transfer)
        try:
            answer = await self._link.control(transfer)
        except Stalled:
            self.transcript.add_reading(self._now(), None)
            raise
        self.transcript.add_reading(self._now(), answer)
        return answer

    def _hear(self, data: bytes) -> None:
        self.transcript.add(self._now(), Direction.DEVICE, data)

    def _now(self) -> float:
        return self._clock.seconds() - self._start
