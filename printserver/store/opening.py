"""Opening a store: its database, its tables, its master key.

Laws kept here:

1. A master key is made only for a store without jobs; a missing or a wrong one beside jobs is refused.
2. A store of one node keeps the name it was begun with: its one chain outlives a change of the machine's name.
3. A store that cannot be opened whole is not opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, make_url, select
from sqlalchemy.exc import ArgumentError

from printserver.errors import ConfigurationError
from printserver.model.chain import ChainReport, Head
from printserver.store.contract import JobStore
from printserver.store.database import Database
from printserver.store.journal import all_heads
from printserver.store.keeping import all_blobs
from printserver.store.keys import Randomness
from printserver.store.keys import master_key as read_master_key
from printserver.store.schema import upgrade
from printserver.store.sealing import Seals
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
    return opened(_database(location), master_key=master_key, clock=clock, node=node, randomness=randomness)


def opened(
    database: Database, *, master_key: Path, clock: Callable[[], float], node: str, randomness: Randomness
) -> JobStore:
    """Open a store on a database that is reached already."""
    try:
        with database.transaction() as connection:
            upgrade(connection)
            seals = _seals(connection, master_key, randomness)
            name = node if database.shared else _first_name(connection, node)
    except BaseException:
        database.engine.dispose()
        raise
    return SqlStore(database, seals, clock, name)


def spool_names(location: Path) -> frozenset[str]:
    """Return every spool name that a store refers to, without its key; raises as `verify_journal`."""
    return _read(location, all_blobs)


def newest_heads(location: Path, now: float) -> list[Head]:
    """Return the newest row of each node's chain, without the key; raises as `verify_journal`."""
    return _read(location, lambda connection: all_heads(connection, now))


def verify_journal(location: Path, kept: Sequence[Head] = ()) -> Sequence[ChainReport]:
    """Verify the journal of a store without its key, also while a server works on it.

    Raises ConfigurationError where there is none, StoreBusy, StoreDamaged.
    """
    return _read(location, lambda connection: verify(connection, kept))


def _read(location: Path, question: Callable[[Connection], _T]) -> _T:
    database = reading_database(location)
    try:
        with database.transaction(reading=True) as connection:
            return question(connection)
    finally:
        database.engine.dispose()


def _database(location: str | Path) -> Database:
    if isinstance(location, Path) or "://" not in location:
        return sqlite_database(Path(location))
    try:
        url = make_url(location)
    except ArgumentError as error:
        raise ConfigurationError("this is not the address of a database", where="store") from error
    if url.get_backend_name() != "sqlite" or not url.database:
        raise ConfigurationError(
            f"no store is kept in {url.get_backend_name()}", where="store", allowed="sqlite:///PATH, or a path"
        )
    return sqlite_database(Path(url.database))


def _seals(connection: Connection, path: Path, randomness: Randomness) -> Seals:
    """Return the seals of the right master key; a store without jobs takes whichever key there is."""
    in_use = connection.execute(select(jobs.c.id).limit(1)).first() is not None
    seals = Seals(read_master_key(path, may_make=not in_use, randomness=randomness), randomness)
    proof = _fact(connection, PROOF)
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
