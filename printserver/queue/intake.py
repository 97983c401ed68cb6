"""Taking the next card for a printer and preparing it, one ahead of the one that prints.

Laws kept here:

1. A card is claimed in one transaction; whoever loses a race simply looks again.
2. A document that cannot be read fails its own card with the reason; it stops nothing else.
3. What was claimed and is not printed goes back to the queue. What cannot be given back now is owed: the worker
   clears it up as it does after a crash.
4. What was not even tried (a busy worker, a store that is away) fails nothing; it is tried again later.
5. Where a queue has several printers it is chosen which takes a card (`choosing`); what is prepared for a ribbon that
   is no longer in the printer is prepared anew.
6. What is given back is told to the other printers of its queue: they may take it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from twisted.internet.defer import Deferred

from printserver.driver import Block
from printserver.errors import NotPossibleNow, PrintServerError, StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.admission import Drawn, complaint
from printserver.queue.board import PrinterEntry
from printserver.queue.causes import cause
from printserver.queue.choosing import LEAVE_SECONDS, Choice, Suits, choose, lacks, most_left, queued_of, stands_back
from printserver.queue.drawing import Draws
from printserver.queue.preparation import Preparation
from printserver.queue.retrying import heed_cancel
from printserver.queue.surroundings import Surroundings, same_card
from printserver.store.contract import Claim

UNFIT_LIMIT = 20_000
"""So many jobs that a printer cannot do as things are it passes by; SQLite takes 32,766 values in a statement."""
REASONS_LIMIT = 1000
NONE_CAN_NOW = "no-printer-can-now"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A card that is READY, with the device's bytes for it."""

    job: Job
    card: Card
    blocks: Sequence[Block]
    ribbon: str = ""


class _NotNow(Exception):
    """Nothing can be prepared at the moment."""


