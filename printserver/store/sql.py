"""The store on any database that SQLAlchemy speaks to: transactions here, statements in the files beside.

Laws kept here:

1. Each method is one transaction; each writing one ends with the journal rows that it told.
2. Reading takes no lock.
3. Of methods that run together each is a savepoint of the one transaction; what they have in common is only the wait
   for the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from printserver.errors import StoreConflict
from printserver.model.account import Account, Token
from printserver.model.chain import ChainReport, Head
from printserver.model.event import Event, NewEvent
from printserver.model.job import Job
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.store import (
    accepting,
    accounts,
    changing,
    claiming,
    counters,
    journal,
    keeping,
    leasing,
    loading,
    printers,
    repeats,
    stream,
    verification,
)
from printserver.store.contract import (
    AlreadyAccepted,
    Artifact,
    ArtifactKind,
    Change,
    Claim,
    Counted,
    JobPage,
    JobQuery,
    Lease,
    NewJob,
    Sent,
)
from printserver.store.database import Database, Trace
from printserver.store.history import History, HistoryStore
from printserver.store.prepared import savepoint
from printserver.store.sealing import Seals
from printserver.store.supplies import SupplyLedger, SupplyStore
from printserver.store.tallies import Tallies, TallyStore
from printserver.store.upkeep import UpkeepLedger, UpkeepStore
from printserver.store.work import Work


class SqlStore:
    """A `JobStore` on a database whose tables stand; made by `open_store`."""

    def __init__(self, database: Database, seals: Seals, clock: Callable[[], float], node: str) -> None:
        """Keep states in `database`; `clock` gives seconds since the epoch, `node` names the journal's chain."""
        self.node = node
        self.shared = database.shared
        self.tallies: TallyStore = Tallies(self._reading)
        self.history: HistoryStore = History(self._reading)
        self.supplies: SupplyStore = SupplyLedger(self._reading, self._writing)
        self.upkeep: UpkeepStore = UpkeepLedger(self._reading, self._writing)
        self._database = database
        self._seals = seals
        self._clock = clock
        self._shared: Connection | None = None  # the transaction of all, while methods run together
        self._scrub_later = self._unclean = False
        self._told: list[Event] = []  # what methods that run together have told the journal

    def close(self) -> None:
        """Let the database go."""
        self._database.close()

    def together(self, calls: Sequence[Callable[[], object]]) -> Sequence[object]:
        """Run calls in one transaction; each takes effect whole or not at all."""
        try:
            told = self._told = []
            with self._database.transaction(trace=_trace_of(told)) as connection:
                self._shared = connection
                outcomes = [_outcome(call) for call in calls]
                self._shared = None
                self._publish(connection, told)
        finally:
            self._shared = None
            scrub, self._scrub_later = self._scrub_later, False
        if scrub:  # what was committed has happened, whatever becomes of this
            self._scrub()
        return outcomes

    @contextmanager
    def _reading(self) -> Iterator[Work]:
        with self._transaction(reading=True) as connection:
            yield Work(connection, self._clock(), self.node, self._seals)

    @contextmanager
    def _writing(self, told: list[Event] | None = None) -> Iterator[Work]:
        """Give what a transaction is made with; its rows of the journal stand in `told` at the end."""
        told = [] if told is None else told
        with self._transaction(told=told) as connection:
            work = Work(connection, self._clock(), self.node, self._seals)
            yield work
            told += journal.append(connection, self.node, work.now, work.told)
            if self._shared is None:
                self._publish(connection, told)
            else:
                self._told += told

    def _publish(self, connection: Connection, told: Sequence[Event]) -> None:
        """Give rows their places in the stream, at the end of their transaction: others wait from there."""
        if told and self.shared:
            self._database.publish(connection, self.node, told[0].id - 1)

    @contextmanager
    def _transaction(self, *, reading: bool = False, told: Sequence[Event] = ()) -> Iterator[Connection]:
        """Give the transaction of all, or one that may be known later by what it has told the journal."""
        if self._shared is None:
            with self._database.transaction(reading=reading, trace=_trace_of(told)) as connection:
                yield connection
        elif reading:
            yield self._shared
        else:
            with savepoint(self._shared):
                yield self._shared

    # jobs and cards

    def add_job(self, new: NewJob) -> Job:
        """Accept a job; raises UnknownQueue, BadRequest, AlreadyAccepted, KeyReused."""
        try:
            with self._writing() as work:
                return accepting.add_job(work, new)
        except StoreConflict:
            # another node took the same job at the same moment
            if new.sent is None or (former := self.sent_before(new.queue, new.ticket.user, new.sent)) is None:
                raise
            raise AlreadyAccepted(former) from None

    def skip_job_numbers(self, count: int) -> None:
        """Give the next job a number that is greater by `count`."""
        with self._writing() as work:
            self._database.skip_job_numbers(work.connection, count)

    def sent_before(self, queue: str, owner: str, sent: Sent) -> int | None:
        """Return the job that was sent under the same key."""
        with self._reading() as work:
            return repeats.sent_before(work, queue, owner, sent)

    def apply(self, job: int, changes: Sequence[Change]) -> Job:
        """Make all changes or none."""
        with self._writing() as work:
            return changing.apply(work, job, changes)

    def claim(
        self, printer: str, queues: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = (),
        lease: int | None = None, ordered: Sequence[str] = (),
    ) -> Claim | None:  # fmt: skip
        """Take the next queued card for a printer."""
        with self._writing() as work:
            leasing.check_lease(work, printer, lease)
            return claiming.claim(work, printer, queues, leave, only, ordered)

    def next_card(
        self, printer: str, queues: Sequence[str], leave: Sequence[int] = (), only: Sequence[int] = (),
        ordered: Sequence[str] = (),
    ) -> Claim | None:  # fmt: skip
        """Return what `claim` would take now."""
        with self._reading() as work:
            return claiming.next_card(work, printer, queues, leave, only, ordered)

    def job(self, job: int) -> Job:
        """Return a job."""
        with self._reading() as work:
            return loading.load_job(work, job)

    def jobs(self, query: JobQuery) -> JobPage:
        """Return a page of jobs."""
        with self._reading() as work:
            return loading.page(work, query)

    def owners(self, jobs: Sequence[int]) -> Mapping[int, str]:
        """Return whose jobs these are."""
        with self._reading() as work:
            return loading.owners(work, jobs)

    def unfinished(self) -> Sequence[Job]:
        """Return every job that is not final, oldest first."""
        with self._reading() as work:
            return loading.unfinished(work)

    # sealed things

    def job_key(self, job: int) -> bytes:
        """Return the job's key."""
        with self._reading() as work:
            return keeping.job_key(work, job)

    def document_blob(self, job: int, number: int) -> str:
        """Return the spool name of a document; raises BadRequest for a number the job has not."""
        with self._reading() as work:
            return keeping.document_blob(work, job, number)

    def put_artifact(self, job: int, card: int, artifact: Artifact) -> str | None:
        """Keep a piece of a prepared card; returns the spool name it replaces."""
        with self._writing() as work:
            return keeping.put_artifact(work, job, card, artifact)

    def artifact(self, job: int, card: int, kind: ArtifactKind) -> Artifact | None:
        """Return a kept piece, None when there is none."""
        with self._reading() as work:
            return keeping.artifact(work, job, card, kind)

    def drop_artifacts(self, job: int, card: int, kinds: Sequence[ArtifactKind]) -> Sequence[str]:
        """Forget pieces; returns the spool names that are free now."""
        with self._writing() as work:
            return keeping.drop_artifacts(work, job, card, kinds)

    def purge(self, job: int, by: str = "", note: str = "", *, try_only: bool = False) -> Sequence[str]:
        """Throw the job's key away, and every copy of it in the database's files."""
        if try_only:
            with self._reading() as work:
                keeping.check_over(work, loading.load_job(work, job))
            return []
        with self._writing() as work:
            free = keeping.purge(work, job, by, note)
        self._scrub()
        return free

    def _scrub(self) -> None:
        if self._shared is None:
            self._unclean = not self._database.scrub()
        else:
            self._scrub_later = True  # an open transaction keeps the log

    def scrub(self) -> None:
        """Try again to get what was overwritten out of the database's files, where something was left."""
        if self._unclean:
            self._scrub()

    def purgeable(self, limit: int, job: int | None = None) -> Sequence[int]:
        """Return final jobs whose retention and checking time have passed."""
        with self._reading() as work:
            return keeping.purgeable(work, limit, job)

    def blobs(self) -> frozenset[str]:
        """Return every spool name that is still referred to."""
        with self._reading() as work:
            return keeping.all_blobs(work.connection)

    # printers and queues

    def printers(self) -> Sequence[PrinterConfig]:
        """Return all printers, retired ones too."""
        with self._reading() as work:
            return printers.all_printers(work)

    def last_counted(self, printer: str, serial: str) -> Counted | None:
        """Return what the record knows of a device's counters."""
        with self._reading() as work:
            return counters.last_counted(work, printer, serial)

    def put_printer(self, printer: PrinterConfig, by: str) -> None:
        """Add or change a printer; putting it as it is writes nothing."""
        with self._writing() as work:
            self._database.alone(work.connection)
            printers.put_printer(work, printer, by)

    def queues(self) -> Sequence[QueueConfig]:
        """Return all queues in the order in which they were declared."""
        with self._reading() as work:
            return printers.all_queues(work)

    def put_queue(self, queue: QueueConfig, by: str) -> None:
        """Add or change a queue; putting it as it is writes nothing."""
        with self._writing() as work:
            self._database.alone(work.connection)
            printers.put_queue(work, queue, by)

    # leases

    def keep_leases(self, life: str, told: Mapping[str, str], seconds: float) -> Sequence[Lease]:
        """Renew or take the leases of printers; returns all leases."""
        with self._writing() as work:
            self._database.alone(work.connection)
            return leasing.keep_leases(work, life, told, seconds)

    def give_back_leases(self, life: str, printers: Sequence[str]) -> None:
        """Let leases of this life go."""
        with self._writing() as work:
            leasing.give_back_leases(work, life, printers)

    # accounts and tokens

    def accounts(self) -> Sequence[Account]:
        """Return all accounts by name."""
        with self._reading() as work:
            return accounts.all_accounts(work)

    def put_account(self, account: Account, by: str) -> None:
        """Add or change an account."""
        with self._writing() as work:
            self._database.alone(work.connection)
            accounts.put_account(work, account, by)

    def drop_account(self, name: str, by: str) -> None:
        """Remove an account."""
        with self._writing() as work:
            accounts.drop_account(work, name, by)

    def tokens(self) -> Sequence[Token]:
        """Return all tokens by name."""
        with self._reading() as work:
            return accounts.all_tokens(work)

    def add_token(self, token: Token, by: str) -> None:
        """Add a token."""
        with self._writing() as work:
            self._database.alone(work.connection)
            accounts.add_token(work, token, by)

    def drop_token(self, name: str, by: str) -> None:
        """Revoke a token."""
        with self._writing() as work:
            accounts.drop_token(work, name, by)

    # journal and cursors

    def note(self, event: NewEvent) -> Event:
        """Append a row to the journal."""
        told: list[Event] = []
        with self._writing(told) as work:
            work.told.append(event)
        return told[0]

    def events(self, after: int, limit: int) -> Sequence[Event]:
        """Return journal rows with a greater id, in order."""
        with self._reading() as work:
            if self.shared:
                return stream.events(work.connection, after, limit)
            return journal.events(work.connection, self.node, after, limit)

    def last_event(self) -> int:
        """Return the newest row's id."""
        with self._reading() as work:
            return stream.last_event(work.connection) if self.shared else journal.last_event(work.connection, self.node)

    def job_events(self, job: int, before: int | None = None, limit: int | None = None) -> Sequence[Event]:
        """Return the journal rows of one job and its cards, in order."""
        with self._reading() as work:
            return journal.job_events(work.connection, job, before, limit)

    def head(self) -> Head | None:
        """Return the newest row of this node's chain, None for an empty journal."""
        with self._reading() as work:
            id, hash = journal.head(work.connection, self.node)
            return Head(node=self.node, id=id, at=work.now, hash=hash) if id else None

    def holds(self, kept: Head) -> bool:
        """Tell whether a chain still has the row whose head was kept elsewhere."""
        with self._reading() as work:
            return journal.holds(work.connection, kept)

    def verify_journal(self, kept: Sequence[Head] = ()) -> Sequence[ChainReport]:
        """Verify every node's chain, against heads kept elsewhere too."""
        with self._database.transaction(reading=True, long=True) as connection:
            return verification.verify(connection, kept)

    def cursor(self, observer: str) -> int:
        """Return how far an observer has come."""
        with self._reading() as work:
            return journal.cursor(work.connection, self.node, observer)

    def move_cursor(self, observer: str, event: int) -> None:
        """Record how far an observer has come."""
        with self._writing() as work:
            journal.move_cursor(work.connection, self.node, observer, event)


def _trace_of(told: Sequence[Event]) -> Trace:
    """Return what finds out whether a transaction has happened: by its newest row, which no other one can have made."""

    def has_happened(connection: Connection) -> bool | None:
        if not told:
            return None
        newest = told[-1]
        return journal.holds(
            connection, Head(node=newest.node, id=newest.id, at=newest.at, hash=newest.hash)
        )

    return has_happened


def _outcome(call: Callable[[], object]) -> object:
    """Return what a call returns or raises; what the database complains of ends the transaction of all."""
    try:
        return call()
    except DBAPIError:
        raise
    except Exception as error:
        return error
