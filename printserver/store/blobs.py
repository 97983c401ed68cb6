"""Documents and artefacts in the database, where several nodes share them: sealed as in the spool's files.

Laws kept here:

1. A name is random and made here; a blob that was cut, altered or put under another's name is noticed.
2. When `write` returns, the blob is committed; when it raises, nothing of it counts.
3. It is written before its job is: for a while nothing refers to it, and only its age spares it from the sweep.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from sqlalchemy import delete, func, insert, select

from printserver.errors import StoreDamaged
from printserver.store.database import Database
from printserver.store.keys import Randomness
from printserver.store.room import Room
from printserver.store.sealing import derived
from printserver.store.spool import NAME, NAME_BYTES, PURPOSE, SALT_BYTES, opened_blob, sealed_blob, sealed_size
from printserver.store.tables import artifacts, blobs, documents

COUNTED_EVERY = 64
"""So many blobs are written before the room that all nodes take is counted anew."""


class SharedSpool:
    """The table of sealed blobs, as a spool; safe to use from several threads."""

    def __init__(
        self, database: Database, clock: Callable[[], float], randomness: Randomness = os.urandom,
        room: Room | None = None,
    ) -> None:  # fmt: skip
        """Keep blobs in `database`, whose tables stand; `clock` gives seconds since the epoch (UTC)."""
        self.room = room or Room()
        self._database, self._clock, self._randomness = database, clock, randomness
        self._written = 0

    def write(self, key: bytes, data: bytes, *, document: bool = False) -> str:
        """Seal bytes under a job's key and return their name; raises StoreFull, StoreBusy, SpoolFull."""
        size = sealed_size(len(data))
        self._take(size, document=document)
        name = self._randomness(NAME_BYTES).hex()
        salt = self._randomness(SALT_BYTES)
        sealed = b"".join(sealed_blob(derived(key, PURPOSE, salt), salt, name, data))
        try:
            with self._database.transaction() as connection:
                row = {"name": name, "data": sealed, "size": size, "written": self._clock()}
                connection.execute(insert(blobs), row)
        except BaseException:
            self.room.give_back(size)
            raise
        return name

    def _take(self, size: int, *, document: bool) -> None:
        self._written += 1
        if self._written % COUNTED_EVERY == 0:
            self._count()
        if document:
            self.room.take_if_free(size, None)
        else:
            self.room.take(size)

    def read(self, key: bytes, name: str) -> bytes:
        """Return the bytes of a name; raises StoreDamaged when they are altered, missing or not of this key."""
        if not NAME.fullmatch(name):
            raise StoreDamaged("this is not the name of a blob", where=name[:80])
        with self._database.transaction(reading=True) as connection:
            whole: bytes | None = connection.execute(select(blobs.c.data).where(blobs.c.name == name)).scalar()
        if whole is None:
            raise StoreDamaged("a blob is missing", where=name)
        return b"".join(opened_blob(key, name, whole))

    def remove(self, names: Iterable[str]) -> None:
        """Delete blobs; one that is gone already is no fault."""
        gone = list(names)
        if not gone:
            return
        with self._database.transaction() as connection:
            sizes = connection.execute(delete(blobs).where(blobs.c.name.in_(gone)).returning(blobs.c.size)).scalars()
            self.room.give_back(sum(sizes))

    def job_of(self, name: str) -> int | None:
        """Return the job that was accepted with a document; raises StoreBusy while one may still be on its way."""
        with self._database.transaction() as connection:
            self._database.settled(connection)
            return connection.execute(select(documents.c.job).where(documents.c.blob == name)).scalar()

    def names(self) -> frozenset[str]:
        """Return the names of all blobs."""
        with self._database.transaction(reading=True) as connection:
            return frozenset(connection.execute(select(blobs.c.name)).scalars())

    def sweep(self, kept: frozenset[str], older_than: float) -> frozenset[str]:
        """Delete blobs that nothing refers to and that were written before `older_than`, and count the room.

        Other nodes accept jobs meanwhile: what is kept is asked in the same statement, beside `kept`.
        """
        named = select(documents.c.blob).where(documents.c.blob == blobs.c.name)
        pieces = select(artifacts.c.blob).where(artifacts.c.blob == blobs.c.name)
        orphans = delete(blobs).where(blobs.c.written < older_than, ~named.exists(), ~pieces.exists())
        with self._database.transaction() as connection:
            swept = frozenset(connection.execute(orphans.returning(blobs.c.name)).scalars())
        self._count()
        return swept - kept

    def close(self) -> None:
        """The database is closed by the store."""

    def _count(self) -> None:
        with self._database.transaction(reading=True) as connection:
            self.room.begin(int(connection.execute(select(func.coalesce(func.sum(blobs.c.size), 0))).scalar_one()))
