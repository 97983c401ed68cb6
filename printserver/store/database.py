"""What differs between databases, in one value; no statement asks which one it runs on.

Laws kept here:

1. A transaction is committed when its block ends, rolled back when it raises.
2. A commit whose answer was lost is asked about before anybody is told anything: it has happened, or it has not. Only
   where the database stays away is that unsure, and then it is said.
3. What the database complains of leaves as one of the project's errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from printserver.errors import PrintServerError, StoreBusy
from printserver.store.kept import KeptConnections

# What says whether a transaction has happened, None = it cannot be told.
Trace = Callable[[Connection], bool | None]
# Seconds between the questions whether one has.
PAUSES = (0.0, 0.3, 0.7, 1.5, 1.5)

# The execution option by which an engine's hooks know a transaction that only reads.
READING = "printserver_reading"


class Reach(Protocol):
    """Whether it is worth while to try to reach the database now."""

    def check(self) -> None:
        """Raise StoreBusy while the last failure is too fresh."""
        ...

    def failed(self) -> None:
        """The database could not be reached."""
        ...


class AlwaysThere:
    """A file of this machine."""

    def check(self) -> None:
        """Let everybody try."""

    def failed(self) -> None:
        """Nothing follows from it."""


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, what its errors mean, and how overwritten content leaves its files.

    `scrub` sees to that; it never raises, and tells whether nothing is left.

    `skip_job_numbers` lets the numbers of jobs go on further than by one.
    `shared` = several nodes write to it, each to its own chain of the journal; then `publish` gives the rows of a node
    with a greater id their places in the stream of all nodes, right before a commit.
    `alone` lets one node after another do what must not be done twice, until the transaction ends.
    `unanswered` tells whether an error at a commit leaves it open what became of it; `settled` then waits until nothing
    is on its way any more. `wait` lets a time pass, in seconds.
    `watched` limits how long a transaction may take, and `reach` spares others the wait when one has waited in vain;
    `prepare` is called first when a store is opened. `kept` lends connections that stay open, to a database of this
    process alone.
    """

    engine: Engine
    complaint: Callable[[DBAPIError], PrintServerError]
    scrub: Callable[[], bool]
    skip_job_numbers: Callable[[Connection, int], None]
    shared: bool
    publish: Callable[[Connection, str, int], None] = lambda connection, node, after: None
    reach: Reach = field(default_factory=AlwaysThere)
    alone: Callable[[Connection], None] = lambda connection: None
    watched: Callable[[Connection], AbstractContextManager[None]] = lambda connection: nullcontext()
    prepare: Callable[[Connection], None] = lambda connection: None
    unanswered: Callable[[DBAPIError], bool] = lambda error: False
    settled: Callable[[Connection], None] = lambda connection: None
    wait: Callable[[float], None] = time.sleep
    kept: KeptConnections | None = None

    def close(self) -> None:
        """Let go of all connections."""
        if self.kept is not None:
            self.kept.close()
        self.engine.dispose()

    @contextmanager
    def transaction(
        self, *, reading: bool = False, long: bool = False, trace: Trace | None = None
    ) -> Iterator[Connection]:
        """Give a connection inside a transaction; a `long` one may take any time. Raises the store's errors.

        By its `trace` it is found out whether it has happened, where that was not answered.
        """
        ends = False
        try:
            self.reach.check()
            with ExitStack() as stack:
                yield self._begun(stack, reading=reading, long=long)
                ends = not reading
        except DBAPIError as error:
            if not (ends and self.unanswered(error)):
                raise self.complaint(error) from error
            if not self._has_happened(trace):
                raise self.complaint(error) from error
        except PoolTimeout as error:
            raise StoreBusy() from error

    def _has_happened(self, trace: Trace | None) -> bool:
        """Tell whether a transaction has happened; raises StoreBusy where that stays unsure."""
        if trace is None:
            raise _unsure()
        for pause in PAUSES:
            self.wait(pause)
            with suppress(PrintServerError), self.transaction() as connection:
                self.settled(connection)
                happened = trace(connection)
                if happened is None:
                    break
                return happened
        raise _unsure()

    def _begun(self, stack: ExitStack, *, reading: bool, long: bool) -> Connection:
        """Begin a transaction; where a pooled connection has died meanwhile, on a new one."""
        if self.kept is not None:
            return stack.enter_context(self.kept.transaction(reading=reading))
        try:
            return self._begin(stack, reading=reading, long=long)
        except DBAPIError as error:
            stack.close()
            if not error.connection_invalidated:
                raise
        return self._begin(stack, reading=reading, long=long)

    def _begin(self, stack: ExitStack, *, reading: bool, long: bool) -> Connection:
        try:
            found = stack.enter_context(self.engine.connect())
        except DBAPIError:
            self.reach.failed()
            raise
        connection = found.execution_options(**{READING: reading})
        stack.enter_context(nullcontext() if long else self.watched(connection))
        stack.enter_context(connection.begin())
        return connection


def _unsure() -> StoreBusy:
    """Return what is raised where nobody can tell whether a transaction has happened."""
    error = StoreBusy("The database was cut off at the end of a transaction.")
    error.unsure = True
    return error
