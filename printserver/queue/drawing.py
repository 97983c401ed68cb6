"""Which panels a card job draws itself, which only some printers may have: a worker says so, once for each job.

Laws kept here:

1. Where a queue has one printer nobody asks: what it cannot do was refused at the door.
2. What was found out is kept for a while only; a job that comes again is looked into again.
"""

from __future__ import annotations

from printserver.documents.sniff import CARDJOB
from printserver.model.job import Job
from printserver.queue.admission import NOTHING_DRAWN, Drawn
from printserver.queue.board import Board
from printserver.queue.carding import drawn_by
from printserver.queue.preparation import Preparation

MOST = 1000


class Draws:
    """What is known of the card jobs that wait."""

    def __init__(self, board: Board, preparation: Preparation) -> None:
        """Ask `preparation`."""
        self._board, self._preparation = board, preparation
        self._known: dict[int, Drawn] = {}

    async def of(self, job: Job, *, surely: bool = False) -> Drawn:
        """Return what a job draws itself; `surely` = also where its queue has one printer.

        Raises what a worker says of it, DocumentPurged.
        """
        alone = len(self._board.queue_config(job.queue).printers) < 2 and not surely
        if alone or not any(document.format == CARDJOB.mime for document in job.documents):
            return NOTHING_DRAWN
        if job.id not in self._known:
            facts = await self._preparation.facts(job.ticket, await self._preparation.document(job.id, 1))
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[job.id] = drawn_by(facts)
        return self._known[job.id]
