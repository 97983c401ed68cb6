"""What takes more than one request: following events, waiting for a job. Plans say what to do; a transport does it.

Laws kept here:

1. A plan is a generator of steps, without any input or output; both clients run the same plans.
2. A job is looked at again after each event about it, and after a while without one: an event is a hint, and never
   the word.
3. Events are followed before the first look, so that nothing can happen between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from printserver.errors import PrintServerError, ServerUnreachable

from . import calls
from .calls import Call
from .errors import AnswerLost, WaitEnded
from .events import SILENCE, Event, Follower
from .exchange import Request
from .replies import Json
from .status import JobStatus

Enough: TypeAlias = Callable[[JobStatus], bool]
UNHEARD: Final = 4
"""With a stream of events a job is looked at after so many pauses although nothing was heard of it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Make one call; its result is the answer."""

    call: Call[Any]


@dataclass(frozen=True, slots=True)
class Open:
    """Open a stream, in the place of the former one."""

    request: Request


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for a piece of the stream: its bytes, none = it has ended; TimeoutError after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Tell:
    """Hand a value to who asked."""

    value: Any


Step: TypeAlias = Ask | Open | Listen | Pause | Tell
Plan: TypeAlias = Generator[Step, Any, None]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job at one moment; `cards` is by card number the card's state."""

    status: JobStatus
    cards: dict[int, str] = field(default_factory=dict)


def following(after: int | None) -> Plan:
    """Tell each event after an id, None = from now on; a stream that breaks is opened anew after the last one."""
    follower = Follower(after)
    begun = False
    while True:
        try:
            yield Open(follower.request())
            begun = True
            while piece := (yield Listen(SILENCE)):
                for event in follower.feed(piece):
                    yield Tell(event)
        except (PrintServerError, TimeoutError) as error:
            # ServerUnreachable may mean a wrong address: once the stream was there, it is only away
            passes = isinstance(error, (ServerUnreachable, TimeoutError)) or error.retry
            if not (begun and passes):
                raise
        yield Pause(follower.pause)


class Patience:
    """How long a wait still goes on, and when to look again; times are in seconds of `clock`."""

    def __init__(self, timeout: float | None, pause: float, clock: Callable[[], float]) -> None:
        """It begins now; `timeout` None = for ever."""
        self.pause = pause
        self._clock = clock
        self._timeout = timeout
        self._looked = self._started = clock()

    def check(self, status: JobStatus, ahead: float) -> None:
        """Note a look at the job; raises WaitEnded when the time is over `ahead` seconds from now."""
        self._looked = self._clock()
        if self._timeout is not None and self._looked - self._started + ahead > self._timeout:
            raise WaitEnded(f"the job is still {status.state} after {self._timeout:g} s", where=f"job {status.id}")

    def left(self) -> float:
        """Return how long to listen before the job is looked at again; not above zero when it is time."""
        now = self._clock()
        soon = self._looked + self.pause * UNHEARD - now
        return soon if self._timeout is None else min(soon, self._started + self._timeout - now)


def getting_on(job: int, enough: Enough, patience: Patience, *, with_cards: bool) -> Plan:
    """Tell how a job gets on each time it has changed, until it is enough."""
    follower = Follower()
    told: JobProgress | None = None
    heard = yield from _opened(follower)
    while True:
        now = yield from _looked_at(job, with_cards)
        if now != told:
            yield Tell(now)
        told = now
        if enough(now.status):
            return
        patience.check(now.status, 0.0 if heard else patience.pause)
        if heard:
            heard = yield from _heard(job, follower, patience)
        else:
            yield Pause(patience.pause)
            heard = follower.seen is not None and (yield from _opened(follower))


def _looked_at(job: int, with_cards: bool) -> Generator[Step, Any, JobProgress]:
    status: JobStatus = yield Ask(calls.job(job))
    cards: Json = (yield Ask(calls.cards(job))) if with_cards else {}
    rows: Any = cards.get("cards", ()) if isinstance(cards, dict) else ()
    return JobProgress(status, {row["number"]: row["state"] for row in rows if {"number", "state"} <= set(row)})


def _opened(follower: Follower) -> Generator[Step, Any, bool]:
    """Open the stream; False when there is none to be had, which the next look at the job explains if it must."""
    try:
        yield Open(follower.request())
    except (PrintServerError, TimeoutError):
        return False
    return True


def _heard(job: int, follower: Follower, patience: Patience) -> Generator[Step, Any, bool]:
    """Listen until the job is to be looked at; False when the stream has ended."""
    while (seconds := patience.left()) > 0:
        try:
            piece: bytes = yield Listen(seconds)
        except TimeoutError:
            return True
        except AnswerLost:
            return False
        if not piece or _concerns(job, follower.feed(piece)):
            return bool(piece)
    return True


def _concerns(job: int, events: Iterable[Event]) -> bool:
    return any(event.job == job for event in events)
