"""Cards whose fate nobody knows, and asking the device about them.

Laws kept here:

1. Only the very device (serial) that had the card is asked, and only while it is the one card in doubt there.
2. Evidence settles; without it the card waits for a person. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable

from printserver.driver import Done, Evidence, Outcome, Spoiled
from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.conversation import converse
from printserver.queue.surroundings import Surroundings, same_card
from printserver.transport.link import Link

AWAITING_CHECK = "awaiting-check"
BY_DEVICE = "device"


def stops_printer(card: Card) -> bool:
    """Tell whether a card in doubt keeps its printer from going on."""
    awaits = card.reason is not None and card.reason.code == AWAITING_CHECK
    return card.state is CardState.UNCERTAIN and not awaits


class Doubts:
    """The cards in doubt at one printer."""

    def __init__(self, around: Surroundings) -> None:
        """Begin without any."""
        self._around = around
        self._cards: set[tuple[int, int]] = set()

    def __bool__(self) -> bool:
        """Tell whether any card is in doubt."""
        return bool(self._cards)

    def add(self, cards: Iterable[tuple[int, int]]) -> None:
        """Add cards, each as (job, number)."""
        self._cards.update(cards)

    def settled(self, job: int, card: int) -> None:
        """A card's fate is known now."""
        self._cards.discard((job, card))

    def in_words(self) -> str:
        """Name the cards."""
        return ", ".join(f"{job}/{card}" for job, card in sorted(self._cards))

    async def ask_device(self, link: Link) -> None:
        """Ask the device, where its answer can settle the matter."""
        found = await self._only_one()
        if found is None:
            return
        job, card = found
        attempt = card.attempts[-1] if card.attempts else None
        if attempt is None or attempt.serial != self._around.entry.identity.serial:
            return
        evidence = Evidence(attempt.marks, attempt.serial)
        outcome = await converse(self._around, link, self._around.entry.driver.reconcile(evidence, link.info))
        await self._settle(job, card, outcome)

    async def _only_one(self) -> tuple[Job, Card] | None:
        if len(self._cards) != 1:
            return None
        [(job_id, number)] = self._cards
        job = await self._around.keeper.read(self._around.keeper.store.job, job_id)
        card = next(each for each in job.cards if each.number == number)
        if card.state is CardState.UNCERTAIN:
            return job, card
        self._cards.discard((job_id, number))
        return None

    async def _settle(self, job: Job, card: Card, outcome: Outcome) -> None:
        match outcome:
            case Done(sure=True):
                await self._around.step(job.id, card, CardEvent.SETTLE_DONE, Reason("device-evidence"), BY_DEVICE)
            case Spoiled(reason):
                job = await self._around.step(job.id, card, CardEvent.SETTLE_SPOILED, reason, BY_DEVICE)
                queue = self._around.board.queue_config(job.queue)
                again = not job.cancel and len(card.attempts) < queue.max_attempts
                event = CardEvent.RETRY if again else CardEvent.GIVE_UP
                await self._around.step(job.id, same_card(job, card), event, reason, BY_DEVICE)
            case _:
                return
        self._cards.discard((job.id, card.number))
