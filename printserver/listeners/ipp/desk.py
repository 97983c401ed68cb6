"""What the operations share: the job service, and finding what a request is aimed at.

Laws kept here:

1. A queue has its own jobs: at a queue's address the job of another queue is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from printserver.errors import BadTicket, NotPossibleNow, UnknownJob, UnknownQueue
from printserver.ipp import Group, Status, build
from printserver.listeners.ipp.addresses import job_named, names_queue, queue_named
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.job_attributes import JobAttributes, JobsView
from printserver.listeners.ipp.notices import Notices
from printserver.listeners.ipp.offer import Offer, offer_of
from printserver.listeners.ipp.printer_attributes import ServerView
from printserver.listeners.ipp.service import Administration, Service
from printserver.listeners.ipp.template import Template
from printserver.model.job import Job
from printserver.model.ticket import Ticket
from printserver.queue.views import QueueView

CUPS_CURRENT = 0  # `cancel QUEUE`: the job that is being printed
CUPS_STARTED = 1.0  # the first second is 1, so that all others are seconds since 1970


@dataclass(frozen=True, slots=True)
class Desk:
    """The services that stand behind the door, the subscriptions, and what is the same for every queue."""

    service: Service
    administration: Administration
    notices: Notices
    server: ServerView

    def queue(self, asked: Asked) -> QueueView:
        """Return the queue that a request is aimed at; raises UnknownQueue."""
        return self.service.queue(queue_named(asked.request.target))

    async def job(self, asked: Asked) -> Job:
        """Return the job that a request is aimed at; raises UnknownJob, also for one of another queue."""
        target = asked.request.target
        number = job_named(target)
        if not names_queue(target):
            return await self.service.job(number)
        queue = self.queue(asked)
        if number == CUPS_CURRENT and asked.cups:
            number = await self._current(queue)
        return await self.job_of(queue, number)

    async def _current(self, queue: QueueView) -> int:
        job = await self.administration.current(queue.config.name)
        if job is None:
            raise UnknownJob(f"queue {queue.config.name} prints no job now", where="job-id")
        return job.id

    async def job_of(self, queue: QueueView, number: int) -> Job:
        """Return a queue's job; raises UnknownJob, also for one of another queue."""
        job = await self.service.job(number)
        if job.queue != queue.config.name:
            raise UnknownJob(f"queue {queue.config.name} has no job {number}", where="job-id")
        return job

    def attributes(self, asked: Asked) -> JobAttributes:
        """Return what builds jobs' attributes for a client."""
        default = next((view.config.name for view in self.service.queues() if view.default), None)
        return JobAttributes(JobsView(
            asked.addresses, self.started(asked), self.service.clock(), self.server.uuid, default, self._offer,
            cups=asked.cups,
        ))  # fmt: skip

    def _offer(self, queue: str) -> Offer | None:
        """Return what a queue offers, None while it has no printer that tells, or is no more."""
        try:
            return offer_of(self.service.queue(queue))
        except (NotPossibleNow, UnknownQueue):
            return None

    def started(self, asked: Asked) -> float:
        """Return from when on a client's times count: from the server's start (RFC 8011 section 5.4.29), or as CUPS."""
        return CUPS_STARTED if asked.cups else self.service.started

    def accepted(self, asked: Asked, job: Job, template: Template, *further: Group) -> Answer:
        """Return the answer that tells a client of its new job."""
        attributes = self.attributes(asked).known_by(job)
        told = build.job_group(*attributes)
        return answered(asked, status_for(template), *unsupported_groups(template), told, *further)


def answered(asked: Asked, status: Status, *groups: Group, message: str = "") -> Answer:
    """Return an answer of these groups."""
    return Answer(build.response(asked.request.message, status, *groups, message=message))


def done(asked: Asked) -> Answer:
    """Return the answer that says no more than that all is well."""
    return answered(asked, Status.OK)


def status_for(template: Template) -> Status:
    """Return how a request ended whose job attributes were read so."""
    return Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES if template.unsupported else Status.OK


def unsupported_groups(template: Template) -> tuple[Group, ...]:
    """Return the group of what was not supported, none where all was."""
    return (build.unsupported_group(*template.unsupported),) if template.unsupported else ()


def said_by(asked: Asked, template: Template) -> tuple[str, ...]:
    """Return the fields of a ticket that a client gave itself."""
    return (*template.keys, "name") if asked.text("job-name") else tuple(template.keys)


def ticket_of(keys: dict[str, object]) -> Ticket:
    """Return a ticket; raises BadTicket naming the key."""
    try:
        return msgspec.convert({name.replace("_", "-"): value for name, value in keys.items()}, Ticket)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        raise BadTicket(what, where=place.removesuffix("`")) from None
