"""What the parts of one printer's worker share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from printserver.lifecycle import CardEvent
from printserver.model.clock import Clock
from printserver.model.job import Card, Job, Reason
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.storekeeper import Storekeeper
from printserver.store.contract import CardStep


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Store, board, the printer's entry, the monotonic clock, and the wall clock (seconds since the epoch)."""

    keeper: Storekeeper
    board: Board
    entry: PrinterEntry
    clock: Clock
    wall: Callable[[], float]

    async def step(
        self, job: int, card: Card, event: CardEvent, reason: Reason | None = None, by: str = ""
    ) -> Job:
        """Step one card in the store; raises StoreConflict when somebody was faster."""
        step = CardStep(number=card.number, version=card.version, event=event, reason=reason, by=by)
        return await self.keeper.write(self.keeper.store.apply, job, [step])


def same_card(job: Job, card: Card) -> Card:
    """Return the card of the same number as the job has it now."""
    return next(each for each in job.cards if each.number == card.number)
