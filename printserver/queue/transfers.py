"""Moving jobs to another queue.

Laws kept here:

1. A job is moved where it could be sent to: what no printer there can do is refused, and the job stays where it is.
2. A card that is in a printer stays there; the cards that have not been started go along, and are prepared anew.
3. Several jobs are looked at before the first is moved.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from printserver.errors import NotAccepting, NotPossibleNow
from printserver.model.job import CardState, Job
from printserver.queue.admission import check_ticket
from printserver.queue.board import Board
from printserver.queue.drawing import Draws
from printserver.queue.views import By
from printserver.store.contract import Change, JobWish

_UNSTARTED = (CardState.QUEUED, CardState.RENDERING, CardState.READY)


class Transfers:
    """Moves jobs between queues."""

    def __init__(
        self, board: Board, draws: Draws, job: Callable[[int], Awaitable[Job]],
        apply: Callable[[int, Sequence[Change]], Awaitable[Job]],
    ) -> None:  # fmt: skip
        """`job` reads a job, `apply` changes one and wakes who prints it."""
        self._board, self._draws, self._job, self._apply = board, draws, job, apply

    async def move(self, jobs: Sequence[int], queue: str, by: By) -> Sequence[Job]:
        """Move jobs to a queue.

        Raises UnknownJob, UnknownQueue, NotAccepting, NotPossibleNow, BadTicket, UnsupportedByPrinter.
        """
        target = self._board.queue_config(queue)
        if not target.accepting:
            raise NotAccepting(f"queue {target.name} takes no new jobs")
        found = [await self._job(number) for number in jobs]
        for job in found:
            await self._check(job, target.name)
        wish = JobWish(queue=target.name, by=by.name, note=by.reason)
        return [await self._apply(job.id, [wish]) for job in found]

    async def _check(self, job: Job, target: str) -> None:
        if job.state.final or job.incoming or job.cancel:
            state = "still being sent" if job.incoming else str(job.state)
            raise NotPossibleNow(f"job {job.id} is {state}", allowed="a job that is not finished")
        if job.queue == target:
            raise NotPossibleNow(f"job {job.id} is in queue {target} already", allowed="another queue")
        sides = max((card.sides for card in job.cards if card.state in _UNSTARTED), default=1)
        candidates = self._board.candidates(self._board.queue_config(target))
        check_ticket(job.ticket, sides, candidates, await self._draws.of(job, surely=True))
