"""Where sealed documents and artefacts lie, whatever keeps them: files of this machine, or the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from printserver.store.room import Room


class BlobSpool(Protocol):
    """Where sealed documents and artefacts lie; see `spool.Spool` for what each call promises."""

    room: Room

    def write(self, key: bytes, data: bytes, *, document: bool = False) -> str:
        """Seal bytes under a job's key and return their name; raises StoreFull, StoreBusy, SpoolFull."""
        ...

    def read(self, key: bytes, name: str) -> bytes:
        """Return the bytes of a name; raises StoreDamaged."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Delete blobs; one that is gone already is no fault."""
        ...

    def job_of(self, name: str) -> int | None:
        """Return the job that was accepted with a document; raises StoreBusy while one may still be on its way."""
        ...

    def names(self) -> frozenset[str]:
        """Return the names of all blobs."""
        ...

    def sweep(self, kept: frozenset[str], older_than: float) -> frozenset[str]:
        """Delete old blobs that nothing refers to, and count the room that the others take."""
        ...

    def close(self) -> None:
        """End, in order; what was written is safe without it too."""
        ...
