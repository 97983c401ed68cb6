"""The job service as a request may use it: each call looks into the table, and what is not the asker's is withheld.

Laws kept here:

1. Every door that asks for names is given this, never the service itself.
2. A new job is its asker's; who did something is the account, whatever the client says.
3. What may be done with a job depends on whose it is, and that is read from the store, not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from msgspec.structs import replace

from printserver.documents.format import Format
from printserver.model.card import PanelName, Side
from printserver.model.event import Event
from printserver.model.holding import HoldUntil
from printserver.model.inspection import Inspection
from printserver.model.job import Job
from printserver.queue.views import (
    STORY_PAGE,
    By,
    IncomingDocument,
    OpenWish,
    PrinterView,
    QueueView,
    Submission,
    Verdict,
)
from printserver.store.contract import JobPage, JobQuery

from .behind import Behind
from .following import Following, unasked
from .table import Identity, asking, check, sees_all
from .withholding import as_seen, event_for_others, job_of, owns

MOST_OWNERS = 10_000
OWNERS_AT_ONCE = 100
"""So many tickets are opened in one turn of the store's thread; others have theirs between two."""


class GuardedService:
    """The job service behind the table; raises NotPermitted beside what the service raises."""

    def __init__(self, service: Behind) -> None:
        """Guard `service`."""
        self._service = service
        self._owners: dict[int, str] = {}
        self.uuid: UUID = service.uuid
        self.started: float = service.started
        self.formats: tuple[Format, ...] = service.formats
        self.server_name: str = service.server_name
        self.clock: Callable[[], float] = service.clock

    # jobs are made

    async def submit(self, submission: Submission) -> Job:
        """Accept a job."""
        check("submit")
        return as_seen(await self._service.submit(_as_own(submission)))

    async def validate(self, submission: Submission) -> None:
        """Say whether a job would be accepted."""
        check("validate")
        await self._service.validate(_as_own(submission))

    async def unpack(self, data: bytes, compression: str) -> bytes:
        """Return a document as it was before it was compressed."""
        check("unpack")
        return await self._service.unpack(data, compression)

    async def add_document(
        self, job: int, document: IncomingDocument | None, *, last: bool, client: str = ""
    ) -> Job:
        """Take a further document of a job."""
        await self.check_job("add_document", job)
        return as_seen(await self._service.add_document(job, document, last=last, client=client))

    # jobs are seen

    async def job(self, job: int) -> Job:
        """Return a job."""
        check("job")
        return as_seen(await self._service.job(job))

    async def jobs(self, query: JobQuery) -> JobPage:
        """Return some jobs."""
        check("jobs")
        page = await self._service.jobs(query)
        return JobPage(tuple(as_seen(job) for job in page.jobs), page.next)

    async def story(self, job: int, before: int | None = None, limit: int = STORY_PAGE) -> Sequence[Event]:
        """Return the newest of a job's journal rows, in order."""
        await self.check_job("story", job)
        return await self._service.story(job, before, limit)

    async def preview(self, job: int, card: int, side: Side, *, thumbnail: bool = False) -> bytes:
        """Return a PNG of a card's side."""
        await self.check_job("preview", job)
        return await self._service.preview(job, card, side, thumbnail=thumbnail)

    async def inspection(self, job: int, card: int) -> Inspection:
        """Return what is found out about a card's panels."""
        await self.check_job("inspection", job)
        return await self._service.inspection(job, card)

    async def kept_inspection(self, job: int, card: int) -> Inspection | None:
        """Return what was found out about a card's panels before."""
        await self.check_job("inspection", job)
        return await self._service.kept_inspection(job, card)

    async def ink(
        self, job: int, card: int, side: Side, panel: PanelName, number: int = 1, *, thumbnail: bool = False
    ) -> bytes:
        """Return a PNG of one panel in its ink's colour."""
        await self.check_job("ink", job)
        return await self._service.ink(job, card, side, panel, number, thumbnail=thumbnail)

    # jobs are changed

    async def hold(self, job: int, by: By, until: HoldUntil | None = None) -> Job:
        """Hold a job."""
        await self.check_job("hold", job)
        return as_seen(await self._service.hold(job, asker(by), until))

    async def release(self, job: int, by: By) -> Job:
        """Release a held job."""
        await self.check_job("release", job)
        return as_seen(await self._service.release(job, asker(by)))

    async def cancel(self, job: int, by: By) -> Job:
        """Cancel a job."""
        await self.check_job("cancel", job)
        return as_seen(await self._service.cancel(job, asker(by)))

    async def reprint(
        self, job: int, by: By, *, copies: int | None = None, changes: Mapping[str, object] = MappingProxyType({}),
        key: str = "", final: bool = False,
    ) -> Job:  # fmt: skip
        """Make a new job of an old one; it is its asker's."""
        await self.check_job("reprint", job)
        identity = asking()
        own = {} if identity is None else {"user": identity.name}
        changed = {**changes, **own}
        made = await self._service.reprint(job, asker(by), copies=copies, changes=changed, key=key, final=final)
        return as_seen(made)

    async def reject(self, job: int, card: int, by: By) -> Job:
        """Reject a finished card."""
        await self.check_job("reject", job)
        return as_seen(await self._service.reject(job, card, asker(by)))

    async def settle(self, job: int, card: int, verdict: Verdict, by: By) -> Job:
        """Say what became of an uncertain card."""
        await self.check_job("settle", job)
        return as_seen(await self._service.settle(job, card, verdict, asker(by)))

    async def open_wishes(self, job: int) -> Sequence[OpenWish]:
        """Return what waits for a second person."""
        await self.check_job("open_wishes", job)
        return await self._service.open_wishes(job)

    async def confirm(self, job: int, wish: int, by: By) -> Job:
        """Do what another person asked for."""
        await self.check_job("confirm", job)
        return as_seen(await self._service.confirm(job, wish, asker(by)))

    async def withdraw(self, job: int, wish: int, by: By) -> Job:
        """End a wish that waits for a second person."""
        await self.check_job("withdraw", job)
        return as_seen(await self._service.withdraw(job, wish, asker(by)))

    async def check_job(self, operation: str, job: int) -> None:
        """Raise NotPermitted when who asks may not do this to a job; UnknownJob."""
        identity = asking()
        if identity is not None:
            check(operation, own=owns(identity, await self._service.job(job)))

    # queues and printers

    async def caught_up(self) -> None:
        """Wait until queues count each job that was accepted or ended before this was asked."""
        await self._service.caught_up()

    def is_caught_up(self) -> bool:
        """Tell whether queues count each such job already."""
        return self._service.is_caught_up()

    def queues(self) -> Sequence[QueueView]:
        """Return all queues."""
        check("queues")
        return self._service.queues()

    def queue(self, name: str | None) -> QueueView:
        """Return a queue."""
        check("queue")
        return self._service.queue(name)

    def printers(self) -> Sequence[PrinterView]:
        """Return all printers."""
        check("printers")
        return self._service.printers()

    def printer(self, name: str) -> PrinterView:
        """Return a printer."""
        check("printer")
        return self._service.printer(name)

    async def pause(self, queue: str, by: By) -> QueueView:
        """Pause a queue."""
        check("pause")
        return await self._service.pause(queue, asker(by))

    async def resume(self, queue: str, by: By) -> QueueView:
        """Resume a queue."""
        check("resume")
        return await self._service.resume(queue, asker(by))

    async def clear_printer(self, printer: str, by: By) -> PrinterView:
        """Take a person's word that the card path is empty."""
        check("clear_printer")
        return await self._service.clear_printer(printer, asker(by))

    def isolation(self) -> Sequence[str]:
        """Return in words what keeps the workers that decode documents in."""
        return self._service.isolation()

    # what happens

    async def events(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Return journal rows after an id, as far as who asks may see them; none = there are no more."""
        check("events")
        identity = asking()
        while rows := await self._service.events(after, limit):
            await self._learn(identity, rows)
            shown = [seen for row in rows if (seen := await self._event(identity, row)) is not None]
            if shown:
                return shown
            after = rows[-1].id
        return ()

    async def last_event(self) -> int:
        """Return the newest row's id."""
        check("last_event")
        return await self._service.last_event()

    def on_event(
        self, callback: Callable[[Event], None], lost: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Call back with each new row, as far as who asks may see it; the server itself sees all.

        `lost` is called when it cannot be found out what may be seen: then no more rows come.
        """
        check("on_event")
        identity = asking()
        if sees_all(identity):
            return self._service.on_event(unasked(callback), lost)
        following = Following(lambda event: self._event(identity, event), callback, lost)
        leave = self._service.on_event(following.arrived, lost)

        def end() -> None:
            following.end()
            leave()

        return end

    async def _event(self, identity: Identity | None, event: Event) -> Event | None:
        if identity is None or sees_all(identity):
            return event
        number = job_of(event)
        if number is not None and await self._owner(number) == identity.name:
            return event
        return event_for_others(event)

    async def _learn(self, identity: Identity | None, rows: Sequence[Event]) -> None:
        """Ask whose the jobs of some rows are, many at once."""
        if identity is None or sees_all(identity):
            return
        jobs = sorted({number for row in rows if (number := job_of(row)) is not None} - set(self._owners))
        for start in range(0, len(jobs), OWNERS_AT_ONCE):
            await self._ask_owners(jobs[start : start + OWNERS_AT_ONCE])

    async def _owner(self, job: int) -> str:
        known = self._owners.get(job)
        return (await self._ask_owners([job]))[job] if known is None else known

    async def _ask_owners(self, jobs: Sequence[int]) -> Mapping[int, str]:
        found = {**dict.fromkeys(jobs, ""), **await self._service.owners(jobs)}
        if len(self._owners) + len(found) > MOST_OWNERS:
            self._owners.clear()
        self._owners |= found
        return found


def asker(by: By) -> By:
    """Return who did something: the account where names are asked for, whatever the client says."""
    identity = asking()
    return by if identity is None else replace(by, name=identity.name)


def _as_own(submission: Submission) -> Submission:
    identity = asking()
    if identity is None:
        return submission
    return replace(submission, ticket=replace(submission.ticket, user=identity.name))
