"""The history behind the table of operations and roles: who only submits finds their own jobs alone."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from printserver.listeners.http.history import HistoryService
from printserver.model.quota import Holder
from printserver.queue.history import FoundPage
from printserver.store.history import HistoryQuery
from printserver.store.tallies import Tally

from .table import asking, check, sees_all
from .withholding import owns


class GuardedHistory:
    """History behind the table; raises NotPermitted."""

    def __init__(self, behind: HistoryService) -> None:
        """Guard `behind`."""
        self._behind = behind

    async def counts(self, holder: Holder, since: float | None, until: float | None) -> Sequence[Tally]:
        """Return who had how many cards."""
        check("counts")
        return await self._behind.counts(holder, since, until)

    async def history(self, query: HistoryQuery) -> FoundPage:
        """Return jobs newest first, as far as who asks may see them."""
        check("history")
        identity = asking()
        if identity is None or sees_all(identity):
            return await self._behind.history(query)
        page = await self._behind.history(replace(query, user=identity.name))
        # names are compared without case and accents; whose a job is, letter by letter
        return FoundPage(tuple(found for found in page.found if owns(identity, found.job)), page.next)
