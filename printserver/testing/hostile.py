"""A link to a device in memory on which one thing goes wrong at one effect.

Laws kept here:

1. Only the link is disturbed; the device goes on with what it got, as a real one would.
2. A disturbance begins at the effect with the given number and not before; `heal` ends it.
3. What reached the device and what reached the host stands in the transcript, after the disturbance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from twisted.internet.defer import DeferredLock

from printserver.dialogue import Ask, Control, Effect, LinkLost, Send, Stalled, TimedOut
from printserver.dialogue.transcripts import Direction, Transcript
from printserver.driver import AnswersControl, LinkInfo
from printserver.model.clock import Clock
from printserver.transport.link import Traffic
from printserver.transport.loop import Answering, Connectable, LoopLink, Ticking

# Flips bits so that no readable character stays one that a device would say. Control codes stay, so that the damaged
# message still ends where it should and its driver has to judge it.
NOISE = 0xA5
CONTROL_CODES = 0x20
SPLINTER = 0.001
PIECE = 4096
SMALL_PIECE = 509


class Disturbance(StrEnum):
    """What goes wrong at an effect.

    The cuts happen before the effect's bytes, in their middle, or after them, before anything is heard; the device is
    away then. After a `break` it can be reached again at once. A `stall` takes half of the bytes. `garble` damages one
    answer and `silence` swallows one; `noise` and `mute` do so with all that follow. `splinter` is no fault: bytes come
    one by one and go out in small odd pieces.
    """

    CUT_BEFORE = "cut-before"
    CUT_MIDWAY = "cut-midway"
    CUT_AFTER = "cut-after"
    BREAK = "break"
    STALL = "stall"
    GARBLE = "garble"
    NOISE = "noise"
    SILENCE = "silence"
    MUTE = "mute"
    SPLINTER = "splinter"


_CUTS = {Disturbance.CUT_BEFORE: 0.0, Disturbance.CUT_MIDWAY: 0.5, Disturbance.CUT_AFTER: 1.0, Disturbance.BREAK: 0.5}


@dataclass(slots=True)
class _Trouble:
    """The disturbance and how far it has come."""

    kind: Disturbance | None
    at: int
    begun: bool = False
    over: bool = False
    away: bool = False

    @property
    def on(self) -> bool:
        return self.begun and not self.over


class HostileLink:
    """A link to `device`; `at` is the number of the effect, counted from 0, at which `disturbance` happens."""

    def __init__(
        self, device: Answering, clock: Clock, disturbance: Disturbance | None = None, at: int = 0
    ) -> None:
        self._clock = clock
        self._trouble = _Trouble(disturbance, at)
        self._effect_size = 0
        self._effect_sent = 0
        self._held = b""
        self.transcript = Transcript()
        self._ear = _Ear(device, self._hear)
        self._inner = LoopLink(self._ear, clock)

    @property
    def info(self) -> LinkInfo:
        """Tell what the inner link can do."""
        return self._inner.info

    @property
    def traffic(self) -> Traffic:
        """Return the inner link's traffic."""
        return self._inner.traffic

    @property
    def lock(self) -> DeferredLock:
        """Return the inner link's lock."""
        return self._inner.lock

    @property
    def piece(self) -> int:
        """Return how much is handed over at once."""
        return SMALL_PIECE if self._splinters else PIECE

    @property
    def struck(self) -> bool:
        """Tell whether the disturbance has begun."""
        return self._trouble.begun

    def begin(self, number: int, effect: Effect) -> None:
        """Take note that an effect begins."""
        self._effect_size = len(effect.data) if isinstance(effect, Send | Ask) else 0
        self._effect_sent = 0
        if number >= self._trouble.at and self._trouble.kind is not None:
            self._trouble.begun = True
            if self._effect_size == 0:
                self._cut_if_due()

    def heal(self) -> None:
        """End the disturbance: the cable is in again, the device speaks clearly."""
        self._trouble.over, self._trouble.away = True, False
        held, self._held = self._held, b""
        if held and not self.traffic.ended:
            self._pass_on(held)

    async def open(self) -> None:
        """Connect, unless the device is away; raises LinkLost."""
        if self._trouble.away:
            raise LinkLost(0, "the device is away")
        await self._inner.open()

    async def close(self) -> None:
        """Leave the device; what it had not taken is thrown away."""
        self._held = b""
        await self._inner.close()

    def close_write(self) -> None:
        """Close the writing half."""
        self._inner.close_write()

    def write(self, data: bytes) -> None:
        """Let as much through as the disturbance lets."""
        share = self._share()
        room = len(data) if share is None else round(self._effect_size * share) - self._effect_sent
        passed = data[: max(0, room)]
        self._effect_sent += len(passed)
        if passed:
            self._pass_on(passed)
        if len(passed) < len(data):
            self.traffic.handed()
        if self._stalls:
            self._held = data[len(passed) :]
        else:
            self._cut_if_due()

    async def control(self, transfer: Control) -> bytes:
        """Let a transfer through, or what the disturbance leaves of it; raises as the inner link does, and TimedOut."""
        self.transcript.add_setup(self._clock.seconds(), transfer)
        try:
            answer = await self._inner.control(transfer)
        except Stalled:
            self.transcript.add_reading(self._clock.seconds(), None)
            raise
        heard = self._disturbed(answer)
        if answer and not heard:
            raise TimedOut
        self.transcript.add_reading(self._clock.seconds(), heard)
        return heard

    def _pass_on(self, data: bytes) -> None:
        self.transcript.add(self._clock.seconds(), Direction.HOST, data)
        self._inner.write(data)

    @property
    def _stalls(self) -> bool:
        return self._trouble.on and self._trouble.kind is Disturbance.STALL

    @property
    def _splinters(self) -> bool:
        return self._trouble.on and self._trouble.kind is Disturbance.SPLINTER

    def _share(self) -> float | None:
        """Return what part of the effect's bytes gets through, None = all of every effect's."""
        kind = self._trouble.kind
        if not self._trouble.on or kind is None:
            return None
        return 0.5 if kind is Disturbance.STALL else _CUTS.get(kind)

    def _cut_if_due(self) -> None:
        share = self._share()
        if share is None or self._stalls or self._effect_sent < round(self._effect_size * share):
            return
        self._trouble.over = True
        self._trouble.away = self._trouble.kind is not Disturbance.BREAK
        self._ear.disconnected()
        self.traffic.lost("it was cut")

    def _hear(self, answer: bytes) -> bytes:
        """Return what the host hears at once of what the device says."""
        heard = self._disturbed(answer)
        self.transcript.add(self._clock.seconds(), Direction.DEVICE, heard)
        if not self._splinters:
            return heard
        for at in range(len(heard)):
            self._clock.callLater(SPLINTER * (at + 1), self.traffic.received, heard[at : at + 1])
        return b""

    def _disturbed(self, answer: bytes) -> bytes:
        kind = self._trouble.kind
        if self.traffic.ended:
            return b""
        if not self._trouble.on or not answer or kind is None:
            return answer
        if kind in (Disturbance.GARBLE, Disturbance.SILENCE):
            self._trouble.over = True
        match kind:
            case Disturbance.GARBLE | Disturbance.NOISE:
                return bytes(byte if byte < CONTROL_CODES else byte ^ NOISE for byte in answer)
            case Disturbance.SILENCE | Disturbance.MUTE | Disturbance.CUT_AFTER:
                return b""
            case _:
                return answer


class _Ear:
    """Stands between link and device, so that every answer passes the disturbance."""

    def __init__(self, device: Answering, hear: Callable[[bytes], bytes]) -> None:
        self._device = device
        self._hear = hear
        if isinstance(device, AnswersControl):
            # present only where the device has it: a link asks for it by isinstance
            self.control = device.control

    def connected(self) -> None:
        if isinstance(self._device, Connectable):
            self._device.connected()

    def disconnected(self) -> None:
        if isinstance(self._device, Connectable):
            self._device.disconnected()

    def receive(self, data: bytes) -> bytes:
        return self._hear(self._device.receive(data))

    def due(self) -> float | None:
        return self._device.due() if isinstance(self._device, Ticking) else None

    def tick(self) -> bytes:
        return self._hear(self._device.tick()) if isinstance(self._device, Ticking) else b""
