"""What differs between databases, in one value; no statement asks which one it runs on.

Laws kept here:

1. A transaction is committed when its block ends, rolled back when it raises.
2. What the database complains of leaves as one of the project's errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from printserver.errors import PrintServerError, StoreBusy

# The execution option by which an engine's hooks know a transaction that only reads.
READING = "printserver_reading"


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, what its errors mean, and how overwritten content leaves its files (`scrub`, which never raises).

    `skip_job_numbers` lets the numbers of jobs go on further than by one.
    `shared` = several nodes write to it, each to its own chain of the journal; then `publish` gives the rows of a node
    with a greater id their places in the stream of all nodes, right before a commit.
    `watched` limits how long a transaction may take; `prepare` is called first when a store is opened.
    """

    engine: Engine
    complaint: Callable[[DBAPIError], PrintServerError]
    scrub: Callable[[], None]
    skip_job_numbers: Callable[[Connection, int], None]
    shared: bool
    publish: Callable[[Connection, str, int], None] = lambda connection, node, after: None
    watched: Callable[[Connection], AbstractContextManager[None]] = lambda connection: nullcontext()
    prepare: Callable[[Connection], None] = lambda connection: None

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[Connection]:
        """Give a connection inside a transaction; raises the store's errors."""
        try:
            with self.engine.connect() as connection:
                connection = connection.execution_options(**{READING: reading})
                with self.watched(connection), connection.begin():
                    yield connection
        except DBAPIError as error:
            raise self.complaint(error) from error
        except PoolTimeout as error:
            raise StoreBusy() from error
