"""Cards whose fate nobody knows, and asking the device about them.

Laws kept here:

1. Only the very device (serial) that had the card is asked, and only while it is the one card in doubt there. A
   device that tells no serial, or one that another printer here tells too, might be another one: it is not asked.
2. Evidence settles; without it the card waits for a person. Nothing is guessed.
3. A card that a person has set aside ("the path is empty, go on") no longer stops the printer; it stays in doubt and
   the device is not asked about it any more, for other cards have moved its counters since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from printserver.driver import Done, Evidence, Outcome, Spoiled
from printserver.errors import NotPossibleNow, StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.event import Event
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.conversation import converse
from printserver.queue.restoring import RESTORED
from printserver.queue.retrying import after_spoiled, is_out_of_the_way
from printserver.queue.surroundings import Surroundings, same_card
from printserver.transport.link import Link

AWAITING_CHECK = "awaiting-check"
SET_ASIDE = "set-aside"
BY_DEVICE = "device"


def stops_printer(card: Card) -> bool:
    """Tell whether a card in doubt keeps its printer from going on."""
    awaits = card.reason is not None and card.reason.code == AWAITING_CHECK
    return card.state is CardState.UNCERTAIN and not awaits


def set_aside(card: Card, story: Sequence[Event]) -> bool:
    """Tell from a job's journal whether a person has set this card aside since it came into doubt."""
    return _last_word(card, story) == SET_ASIDE


def was_restored(card: Card, story: Sequence[Event]) -> bool:
    """Tell from a job's journal whether a card in doubt was so when its store was found to be older than it may be."""
    return _last_word(card, story) == RESTORED or (card.reason is not None and card.reason.code == RESTORED)


def _last_word(card: Card, story: Sequence[Event]) -> str:
    """Return what the journal told last of a card, empty where it tells nothing."""
    subject = f"{card.job}/{card.number}"
    return next((event.what for event in reversed(story) if event.subject == subject and event.kind == "card"), "")


class Doubts:
    """The cards in doubt at one printer."""

    def __init__(self, around: Surroundings) -> None:
        """Begin without any."""
        self._around = around
        self._cards: set[tuple[int, int]] = set()

    def __bool__(self) -> bool:
        """Tell whether any card is in doubt."""
        return bool(self._cards)

    @property
    def cards(self) -> Sequence[tuple[int, int]]:
        """Return the cards, each as (job, number), in order."""
        return sorted(self._cards)

    def add(self, cards: Iterable[tuple[int, int]]) -> None:
        """Add cards, each as (job, number)."""
        self._cards.update(cards)

    def settled(self, job: int, card: int) -> None:
        """A card's fate is known now, or it was set aside."""
        self._cards.discard((job, card))

    def in_words(self) -> str:
        """Name the cards."""
        return ", ".join(f"{job}/{card}" for job, card in self.cards)

    async def refresh(self) -> None:
        """Forget the cards that are in doubt no more, whoever has settled them."""
        for job_id, number in self.cards:
            job = await self._around.keeper.read(self._around.keeper.store.job, job_id)
            if all(card.number != number or card.state is not CardState.UNCERTAIN for card in job.cards):
                self._cards.discard((job_id, number))

    async def ask_device(self, link: Link) -> None:
        """Ask the device, where its answer can settle the matter."""
        await self.refresh()
        if len(self._cards) != 1:
            return
        [(job_id, number)] = self._cards
        job = await self._around.keeper.read(self._around.keeper.store.job, job_id)
        card = next(each for each in job.cards if each.number == number)
        attempt = card.attempts[-1] if card.attempts else None
        if attempt is None or not self._is_known_device(attempt.serial):
            return
        if was_restored(card, await self._around.keeper.read(self._around.keeper.store.job_events, job_id)):
            return
        evidence = Evidence(attempt.marks, attempt.serial)
        outcome = await converse(
            self._around, link, lambda driver, info: driver.reconcile(evidence, info)
        )
        await self._settle(job, card, outcome)

    def _is_known_device(self, serial: str) -> bool:
        entry = self._around.entry
        others = [each for each in self._around.board.entries() if each is not entry]
        same = any((each.info.name, each.identity.serial) == (entry.info.name, serial) for each in others)
        return bool(serial) and serial == entry.identity.serial and not same

    async def _settle(self, job: Job, card: Card, outcome: Outcome) -> None:
        try:
            await self._take_evidence(job, card, outcome)
        except (StoreConflict, NotPossibleNow):
            await self.refresh()  # a person was faster

    async def _take_evidence(self, job: Job, card: Card, outcome: Outcome) -> None:
        around = self._around
        match outcome:
            case Done(sure=True) if around.entry.capabilities.confirms.sure:
                await around.step(job.id, card, CardEvent.SETTLE_DONE, Reason("device-evidence"), BY_DEVICE)
            case Spoiled(reason) if is_out_of_the_way(outcome, around.entry.capabilities):
                job = await around.step(job.id, card, CardEvent.SETTLE_SPOILED, reason, BY_DEVICE)
                await after_spoiled(around.keeper, around.board, job, same_card(job, card), reason, BY_DEVICE)
            case _:
                return
        self._cards.discard((job.id, card.number))
