"""From a claimed card to a prepared one: documents out of the spool, through a worker, previews back into it.

Laws kept here:

1. The daemon's own threads never decode; a worker does, with limits.
2. What the preview shows comes from the very panels that are printed.
3. A ribbon's profile is read anew for each card; a worker is given its bytes, never its place.
4. The device's bytes stay in memory only: after a crash a card is prepared anew.
5. A waiting card's kept previews follow printer, ribbon and profile (by its bytes); those of a card that has left the
   queue stay what was printed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from printserver.driver import Block
from printserver.errors import DocumentPurged, WorkerFailed
from printserver.model.card import Side
from printserver.model.cardjob import CardjobFacts
from printserver.model.job import Card, CardState, Job
from printserver.model.ticket import Ticket
from printserver.queue.board import PrinterEntry
from printserver.queue.storekeeper import Storekeeper
from printserver.raster.ribbon_profile import profile_bytes
from printserver.sandbox.orders import BLOCKS, COMPOSITES, PAGES, UNPACKED, RenderOrder, RenderResult
from printserver.store.contract import Artifact, ArtifactKind

LOOK_PRIORITY = 0  # a card's is 1 to 100
_WHOLE = {Side.FRONT: ArtifactKind.FRONT, Side.BACK: ArtifactKind.BACK}
_SMALL = {Side.FRONT: ArtifactKind.FRONT_THUMBNAIL, Side.BACK: ArtifactKind.BACK_THUMBNAIL}


def profile_file(profiles: Mapping[str, str], ribbon: str) -> str | None:
    """Return the file of a ribbon's profile, named without case; None = the neutral one."""
    return next((file for name, file in profiles.items() if name.lower() == ribbon.lower()), None)


class Renderer(Protocol):
    """What turns documents into panels and device bytes (`printserver.sandbox`)."""

    async def render(self, order: RenderOrder, *, priority: int | None = None) -> RenderResult:
        """Do one order; raises a document's typed error or WorkerFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a card's panels depend on beside the job's own documents and ticket."""

    printer: PrinterEntry
    ribbon: str
    file: str | None
    profile: bytes | None

    @property
    def made_for(self) -> str:
        """Name the conditions; a profile by the digest of its bytes, since its file may be written anew."""
        made = f"{self.printer.info.name}:{self.printer.config.model}:{self.ribbon}"
        return made if self.profile is None else f"{made}:{hashlib.sha256(self.profile).hexdigest()}"


