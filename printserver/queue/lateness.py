"""An outcome that comes when the store has already gone on without it: this node was taken for dead meanwhile.

Laws kept here:

1. The device's sure word about the very attempt that is in doubt settles it; nothing else is settled here.
2. What somebody has settled stays settled; what the store has already is not written again.
"""

from __future__ import annotations

from printserver.lifecycle import CardEvent
from printserver.model.job import CardState, Job, Reason
from printserver.queue.doubts import BY_DEVICE
from printserver.store.contract import CardStep

INTERRUPTED = "interrupted"
_SETTLING = {CardEvent.DONE: CardEvent.SETTLE_DONE, CardEvent.SPOIL: CardEvent.SETTLE_SPOILED}


def late_step(job: Job, step: CardStep) -> CardStep | None:
    """Return the step by which an outcome still counts, None where there is nothing to settle by it."""
    card = next(each for each in job.cards if each.number == step.number)
    in_doubt = card.state is CardState.UNCERTAIN and card.reason is not None and card.reason.code == INTERRUPTED
    event = _SETTLING.get(step.event)
    if not in_doubt or event is None:
        return None
    reason = step.reason or Reason("device-evidence")
    return CardStep(number=card.number, version=card.version, event=event, reason=reason, by=BY_DEVICE)
