"""Taking the next card for a printer and preparing it, one ahead of the one that prints.

Laws kept here:

1. A card is claimed in one transaction; whoever loses a race simply looks again.
2. A document that cannot be read fails its own card with the reason; it stops nothing else.
3. What was claimed and is not printed goes back to the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from twisted.internet.defer import Deferred

from printserver.driver import Block
from printserver.errors import NotPossibleNow, PrintServerError, StoreBusy, StoreConflict, StoreFull
from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.preparation import Preparation
from printserver.queue.surroundings import Surroundings, same_card
from printserver.store.contract import Claim

# What a job's own fault is called in job-state-reasons (RFC 8011 section 5.3.8); other errors keep their code.
JOB_REASONS = {
    "document-broken": "document-format-error",
    "document-empty": "document-format-error",
    "document-format-unsupported": "unsupported-document-format",
    "document-too-large": "document-unprintable-error",
    "unsupported-by-printer": "unsupported-attributes-or-values",
    "bad-ticket": "unsupported-attributes-or-values",
    "worker-failed": "document-format-error",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A card that is READY, with the device's bytes for it."""

    job: Job
    card: Card
    blocks: Sequence[Block]


class Intake:
    """Claims and prepares cards of one printer."""

    def __init__(self, around: Surroundings, preparation: Preparation) -> None:
        """Claim for `around.entry`."""
        self._around, self._preparation = around, preparation
        self._ahead: Deferred[Prepared | None] | None = None
        self._closed = False
        self._log = structlog.get_logger("intake").bind(printer=around.entry.config.name)

    async def take(self) -> Prepared | None:
        """Return a prepared card, None when there is nothing to print."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            prepared = await ahead
            if prepared is not None:
                return prepared
        return await self._next()

    def look_ahead(self) -> None:
        """Begin with the next card while another one prints."""
        if self._ahead is None and not self._closed:
            self._ahead = Deferred.fromCoroutine(self._next())

    def close(self) -> None:
        """Claim nothing more."""
        self._closed = True

    async def give_back_ahead(self) -> None:
        """Put what was prepared ahead back into the queue."""
        ahead, self._ahead = self._ahead, None
        prepared = await ahead if ahead is not None else None
        if prepared is not None:
            await self.give_back(prepared.job, prepared.card, None)

    async def still_wanted(self, prepared: Prepared) -> Prepared | None:
        """Return the card as the store has it now, None when it was cancelled, held or paused meanwhile."""
        job = await self._around.keeper.read(self._around.keeper.store.job, prepared.job.id)
        card = same_card(job, prepared.card)
        if card.state is not CardState.READY or card.version != prepared.card.version:
            return None
        if job.hold or self._around.board.queue_config(job.queue).paused or self._closed:
            await self.give_back(job, card, None)
            return None
        return Prepared(job, card, prepared.blocks)

    async def give_back(self, job: Job, card: Card, reason: Reason | None) -> None:
        """Put a claimed card back into the queue."""
        try:
            await self._around.step(job.id, card, CardEvent.RETURN, reason)
        except PrintServerError as error:
            self._log.warning("card not given back", job=job.id, card=card.number, code=error.code)

    async def _next(self) -> Prepared | None:
        while not self._closed:
            claim = await self._claim()
            if claim is None:
                return None
            prepared = await self._prepare(claim)
            if prepared is not None:
                return prepared
        return None

    async def _claim(self) -> Claim | None:
        keeper, name = self._around.keeper, self._around.entry.config.name
        queues = self._around.board.queues_of(name)
        try:
            return await keeper.write(keeper.store.claim, name, queues) if queues else None
        except (StoreBusy, StoreFull) as error:
            self._log.warning("no card could be taken", code=error.code)
            return None

    async def _prepare(self, claim: Claim) -> Prepared | None:
        job, card = claim.job, claim.card
        try:
            blocks = await self._preparation.blocks(job, card, self._around.entry)
            job = await self._around.step(job.id, card, CardEvent.RENDERED)
        except (StoreConflict, NotPossibleNow):
            return None  # cancelled meanwhile
        except (StoreBusy, StoreFull) as error:
            await self.give_back(job, card, Reason(error.code, error.sentence()))
            return None
        except PrintServerError as error:
            await self._fail(job, card, error)
            return None
        return Prepared(job, same_card(job, card), blocks)

    async def _fail(self, job: Job, card: Card, error: PrintServerError) -> None:
        reason = Reason(JOB_REASONS.get(error.code, error.code), error.sentence())
        try:
            await self._around.step(job.id, card, CardEvent.FAIL, reason)
        except PrintServerError as trouble:
            self._log.warning("failure not kept", job=job.id, card=card.number, code=trouble.code)
