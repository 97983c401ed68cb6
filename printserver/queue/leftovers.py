"""What an attempt that was broken off left behind: of a killed server, or of a fault in the middle.

Laws kept here:

1. Before the commit mark nothing moved: the card goes back to the queue and no attempt is counted against it.
2. After it nobody knows: the card is in doubt, and the device is asked before anybody else.
3. Nothing is reported as done here.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.doubts import stops_printer
from printserver.queue.surroundings import Surroundings
from printserver.store.contract import CardStep

INTERRUPTED = Reason("interrupted", "the server was broken off while the card was in the printer")
_PREPARED = (CardState.RENDERING, CardState.READY)


async def clear_leftovers(around: Surroundings) -> Sequence[tuple[int, int]]:
    """Bring each card of this printer to a state that is true; return the cards in doubt, as (job, number)."""
    name = around.entry.config.name
    doubts = []
    for job in await around.keeper.read(around.keeper.store.unfinished):
        for card in job.cards:
            if card.printer == name and await _clear(around, job, card):
                doubts.append((job.id, card.number))
    return doubts


async def _clear(around: Surroundings, job: Job, card: Card) -> bool:
    """Tell whether the card is in doubt now."""
    if card.state in _PREPARED:
        await around.step(job.id, card, CardEvent.CANCEL if job.cancel else CardEvent.RETURN)
    elif card.state is CardState.SPOILED:
        again = not job.cancel and len(card.attempts) < around.board.queue_config(job.queue).max_attempts
        await around.step(job.id, card, CardEvent.RETRY if again else CardEvent.GIVE_UP, card.reason)
    elif card.state.in_device:
        return await _clear_from_device(around, job, card)
    return stops_printer(card)


async def _clear_from_device(around: Surroundings, job: Job, card: Card) -> bool:
    if card.committed:
        event, outcome = CardEvent.DOUBT, "interrupted"
    else:
        event, outcome = CardEvent.CANCEL if job.cancel else CardEvent.RETURN, "broken-off"
    step = CardStep(number=card.number, version=card.version, event=event, outcome=outcome, reason=INTERRUPTED)
    await around.keeper.write(around.keeper.store.apply, job.id, [step])
    return card.committed
