"""A store that is older than the cards that were printed since: nothing of it is printed again on doubt.

Laws kept here:

1. Every card that is not final is in doubt: since the copy was made it may have been printed. A person releases it.
2. No device is asked about such a card: its counter tells of cards that this store has never heard of.
3. It may be done twice, or broken off and done again: what is in doubt stays so.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.lifecycle import CardEvent
from printserver.model.chain import Head
from printserver.model.event import NewEvent
from printserver.model.job import Card, CardState, Reason
from printserver.store.contract import CardStep, Change, JobStore

RESTORED = "restored"
# More than any office accepts between two backups, and little of the 2147483647 that IPP has.
SKIPPED_NUMBERS = 100_000
OLDER = Reason(RESTORED, "an older copy of the store was put back; the card may have been printed since")
_WAITS = (CardState.QUEUED, CardState.RENDERING, CardState.READY)


def is_older(store: JobStore, kept: Sequence[Head]) -> bool:
    """Tell whether the journal lacks a row of this node whose head was kept outside it."""
    return any(not store.holds(head) for head in kept if head.node == store.node)


def doubt_all(store: JobStore, note: str) -> int:
    """Bring every card that is not final into doubt; returns how many there are. `note` goes into the journal.

    Numbers of jobs go on far beyond those that the store knows: clients still ask for jobs that it never heard of.
    """
    count = 0
    store.skip_job_numbers(SKIPPED_NUMBERS)
    for job in store.unfinished():
        changes = [change for card in job.cards for change in _doubted(card)]
        count += sum(not card.state.final for card in job.cards)
        if changes:
            store.apply(job.id, changes)
        for card in job.cards:
            if card.state is CardState.UNCERTAIN:
                store.note(NewEvent(kind="card", subject=f"{job.id}/{card.number}", what=RESTORED))
    store.note(NewEvent(kind="server", subject="store", what=RESTORED, data={"note": note, "cards": count}))
    return count


def _doubted(card: Card) -> list[Change]:
    if card.state in _WAITS:
        events = [CardEvent.RESTORED]
    elif card.state.in_device and card.committed:
        events = [CardEvent.DOUBT]
    elif card.state.in_device:
        events = [CardEvent.RETURN, CardEvent.RESTORED]
    elif card.state is CardState.SPOILED:
        events = [CardEvent.RETRY, CardEvent.RESTORED]
    else:
        return []
    return [_step(card, event, further) for further, event in enumerate(events)]


def _step(card: Card, event: CardEvent, further: int) -> CardStep:
    outcome = "unknown" if event in (CardEvent.DOUBT, CardEvent.RETURN) else None
    return CardStep(number=card.number, version=card.version + further, event=event, outcome=outcome, reason=OLDER)
