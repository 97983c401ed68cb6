"""A card's panels for people: found out by a worker when somebody asks, kept sealed beside the previews.

Laws kept here:

1. The daemon decodes no picture: a worker inspects the panels and makes their pictures.
2. What is kept was made for this printer, model, ribbon and profile (by its bytes), or for those that the card was
   printed with; for others it is made anew.
3. It goes with the documents: retention throws the job's key away, and nothing of it can be opened any more.
4. A worker's answer depends on the order alone, so a card that could not be shown is not tried again and again.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from printserver.errors import BadProfile, DocumentPurged, PrintServerError, UnknownCard, WorkerFailed
from printserver.model.card import PanelName, Side
from printserver.model.inspection import Inspection
from printserver.model.job import Card, Job
from printserver.queue.board import PrinterEntry
from printserver.queue.preparation import Conditions, Preparation
from printserver.queue.sharing import Shared
from printserver.queue.storekeeper import Storekeeper
from printserver.sandbox.orders import INKS, INSPECTION, InkPicture
from printserver.store.contract import ArtifactKind

# So many refusals are remembered; the oldest is forgotten first.
REFUSALS = 200

Pictures = tuple[InkPicture, ...]
T = TypeVar("T")
Wanted = tuple[int, int, str]
Refusals = dict[Wanted, PrintServerError]


class PanelShelf:
    """What is known of the panels of cards."""

    def __init__(self, keeper: Storekeeper, preparation: Preparation) -> None:
        """Look in the store through `keeper`; what is not kept is made by `preparation`."""
        self._keeper = keeper
        self._preparation = preparation
        self._refused: Refusals = {}
        self._making: Shared[Wanted, tuple[Inspection, Pictures]] = Shared()

    async def inspection(self, job: Job, card: Card, entry: PrinterEntry) -> Inspection:
        """Return what is found out about a card; raises DocumentPurged and what the worker says."""
        return await self.kept_inspection(job, card, entry) or (await self._made(job, card, entry))[0]

    async def kept_inspection(self, job: Job, card: Card, entry: PrinterEntry) -> Inspection | None:
        """Return what was found out before, None when nothing is kept that still holds; raises DocumentPurged."""
        try:
            kept = await self._kept(job, card, entry, ArtifactKind.INSPECTION)
        except BadProfile:  # a page that shows a job shows it also while a profile cannot be read
            return None
        return None if kept is None else read(kept, Inspection)

    async def ink(
        self, job: Job, card: Card, entry: PrinterEntry, side: Side, panel: PanelName, number: int
    ) -> InkPicture:
        """Return one panel's pictures; raises UnknownCard where the card has no such panel."""
        kept = await self._kept(job, card, entry, ArtifactKind.INKS)
        pictures = None if kept is None else read(kept, Pictures)
        if pictures is None:
            pictures = (await self._made(job, card, entry))[1]
        for each in pictures:
            if (each.side, each.panel, each.number) == (side, panel, number):
                return each
        raise UnknownCard(f"card {card.number} of job {job.id} has no such panel", where=f"{side}-{panel}")

    async def _kept(self, job: Job, card: Card, entry: PrinterEntry, kind: ArtifactKind) -> bytes | None:
        if job.purged:
            raise DocumentPurged()
        found = await self._preparation.kept(job, card, kind)
        if found is None:
            return None
        if found.made_for != await self._preparation.printed_for(job, card):
            conditions = await self._preparation.conditions(job, entry)
            if found.made_for != conditions.made_for:
                return None
        return await self._preparation.opened(job, found)

    async def _made(self, job: Job, card: Card, entry: PrinterEntry) -> tuple[Inspection, Pictures]:
        conditions = await self._preparation.conditions(job, entry)
        wanted = (job.id, card.number, conditions.made_for)
        if wanted in self._refused:
            raise self._refused[wanted]
        return await self._making.of(wanted, lambda: self._make(job, card, conditions))

    async def _make(self, job: Job, card: Card, conditions: Conditions) -> tuple[Inspection, Pictures]:
        wanted = (job.id, card.number, conditions.made_for)
        try:
            result = await self._preparation.render(job, card, conditions, frozenset({INSPECTION, INKS}))
        except PrintServerError as error:
            self._remember(wanted, error)
            raise
        if result.inspection is None:
            raise WorkerFailed("the worker left out what was wanted of it")
        for kind, found in ((ArtifactKind.INSPECTION, result.inspection), (ArtifactKind.INKS, result.inks)):
            await self._preparation.keep(job, card, conditions, kind, msgspec.msgpack.encode(found))
        return result.inspection, result.inks

    def _remember(self, wanted: Wanted, error: PrintServerError) -> None:
        if error.retry:
            return
        while len(self._refused) >= REFUSALS:
            del self._refused[next(iter(self._refused))]
        self._refused[wanted] = error


def read(kept: bytes, kind: type[T]) -> T | None:
    """Return what is kept, None when another version of the server wrote it in another form."""
    try:
        return msgspec.msgpack.decode(kept, type=kind)
    except msgspec.DecodeError:
        return None
