"""Taking a person's word that what a printer complained of is removed, and that no card is left in it.

Laws kept here:

1. A card in doubt no longer stops its printer then; the card itself stays in doubt until somebody says what became of
   it.
2. Where one of the printer's queues asks for name and reason before a doubt is settled, so does this: who says it
   wrongly lets a card be printed over. A word that another node has taken is followed as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from printserver.model.event import NewEvent
from printserver.queue.board import Board
from printserver.queue.deciding import check_said, needed_to_clear
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.doubts import SET_ASIDE
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By


class Clearing:
    """Writes down that a printer is clear, and lets it go on."""

    def __init__(self, keeper: Storekeeper, board: Board, workers: Mapping[str, PrinterWorker]) -> None:
        """`workers` are those of this node, by printer."""
        self._keeper, self._board, self._workers = keeper, board, workers

    def check(self, printer: str, by: By) -> None:
        """Raise UnknownPrinter, NameNeeded or ReasonNeeded where that is not enough."""
        name = self._board.entry(printer).config.name
        check_said(needed_to_clear(name, [view.config for view in self._board.queues()]), by)

    async def clear(self, printer: str, by: By) -> None:
        """Take it that somebody has said so."""
        entry = self._board.entry(printer)
        worker = self._workers.get(printer) if entry.owned else None  # another node that has it follows the journal
        for job, card in worker.doubts() if worker is not None else ():
            await self._note("card", f"{job}/{card}", SET_ASIDE, by)
            if worker is not None:
                worker.settled(job, card)
        await self._note("printer", printer, "cleared", by)
        if worker is not None:
            worker.recover()

    async def _note(self, kind: str, subject: str, what: str, by: By) -> None:
        event = NewEvent(kind=kind, subject=subject, what=what, data={"by": by.name, "note": by.reason})
        await self._keeper.write(self._keeper.store.note, event)
