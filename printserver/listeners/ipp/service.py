"""What this door asks of the job service, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from printserver.documents.format import Format
from printserver.model.job import Job
from printserver.queue.views import By, IncomingDocument, QueueView, Submission
from printserver.store.contract import JobPage, JobQuery


class Service(Protocol):
    """The part of the job service that IPP speaks for; each call raises PrintServerError."""

    uuid: UUID
    started: float
    formats: tuple[Format, ...]

    def clock(self) -> float:
        """Tell the time in seconds since the epoch."""
        ...

    async def submit(self, submission: Submission) -> Job:
        """Accept a job."""
        ...

    async def validate(self, submission: Submission) -> None:
        """Say whether a job would be accepted."""
        ...

    async def add_document(
        self, job: int, document: IncomingDocument | None, *, last: bool, client: str = ""
    ) -> Job:
        """Take a further document of a job."""
        ...

    async def job(self, job: int) -> Job:
        """Return a job."""
        ...

    async def jobs(self, query: JobQuery) -> JobPage:
        """Return some jobs."""
        ...

    async def hold(self, job: int, by: By) -> Job:
        """Hold a job."""
        ...

    async def release(self, job: int, by: By) -> Job:
        """Release a held job."""
        ...

    async def cancel(self, job: int, by: By) -> Job:
        """Cancel a job."""
        ...

    async def caught_up(self) -> None:
        """Wait until queues count each job that was accepted or ended before this was asked."""
        ...

    def queues(self) -> Sequence[QueueView]:
        """Return all queues."""
        ...

    def queue(self, name: str | None) -> QueueView:
        """Return a queue, None = the default."""
        ...

    async def pause(self, queue: str, by: By) -> QueueView:
        """Pause a queue."""
        ...

    async def resume(self, queue: str, by: By) -> QueueView:
        """Resume a queue."""
        ...