class Intake:
    """Claims and prepares cards of one printer.

    `owes` = a claimed card could not be given back; `leaves` = one was left to a better printer for a while.
    """

    def __init__(self, around: Surroundings, preparation: Preparation) -> None:
        """Claim for `around.entry`."""
        self._around, self._preparation = around, preparation
        self._ahead: Deferred[Prepared | None] | None = None
        self._closed = False
        self._unfit: set[int] = set()
        self._unfit_under: object = None
        self._left: dict[tuple[int, int], float] = {}
        self.leaves = False
        self._draws = Draws(around.board, preparation)
        self.owes = False
        self._log = structlog.get_logger("intake").bind(printer=around.entry.config.name)

    async def take(self) -> Prepared | None:
        """Return a prepared card, None when there is nothing to print, or nothing can be prepared now."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            prepared = await ahead
            if prepared is not None:
                return prepared
        return await self._next()

    def look_ahead(self) -> None:
        """Begin with the next card while another one prints; does nothing when one is prepared already."""
        if self._ahead is None and not self._closed:
            self._ahead = Deferred.fromCoroutine(self._next())
            self._ahead.addCallback(self._seen, self._ahead)

    def _seen(self, prepared: Prepared | None, ahead: Deferred[Prepared | None]) -> Prepared | None:
        """Let a look that found nothing be followed by another one."""
        if prepared is None and self._ahead is ahead:
            self._ahead = None
        return prepared

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
        self._around.entry.preparing = False
        job = await self._around.keeper.read(self._around.keeper.store.job, prepared.job.id)
        card = same_card(job, prepared.card)
        if card.state is not CardState.READY or card.version != prepared.card.version:
            return None
        if job.hold or self._closed or not self._may_print(job) or prepared.ribbon != self._around.entry.ribbon:
            await self.give_back(job, card, None)
            return None
        return replace(prepared, job=job, card=card)

    def _may_print(self, job: Job) -> bool:
        """Tell whether a job's queue prints here, and prints this job where it is about to pause."""
        board, queue = self._around.board, self._around.board.queue_config(job.queue)
        here = self._around.entry.config.name in queue.printers
        return here and board.prints(queue) and board.ending.get(job.queue, job.id) == job.id

    async def give_back(self, job: Job, card: Card, reason: Reason | None) -> None:
        """Put a claimed card back into the queue; other printers of it may take it."""
        self._around.entry.preparing = False
        try:
            job = await self._around.step(job.id, card, CardEvent.RETURN, reason)
            await heed_cancel(self._around.keeper, job)
        except (StoreConflict, NotPossibleNow):
            # cancelled meanwhile; or over a network the answer to a step was lost, and nobody has the card
            self.owes = self.owes or self._around.keeper.store.shared
            return
        except PrintServerError as error:
            self.owes = True
            self._log.warning("card not given back", job=job.id, card=card.number, code=error.code)
            return
        self._around.board.call_others(job.queue, self._around.entry.config.name)

    async def _next(self) -> Prepared | None:
        self._around.entry.looking = True
        try:
            while not self._closed:
                claim = await self._claim()
                if claim is None:
                    return None
                prepared = await self._prepare(claim)
                self._around.entry.preparing = prepared is not None
                if prepared is not None:
                    return prepared
        except _NotNow:
            self._around.entry.preparing = False
        finally:
            self._around.entry.looking = False
        return None

    async def _claim(self) -> Claim | None:
        keeper, board, name = self._around.keeper, self._around.board, self._around.entry.config.name
        queues, last = board.queues_of(name), board.last_jobs_of(name)
        self.leaves = False
        told, self._around.entry.told = self._around.entry.told, False
        try:
            claim = await self._taken(queues, (), told) if queues else None
            if claim is None and last:
                claim = await self._taken(tuple(last), tuple(last.values()), told)
        except PrintServerError as error:
            self._around.entry.told = told or self._around.entry.told
            # over a network the answer alone may be lost: then a card is claimed, and nobody has it
            self.owes = self.owes or keeper.store.shared
            self._log.warning("no card could be taken", code=error.code)
            return None
        if claim is not None:
            self._around.entry.preparing = True
            board.next_turn(self._around.entry)
        return claim

    async def _taken(self, queues: Sequence[str], only: Sequence[int], told: bool) -> Claim | None:
        """Take the next card of some queues that is this printer's to take; `told` = somebody said there is one."""
        keeper, board, name = self._around.keeper, self._around.board, self._around.entry.config.name
        ordered, lease = board.ordered(queues), self._around.entry.lease
        self._forget_unfit()
        if len(self._unfit) >= UNFIT_LIMIT:
            return None  # until another ribbon or printer is there: to begin anew would never end
        if board.pooled(queues) and not told and stands_back(board, self._around.entry, queues):
            return None
        left = dict[int, int]()  # cards that were left to better printers, by job
        while board.pooled(queues) and not self._closed:
            if len(left) >= most_left(self._around.entry):
                self.leaves = True
                return None
            if len(self._unfit) >= UNFIT_LIMIT:
                return None
            leave = (*self._unfit, *left)
            found = await keeper.read(keeper.store.next_card, name, queues, leave, only, ordered)
            if found is None:
                return None
            if not await self._takes(found.job, found.card, sum(left.values())):
                if found.job.id not in self._unfit:
                    left[found.job.id] = queued_of(found.job)
                continue
            claim = await keeper.write(keeper.store.claim, name, queues, leave, (found.job.id,), lease, ordered)
            if claim is not None:
                return claim
            left[found.job.id] = 0  # another printer was faster: with this job it goes on without this one
        unfit = tuple(self._unfit)
        return await keeper.write(keeper.store.claim, name, queues, unfit, only, lease, ordered)

    async def _prepare(self, claim: Claim) -> Prepared | None:
        job, card = claim.job, claim.card
        try:
            if await self._left_to_another(job, card):
                return None
            ribbon = self._around.entry.ribbon
            blocks = await self._preparation.blocks(job, card, self._around.entry)
            job = await self._around.step(job.id, card, CardEvent.RENDERED)
        except (StoreConflict, NotPossibleNow):
            return None  # cancelled meanwhile
        except PrintServerError as error:
            await self._not_prepared(job, card, error)
            return None
        except Exception as error:
            # whatever broke, it broke with this card; without a reason it would be claimed and lost from sight
            self._log.exception("card not prepared", job=job.id, card=card.number)
            await self._fail(job, card, Reason("internal-error", type(error).__name__))
            return None
        return Prepared(job, same_card(job, card), blocks, ribbon)

    async def _not_prepared(self, job: Job, card: Card, error: PrintServerError) -> None:
        if not error.retry:
            await self._fail(job, card, cause(error))
            return
        await self.give_back(job, card, Reason(error.code, error.sentence()))
        raise _NotNow

    async def _fail(self, job: Job, card: Card, reason: Reason) -> None:
        try:
            await self._around.step(job.id, card, CardEvent.FAIL, reason)
        except (StoreConflict, NotPossibleNow):
            return  # cancelled meanwhile
        except PrintServerError as trouble:
            self.owes = True
            self._log.warning("failure not kept", job=job.id, card=card.number, code=trouble.code)
            raise _NotNow from trouble

    # queues with several printers

    async def _takes(self, job: Job, card: Card, left: int) -> bool:
        """Tell whether this printer is to take a card that waits, when it has `left` some before it to better ones.

        One that it cannot do is remembered.
        """
        try:
            drawn = await self._draws.of(job)
        except PrintServerError:
            return True  # what is wrong with the document is told when its card is prepared
        choice = choose(self._around.board, self._around.entry, job, card, drawn, left)
        match choice.suits:
            case Suits.BETTER:
                return not self._leave_to(choice.others, job, card)
            case Suits.OTHERS | Suits.LATER:
                self._cannot(choice, job, card, drawn)
                return False
            case _:
                return True

    def _leave_to(self, others: Sequence[PrinterEntry], job: Job, card: Card) -> bool:
        """Leave a card to a better printer; false when it was left long enough, and nobody took it."""
        about, now = (job.id, card.number), self._around.clock.seconds()
        if len(self._left) >= UNFIT_LIMIT:
            self._left.clear()
        until = self._left.setdefault(about, now + LEAVE_SECONDS)
        if now >= until:
            del self._left[about]
            return False
        self.leaves = True
        for each in others:
            self._around.board.call(each.config.name)
        return True

    async def _left_to_another(self, job: Job, card: Card) -> bool:
        """Give a claimed card back that this printer cannot do now; raises the complaint when none ever can."""
        entry, drawn = self._around.entry, await self._draws.of(job)
        mine = complaint(job.ticket, card.sides, entry.now(), drawn)
        if mine is None:
            self._around.board.unfit.pop(job.id, None)
            return False
        choice = choose(self._around.board, entry, job, card, drawn)
        if choice.suits is Suits.NEVER:
            raise mine
        self._cannot(choice, job, card, drawn)
        await self.give_back(job, card, None)
        return True

    def _cannot(self, choice: Choice, job: Job, card: Card, drawn: Drawn) -> None:
        """Remember that this printer cannot do a job as things are, and wake those that can."""
        board = self._around.board
        self._unfit.add(job.id)
        self._unfit_under = board.conditions()
        for each in choice.others:
            board.call(each.config.name)
        if choice.suits is Suits.LATER:
            printers = [board.entry(name) for name in board.queue_config(job.queue).printers]
            if len(board.unfit) < REASONS_LIMIT:
                board.unfit[job.id] = Reason(NONE_CAN_NOW, lacks(printers, job, card, drawn))

    def _forget_unfit(self) -> None:
        """Forget what was found out about jobs when other ribbons or printers were there."""
        if self._unfit and self._around.board.conditions() != self._unfit_under:
            self._unfit.clear()
