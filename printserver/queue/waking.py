"""Who is told that there is something to print: as many printers as there are cards, those that stand best.

Laws kept here:

1. A printer that is told asks its device and the store. Telling a whole pool of each card would cost the square of its
   size, so only as many are told as can be served; one that cannot do the card tells those that can (`intake`).
2. Nothing depends on being told: each printer looks by itself from time to time.
3. Where a printer that was free turns out not to be well, the others of its queues are told (`Board.tell`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from printserver.model.job import Job
from printserver.model.printer import PrinterState, QueueConfig
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.choosing import is_free, queued_of, standing
from printserver.queue.dispatch import PrinterWorker


class Waking:
    """Wakes workers; `workers`, by printer, come and go."""

    def __init__(self, board: Board, workers: Mapping[str, PrinterWorker]) -> None:
        """Wake those of this node; others hear of it through the journal."""
        self._board, self._workers = board, workers

    def printer(self, name: str) -> None:
        """Let a printer look for cards now."""
        if name in self._workers:
            self._board.entry(name).told = True
            self._workers[name].wake()

    def queue(self, queue: QueueConfig) -> None:
        """Let every printer of a queue look for cards now."""
        for name in queue.printers:
            self.printer(name)

    def for_change(self, job: Job) -> None:
        """Let the printers look that a job's change may concern: in a queue that keeps its order, all of them."""
        queue = self._board.queue_config(job.queue)
        if queue.ordered:
            self.queue(queue)
        else:
            self.for_job(job)

    def for_job(self, job: Job) -> None:
        """Let the printers look that would take a job's cards."""
        queue = self._board.queue_config(job.queue)
        here = [self._board.entry(name) for name in queue.printers if name in self._workers]
        for entry in to_wake(here, queued_of(job)):
            self.printer(entry.config.name)


def to_wake(entries: Sequence[PrinterEntry], cards: int) -> list[PrinterEntry]:
    """Return which of a queue's printers are told of so many cards.

    The free ones that stand best and were not told of another card just now; where they are too few, also those that
    could prepare a card while they print, and those that are not well, which try their device again.
    """

    def best(some: Sequence[PrinterEntry], count: int) -> list[PrinterEntry]:
        return sorted(some, key=lambda each: (each.told or each.looking, standing(each, cards)))[: max(count, 0)]

    free = best([each for each in entries if is_free(each)], cards)
    if len(free) >= cards:
        return free
    busy = best([each for each in entries if each.state is PrinterState.BUSY and not each.preparing], cards - len(free))
    unwell = [each for each in entries if each.state not in (PrinterState.IDLE, PrinterState.BUSY)]
    return [*free, *busy, *unwell]