class Preparation:
    """Prepares cards for printers and keeps their previews."""

    def __init__(self, keeper: Storekeeper, renderer: Renderer) -> None:
        """Read and write through `keeper`, render by `renderer`."""
        self._keeper = keeper
        self._renderer = renderer

    async def blocks(self, job: Job, card: Card, entry: PrinterEntry) -> Sequence[Block]:
        """Return the device's bytes for a card; its previews are kept on the way."""
        conditions = await self.conditions(job, entry)
        result = await self.render(job, card, conditions, frozenset({BLOCKS, COMPOSITES}))
        await self._keep_previews(job, card, conditions, result)
        return [Block(block.name, block.data, block.feeds) for block in result.blocks]

    async def preview(self, job: Job, card: Card, entry: PrinterEntry, side: Side, thumbnail: bool) -> bytes:
        """Return a side's picture (PNG) as the panels give it; empty when that side is not printed."""
        if job.purged:
            raise DocumentPurged()
        found = await self.kept(job, card, (_SMALL if thumbnail else _WHOLE)[side])
        if found is not None and card.state is not CardState.QUEUED:
            return await self.opened(job, found)
        conditions = await self.conditions(job, entry)
        if found is not None and found.made_for == conditions.made_for:
            return await self.opened(job, found)
        result = await self.render(job, card, conditions, frozenset({COMPOSITES}))
        await self._keep_previews(job, card, conditions, result)
        return (result.thumbnails if thumbnail else result.composites).get(side, b"")

    async def printed_for(self, job: Job, card: Card) -> str | None:
        """Name the conditions that a card was prepared under; None for one that waits, or has no preview."""
        found = None if card.state is CardState.QUEUED else await self.kept(job, card, ArtifactKind.FRONT)
        return None if found is None else found.made_for

    async def kept(self, job: Job, card: Card, kind: ArtifactKind) -> Artifact | None:
        """Return what is kept of a card, None when nothing is."""
        return await self._keeper.read(self._keeper.store.artifact, job.id, card.number, kind)

    async def opened(self, job: Job, artifact: Artifact) -> bytes:
        """Return a kept piece's bytes."""
        key = await self._keeper.read(self._keeper.store.job_key, job.id)
        return await self._keeper.on_disk(self._keeper.spool.read, key, artifact.blob)

    async def conditions(self, job: Job, entry: PrinterEntry) -> Conditions:
        """Return what a card would be prepared under now, the profile read anew; raises BadProfile."""
        ribbon = job.ticket.ribbon or entry.ribbon
        file = profile_file(entry.config.profiles, ribbon)
        profile = None if file is None else await self._keeper.on_disk(profile_bytes, Path(file))
        return Conditions(entry, ribbon, file, profile)

    async def render(self, job: Job, card: Card, conditions: Conditions, want: frozenset[str]) -> RenderResult:
        """Let a worker do what is wanted of a card; raises its typed error, WorkerFailed or DocumentPurged."""
        front = await self.document(job.id, card.front)
        # a card whose sides are one document has them as its pages
        back = None if card.back in (None, card.front) else await self.document(job.id, card.back)
        config = conditions.printer.config
        pages = (card.front_page,) if card.back is None else (card.front_page, card.back_page)
        # of several documents the card has those that the ticket's ranges chose; of one they choose its pages
        ticket = job.ticket if len(job.documents) == 1 else msgspec.structs.replace(job.ticket, pages=())
        order = RenderOrder(
            driver=conditions.printer.info.name, model=config.model, options=config.options, ribbon=conditions.ribbon,
            profile=conditions.profile, profile_file=conditions.file or "profile", ticket=ticket, front=front,
            back=back, pages=pages, want=want,
        )  # fmt: skip
        return await self._renderer.render(order)

    async def pages(self, ticket: Ticket, document: bytes) -> int:
        """Return how many pages of a document that is no job yet are chosen; raises what a worker says of it."""
        return (await self._looked_into(ticket, document)).pages

    async def facts(self, ticket: Ticket, document: bytes) -> CardjobFacts:
        """Return what a card job says of itself; raises what a worker says of it, WorkerFailed."""
        found = (await self._looked_into(ticket, document)).cardjob
        if found is None:
            raise WorkerFailed("the worker left out what was wanted of it")
        return found

    async def unpacked(self, document: bytes, compression: str) -> bytes:
        """Return a document as it was before it was compressed; raises what a worker says of it."""
        wanted = frozenset({UNPACKED})
        order = RenderOrder(driver="", model="", front=document, compression=compression, want=wanted)
        found = (await self._renderer.render(order, priority=LOOK_PRIORITY)).unpacked
        if found is None:
            raise WorkerFailed("the worker left out what was wanted of it")
        return found

    async def _looked_into(self, ticket: Ticket, document: bytes) -> RenderResult:
        order = RenderOrder(driver="", model="", ticket=ticket, front=document, want=frozenset({PAGES}))
        # whatever a client's ticket says: accepted cards are prepared before strangers' documents are looked into
        return await self._renderer.render(order, priority=LOOK_PRIORITY)

    async def document(self, job: int, number: int) -> bytes:
        """Return a document's bytes; raises DocumentPurged."""
        key = await self._keeper.read(self._keeper.store.job_key, job)
        blob = await self._keeper.read(self._keeper.store.document_blob, job, number)
        return await self._keeper.on_disk(self._keeper.spool.read, key, blob)

    async def _keep_previews(self, job: Job, card: Card, conditions: Conditions, result: RenderResult) -> None:
        for pictures, kinds in ((result.composites, _WHOLE), (result.thumbnails, _SMALL)):
            for side, picture in pictures.items():
                await self.keep(job, card, conditions, kinds[Side(side)], picture)

    async def keep(self, job: Job, card: Card, conditions: Conditions, kind: ArtifactKind, data: bytes) -> None:
        """Keep a piece of a prepared card, sealed, in place of an older one."""
        key = await self._keeper.read(self._keeper.store.job_key, job.id)
        blob = await self._keeper.on_disk(self._keeper.spool.write, key, data)
        artifact = Artifact(kind=kind, blob=blob, made_for=conditions.made_for)
        old = await self._keeper.read(self._keeper.store.put_artifact, job.id, card.number, artifact)
        if old is not None:
            await self._keeper.on_disk(self._keeper.spool.remove, [old])
