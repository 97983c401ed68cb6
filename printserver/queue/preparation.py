"""From a claimed card to a prepared one: documents out of the spool, through a worker, previews back into it.

Laws kept here:

1. The daemon's own threads never decode; a worker does, with limits.
2. What the preview shows comes from the very panels that are printed.
3. A ribbon's profile is read anew for each card; a worker is given its bytes, never its place.
4. The device's bytes stay in memory only: after a crash a card is prepared anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from printserver.driver import Block
from printserver.errors import DocumentPurged
from printserver.model.card import Side
from printserver.model.job import Card, Job
from printserver.queue.board import PrinterEntry
from printserver.queue.storekeeper import Storekeeper
from printserver.raster.ribbon_profile import profile_bytes
from printserver.sandbox.orders import BLOCKS, COMPOSITES, RenderOrder, RenderResult
from printserver.store.contract import Artifact, ArtifactKind

_WHOLE = {Side.FRONT: ArtifactKind.FRONT, Side.BACK: ArtifactKind.BACK}
_SMALL = {Side.FRONT: ArtifactKind.FRONT_THUMBNAIL, Side.BACK: ArtifactKind.BACK_THUMBNAIL}


def profile_file(profiles: Mapping[str, str], ribbon: str) -> str | None:
    """Return the file of a ribbon's profile, named without case; None = the neutral one."""
    return next((file for name, file in profiles.items() if name.lower() == ribbon.lower()), None)


class Renderer(Protocol):
    """What turns documents into panels and device bytes (`printserver.sandbox`)."""

    async def render(self, order: RenderOrder) -> RenderResult:
        """Do one order; raises a document's typed error or WorkerFailed."""
        ...


class Preparation:
    """Prepares cards for printers and keeps their previews."""

    def __init__(self, keeper: Storekeeper, renderer: Renderer) -> None:
        """Read and write through `keeper`, render by `renderer`."""
        self._keeper = keeper
        self._renderer = renderer

    async def blocks(self, job: Job, card: Card, entry: PrinterEntry) -> Sequence[Block]:
        """Return the device's bytes for a card; its previews are kept on the way."""
        result = await self.render(job, card, entry, frozenset({BLOCKS, COMPOSITES}))
        await self._keep_previews(job, card, entry, result)
        return [Block(block.name, block.data, block.feeds) for block in result.blocks]

    async def preview(self, job: Job, card: Card, entry: PrinterEntry, side: Side, thumbnail: bool) -> bytes:
        """Return a side's picture (PNG) as the panels give it; empty when that side is not printed."""
        kind = (_SMALL if thumbnail else _WHOLE)[side]
        kept = await self._kept(job, card, kind)
        if kept is not None:
            return kept
        result = await self.render(job, card, entry, frozenset({COMPOSITES}))
        await self._keep_previews(job, card, entry, result)
        return (result.thumbnails if thumbnail else result.composites).get(side, b"")

    async def _kept(self, job: Job, card: Card, kind: ArtifactKind) -> bytes | None:
        if job.purged:
            raise DocumentPurged()
        artifact = await self._keeper.read(self._keeper.store.artifact, job.id, card.number, kind)
        return None if artifact is None else await self.opened(job, artifact)

    async def opened(self, job: Job, artifact: Artifact) -> bytes:
        """Return a kept piece's bytes."""
        key = await self._keeper.read(self._keeper.store.job_key, job.id)
        return await self._keeper.on_disk(self._keeper.spool.read, key, artifact.blob)

    async def render(self, job: Job, card: Card, entry: PrinterEntry, want: frozenset[str]) -> RenderResult:
        """Let a worker do what is wanted of a card; raises its typed error, WorkerFailed or DocumentPurged."""
        front = await self.document(job.id, card.front)
        back = None if card.back is None else await self.document(job.id, card.back)
        ribbon = job.ticket.ribbon or entry.config.ribbon
        file = profile_file(entry.config.profiles, ribbon)
        profile = None if file is None else await self._keeper.on_disk(profile_bytes, Path(file))
        order = RenderOrder(
            driver=entry.info.name, model=entry.config.model, options=entry.config.options, ribbon=ribbon,
            profile=profile, profile_file=file or "profile", ticket=job.ticket, front=front, back=back, want=want,
        )
        return await self._renderer.render(order)

    async def document(self, job: int, number: int) -> bytes:
        """Return a document's bytes; raises DocumentPurged."""
        key = await self._keeper.read(self._keeper.store.job_key, job)
        blob = await self._keeper.read(self._keeper.store.document_blob, job, number)
        return await self._keeper.on_disk(self._keeper.spool.read, key, blob)

    async def _keep_previews(self, job: Job, card: Card, entry: PrinterEntry, result: RenderResult) -> None:
        for pictures, kinds in ((result.composites, _WHOLE), (result.thumbnails, _SMALL)):
            for side, picture in pictures.items():
                await self.keep(job, card, entry, kinds[Side(side)], picture)

    async def keep(self, job: Job, card: Card, entry: PrinterEntry, kind: ArtifactKind, data: bytes) -> None:
        """Keep a piece of a prepared card, sealed, in place of an older one."""
        key = await self._keeper.read(self._keeper.store.job_key, job.id)
        blob = await self._keeper.on_disk(self._keeper.spool.write, key, data)
        artifact = Artifact(kind=kind, blob=blob, made_for=made_for(job, entry))
        old = await self._keeper.read(self._keeper.store.put_artifact, job.id, card.number, artifact)
        if old is not None:
            await self._keeper.on_disk(self._keeper.spool.remove, [old])


def made_for(job: Job, entry: PrinterEntry) -> str:
    """Name what a card's panels depend on beside the job's own documents and ticket."""
    ribbon = job.ticket.ribbon or entry.config.ribbon
    made = f"{entry.info.name}:{entry.config.model}:{ribbon}"
    profile = profile_file(entry.config.profiles, ribbon)
    return made if profile is None else f"{made}:{profile}"
