"""What a person has to say before a card may exist twice, or a doubt is settled.

Laws kept here:

1. To print again (as a new job, also with other copies), to settle a doubt and to reject a card are decisions. Each
   queue says what they need, and whichever door they come through, they are asked here.
2. A name is an account where the server asks for names; else what the client says, and nobody's name is none.
3. A reason has words in it; what it says is the journal's, and is nowhere kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterable

from printserver.errors import NameNeeded, ReasonNeeded
from printserver.lifecycle import CardEvent
from printserver.model.printer import Decisions, QueueConfig
from printserver.queue.views import By, Verdict

VERDICTS: dict[Verdict, tuple[CardEvent, ...]] = {
    Verdict.DONE: (CardEvent.SETTLE_DONE,),
    Verdict.SPOILED: (CardEvent.SETTLE_SPOILED, CardEvent.RETRY),
    Verdict.QUEUED: (CardEvent.SETTLE_QUEUED,),
    Verdict.ABANDON: (CardEvent.SETTLE_SPOILED, CardEvent.GIVE_UP),
}
# What the same verdicts mean for a job that somebody has cancelled: nothing of it is printed again.
VERDICTS_OF_CANCELLED: dict[Verdict, tuple[CardEvent, ...]] = {
    **VERDICTS,
    Verdict.SPOILED: (CardEvent.SETTLE_SPOILED, CardEvent.GIVE_UP),
    Verdict.QUEUED: (CardEvent.SETTLE_QUEUED, CardEvent.CANCEL),
}

NAMELESS = frozenset({"", "anonymous", "nobody", "unknown", "guest"})


def check_said(needed: Decisions, by: By) -> None:
    """Raise NameNeeded or ReasonNeeded where a queue wants to know more of who decides."""
    if needed is Decisions.FREE:
        return
    if not named(by):
        raise NameNeeded(where="by")
    if not any(sign.isalnum() for sign in by.reason):
        raise ReasonNeeded(where="reason")


def needed_to_clear(printer: str, queues: Iterable[QueueConfig]) -> Decisions:
    """Return what who says that a printer is clear has to say with it: what one of its queues asks, but no second one.

    Somebody stands before the printer then, and what is in doubt stays in doubt.
    """
    strict = any(printer in queue.printers and queue.decisions is not Decisions.FREE for queue in queues)
    return Decisions.REASON if strict else Decisions.FREE


def named(by: By) -> bool:
    """Tell whether it is said who decides."""
    return any(sign.isalnum() for sign in by.name) and by.name.strip().casefold() not in NAMELESS
