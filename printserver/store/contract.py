"""What a store is: the one place where states are kept, whatever the database behind it.

Laws kept here:

1. Every call is one transaction: it happens whole and is on disk when it returns, or it raises and nothing happened.
2. `apply` compares the version of each card it steps (StoreConflict when somebody was faster), asks
   `lifecycle.advance` for the next state, rolls the job up, and appends one journal row for each change.
3. The journal only grows; rows are numbered, timed and chained by the store (SHA-256 over the former row's hash).
4. Tickets, documents and artefacts are sealed with the job's own key; `purge` throws that key away.
5. The store knows no printer, no driver and no reactor. It is synchronous; the queue calls it from its own thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from printserver.lifecycle import CardEvent
from printserver.model.account import Account, Token
from printserver.model.chain import ChainReport, Head
from printserver.model.event import Event, NewEvent
from printserver.model.holding import HeldFor, HoldUntil
from printserver.model.job import Card, Job, JobState, Mark, Reason
from printserver.model.printer import Duplicates, PrinterConfig, QueueConfig
from printserver.model.quota import Limit
from printserver.model.ticket import Ticket
from printserver.store.supplies import SupplyStore

if TYPE_CHECKING:
    from printserver.store.history import HistoryStore
    from printserver.store.tallies import TallyStore
    from printserver.store.upkeep import UpkeepStore


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document whose sealed bytes already lie in the spool under `blob`."""

    format: str
    size: int
    sha256: str
    blob: str


class NewCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card to be made: the numbers of its sides' documents within the job, and which page of each, counted from 1."""

    front: int = 1
    back: int | None = None
    front_page: int = 1
    back_page: int = 1


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is known by when it is sent again.

    `key` is the client's own idempotency key, empty when it gave none; `content` tells ticket and documents apart from
    others; `client` is the client's address, empty where it cannot be told. `duplicates` says what becomes of a
    keyless job like one that the same client sent within ten minutes.
    """

    content: str
    key: str = ""
    client: str = ""
    duplicates: Duplicates = Duplicates.OFF


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be accepted; `incoming` = more documents will follow (Create-Job) and no card is made yet.

    `key` is the key that the job is sealed with; `sent` is what it is known by when it is sent again.
    `hold` = its queue holds it, whatever its ticket says; `held_for` = why, where that is to be told. `said` are the
    fields of the ticket that the client gave.
    `by` and `note` name the person who had another job printed again as this one, and the reason given. `limits` are
    the quotas that it falls under.
    """

    queue: str
    ticket: Ticket
    key: bytes
    origin: str = ""
    documents: tuple[NewDocument, ...] = ()
    cards: tuple[NewCard, ...] = ()
    incoming: bool = False
    sent: Sent | None = None
    hold: bool = False
    held_for: HeldFor | None = None
    said: tuple[str, ...] = ()
    by: str = ""
    note: str = ""
    limits: tuple[Limit, ...] = ()


class AlreadyAccepted(Exception):
    """The same client has sent this job before under the same idempotency key."""

    def __init__(self, job: int) -> None:
        """`job` is the one that was accepted."""
        self.job = job
        super().__init__(f"job {job}")


class Begin(msgspec.Struct, frozen=True):
    """A new attempt on a device; `lease` is the number of the printer's lease, None where printers are not leased.

    `in_turn` = only if the card is the next of its queue; StoreConflict where it is not.
    """

    printer: str
    serial: str
    lease: int | None = None
    in_turn: bool = False


