"""Opening a store: its database, its tables, its master key.

Laws kept here:

1. A master key is made only for a store without jobs; a missing or a wrong one beside jobs is refused. Where several
   nodes write, the first one's key is everybody's from the beginning.
2. A store of one node keeps the name it was begun with: its one chain outlives a change of the machine's name.
3. A store that cannot be opened whole is not opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, inspect, select

from printserver.errors import ConfigurationError
from printserver.model.chain import ChainReport, Head
from printserver.store.blob_spool import BlobSpool
from printserver.store.blobs import SharedSpool
from printserver.store.contract import JobStore
from printserver.store.database import Database
from printserver.store.journal import all_heads
from printserver.store.keeping import all_blobs
from printserver.store.keys import Randomness
from printserver.store.keys import master_key as read_master_key
from printserver.store.location import shown, sqlite_path, url_of
from printserver.store.postgresql import postgresql_database
from printserver.store.room import Room
from printserver.store.schema import VERSION_TABLE, upgrade
from printserver.store.sealing import Seals
from printserver.store.spool import Spool
from printserver.store.sql import SqlStore
from printserver.store.sqlite import reading_database, sqlite_database
from printserver.store.tables import facts, jobs
from printserver.store.verification import verify

_T = TypeVar("_T")

PROOF, NODE = "master-key-proof", "node"


def open_store(
    location: str | Path,
    *,
    master_key: Path,
    clock: Callable[[], float],
    node: str,
    randomness: Randomness = os.urandom,
) -> JobStore:
    """Open a store, making or upgrading its tables.

    `location` is a database's URL or the path of an SQLite file; `master_key` the path of the key's own file, made on
    first start; `clock` gives seconds since the epoch (UTC); `node` names this server's chain of the journal. Raises
    ConfigurationError, StoreBusy, StoreFull, StoreDamaged.
    """
    return opened(database_at(location), master_key=master_key, clock=clock, node=node, randomness=randomness)


def open_keeping(
    location: str | Path, spool: Path, *, master_key: Path, clock: Callable[[], float], node: str,
    randomness: Randomness = os.urandom, room: Room | None = None,
) -> tuple[JobStore, BlobSpool]:  # fmt: skip
    """Open a store and what its documents lie in: the folder `spool`, or the database where several nodes share it."""
    database = database_at(location)
    store = opened(database, master_key=master_key, clock=clock, node=node, randomness=randomness)
    if database.shared:
        return store, SharedSpool(database, clock, randomness, room)
    return store, Spool(spool, randomness, room, ahead=True)


def opened(
    database: Database, *, master_key: Path, clock: Callable[[], float], node: str, randomness: Randomness
) -> JobStore:
    """Open a store on a database that is reached already."""
    try:
        with database.transaction(long=True) as connection:
            database.prepare(connection)
            upgrade(connection)
            seals = _seals(connection, master_key, randomness, shared=database.shared)
            name = node if database.shared else _first_name(connection, node)
    except BaseException:
        database.close()
        raise
    return SqlStore(database, seals, clock, name)


def spool_names(location: str | Path) -> frozenset[str]:
    """Return every spool name that a store refers to, without its key; raises as `verify_journal`."""
    return _read(location, all_blobs)


def newest_heads(location: str | Path, now: float) -> list[Head]:
    """Return the newest row of each node's chain, without the key; raises as `verify_journal`."""
    return _read(location, lambda connection: all_heads(connection, now))


def verify_journal(location: str | Path, kept: Sequence[Head] = ()) -> Sequence[ChainReport]:
    """Verify the journal of a store without its key, also while a server works on it.

    Raises ConfigurationError where there is none, StoreBusy, StoreDamaged.
    """
    return _read(location, lambda connection: verify(connection, kept))


def _read(location: str | Path, question: Callable[[Connection], _T]) -> _T:
    path = sqlite_path(location)
    database = reading_database(path) if path is not None else database_at(location)
    try:
        with database.transaction(reading=True, long=True) as connection:
            refuse_without_store(connection, location)
            return question(connection)
    finally:
        database.close()


def refuse_without_store(connection: Connection, location: str | Path) -> None:
    """Raise ConfigurationError for a database in which no store was ever made."""
    if not inspect(connection).has_table(VERSION_TABLE):
        raise ConfigurationError("there is no store", where=shown(location))


def database_at(location: str | Path) -> Database:
    """Return the database of a URL or an SQLite file's path; raises ConfigurationError, which shows no password."""
    path = sqlite_path(location)
    return sqlite_database(path) if path is not None else postgresql_database(url_of(str(location)))


def _seals(connection: Connection, path: Path, randomness: Randomness, *, shared: bool) -> Seals:
    """Return the seals of the right master key; a store without jobs takes whichever key there is, if it is alone."""
    proof = _fact(connection, PROOF)
    has_jobs = connection.execute(select(jobs.c.id).limit(1)).first() is not None
    in_use = has_jobs or (shared and proof is not None)
    seals = Seals(read_master_key(path, may_make=not in_use, randomness=randomness), randomness)
    if proof is not None and seals.proves(proof):
        return seals
    if in_use:
        raise ConfigurationError("this master key does not open this store", where=str(path))
    connection.execute(delete(facts).where(facts.c.name == PROOF))
    connection.execute(insert(facts).values(name=PROOF, value=seals.proof()))
    return seals


def _first_name(connection: Connection, node: str) -> str:
    kept = _fact(connection, NODE)
    if kept is not None:
        return kept.decode()
    connection.execute(insert(facts).values(name=NODE, value=node.encode()))
    return node


def _fact(connection: Connection, name: str) -> bytes | None:
    value: bytes | None = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
    return value
