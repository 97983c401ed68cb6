"""What pages, doors and plugins are shown of printers, queues and submissions: values only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from printserver.driver import Capabilities
from printserver.model.alert import Alert
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterConfig, PrinterState, PrinterStatus, QueueConfig, Tier
from printserver.model.supply import SupplyCount, SupplyKind
from printserver.model.ticket import Ticket
from printserver.model.upkeep import Work, Worked
from printserver.queue.cleaning import Cleaning

STORY_PAGE = 500
"""So many rows of a job's story are told at once."""


class IncomingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as a door received it; `declared` is the MIME type the client named, if it named one."""

    data: bytes
    declared: str | None = None


class By(msgspec.Struct, frozen=True):
    """Who did something, and why."""

    name: str
    reason: str = ""


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A job as a door hands it over; `origin` names door and client address for the journal.

    `incoming` = documents follow one by one (IPP Create-Job). `client` is the client's address, empty where there is
    none; `key` is its own idempotency key, empty when it gave none; `content` is what tells it from others under its
    key, empty where ticket and documents do. `said` are the fields of the ticket that the client gave itself, also
    where it gave the default: they stand against those of a card job. `by` = who had a job printed again, and why.
    """

    ticket: Ticket
    documents: tuple[IncomingDocument, ...] = ()
    origin: str = ""
    client: str = ""
    key: str = ""
    content: str = ""
    said: tuple[str, ...] = ()
    incoming: bool = False
    by: By = By("")


class Verdict(StrEnum):
    """What a person says of an uncertain card."""

    DONE = "done"
    SPOILED = "spoiled"
    QUEUED = "queued"
    ABANDON = "abandon"


class Deed(StrEnum):
    """What may need a second person."""

    REPRINT = "reprint"
    REJECT = "reject"
    SETTLE = "settle"


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided: of which card, 0 = the whole job; how many copies, 0 where that is no matter; which verdict."""

    deed: Deed
    card: int = 0
    copies: int = 0
    verdict: Verdict | None = None


class OpenWish(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that waits for another person; `id` is its row's in the journal, `at` in seconds since the epoch."""

    id: int
    at: float
    decided: Decided
    by: str
    reason: str


class PurgeWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whose documents are to go: `jobs` by number, or all that fit `person`, `days` (over since so long) and `queue`.

    `before` = only jobs older than this one; `try_only` = only tell which they are.
    """

    jobs: tuple[int, ...] = ()
    person: str = ""
    days: int | None = None
    queue: str | None = None
    before: int | None = None
    try_only: bool = False


class Kept(msgspec.Struct, frozen=True):
    """A job whose documents did not go, and why."""

    job: int
    why: str


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """What went and what did not; `next` = more jobs are to be looked at: ask again `before` this one."""

    purged: tuple[int, ...]
    kept: tuple[Kept, ...] = ()
    next: int | None = None


class PrinterView(msgspec.Struct, frozen=True, kw_only=True):
    """A printer as it is now; `card` is `JOB/CARD` while one is in it, `needs_person` = it waits for somebody.

    `counts` are its blanks and ribbon as the server counts them; `work` is maintenance that is wanted or under way,
    `worked` the last one since the server started; `cleaning` says how many cards it has had since it was cleaned.
    """

    config: PrinterConfig
    state: PrinterState
    tier: Tier
    capabilities: Capabilities | None = None
    identity: Identity | None = None
    status: PrinterStatus | None = None
    alerts: tuple[Alert, ...] = ()
    reason: Reason | None = None
    card: str | None = None
    since: float = 0.0
    needs_person: bool = False
    driver_title: str = ""
    assumptions: tuple[str, ...] = ()
    counts: tuple[SupplyCount, ...] = ()
    work: Work | None = None
    worked: Worked | None = None
    cleaning: Cleaning | None = None


class SupplyView(msgspec.Struct, frozen=True, kw_only=True):
    """A printer's blanks or ribbon: `left` by the server's count and `told` by the device, None = not known.

    `loaded` cards were there at `since` or came in after it, `other` blanks went to test cards and cleaning.
    """

    kind: SupplyKind
    name: str = ""
    roll: str = ""
    left: int | None = None
    loaded: int | None = None
    other: int = 0
    since: float | None = None
    told: int | None = None

    @property
    def difference(self) -> int | None:
        """Return how many more the device tells than are counted, None where one of them is not known."""
        return None if self.left is None or self.told is None else self.told - self.left


OUTSIDE_HOURS = "outside-hours"


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as clients see it: its printers now, its policies, how many jobs are not final.

    `reason` = why the server itself has paused it, None when it has not; `raw_port` = the raw door that is open for
    it now, 0 when there is none. `changed` = when its configuration last changed, in seconds since the epoch;
    `ending` = it pauses after its present job; `opens` = when its hours begin, None while it is within them.
    `unfit` says of jobs, of any queue, what the printers lack for them now.
    """

    config: QueueConfig
    printers: tuple[PrinterView, ...]
    waiting: int = 0
    default: bool = False
    reason: Reason | None = None
    raw_port: int = 0
    changed: float = 0.0
    ending: bool = False
    unfit: Mapping[int, Reason] = {}
    opens: float | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why the queue itself does not print now, in codes; what its printers complain of is theirs."""
        said = {
            "shutdown": self.config.shut_down, "paused": self.config.paused, "moving-to-paused": self.ending,
            OUTSIDE_HOURS: self.opens is not None,
        }  # fmt: skip
        found = [word for word, holds in said.items() if holds]
        return (*found, self.reason.code) if self.reason is not None else tuple(found)

    @property
    def accepting(self) -> bool:
        """Tell whether it takes jobs: not where every one of its printers refuses to print."""
        prints = any(view.capabilities is None or not view.capabilities.refuses for view in self.printers)
        return self.config.accepting and (prints or not self.printers)

    @property
    def capabilities(self) -> Capabilities | None:
        """Return the abilities of the first printer that tells them: what the queue declares to clients."""
        return next((view.capabilities for view in self.printers if view.capabilities), None)
