"""A link to a device in memory: an emulator or a script of replies, driven by the same clock as the runner."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from twisted.internet.defer import DeferredLock

from printserver.dialogue import Control, LinkLost, Stalled, Unsupported
from printserver.driver import AnswersControl, LinkInfo
from printserver.model.clock import Alarm, Clock
from printserver.transport.link import CLOSE_WRITE, CONTROL, Traffic


class Answering(Protocol):
    """The least that a device in memory is: bytes in, bytes out."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the bytes that answer them now."""
        ...


@runtime_checkable
class Connectable(Protocol):
    """A device that wants to know when a host comes and goes."""

    def connected(self) -> None:
        """Take note that a host is there."""
        ...

    def disconnected(self) -> None:
        """Take note that the host is gone."""
        ...


@runtime_checkable
class Ticking(Protocol):
    """A device that does things by itself; `due` speaks of the same clock as the link's."""

    def due(self) -> float | None:
        """Return when `tick` is wanted next."""
        ...

    def tick(self) -> bytes:
        """Let time pass and return bytes that the device sends by itself."""
        ...


class LoopLink:
    """A link to `device`; everything handed over is taken at once, ticks go on while the host is away."""

    piece = 4096

    def __init__(self, device: Answering, clock: Clock) -> None:
        controls = {CONTROL} if isinstance(device, AnswersControl) else set()
        self.info = LinkInfo("loop", frozenset({CLOSE_WRITE} | controls))
        self._device = device
        self._clock = clock
        self._alarm: Alarm | None = None
        self.traffic = Traffic()
        self.lock = DeferredLock()

    async def open(self) -> None:
        """Connect to the device."""
        if self.traffic.ended:
            self.traffic.opened()
            if isinstance(self._device, Connectable):
                self._device.connected()
            self._schedule()

    async def close(self) -> None:
        """Leave the device."""
        if not self.traffic.ended:
            self.traffic.lost("the link is closed")
            if isinstance(self._device, Connectable):
                self._device.disconnected()

    def close_write(self) -> None:
        """Tell the device that no more comes; it has said all it has to say."""
        self.traffic.lost("the device closed it")
        if isinstance(self._device, Connectable):
            self._device.disconnected()

    def write(self, data: bytes) -> None:
        """Give bytes to the device."""
        if self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        answer = self._device.receive(data)
        self.traffic.moved()
        self.traffic.received(answer)
        self._schedule()

    async def control(self, transfer: Control) -> bytes:
        """Ask the device; raises Stalled where it knows no such request, Unsupported where it has no control pipe."""
        if not isinstance(self._device, AnswersControl):
            raise Unsupported("this device in memory has no USB control transfers")
        if self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        answer = self._device.control(
            transfer.request_type, transfer.request, transfer.value, transfer.index, transfer.data, transfer.length
        )
        self._schedule()
        if answer is None:
            raise Stalled
        return answer

    def _schedule(self) -> None:
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        due = self._device.due() if isinstance(self._device, Ticking) else None
        self._alarm = None if due is None else self._clock.callLater(max(0.0, due - self._clock.seconds()), self._tick)

    def _tick(self) -> None:
        if isinstance(self._device, Ticking):
            self.traffic.received(self._device.tick())
            self._schedule()
