"""Keeping the journal's newest head outside the store, where whoever changes the store does not reach it.

Laws kept here:

1. A head is kept again only when the journal has grown since.
2. A place that cannot be written is told and tried again at the next time; printing does not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import structlog

from printserver.model.chain import Head
from printserver.queue.storekeeper import Storekeeper


class HeadKeeper(Protocol):
    """A place outside the store; see `store.heads`."""

    def keep(self, head: Head) -> None:
        """Write a head; raises OSError."""
        ...


@runtime_checkable
class HeadSender(Protocol):
    """A place that is reached over the network."""

    async def send(self, head: Head) -> None:
        """Send a head; raises OSError."""
        ...


class Witness:
    """Tells some places how far the journal has come."""

    def __init__(self, keeper: Storekeeper, places: Sequence[HeadKeeper | HeadSender]) -> None:
        """Read the head through `keeper`; write it to `places` on the spool's threads, or send it."""
        self._keeper, self._places = keeper, tuple(places)
        self._kept: dict[HeadKeeper | HeadSender, int] = {}
        self._log = structlog.get_logger("witness")

    async def look(self) -> None:
        """Keep the newest head in each place that has not got it."""
        head = await self._keeper.read(self._keeper.store.head)
        if head is None:
            return
        for place in self._places:
            if self._kept.get(place) != head.id:
                await self._keep(place, head)

    async def _keep(self, place: HeadKeeper | HeadSender, head: Head) -> None:
        try:
            if isinstance(place, HeadSender):
                await place.send(head)
            else:
                await self._keeper.on_disk(place.keep, head)
        except OSError as error:
            self._log.warning("journal head not kept", place=str(place), detail=error.strerror)
            return
        self._kept[place] = head.id
