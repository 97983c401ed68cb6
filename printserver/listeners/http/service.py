"""What this door asks of the job service, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from printserver.model.card import PanelName, Side
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.inspection import Inspection
from printserver.model.job import Job
from printserver.queue.views import STORY_PAGE, By, OpenWish, PrinterView, QueueView, Submission, Verdict
from printserver.store.contract import JobPage, JobQuery


class Service(Protocol):
    """The part of the job service that the JSON API speaks for; each call raises PrintServerError."""

    async def submit(self, submission: Submission) -> Job:
        """Accept a job."""
        ...

    async def job(self, job: int) -> Job:
        """Return a job."""
        ...

    async def jobs(self, query: JobQuery) -> JobPage:
        """Return some jobs."""
        ...

    async def story(self, job: int, before: int | None = None, limit: int = STORY_PAGE) -> Sequence[Event]:
        """Return the newest of a job's journal rows, in order; `before` a row's id, None = of all."""
        ...

    async def preview(self, job: int, card: int, side: Side, *, thumbnail: bool = False) -> bytes:
        """Return a PNG of a card's side."""
        ...

    async def inspection(self, job: int, card: int) -> Inspection:
        """Return what is found out about a card's panels."""
        ...

    async def ink(
        self, job: int, card: int, side: Side, panel: PanelName, number: int = 1, *, thumbnail: bool = False
    ) -> bytes:
        """Return a PNG of one panel in its ink's colour."""
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

    async def reprint(self, job: int, by: By, *, copies: int | None = None, key: str = "") -> Job:
        """Make a new job of an old one; under the same key the same one."""
        ...

    async def reject(self, job: int, card: int, by: By) -> Job:
        """Reject a finished card."""
        ...

    async def settle(self, job: int, card: int, verdict: Verdict, by: By) -> Job:
        """Say what became of an uncertain card."""
        ...

    async def open_wishes(self, job: int) -> Sequence[OpenWish]:
        """Return what waits for a second person."""
        ...

    async def confirm(self, job: int, wish: int, by: By) -> Job:
        """Do what another person asked for."""
        ...

    async def withdraw(self, job: int, wish: int, by: By) -> Job:
        """End a wish that waits for a second person."""
        ...

    async def caught_up(self) -> None:
        """Wait until queues count each job that was accepted or ended before this was asked."""
        ...

    def queues(self) -> Sequence[QueueView]:
        """Return all queues."""
        ...

    def queue(self, name: str | None) -> QueueView:
        """Return a queue."""
        ...

    def printers(self) -> Sequence[PrinterView]:
        """Return all printers."""
        ...

    def printer(self, name: str) -> PrinterView:
        """Return a printer."""
        ...

    async def pause(self, queue: str, by: By) -> QueueView:
        """Pause a queue."""
        ...

    async def resume(self, queue: str, by: By) -> QueueView:
        """Resume a queue."""
        ...

    async def clear_printer(self, printer: str, by: By) -> PrinterView:
        """Take a person's word that the card path is empty."""
        ...

    async def events(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Return journal rows after an id."""
        ...

    async def last_event(self) -> int:
        """Return the newest row's id."""
        ...

    def on_event(
        self, callback: Callable[[Event], None], lost: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Call back with each new row; `lost` is called when no more of them will come."""
        ...
