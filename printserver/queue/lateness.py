"""An outcome that the store does not take as it is: this node was taken for dead meanwhile, or an answer was lost.

Laws kept here:

1. The device's sure word about the very attempt that is in doubt settles it; nothing else is settled here.
2. What somebody has settled stays settled; what the store has already is not written again.
3. As long as the attempt itself is open, nobody but this node has written of it: its outcome is still to be written.
"""

from __future__ import annotations

from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.doubts import BY_DEVICE
from printserver.store.contract import CardStep

INTERRUPTED = "interrupted"
_SETTLING = {CardEvent.DONE: CardEvent.SETTLE_DONE, CardEvent.SPOIL: CardEvent.SETTLE_SPOILED}


def is_open(card: Card, attempt: int) -> bool:
    """Tell whether a device has the card still, in the attempt of this number."""
    return card.state.in_device and card.attempts[-1].number == attempt and card.attempts[-1].ended is None


def is_kept(card: Card, step: CardStep, attempt: int) -> bool:
    """Tell whether a step of an attempt was written, and only the answer to it was lost."""
    if step.outcome is None:
        return is_open(card, attempt) and card.state is CardState.PRINTING
    ended = card.attempts[-1]
    return (ended.number, ended.outcome, card.version) == (attempt, step.outcome, step.version + 1)


def late_step(job: Job, step: CardStep) -> CardStep | None:
    """Return the step by which an outcome still counts, None where there is nothing to settle by it."""
    card = next(each for each in job.cards if each.number == step.number)
    in_doubt = card.state is CardState.UNCERTAIN and card.reason is not None and card.reason.code == INTERRUPTED
    event = _SETTLING.get(step.event)
    if not in_doubt or event is None:
        return None
    reason = step.reason or Reason("device-evidence")
    return CardStep(number=card.number, version=card.version, event=event, reason=reason, by=BY_DEVICE)
