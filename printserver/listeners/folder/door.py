"""The watched folder's door: files become jobs, and follow what becomes of these.

Laws kept here:

1. A file is one job: it is sent under a key of its own, so that a crash between the job and the moving of the file
   makes no second one.
2. A file goes to `done` when its cards are out, and not when its job was accepted.
3. When a job's documents are thrown away, the file that it came from is too.
4. What cannot be taken now (a full disk, a busy store) stays where it is and is tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from twisted.internet.defer import Deferred

from printserver.errors import PrintServerError, UnknownJob
from printserver.listeners.folder.tray import Tray
from printserver.model.clock import Alarm, Clock
from printserver.model.display import harmless
from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, QueueView, Submission

SECONDS = 1.0
DAY = 86_400.0

log = structlog.get_logger("printserver.folder")


class JobDoor(Protocol):
    """What this door asks of the job service."""

    async def submit(self, submission: Submission) -> Job:
        """Accept a job; raises PrintServerError."""
        ...

    async def job(self, job: int) -> Job:
        """Return a job; raises UnknownJob."""
        ...

    def queue(self, name: str | None) -> QueueView:
        """Return a queue."""
        ...

    def on_event(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call for each new row of the journal; returns what ends it."""
        ...


class FolderDoor:
    """Looks into a folder again and again."""

    def __init__(self, service: JobDoor, queue: str, tray: Tray, clock: Clock,
                 in_thread: Callable[..., Awaitable[Any]]) -> None:
        """Send files of `tray` to a queue; look every second by `clock`, and call what blocks by `in_thread`."""
        self._service, self._queue, self._tray = service, queue, tray
        self._clock, self._in_thread = clock, in_thread
        self._alarm: Alarm | None = None
        self._ended = False
        self._looking: Deferred[None] | None = None
        self._over: set[int] = set()
        self._purged: set[int] = set()
        self._unsubscribe: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Begin with what an earlier life left."""
        self._unsubscribe = self._service.on_event(self._heed)
        self._over |= set(await self._in_thread(self._tray.printing))
        self._purged |= await self._in_thread(self._tray.ended)  # of any that was purged while nobody looked
        self._look_later()

    async def stop(self) -> None:
        """Look no more; a look that is under way ends first."""
        self._ended = True
        self._unsubscribe()
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        if self._looking is not None:
            await self._looking
        self._tray.close()

    def _look_later(self) -> None:
        if not self._ended:
            self._alarm = self._clock.callLater(SECONDS, self._begin)

    def _begin(self) -> None:
        self._looking = Deferred.fromCoroutine(self._look())

    async def _look(self) -> None:
        try:
            await self.look()
        except Exception:  # a folder that is gone for a while must not end the looking
            log.exception("folder not looked through", queue=self._queue)
        self._looking = None
        self._look_later()

    async def look(self) -> None:
        """Take what is ready, send it, and move on what is over."""
        await self._in_thread(self._tray.take_ready)
        for name in await self._in_thread(self._tray.waiting):
            await self._send(name)
        await self._follow()
        await self._forget()
        days = self._service.queue(self._queue).config.retention
        await self._in_thread(self._tray.throw_away, days * DAY)

    async def _send(self, name: str) -> None:
        try:
            taken = await self._in_thread(self._tray.read, name)
            ticket = Ticket(queue=self._queue, name=harmless(name)[:255] or "card", user=taken.user)
            document = IncomingDocument(data=taken.data)
            submission = Submission(ticket=ticket, documents=(document,), origin="folder", key=taken.key)
            job = await self._service.submit(submission)
        except PrintServerError as error:
            if error.retry:
                log.warning("file waits", queue=self._queue, code=error.code)
                return
            log.warning("file refused", queue=self._queue, code=error.code)
            await self._in_thread(self._tray.refused, name, error)
        else:
            await self._in_thread(self._tray.accepted, name, job.id)
            if job.state.final:
                self._over.add(job.id)

    def _heed(self, event: Event) -> None:
        if event.kind == "job" and event.what == "state" and event.data.get("state") in tuple(FINAL_JOB_STATES):
            self._over.add(int(event.subject))
        elif event.kind == "job" and event.what == "purged":
            self._purged.add(int(event.subject))

    async def _follow(self) -> None:
        if not self._over:
            return
        files = await self._in_thread(self._tray.printing)
        for number in sorted(self._over):
            if number in files and not await self._finish(number, files[number]):
                continue
            self._over.discard(number)

    async def _finish(self, number: int, file: str) -> bool:
        """Move on the file of a job that may be over; False = try again later."""
        try:
            job = await self._service.job(number)
        except UnknownJob as error:
            await self._in_thread(self._tray.finished, file, error.sentence())
            return True
        except PrintServerError:
            return False
        if job.state.final:
            await self._in_thread(self._tray.finished, file, reason_of(job))
        return True


    async def _forget(self) -> None:
        """Remove the files of jobs whose documents were thrown away."""
        for number in sorted(self._purged - self._over):
            try:
                job = await self._service.job(number)
            except UnknownJob:
                self._purged.discard(number)
                continue
            except PrintServerError:
                return  # the store is busy: at the next look
            if job.purged:
                await self._in_thread(self._tray.forget, number, reason_of(job))
            self._purged.discard(number)


def reason_of(job: Job) -> str:
    """Return why a job's cards were not all printed, an empty text when they were."""
    if job.state is JobState.COMPLETED and "job-completed-with-errors" not in job.reasons:
        return ""
    lines = [f"Job {job.id} is {job.state}: {', '.join(job.reasons)}."]
    lines += [
        f"Card {card.number}: {card.state}{f', {card.reason.code}: {card.reason.detail}' if card.reason else ''}"
        for card in job.cards
    ]
    return "\n".join(lines)
