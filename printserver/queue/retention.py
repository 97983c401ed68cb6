"""Throwing away the keys of jobs whose time is over: without its key a document is noise."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred

from printserver.errors import NotPossibleNow
from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES
from printserver.queue.storekeeper import Storekeeper

AT_ONCE = 100

Begin = Callable[[Coroutine[Deferred[Any], Any, Any], str], None]


class Retention:
    """Purges final jobs whose queue's retention and checking time have passed."""

    def __init__(self, keeper: Storekeeper, begin: Begin = lambda work, what: work.close()) -> None:
        """Work through `keeper`; `begin` does something, told by its name, while others go on."""
        self._keeper, self._begin = keeper, begin

    async def purge(self) -> None:
        """Purge some jobs, and clear away what earlier ones had to leave; called again and again."""
        await self._purge(await self._keeper.read(self._keeper.store.purgeable, AT_ONCE))
        await self._keeper.read(self._keeper.store.scrub)

    def heed(self, event: Event) -> None:
        """Follow the journal: a job that is not to be kept goes as soon as it is over."""
        if event.kind == "job" and event.what == "state" and event.data.get("state") in FINAL_JOB_STATES:
            self._begin(self._purge_one(int(event.subject)), "purge")

    async def _purge_one(self, job: int) -> None:
        await self._purge(await self._keeper.read(self._keeper.store.purgeable, 1, job))

    async def _purge(self, jobs: Sequence[int]) -> None:
        for job in jobs:
            with suppress(NotPossibleNow):  # a card of it was rejected meanwhile
                names = await self._keeper.write(self._keeper.store.purge, job)
                await self._keeper.on_disk(self._keeper.spool.remove, names)
