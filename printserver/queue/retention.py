"""Throwing away the keys of jobs whose time is over: without its key a document is noise."""

from __future__ import annotations

from printserver.queue.storekeeper import Storekeeper

AT_ONCE = 100


class Retention:
    """Purges final jobs whose queue's retention has passed."""

    def __init__(self, keeper: Storekeeper) -> None:
        """Work through `keeper`."""
        self._keeper = keeper

    async def purge(self) -> None:
        """Purge some jobs; called again and again."""
        for job in await self._keeper.read(self._keeper.store.purgeable, AT_ONCE):
            names = await self._keeper.write(self._keeper.store.purge, job)
            await self._keeper.on_disk(self._keeper.spool.remove, names)
