"""What holds for the whole server now and everybody should know: it is being stopped, or takes no more documents.

Laws kept here:

1. What was refused for want of room counts until it would fit, or something is accepted; nothing is guessed from it.
2. A condition that comes or goes is a row of the journal, so that whoever follows it looks again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from printserver.errors import SpoolFull, StoreFull
from printserver.model.event import Event
from printserver.model.job import Reason

STOPPING, NO_ROOM = "server-stopping", "no-room"
OF_ROOM = frozenset({SpoolFull.code, StoreFull.code})


class Conditions:
    """Knows what holds now; `look` finds it out."""

    def __init__(self, trouble: Callable[[], Awaitable[SpoolFull | None]], tell: Callable[[str], None]) -> None:
        """`trouble` asks whether there is room for documents; `tell` has a word written to the journal."""
        self._trouble, self._tell = trouble, tell
        self._stopping = False
        self._room: Reason | None = None
        self._disk_full = False

    def now(self) -> Sequence[Reason]:
        """Return what holds, the most urgent first."""
        stopping = (Reason(STOPPING),) if self._stopping else ()
        return (*stopping, *((self._room,) if self._room is not None else ()))

    def stop(self) -> None:
        """From now on no card begins."""
        self._stopping = True
        self._tell("stopping")

    def refused(self, code: str) -> None:
        """A job was not taken; where the disk itself was full, that holds until one is."""
        self._disk_full = self._disk_full or code == StoreFull.code

    def heed(self, event: Event) -> None:
        """Follow the journal: where a job is accepted, the disk is not full."""
        if (event.kind, event.what) == ("job", "accepted"):
            self._disk_full = False

    async def look(self) -> None:
        """Find out whether there is room; called again and again, and after each refusal for want of it."""
        trouble = await self._trouble()
        former, self._room = self._room, None
        if trouble is not None:
            self._room = Reason(NO_ROOM, trouble.sentence())
        elif self._disk_full:
            self._room = Reason(NO_ROOM, StoreFull().sentence())
        if (former is None) != (self._room is None):
            self._tell(NO_ROOM if self._room is not None else "room-again")
