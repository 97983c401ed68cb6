"""What the pages ask of the job service: what the JSON API asks, and a few facts of the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from printserver.listeners.http.service import Service
from printserver.model.inspection import Inspection


class PagesService(Service, Protocol):
    """The job service as the pages see it."""

    server_name: str
    clock: Callable[[], float]

    async def kept_inspection(self, job: int, card: int) -> Inspection | None:
        """Return what was found out about a card's panels before, None when nobody has asked yet."""
        ...

    def isolation(self) -> Sequence[str]:
        """Return in words what keeps the workers that decode documents in."""
        ...
