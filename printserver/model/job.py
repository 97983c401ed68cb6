"""Jobs, cards and attempts as the store keeps them and as every observer sees them.

Laws kept here:

1. These are values: a change of state is a new value, made by the store inside one transaction.
2. Job states and reasons are IPP's words (RFC 8011 section 5.3.7); card states are ours (`lifecycle.py`).
3. `version` grows with each transition; every write compares it.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from printserver.model.holding import HeldFor
from printserver.model.ticket import Ticket


class JobState(StrEnum):
    """IPP job states (RFC 8011 section 5.3.7)."""

    PENDING = "pending"
    HELD = "pending-held"
    PROCESSING = "processing"
    STOPPED = "processing-stopped"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"

    @property
    def final(self) -> bool:
        """Tell whether the job is finished."""
        return self in FINAL_JOB_STATES


FINAL_JOB_STATES = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})


class IppJobState(IntEnum):
    """The enum numbers of IPP's `job-state` (RFC 8011 section 5.3.7, table 16)."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @classmethod
    def of(cls, state: JobState) -> IppJobState:
        """Return the number of a state."""
        return cls[state.name]


class CardState(StrEnum):
    """States of one card (`lifecycle.py` holds the table)."""

    QUEUED = "queued"
    RENDERING = "rendering"
    READY = "ready"
    PRINTING = "printing"
    BLOCKED = "blocked"
    WAITING = "waiting"
    DONE = "done"
    SPOILED = "spoiled"
    UNCERTAIN = "uncertain"
    CANCELED = "canceled"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Tell whether nothing more happens to the card by itself."""
        return self in FINAL_CARD_STATES

    @property
    def in_device(self) -> bool:
        """Tell whether a printer's dialogue holds the card."""
        return self in IN_DEVICE


FINAL_CARD_STATES = frozenset({CardState.DONE, CardState.CANCELED, CardState.FAILED})
IN_DEVICE = frozenset({CardState.PRINTING, CardState.BLOCKED, CardState.WAITING})


class Reason(msgspec.Struct, frozen=True):
    """Why something is as it is: a keyword for programs and the device's or server's own words for people."""

    code: str
    detail: str = ""


class Mark(msgspec.Struct, frozen=True):
    """A point that an attempt has passed, with its evidence and time (seconds since the epoch, UTC)."""

    point: str
    at: float
    evidence: dict[str, str] = {}


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at printing one card on one device; `never_fed` = it was settled that no blank was taken for it."""

    number: int
    printer: str
    serial: str
    started: float
    ended: float | None = None
    outcome: str | None = None
    reason: Reason | None = None
    marks: tuple[Mark, ...] = ()
    never_fed: bool = False

    @property
    def committed(self) -> bool:
        """Tell whether a byte that may feed or personalise a card may have left."""
        return any(mark.point == "COMMITTED" for mark in self.marks)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One card of a job; `number` counts from 1 within the job.

    `front` and `back` are the documents that its sides are pages of, `front_page` and `back_page` which ones: of a
    job's only document counted among the pages that the ticket chooses, else among all of that document's.
    """

    id: int
    job: int
    number: int
    state: CardState
    version: int
    changed: float
    reason: Reason | None = None
    printer: str | None = None
    attempts: tuple[Attempt, ...] = ()
    unconfirmed: bool = False
    simulated: bool = False
    front: int = 1
    back: int | None = None
    front_page: int = 1
    back_page: int = 1

    @property
    def sides(self) -> int:
        """Return how many of its sides are printed."""
        return 1 if self.back is None else 2

    @property
    def committed(self) -> bool:
        """Tell whether the current attempt passed its commit mark."""
        return bool(self.attempts) and self.attempts[-1].ended is None and self.attempts[-1].committed


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a job as it was sent; its bytes are in the spool under the job's key."""

    number: int
    format: str
    size: int
    sha256: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job: documents, a ticket and one or more cards; `id` is the IPP job-id.

    `held_for` = why the server itself holds it, None when it does not. `duplicate_of` is an earlier job that this one
    looks like, None when there is none. `withheld` = it is another person's, and who looks may know no more than its
    number, state, queue and age. `said` are the fields of the ticket that the client gave itself. `warnings` are told
    once, to who has just sent it.
    """

    id: int
    queue: str
    state: JobState
    reasons: tuple[str, ...]
    ticket: Ticket
    created: float
    changed: float
    version: int
    origin: str = ""
    hold: bool = False
    held_for: HeldFor | None = None
    cancel: bool = False
    incoming: bool = False
    purged: bool = False
    duplicate_of: int | None = None
    withheld: bool = False
    completed: float | None = None
    documents: tuple[Document, ...] = ()
    cards: tuple[Card, ...] = ()
    said: tuple[str, ...] = ()
    warnings: tuple[Reason, ...] = ()

    @property
    def impressions(self) -> int:
        """Return how many sides of cards are printed for the job."""
        return sum(card.sides for card in self.cards)

    @property
    def name(self) -> str:
        """Return the job's name as the client gave it."""
        return self.ticket.name

    def counts(self) -> dict[str, int]:
        """Return how many cards are in each state; states without cards are left out."""
        found: dict[str, int] = {}
        for card in self.cards:
            found[card.state] = found.get(card.state, 0) + 1
        return found
