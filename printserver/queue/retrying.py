"""What becomes of a ruined card, and of the waiting cards of a job that somebody has cancelled.

Laws kept here:

1. Only an attempt that was committed costs one: what was broken off before it moved nothing and is not counted.
2. It is printed anew by itself only where the device says that the former one never left the feeder, or went to the
   reject box; else it is in doubt, and its printer waits for a person.
3. A card that was ruined as often as its queue allows is not begun again by itself: its job is held until a person
   releases it, for as many attempts again, or cancels it. The queue stops where its policy says so, and says why.
4. Whoever steps a card back to the queue, and whoever cancels a job, looks afterwards whether the other came first:
   no card of a cancelled job stays in the queue.
"""

from __future__ import annotations

from printserver.driver import Capabilities, Spoiled
from printserver.errors import NotPossibleNow, StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.holding import HeldFor
from printserver.model.job import Card, CardState, Job, Reason
from printserver.model.printer import OnError
from printserver.queue.board import Board
from printserver.queue.pausing import BY_SERVER, stop_queue
from printserver.queue.storekeeper import Storekeeper
from printserver.store.contract import CardStep, Change, JobWish

CANCELLABLE = frozenset({CardState.QUEUED, CardState.RENDERING, CardState.READY})


def tries(card: Card) -> int:
    """Return how many attempts at a card count: those that may have used up a blank."""
    return sum(attempt.committed for attempt in card.attempts)


def is_out_of_the_way(outcome: Spoiled, abilities: Capabilities) -> bool:
    """Tell whether a ruined card is known to be in the feeder or in the reject box, so that it may be printed anew."""
    return abilities.reject_box or not outcome.fed


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
    """Let a SPOILED card be printed anew, or give up one of a cancelled job; returns the job as it is then."""
    queue = board.queue_config(job.queue)
    used_up = not job.cancel and used_up_attempts(card, queue.max_attempts)
    if used_up and queue.on_error is OnError.STOP:
        await stop_queue(keeper, board, queue.name, f"{job.id}/{card.number}", reason)
    event = CardEvent.GIVE_UP if job.cancel else CardEvent.RETRY
    step = CardStep(number=card.number, version=card.version, event=event, reason=reason, by=by)
    hold = JobWish(hold=True, held_for=HeldFor.ATTEMPTS, by=BY_SERVER)
    changes: list[Change] = [step, hold] if used_up else [step]
    return await heed_cancel(keeper, await keeper.write(keeper.store.apply, job.id, changes))


def used_up_attempts(card: Card, most: int) -> bool:
    """Tell whether a card was ruined as often as is allowed without a person; each such round has `most` attempts."""
    return tries(card) % most == 0
