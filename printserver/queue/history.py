"""What was printed: jobs found again, with what each has taken of blanks and ribbon."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from printserver.model.cost import JobUse
from printserver.model.job import CardState, Job
from printserver.model.quota import Holder
from printserver.queue.board import Board
from printserver.queue.costing import use_of
from printserver.queue.storekeeper import Storekeeper
from printserver.store.history import HistoryQuery
from printserver.store.tallies import Tally


class Found(msgspec.Struct, frozen=True):
    """A job that was found, and what it has taken."""

    job: Job
    use: JobUse

    @property
    def good(self) -> int:
        """Return how many cards are printed."""
        return sum(card.state is CardState.DONE for card in self.job.cards)

    @property
    def printers(self) -> tuple[str, ...]:
        """Return the printers of its cards."""
        return tuple(dict.fromkeys(attempt.printer for card in self.job.cards for attempt in card.attempts))


class FoundPage(msgspec.Struct, frozen=True):
    """Some jobs, newest first; `next` is the `before` from which to look on, None at the end."""

    found: tuple[Found, ...]
    next: int | None


class History:
    """Answers what was printed."""

    def __init__(self, keeper: Storekeeper, board: Board) -> None:
        """Search through `keeper`; `board` knows prices."""
        self._keeper, self._board = keeper, board

    async def counts(self, holder: Holder, since: float | None, until: float | None) -> Sequence[Tally]:
        """Return who had how many cards in a time, the most first."""
        return await self._keeper.read(self._keeper.store.tallies.counts, holder, since, until)

    async def history(self, query: HistoryQuery) -> FoundPage:
        """Return jobs newest first; few may be found before there are no more."""
        page = await self._keeper.read(self._keeper.store.history.search, query)
        return FoundPage(tuple(Found(job, use_of(job, self._board)) for job in page.jobs), page.next)
