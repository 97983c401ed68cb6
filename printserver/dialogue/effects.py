"""Effects: everything a driver may ask of the world, as values.

Laws kept here:

1. A driver knows bytes and meaning; it never opens a port, sleeps, threads or reads a clock. It yields these.
2. `Mark(Point.COMMITTED, evidence)` is yielded before the first byte that may feed or personalise a card; the
   runner makes the mark and its evidence durable before that byte leaves.
3. `Cancelled` is thrown in only at effects whose `cancellable` is true; a committed dialogue is never closed
   from outside.
4. Times are seconds.

| effect | answer | may be thrown in |
|---|---|---|
| Send | Sent or Interrupted | Stalled, LinkLost |
| Ask, Listen | the framer's message | TimedOut, LinkLost, Stalled (Ask), Cancelled |
| Wait | None | LinkLost is not noticed while waiting; Cancelled |
| Control | bytes (empty for OUT) | TimedOut, LinkLost, Unsupported, Stalled |
| Connect | Atr | CardAbsent, TimedOut, Unsupported |
| Exchange | bytes (response APDU) | CardAbsent, TimedOut |
| Disconnect | None | - |
| Hold | Resumed or Rejected | TimedOut, Cancelled |
| Open, CloseWrite, Close, Reopen | None | LinkLost, Unsupported |
| Report, Mark | None | - |
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from printserver.dialogue.framers import Framer
from printserver.model.printer import PrinterStatus


class Point(StrEnum):
    """Points of a card's way that are journalled when they are passed."""

    FED = "FED"
    MAG = "MAG"
    CHIP = "CHIP"
    COMMITTED = "COMMITTED"
    FRONT = "FRONT"
    FLIP = "FLIP"
    BACK = "BACK"
    EJECTED = "EJECTED"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send `data` and wait for one framed answer."""

    data: bytes
    frame: Framer
    timeout: float
    cancellable: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for one framed message without sending anything; no timeout = as long as the link lives."""

    frame: Framer
    timeout: float | None = None
    cancellable: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A USB control transfer: `data` for OUT, or `length` bytes to read for IN (USB 2.0 section 9.3)."""

    request_type: int
    request: int
    value: int
    index: int
    data: bytes = b""
    length: int = 0
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Send:
    """Send bytes; give up when none is taken for `stall` seconds.

    With `beside` (an Ask or Control) a poll runs every `every` seconds while the bytes go out; when its answer is
    in `stop`, sending ends and the answer is `Interrupted`.
    """

    data: bytes | memoryview
    stall: float
    beside: Ask | Control | None = None
    every: float | None = None
    stop: frozenset[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """All bytes have left."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Sending was stopped by the poll beside it after `sent` bytes; `reading` is the poll's answer."""

    sent: int
    reading: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float
    cancellable: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect to the card at a named PC/SC reader."""

    reader: str


@dataclass(frozen=True, slots=True)
class Atr:
    """The card's answer to reset (ISO/IEC 7816-3)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """Exchange one APDU with the card at a reader."""

    reader: str
    apdu: bytes


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Let the card at a reader go."""

    reader: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The card waits while the host encodes it; the host then resumes or rejects."""

    reason: str
    timeout: float
    cancellable: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """The host is ready; `data` is what it wants recorded."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The host does not want this card finished."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """Open the link (it is open when a dialogue begins; needed after Close)."""


@dataclass(frozen=True, slots=True)
class CloseWrite:
    """Close the writing half of the link."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the link."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Close and open the link again."""


@dataclass(frozen=True, slots=True)
class Report:
    """Tell how the device is: alerts and supplies; `blocked` = it waits for a person, `progress` 0.0 to 1.0."""

    status: PrinterStatus | None = None
    blocked: bool = False
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A point is passed; its evidence (counters, job id) is words only."""

    point: Point
    evidence: dict[str, str] = field(default_factory=dict)


Effect: TypeAlias = (
    Send | Ask | Listen | Wait | Control | Connect | Exchange | Disconnect | Hold | Open | CloseWrite | Close | Reopen
    | Report | Mark
)
Answer: TypeAlias = Sent | Interrupted | bytes | Atr | Resumed | Rejected | None
_Result = TypeVar("_Result")
Dialogue: TypeAlias = Generator[Effect, Answer, _Result]