class CardStep(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to a card: `number` within the job, `version` as it was last read.

    `begin` opens an attempt (with START); `outcome` closes the open one in words. `by` and `note` name the person
    and the reason given, when a person decided.
    """

    number: int
    version: int
    event: CardEvent
    reason: Reason | None = None
    printer: str | None = None
    begin: Begin | None = None
    outcome: str | None = None
    unconfirmed: bool = False
    simulated: bool | None = None
    accepts_unconfirmed: bool = False
    by: str = ""
    note: str = ""


class CardMark(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt passed a point; durable when the call returns. `lease` as in `Begin`."""

    number: int
    version: int
    mark: Mark
    lease: int | None = None


class JobWish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of the whole job; None = as it is. `until` = so long it is to be held, None = for good.

    `queue` = the queue that it is moved to; `held_for` = why the server itself holds it.
    """

    hold: bool | None = None
    held_for: HeldFor | None = None
    until: HoldUntil | None = None
    cancel: bool | None = None
    incoming: bool | None = None
    priority: int | None = None
    queue: str | None = None
    by: str = ""
    note: str = ""


class AddDocument(msgspec.Struct, frozen=True):
    """A further document of a job that is still incoming; `number` is the one that it was taken for, if any."""

    document: NewDocument
    number: int | None = None


class AddCards(msgspec.Struct, frozen=True):
    """The cards of a job whose documents have all come; `sent` is what it is known by from now on.

    `ticket` is the job's from now on, where a card job has brought its own; None = as it was. `documents` is how many
    documents the cards were made of; StoreConflict when the job has another number of them. `limits` as in `NewJob`.
    """

    cards: tuple[NewCard, ...]
    sent: Sent | None = None
    ticket: Ticket | None = None
    documents: int | None = None
    limits: tuple[Limit, ...] = ()


Change: TypeAlias = CardStep | CardMark | JobWish | AddDocument | AddCards


class JobQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs are wanted, newest first: before an id, in some states, of one queue.

    With `held_for` only those that the server itself holds for that reason; it needs states.
    """

    before: int | None = None
    limit: int = 100
    states: frozenset[JobState] = frozenset()
    queue: str | None = None
    oldest_first: bool = False
    held_for: HeldFor | None = None


class JobPage(msgspec.Struct, frozen=True):
    """Some jobs, and the id to ask for next (`before`), None at the end."""

    jobs: tuple[Job, ...]
    next: int | None = None


class ArtifactKind(StrEnum):
    """What is kept of a prepared card, sealed in the spool."""

    BLOCKS = "blocks"
    FRONT = "front"
    BACK = "back"
    FRONT_THUMBNAIL = "front-thumbnail"
    BACK_THUMBNAIL = "back-thumbnail"
    INSPECTION = "inspection"
    INKS = "inks"


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A kept piece of a prepared card; `made_for` names what it was made for, so that a stale one shows."""

    kind: ArtifactKind
    blob: str
    made_for: str = ""


class Claim(msgspec.Struct, frozen=True):
    """A card that was taken for a printer, with its job."""

    job: Job
    card: Card


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a printer: a node, by a number that grows with each taking; `mine` = this life of this node has it.

    `alive` = it has not run out by the database's clock; `told` = how its owner says that the printer is.
    """

    printer: str
    node: str
    number: int
    mine: bool
    alive: bool
    told: str


class Counted(msgspec.Struct, frozen=True):
    """What a device's own counters were when it was last known, and how many cards it was given since: 0 or 1."""

    counters: Mapping[str, int]
    cards: int


class JobStore(Protocol):
    """The store; raises StoreBusy or StoreFull when the database cannot write.

    `node` names this server's chain of the journal; `shared` = other nodes write to it; beside: `supplies`, `history`.
    """

    node: str
    shared: bool
    supplies: SupplyStore
    history: HistoryStore
    tallies: TallyStore
    upkeep: UpkeepStore

    def close(self) -> None:
        """Let the database go."""
        ...

    def together(self, calls: Sequence[Callable[[], object]]) -> Sequence[object]:
        """Run calls of this store, most of them writing, in one transaction; it is on disk when this returns.

        Each takes effect whole or not at all: returned is what it returns, or the exception that it alone raises.
        Raises StoreFull, StoreBusy and StoreDamaged when nothing of any of them has happened.
        """
        ...

    # jobs and cards

    def add_job(self, new: NewJob) -> Job:
        """Accept a job: numbered, with documents and cards, journalled as `job` `accepted`.

        Raises UnknownQueue, BadRequest for a card that names a document the job has not, AlreadyAccepted for a job that
        its owner has sent to this queue under the same key, and KeyReused when that was another one.
        """
        ...

    def sent_before(self, queue: str, owner: str, sent: Sent) -> int | None:
        """Return the job that its owner sent to a queue under the same key, None when there is none.

        Raises KeyReused when that was another job.
        """
        ...

    def apply(self, job: int, changes: Sequence[Change]) -> Job:
        """Make all changes in order, or none; raises UnknownJob, UnknownCard, StoreConflict, NotPossibleNow.

        Each step and each mark counts a card's version up by one, so several of one card name it as it will be then.
        """
        ...

    def claim(
        self, printer: str, queues: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = (),
        lease: int | None = None, ordered: Sequence[str] = (),
    ) -> Claim | None:  # fmt: skip
        """Take the next queued card for a printer by the RENDER step, in one transaction.

        Order: priority (highest first), job, card number. Left out: jobs that are held, cancelled, incoming or not
        yet due, the jobs of `leave`, where `only` is given all others, and queues that are paused or not named. Of
        the queues of `ordered` a card is taken in its turn alone (`turns.py`).
        """
        ...

    def next_card(
        self, printer: str, queues: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = (),
        ordered: Sequence[str] = (),
    ) -> Claim | None:  # fmt: skip
        """Return what `claim` would take now; nothing is taken."""
        ...

    def skip_job_numbers(self, count: int) -> None:
        """Give the next job a number that is greater by `count` than it would have been."""
        ...

    def job(self, job: int) -> Job:
        """Return a job; raises UnknownJob."""
        ...

    def jobs(self, query: JobQuery) -> JobPage:
        """Return jobs newest first; its cost does not grow with the history."""
        ...

    def owners(self, jobs: Sequence[int]) -> Mapping[int, str]:
        """Return whose jobs these are, by number; nobody's ("") after the purge. Numbers of no job are left out."""
        ...

    def unfinished(self) -> Sequence[Job]:
        """Return every job that is not final, oldest first; one that still waits for its documents too."""
        ...

    # sealed things

    def job_key(self, job: int) -> bytes:
        """Return the job's key; raises DocumentPurged when it has been thrown away."""
        ...

    def document_blob(self, job: int, number: int) -> str:
        """Return the spool name of a document; raises DocumentPurged, and BadRequest for a number the job has not."""
        ...

    def put_artifact(self, job: int, card: int, artifact: Artifact) -> str | None:
        """Keep a piece of a prepared card; returns the spool name it replaces."""
        ...

    def artifact(self, job: int, card: int, kind: ArtifactKind) -> Artifact | None:
        """Return a kept piece, None when there is none."""
        ...

    def drop_artifacts(self, job: int, card: int, kinds: Sequence[ArtifactKind]) -> Sequence[str]:
        """Forget pieces; returns the spool names that are free now."""
        ...

    def purge(self, job: int, by: str = "", note: str = "", *, try_only: bool = False) -> Sequence[str]:
        """Throw the job's key and sealed ticket away; returns the spool names that are free now.

        `by` and `note` name the person who wants it and the reason, empty = its time is over. Raises NotPossibleNow for
        a job that is not final, or whose cards are still within their checking time; a second purge does nothing, and
        `try_only` only raises.
        """
        ...

    def scrub(self) -> None:
        """Get what a purge had to leave in the database's files out of them, if there is something; never raises."""
        ...

    def purgeable(self, limit: int, job: int | None = None) -> Sequence[int]:
        """Return final jobs whose retention (the shorter of ticket and queue) and checking time have passed.

        Of one job: whether it is one of them.
        """
        ...

    def blobs(self) -> frozenset[str]:
        """Return every spool name that is still referred to."""
        ...

    # printers and queues

    def printers(self) -> Sequence[PrinterConfig]:
        """Return all printers, retired ones too."""
        ...

    def last_counted(self, printer: str, serial: str) -> Counted | None:
        """Return what the record knows of a device's counters: from its last commit mark, or what a person took over.

        None where nothing is known, and where an older copy of the store was put back since.
        """
        ...

    def put_printer(self, printer: PrinterConfig, by: str) -> None:
        """Add or change a printer; journalled, unless it is so already."""
        ...

    def queues(self) -> Sequence[QueueConfig]:
        """Return all queues in the order in which they were declared."""
        ...

    def put_queue(self, queue: QueueConfig, by: str) -> None:
        """Add or change a queue, pause and resume included; journalled, unless it is so already."""
        ...

    # leases: only where several nodes share the store

    def keep_leases(self, life: str, told: Mapping[str, str], seconds: float) -> Sequence[Lease]:
        """Renew or take the leases of printers for one life of this node; returns all leases.

        `told` says of each wanted printer how it is. One that another life has stays with it until it runs out.
        """
        ...

    def give_back_leases(self, life: str, printers: Sequence[str]) -> None:
        """Let leases of this life go."""
        ...

    # accounts and tokens

    def accounts(self) -> Sequence[Account]:
        """Return all accounts by name."""
        ...

    def put_account(self, account: Account, by: str) -> None:
        """Add or change an account; raises NameTaken when a token has its name."""
        ...

    def drop_account(self, name: str, by: str) -> None:
        """Remove an account; raises UnknownAccount."""
        ...

    def tokens(self) -> Sequence[Token]:
        """Return all tokens by name."""
        ...

    def add_token(self, token: Token, by: str) -> None:
        """Add a token; raises NameTaken."""
        ...

    def drop_token(self, name: str, by: str) -> None:
        """Revoke a token; raises UnknownAccount."""
        ...

    # journal and cursors

    def note(self, event: NewEvent) -> Event:
        """Append a row to the journal."""
        ...

    def events(self, after: int, limit: int) -> Sequence[Event]:
        """Return journal rows with a greater id, in order.

        Where several nodes write, ids count the rows of all of them in the order in which they became visible.
        """
        ...

    def last_event(self) -> int:
        """Return the newest row's id, 0 for an empty journal."""
        ...

    def job_events(self, job: int, before: int | None = None, limit: int | None = None) -> Sequence[Event]:
        """Return the journal rows of one job and its cards, in order: the newest `limit` of those with a smaller id.

        `before` None = up to the newest, `limit` None = all.
        """
        ...

    def head(self) -> Head | None:
        """Return the newest row of this node's chain, with the time of asking; None for an empty journal."""
        ...

    def holds(self, kept: Head) -> bool:
        """Tell whether the chain of a head's node still has the row whose head was kept outside the store."""
        ...

    def verify_journal(self, kept: Sequence[Head] = ()) -> Sequence[ChainReport]:
        """Verify every node's chain, against heads kept elsewhere too; a flaw is reported, not raised."""
        ...

    def cursor(self, observer: str) -> int:
        """Return how far an observer has come, 0 at first."""
        ...

    def move_cursor(self, observer: str, event: int) -> None:
        """Record how far an observer has come."""
        ...
