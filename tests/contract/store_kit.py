"""What the store's contract is tested with: shelves of stores, and the story of a job in few words."""

import os
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url, text

from printserver.lifecycle import CardEvent
from printserver.model.job import Card, Job, Mark
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.model.ticket import Ticket
from printserver.store import open_store
from printserver.store.contract import Begin, CardMark, CardStep, JobStore, NewCard, NewDocument, NewJob
from printserver.store.postgresql import postgresql_database
from printserver.store.schema import upgrade
from tests.postgresql import server

PRINTER = "front-office"
KEY = bytes(range(32))


class WallClock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Shelf(Protocol):
    """A place where one store is kept: opened again and again, looked into, and tampered with behind its back."""

    clock: WallClock

    def open(self, node: str = "here") -> JobStore: ...

    def change(self, statement: str) -> int: ...

    def rows(self, query: str) -> list[tuple[object, ...]]: ...

    def files(self) -> bytes: ...


StoreFactory = Callable[[], Shelf]


class SqliteShelf:
    """A store in an SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        self.key = folder / "master.key"
        self.clock = WallClock()

    def open(self, node: str = "here") -> JobStore:
        return open_store(self.folder / "store.sqlite", master_key=self.key, clock=self.clock, node=node)

    def change(self, statement: str) -> int:
        connection = sqlite3.connect(self.folder / "store.sqlite")
        changed = connection.execute(statement).rowcount
        connection.commit()
        connection.close()
        return changed

    def rows(self, query: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.folder / "store.sqlite")
        found = connection.execute(query).fetchall()
        connection.close()
        return found

    def files(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.folder.iterdir()))


class PostgresqlShelf:
    """A store in a database of a PostgreSQL server that the tests have started."""

    def __init__(self, folder: Path) -> None:
        self.server = server()
        self.name = self.server.new_database(with_tables())
        self.url = self.server.url(self.name)
        self.key = folder / "master.key"
        self.clock = WallClock()

    def open(self, node: str = "here") -> JobStore:
        return open_store(self.url, master_key=self.key, clock=self.clock, node=node)

    def change(self, statement: str) -> int:
        with self.server.connect(self.name) as connection:
            return connection.execute(statement.encode()).rowcount

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.server.connect(self.name) as connection:
            return connection.execute(query.encode()).fetchall()

    def files(self) -> bytes:
        """Return each row as the server still shows it: its own files keep dead rows for a while, and its log."""
        with self.server.connect(self.name) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            rows = [row for (table,) in tables for row in connection.execute(f'SELECT * FROM "{table}"'.encode())]
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)


@cache
def with_tables() -> str:
    """Return a database to copy that has a store's tables, and a function of SQLite's by which tests tamper."""
    name = server().new_database()
    database = postgresql_database(make_url(server().url(name)))
    with database.transaction() as connection:
        upgrade(connection)
        connection.execute(text(
            "CREATE FUNCTION zeroblob(size integer) RETURNS bytea LANGUAGE sql AS "
            "$$ SELECT decode(repeat('00', size), 'hex') $$"
        ))  # fmt: skip
    database.close()
    return name


def with_queues(store: JobStore) -> JobStore:
    """Put a printer and two queues into a store."""
    store.put_printer(a_printer(PRINTER), "anna")
    for name in ("card", "badge"):
        store.put_queue(QueueConfig(name=name, printers=(PRINTER,)), "anna")
    return store


def a_printer(name: str) -> PrinterConfig:
    return PrinterConfig(name=name, driver="evolis", model="primacy", device="emulated", ribbon="YMCKO")


def a_document(blob: str | None = None) -> NewDocument:
    return NewDocument(format="image/png", size=4, sha256="ab" * 32, blob=blob or os.urandom(16).hex())


def a_job(ticket: Ticket | None = None, *, queue: str = "card", copies: int = 1, key: bytes = KEY) -> NewJob:
    cards = (NewCard(),) * copies
    return NewJob(queue=queue, ticket=ticket or Ticket(), key=key, documents=(a_document(),), cards=cards)


def card(job: Job, number: int = 1) -> Card:
    return next(each for each in job.cards if each.number == number)


def a_step(job: Job, event: CardEvent, number: int = 1) -> CardStep:
    """What happens next to a card, as somebody says who has just read the job."""
    begin = Begin(PRINTER, "S-1") if event is CardEvent.START else None
    return CardStep(number=number, version=card(job, number).version, event=event, begin=begin)


def a_mark(job: Job, point: str, number: int = 1) -> CardMark:
    mark = Mark(point, 1_000_000.5, {"counter": "41"})
    return CardMark(number=number, version=card(job, number).version, mark=mark)


def led(store: JobStore, job: Job, *events: CardEvent | str, number: int = 1) -> Job:
    """Lead a card through events and marks (a plain text is a mark's point), one transaction each."""
    for event in events:
        change = a_step(job, event, number) if isinstance(event, CardEvent) else a_mark(job, event, number)
        job = store.apply(job.id, [change])
    return job


RENDERED = (CardEvent.RENDER, CardEvent.RENDERED)
STARTED = (*RENDERED, CardEvent.START)
COMMITTED = (*STARTED, "COMMITTED")
PRINTED = (*COMMITTED, CardEvent.DONE)


def broken_link(store: JobStore) -> int | None:
    """Return the first row of the store's own chain that does not fit, None when the chain is whole."""
    flaws = [flaw for report in store.verify_journal() if report.node == store.node for flaw in report.flaws]
    return flaws[0].row if flaws else None
