"""What stands behind the guard: the job service as all doors together ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from printserver.listeners.http.service import Service as HttpService
from printserver.listeners.ipp.service import Service as IppService
from printserver.model.inspection import Inspection
from printserver.model.job import Job
from printserver.queue.views import By


class Behind(HttpService, IppService, Protocol):
    """The whole job service."""

    server_name: str

    async def reprint(
        self, job: int, by: By, *, copies: int | None = None, changes: Mapping[str, object] = MappingProxyType({}),
        key: str = "", final: bool = False,
    ) -> Job:  # fmt: skip
        """Make a new job of an old one's documents, with other keys of its ticket."""
        ...

    async def owners(self, jobs: Sequence[int]) -> Mapping[int, str]:
        """Return whose jobs these are; what is no job is left out."""
        ...

    async def kept_inspection(self, job: int, card: int) -> Inspection | None:
        """Return what was found out about a card's panels before, None when nobody has asked yet."""
        ...

    def isolation(self) -> Sequence[str]:
        """Return in words what keeps the workers that decode documents in."""
        ...
