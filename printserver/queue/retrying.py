"""What becomes of a ruined card, and of the waiting cards of a job that somebody has cancelled.

Laws kept here:

1. Only an attempt that was committed costs one: what was broken off before it moved nothing and is not counted.
2. A card whose attempts are used up fails; then the queue stops where its policy says so, and says why.
3. Whoever steps a card back to the queue, and whoever cancels a job, looks afterwards whether the other came first:
   no card of a cancelled job stays in the queue.
"""

from __future__ import annotations

from printserver.errors import NotPossibleNow, StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.model.printer import OnError
from printserver.queue.board import Board
from printserver.queue.pausing import stop_queue
from printserver.queue.storekeeper import Storekeeper
from printserver.store.contract import CardStep

CANCELLABLE = frozenset({CardState.QUEUED, CardState.RENDERING, CardState.READY})


def tries(card: Card) -> int:
    """Return how many attempts at a card count: those that may have used up a blank."""
    return sum(attempt.committed for attempt in card.attempts)


async def heed_cancel(keeper: Storekeeper, job: Job) -> Job:
    """Cancel what waits of a cancelled job; returns the job as it is then."""
    while job.cancel and (waiting := [card for card in job.cards if card.state in CANCELLABLE]):
        steps = [CardStep(number=card.number, version=card.version, event=CardEvent.CANCEL) for card in waiting]
        try:
            job = await keeper.write(keeper.store.apply, job.id, steps)
        except (StoreConflict, NotPossibleNow):
            job = await keeper.read(keeper.store.job, job.id)  # a card moved on meanwhile: look again
    return job


async def after_spoiled(keeper: Storekeeper, board: Board, job: Job, card: Card, reason: Reason | None,
                        by: str = "") -> Job:
    """Let a SPOILED card be printed anew, or give it up; returns the job as it is then."""
    queue = board.queue_config(job.queue)
    used_up = tries(card) >= queue.max_attempts
    event = CardEvent.GIVE_UP if used_up or job.cancel else CardEvent.RETRY
    step = CardStep(number=card.number, version=card.version, event=event, reason=reason, by=by)
    job = await keeper.write(keeper.store.apply, job.id, [step])
    if event is CardEvent.GIVE_UP and used_up and not job.cancel and queue.on_error is OnError.STOP:
        await stop_queue(keeper, board, queue.name, f"{job.id}/{card.number}", reason)
    return await heed_cancel(keeper, job)
