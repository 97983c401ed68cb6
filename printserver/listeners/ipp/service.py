"""What this door asks of the job service, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from printserver.documents.format import Format
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.job import Job
from printserver.model.printer import QueueConfig
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

    async def unpack(self, data: bytes, compression: str) -> bytes:
        """Return a document as it was before it was compressed."""
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

    async def hold(self, job: int, by: By, until: HoldUntil | None = None) -> Job:
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

    def is_caught_up(self) -> bool:
        """Tell whether queues count each such job already."""
        ...

    def queues(self) -> Sequence[QueueView]:
        """Return all queues."""
        ...

    def queue(self, name: str | None) -> QueueView:
        """Return a queue, None = the default."""
        ...

    async def reprint(
        self, job: int, by: By, *, copies: int | None = None, changes: Mapping[str, object] = MappingProxyType({}),
        key: str = "", final: bool = False,
    ) -> Job:  # fmt: skip
        """Make a new job of an old one's documents, with other keys of its ticket."""
        ...

    def on_event(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with each new journal row."""
        ...

    async def pause(self, queue: str, by: By) -> QueueView:
        """Pause a queue."""
        ...

    async def resume(self, queue: str, by: By) -> QueueView:
        """Resume a queue."""
        ...


class Administration(Protocol):
    """What operators do with whole queues and with the order of their jobs; each call raises PrintServerError."""

    async def change(self, queue: str, by: By, **changes: object) -> QueueView:
        """Change what a queue is told to be."""
        ...

    async def add_queue(self, config: QueueConfig, by: By) -> QueueView:
        """Add a queue."""
        ...

    async def set_queue(self, queue: str, by: By, changes: Mapping[str, object]) -> QueueView:
        """Change printers and policies of a queue."""
        ...

    async def pause_after_current(self, queue: str, by: By) -> QueueView:
        """Pause a queue when its present job is finished."""
        ...

    async def release_held_new(self, queue: str, by: By) -> QueueView:
        """Hold no more new jobs, and release those that were held for it."""
        ...

    async def shut_down(self, queue: str, by: By) -> QueueView:
        """Put a queue out of use."""
        ...

    async def start_up(self, queue: str, by: By) -> QueueView:
        """Put a queue into use."""
        ...

    async def current(self, queue: str) -> Job | None:
        """Return the job of a queue that is being printed."""
        ...

    async def prioritise(self, job: int, priority: int, by: By) -> Job:
        """Give a job another priority."""
        ...

    async def schedule(self, job: int, after: int | None, by: By) -> Job:
        """Let a waiting job be printed next after another, None = before all."""
        ...

    async def cancel_all(self, jobs: Sequence[int], by: By) -> None:
        """Cancel several jobs."""
        ...

    async def unfinished(self, queue: str) -> Sequence[Job]:
        """Return the jobs of a queue that are not finished."""
        ...

    async def purge(self, queue: str, by: By) -> None:
        """Cancel what waits in a queue, and throw documents away."""
        ...
