"""What an attempt that was broken off left behind: of a killed server, or of a fault in the middle.

Laws kept here:

1. Before the commit mark nothing moved: the card goes back to the queue and no attempt is counted against it.
2. After it nobody knows: the card is in doubt, and the device is asked before anybody else.
3. Nothing is reported as done here.
4. A card whose printer is no longer there is cleared like any other; nobody but a person can settle it then.
5. No card of a cancelled job is left waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from printserver.errors import NotPossibleNow, StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.board import Board
from printserver.queue.doubts import set_aside, stops_printer
from printserver.queue.retrying import after_spoiled, heed_cancel
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.surroundings import same_card
from printserver.store.contract import CardStep

INTERRUPTED = Reason("interrupted", "the server was broken off while the card was in the printer")
_PREPARED = (CardState.RENDERING, CardState.READY)


async def clear_leftovers(keeper: Storekeeper, board: Board, printer: str) -> Sequence[tuple[int, int]]:
    """Bring each card of a printer to a state that is true; return the cards that stop it, as (job, number)."""
    return await _clear_all(keeper, board, lambda name: name == printer)


async def clear_orphans(keeper: Storekeeper, board: Board) -> None:
    """Do the same for the cards of printers that are no longer there."""
    here = {entry.config.name for entry in board.entries()}
    await _clear_all(keeper, board, lambda name: name not in here)


async def _clear_all(keeper: Storekeeper, board: Board, mine: Callable[[str], bool]) -> Sequence[tuple[int, int]]:
    doubts = []
    for found in await keeper.read(keeper.store.unfinished):
        job = await heed_cancel(keeper, found)
        for number in [card.number for card in job.cards if card.printer is not None and mine(card.printer)]:
            job, stops = await _clear(keeper, board, job, number)
            if stops:
                doubts.append((job.id, number))
    return doubts


async def _clear(keeper: Storekeeper, board: Board, job: Job, number: int) -> tuple[Job, bool]:
    """Return the job as it is after one card was cleared, and whether that card stops its printer."""
    while True:
        card = next(each for each in job.cards if each.number == number)
        try:
            job = await _cleared(keeper, board, job, card)
            card = same_card(job, card)
            return job, stops_printer(card) and not set_aside(
                card, await keeper.read(keeper.store.job_events, job.id)
            )
        except (StoreConflict, NotPossibleNow):
            job = await keeper.read(keeper.store.job, job.id)  # a person was faster: look again


async def _cleared(keeper: Storekeeper, board: Board, job: Job, card: Card) -> Job:
    if card.state is CardState.SPOILED:
        return await after_spoiled(keeper, board, job, card, card.reason)
    if card.state in _PREPARED:
        step = _step(card, CardEvent.RETURN)
    elif card.state.in_device and card.committed:
        step = _step(card, CardEvent.DOUBT, "interrupted", INTERRUPTED)
    elif card.state.in_device:
        step = _step(card, CardEvent.RETURN, "broken-off", INTERRUPTED)
    else:
        return job
    return await heed_cancel(keeper, await keeper.write(keeper.store.apply, job.id, [step]))


def _step(card: Card, event: CardEvent, outcome: str | None = None, reason: Reason | None = None) -> CardStep:
    return CardStep(number=card.number, version=card.version, event=event, outcome=outcome, reason=reason)
